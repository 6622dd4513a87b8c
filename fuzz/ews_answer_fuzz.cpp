// Any bytes as an answer: scan, parse, and read as each operation.
#include <cstdint>
#include <string_view>

#include "ews/operations/table.h"
#include "ews/soap.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mailward::ews;
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  for (const auto& operation : operations()) {
    auto envelope = read_envelope(bytes, operation.name);
    if (envelope) {
      auto messages = operation.read(envelope->payload);
      static_cast<void>(messages);
    } else if (!envelope.error().is(EwsError::not_soap)) {
      break;  // not XML, or a fault: the same for every operation
    }
  }
  return 0;
}
