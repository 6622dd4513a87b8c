// Any bytes as the value of WWW-Authenticate.
#include <cstdint>
#include <string>

#include "ews/challenge.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mailward::ews;
  HttpFields head;
  head.add("WWW-Authenticate", std::string(reinterpret_cast<const char*>(data), size));
  head.add("WWW-Authenticate", "NTLM");
  // What follows in a field of its own is read whatever stands before it, unless the limit is reached.
  if (challenges_of(head).size() < 32 && !offer_of(head).offers(Scheme::ntlm)) __builtin_trap();
  return 0;
}
