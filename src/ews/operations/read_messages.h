#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "ews/operations/response.h"

namespace mailward::ews {

/// Reads every response message of `operation`: its status and, unless it is an error, its value by `read_value`.
template <typename Value, typename ReadValue>
Outcome<Responses<Value>> read_messages(XmlElement payload, std::string_view operation, ReadValue read_value) {
  MW_TRY(auto elements, response_messages(payload, std::string(operation) + "ResponseMessage"));
  Responses<Value> responses;
  responses.messages.reserve(elements.size());
  for (XmlElement element : elements) {
    MW_TRY(auto status, read_status(element));
    Value value{};
    if (status.ok()) value = read_value(element);
    responses.messages.push_back({.status = std::move(status), .value = std::move(value)});
  }
  return responses;
}

}  // namespace mailward::ews
