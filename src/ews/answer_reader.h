#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <span>
#include <string_view>

#include "base/bytes.h"
#include "ews/failure.h"
#include "ews/server_version.h"
#include "ews/xml.h"

namespace mailward::ews {

/// Where a value stands that is decoded while it arrives.
struct ValuePlace {
  std::size_t message = 0;  ///< the response message, counted from 0
  std::size_t unit = 0;     ///< the item in it, counted from 0
  std::string_view name;    ///< of the element: "MimeContent", "Content", "Data"
};

/// Takes values out of an answer while they arrive: begin, bytes in pieces, end. The item itself follows after, its
/// element of that name empty. What began and did not end, because the answer was cut off, is worth nothing. A failure
/// ends the call.
class ValueSink {
 public:
  virtual ~ValueSink() = default;
  virtual Outcome<void> begin(const ValuePlace& place) = 0;
  virtual Outcome<void> bytes(BytesView piece) = 0;
  virtual Outcome<void> end() = 0;
};

/// Which parts of an operation's answer are given one by one.
struct AnswerParts {
  std::string_view operation;  ///< "GetItem"
  /// Local names of the elements whose children are units: "Items", "Changes".
  std::span<const std::string_view> units_in{};
  /// Local names of elements whose base64 goes to the ValueSink.
  std::span<const std::string_view> values{};
  /// How many response messages were asked for; an answer that holds more is none.
  std::size_t messages = std::numeric_limits<std::size_t>::max();
};

/// Takes the parts. Elements are valid during the call. A failure ends the reading.
struct AnswerTaker {
  /// One item, change or folder of the response message that is being read; not called for one of class Error.
  std::function<Outcome<void>(std::size_t message, XmlElement unit)> unit{};
  /// A response message that has ended, without its units.
  std::function<Outcome<void>(std::size_t message, XmlElement element)> message{};
  ValueSink* values = nullptr;  ///< null: values stay in the elements as they came
};

/// Reads one SOAP answer while it arrives and gives its parts, so that memory is bounded by the largest part and not by
/// the answer. Cut off at any byte it is `truncated`, whatever was given before. One thread.
class AnswerReader {
 public:
  /// `limits.bytes` bounds the whole answer, `kept_limit` each part without its values.
  AnswerReader(AnswerParts parts, AnswerTaker taker, const XmlLimits& limits, std::size_t kept_limit);
  ~AnswerReader();
  AnswerReader(const AnswerReader&) = delete;
  AnswerReader& operator=(const AnswerReader&) = delete;

  /// Errors: XML's, not_soap (more messages than asked for, too), soap_fault, throttled, the taker's. After one,
  /// nothing more may be fed.
  Outcome<void> feed(std::string_view bytes);
  /// The answer has ended. Errors: truncated, empty_answer; not_soap where it held no response message.
  Outcome<void> finish();
  /// Of the head; known before the first part.
  const ServerVersion& version() const;
  /// Response messages that ended.
  std::size_t messages() const;

 private:
  class Sink;
  std::unique_ptr<Sink> sink_;
};

}  // namespace mailward::ews
