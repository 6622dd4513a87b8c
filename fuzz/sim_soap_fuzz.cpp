#include <cstddef>
#include <cstdint>
#include <string>

#include "exchange_sim/operations.h"

namespace sim = mailward::exchange_sim;

/// A request body through the reader and the operation it names.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const sim::Organisation kOrganisation("example.test",
                                               {sim::make_mailbox("usera@example.test", "User A", "EXAMPLE\\usera", 3)},
                                               {{.account = "EXAMPLE\\svc", .everyone = true, .mailboxes = {}}});
  const auto request = sim::read_soap(std::string(reinterpret_cast<const char*>(data), size));
  if (!request) {
    (void)sim::write_fault(request.error());
    return 0;
  }
  const sim::Operation* operation = sim::find_operation(request->operation);
  const auto context = sim::resolve_caller(kOrganisation, "EXAMPLE\\svc", *request);
  if (operation == nullptr || !context) return 0;
  const auto inner = operation->handler(*context, *request);
  if (inner) (void)sim::write_envelope(*sim::find_build("2019"), operation->name, *inner);
  return 0;
}
