#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ews/failure.h"
#include "ews/xml.h"

namespace mailward::ews {

enum class ResponseClass { success, warning, error };

/// What every response message has (MS-OXWSCDATA 2.2.4.67): its class and, unless all is well, Exchange's words.
struct ResponseStatus {
  ResponseClass response_class = ResponseClass::success;
  ServerWords said;  ///< code NoError on success
  bool ok() const { return response_class != ResponseClass::error; }
  /// Whether the server came to this one at all: after a throttling in a batch it leaves the rest alone.
  bool tried() const { return said.code != ResponseCode::ErrorBatchProcessingStopped; }
};

/// One response message: its status and what it holds. Exchange may send a value beside an error; it is not read then.
template <typename Value>
struct ResponseMessage {
  ResponseStatus status;
  Value value;
};

/// The value of an operation whose answer says no more than that it is done.
struct Nothing {};

/// The messages of a response, one for each id or folder asked for, in that order.
template <typename Value>
struct Responses {
  std::vector<ResponseMessage<Value>> messages;

  /// The first message of class Error as a Failure (response_error or throttled), or nothing.
  std::optional<Failure> first_error() const;
};

/// The Failure that stands for a response message of class Error.
Failure failure_of(const ResponseStatus& status);

template <typename Value>
std::optional<Failure> Responses<Value>::first_error() const {
  for (const auto& message : messages) {
    if (!message.status.ok()) return failure_of(message.status);
  }
  return std::nullopt;
}

/// Reads ResponseClass, MessageText, ResponseCode and MessageXml of a response message.
Outcome<ResponseStatus> read_status(XmlElement message);

/// All elements `name` inside m:ResponseMessages. Errors: not_soap where there is none.
Outcome<std::vector<XmlElement>> response_messages(XmlElement payload, std::string_view name);

}  // namespace mailward::ews
