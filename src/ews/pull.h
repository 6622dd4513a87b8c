#pragma once

#include <algorithm>
#include <functional>
#include <stop_token>
#include <string_view>
#include <utility>

#include "ews/answer_reader.h"
#include "ews/operations/read_messages.h"
#include "ews/soap.h"

namespace mailward::ews {

/// What one pulled answer may take.
struct PullLimits {
  std::uint64_t bytes = std::uint64_t{8} << 30U;  ///< of the whole answer
  std::size_t kept = 64U << 20U;                  ///< of one item or response message, without its decoded values
  std::chrono::milliseconds silence{120'000};     ///< between two bytes of the answer
};

struct PulledAnswer {
  ServerVersion version;
  Evidence evidence;
};

/// Posts `body` in its envelope and gives the parts of the answer while it arrives, on the calling thread: while that
/// works, the server waits. Errors: those of call(), not_soap for more messages than `parts` ask for, and the taker's;
/// what was given before one may be kept, but nothing follows from what was not given.
Outcome<PulledAnswer> pull_soap(Session& session, std::string_view body, const AnswerParts& parts, AnswerTaker taker,
                                const CallContext& context, Deadline deadline, std::stop_token stop,
                                const PullLimits& limits);

/// Where the parts of a pulled answer go.
template <typename Operation>
struct PullTo {
  /// One item, change or folder; `message` counts the response messages from 0. A failure ends the call with it.
  std::function<Outcome<void>(std::size_t message, typename Operation::Unit unit)> unit{};
  /// Takes MIME, attachments and exported items, decoded. Null: they stay in the units, in memory.
  ValueSink* values = nullptr;
  /// Told that a response message has ended and stands in the response.
  std::function<void(std::size_t message)> message{};
};

/// How many response messages an operation asks for: one for each thing of its list, or folder that is searched.
template <typename Operation>
std::size_t messages_asked_by(const Operation& operation) {
  std::size_t asked = 1;
  if constexpr (requires { Operation::kList; }) asked = (operation.*Operation::kList).size();
  if constexpr (requires { operation.parents; }) asked = operation.parents.size();
  return std::max<std::size_t>(asked, 1);
}

/// As pull(), but the response messages are added to `response` as they end, so that what came before a failure is
/// known.
template <typename Operation>
Outcome<PulledAnswer> pull_into(Session& session, const Operation& operation, const PullTo<Operation>& to,
                                typename Operation::Response& response, const CallContext& context, Deadline deadline,
                                std::stop_token stop, const PullLimits& limits) {
  AnswerTaker taker;
  taker.values = to.values;
  taker.unit = [&](std::size_t message, XmlElement element) -> Outcome<void> {
    return to.unit ? to.unit(message, Operation::read_unit(element)) : Outcome<void>{};
  };
  taker.message = [&](std::size_t message, XmlElement element) -> Outcome<void> {
    MW_TRY(auto read, read_one_message(element, &Operation::read_message));
    response.messages.push_back(std::move(read));
    if (to.message) to.message(message);
    return {};
  };
  AnswerParts parts = Operation::parts();
  parts.messages = messages_asked_by(operation);
  return pull_soap(session, operation.body(), parts, std::move(taker), context, deadline, std::move(stop), limits);
}

/// Runs an operation whose answer may be large (one with a Unit): each unit is given as soon as it is whole and then
/// forgotten, and the response holds all but them. Otherwise as call().
template <typename Operation>
Outcome<Reply<typename Operation::Response>> pull(Session& session, const Operation& operation,
                                                  const PullTo<Operation>& to, const CallContext& context,
                                                  Deadline deadline, std::stop_token stop = {},
                                                  const PullLimits& limits = {}) {
  typename Operation::Response response;
  MW_TRY(auto pulled, pull_into(session, operation, to, response, context, deadline, std::move(stop), limits));
  return Reply<typename Operation::Response>{std::move(response), std::move(pulled.version),
                                             std::move(pulled.evidence)};
}

}  // namespace mailward::ews
