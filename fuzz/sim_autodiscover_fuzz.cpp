// Any bytes as a question to the simulator's Autodiscover, by both ways.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "exchange_sim/autodiscover.h"
#include "exchange_sim/autodiscover_soap.h"

namespace sim = mailward::exchange_sim;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const sim::Organisation kOrganisation(
      "example.test", {{.smtp = "usera@example.test", .display_name = "User A", .account = "", .archive = true}}, {});
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto answer =
      sim::answer_autodiscover_soap(kOrganisation, *sim::find_build("2019"), text, "https://mail.example.test");
  if (answer.body.empty() != (answer.status == 400)) std::abort();
  if (sim::answer_pox(kOrganisation, text, "https://mail.example.test").empty()) std::abort();
  static_cast<void>(sim::is_autodiscover_target(text));
  return 0;
}
