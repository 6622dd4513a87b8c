#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mailward::ews {

/// Every response code of the EWS schema (messages.xsd, ResponseCodeType), spelt as Exchange spells it, and `unknown`
/// for one that the schema does not know: servers newer than it send such.
enum class ResponseCode {
  unknown,
#define MW_RESPONSE_CODE(name) name,
#include "ews/response_codes.inc"
#undef MW_RESPONSE_CODE
};

/// The code's name on the wire; "unknown" for that.
std::string_view response_code_name(ResponseCode code);
/// By its name on the wire, without prefix; `unknown` for any other.
ResponseCode response_code_of(std::string_view name);
/// Whether the code means "come later": ErrorServerBusy, ErrorExceededConnectionCount and their like.
bool is_throttling(ResponseCode code);

}  // namespace mailward::ews
