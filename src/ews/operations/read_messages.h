#pragma once

#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "ews/operations/response.h"

namespace mailward::ews {

/// Reads one response message: its status and, unless it is an error, its value by `read_value`.
template <typename ReadValue>
auto read_one_message(XmlElement element, ReadValue read_value)
    -> Outcome<ResponseMessage<std::invoke_result_t<ReadValue, XmlElement>>> {
  using Value = std::invoke_result_t<ReadValue, XmlElement>;
  MW_TRY(auto status, read_status(element));
  Value value{};
  if (status.ok()) value = read_value(element);
  return ResponseMessage<Value>{.status = std::move(status), .value = std::move(value)};
}

/// Reads every response message of `operation`.
template <typename Value, typename ReadValue>
Outcome<Responses<Value>> read_messages(XmlElement payload, std::string_view operation, ReadValue read_value) {
  MW_TRY(auto elements, response_messages(payload, std::string(operation) + "ResponseMessage"));
  Responses<Value> responses;
  responses.messages.reserve(elements.size());
  for (XmlElement element : elements) {
    MW_TRY(auto message, read_one_message(element, read_value));
    responses.messages.push_back(std::move(message));
  }
  return responses;
}

/// Of an answer that is its own response message.
template <typename ReadValue>
auto read_single(XmlElement message, ReadValue read_value)
    -> Outcome<Responses<std::invoke_result_t<ReadValue, XmlElement>>> {
  MW_TRY(auto one, read_one_message(message, read_value));
  Responses<std::invoke_result_t<ReadValue, XmlElement>> responses;
  responses.messages.push_back(std::move(one));
  return responses;
}

}  // namespace mailward::ews
