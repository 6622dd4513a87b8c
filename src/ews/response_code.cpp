#include "ews/response_code.h"

#include <algorithm>
#include <array>
#include <utility>

namespace mailward::ews {
namespace {

constexpr std::string_view kNames[] = {
    "unknown",
#define MW_RESPONSE_CODE(name) #name,
#include "ews/response_codes.inc"
#undef MW_RESPONSE_CODE
};

using Named = std::pair<std::string_view, ResponseCode>;

constexpr auto kByName = [] {
  std::array<Named, std::size(kNames) - 1> table;
  for (std::size_t i = 0; i < table.size(); ++i) table[i] = {kNames[i + 1], static_cast<ResponseCode>(i + 1)};
  std::sort(table.begin(), table.end());
  return table;
}();

}  // namespace

std::string_view response_code_name(ResponseCode code) {
  return kNames[static_cast<std::size_t>(code)];
}

ResponseCode response_code_of(std::string_view name) {
  const auto* found = std::ranges::lower_bound(kByName, name, {}, &Named::first);
  return found != kByName.end() && found->first == name ? found->second : ResponseCode::unknown;
}

bool is_throttling(ResponseCode code) {
  switch (code) {
    case ResponseCode::ErrorServerBusy:
    case ResponseCode::ErrorExceededConnectionCount:
    case ResponseCode::ErrorExceededSubscriptionCount:
    case ResponseCode::ErrorExceededFindCountLimit:
    case ResponseCode::ErrorTooManyObjectsOpened:
      return true;
    default:
      return false;
  }
}

}  // namespace mailward::ews
