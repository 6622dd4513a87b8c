// Any bytes as a security descriptor: read, and asked who may set the password.
#include <cstdint>
#include <string_view>

#include "directory/security_descriptor.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mailward::directory;
  const auto read = read_security_descriptor({reinterpret_cast<const char*>(data), size});
  if (read) {
    for (const Resetter& one : resetters_in(*read)) {
      if (one.sid.empty()) __builtin_trap();
    }
  }
  return 0;
}
