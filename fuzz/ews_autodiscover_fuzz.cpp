// Any bytes as an answer of Autodiscover, either way, and as a URL.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "ews/autodiscover/answer.h"
#include "ews/autodiscover/https_url.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mailward::ews;
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  static_cast<void>(read_pox(bytes));
  static_cast<void>(read_user_settings(bytes));
  if (auto url = parse_https_url(bytes)) {
    // What is taken for a URL is one, written again.
    if (parse_https_url(url->text()) != url) std::abort();
  }
  static_cast<void>(domain_of(bytes));
  return 0;
}
