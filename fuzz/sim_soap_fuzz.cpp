#include <cstddef>
#include <cstdint>
#include <string>

#include "exchange_sim/operations.h"
#include "exchange_sim/subscriptions.h"

namespace sim = mailward::exchange_sim;

/// A request body through the reader and the operation it names.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static sim::Organisation kOrganisation(
      "example.test",
      {{.smtp = "usera@example.test", .display_name = "User A", .account = "EXAMPLE\\usera", .messages = 3}},
      {{.account = "EXAMPLE\\svc", .everyone = true, .mailboxes = {}}});
  const auto request = sim::read_soap(std::string(reinterpret_cast<const char*>(data), size));
  if (!request) {
    (void)sim::write_fault(request.error());
    return 0;
  }
  const sim::Operation* operation = sim::find_operation(request->operation);
  static sim::SubscriptionBook kSubscriptions(mailward::Clock::system());
  auto context = sim::resolve_caller(kOrganisation, "EXAMPLE\\svc", *request);
  if (operation == nullptr || !context) return 0;
  context->subscriptions = &kSubscriptions;
  const auto inner = operation->handler(*context, *request);
  if (inner) (void)sim::write_envelope(*sim::find_build("2019"), operation->name, *inner);
  return 0;
}
