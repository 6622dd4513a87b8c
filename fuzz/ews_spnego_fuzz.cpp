// Any bytes as a server's SPNEGO answer.
#include <cstdint>

#include "ews/spnego.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mailward;
  const auto chosen = ews::chosen_mechanism(BytesView(data, size));
  // The shortest answer that can name one: three frames, and an object identifier.
  if (chosen && size < 8) __builtin_trap();
  return 0;
}
