#pragma once

#include <string>
#include <string_view>

#include "ews/session.h"
#include "ews/soap.h"
#include "tests/support/exchange_simulator.h"

namespace mailward::testing {

inline constexpr std::string_view kUserA = "EXAMPLE\\usera";
inline constexpr std::string_view kUserAPassword = "Sample-Usera-1!";

/// A session to the simulator by NTLM, not connected yet. Throws where the credential cannot be sent.
ews::Session session_to(const ExchangeSimulator& simulator, ews::Transport& transport, std::string_view user = kUserA,
                        std::string_view password = kUserAPassword);

/// The reply of an operation that must be answered. Throws what was said otherwise.
template <typename Operation>
auto asked(ews::Session& session, const Operation& operation, const ews::CallContext& context = {}) {
  auto reply = ews::call(session, operation, context, Deadline::after(std::chrono::seconds(30)));
  if (!reply) throw std::runtime_error(std::string(Operation::kName) + ": " + reply.error().error.describe());
  return *std::move(reply);
}

}  // namespace mailward::testing
