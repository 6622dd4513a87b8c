#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/net.h"
#include "base/secret.h"
#include "notify/channel.h"
#include "notify/message.h"

namespace mailward::notify {

/// The stages of one sending, in order.
enum class Stage : std::uint8_t { resolve, connect, tls, sign_in, accept };
/// "resolve" …; lives as long as the program.
std::string_view name_of(Stage stage);

struct StageReport {
  enum class Outcome : std::uint8_t { ok, failed, skipped };
  Stage stage;
  Outcome outcome;
  std::string seen;  ///< a sentence's worth for a person, without secrets
};
/// "ok", "failed", "skipped".
std::string_view name_of(StageReport::Outcome outcome);

/// How one sending went.
struct Attempt {
  enum class Outcome : std::uint8_t {
    accepted,  ///< the other side said that it has it
    failed,    ///< it may go well another time
    refused,   ///< it never will, as it is
  };
  Outcome outcome = Outcome::failed;
  /// The other side does not take the password: nothing is tried with it again.
  bool password_refused = false;
  /// A webhook's receiver does not take who sends; it may be mended there.
  bool turned_away = false;
  std::string said;    ///< what was seen last, a sentence; empty where it was accepted without words
  std::string remedy;  ///< where one is known
  std::vector<StageReport> stages;

  void add(Stage stage, StageReport::Outcome outcome_of_stage, std::string seen);
  /// That stage failed; returns the attempt, with what was seen and what to do about it.
  Attempt failing_at(Stage stage, std::string seen, std::string remedy) &&;
};

/// What sending goes by.
struct Way {
  const Channel& channel;
  const std::optional<SecretString>& secret;
  const Resolver& resolver;
  const DestinationPolicy& destinations;
  const House& house;
};

/// One mail to one address, by libcurl, over a connection of its own. Blocks until the deadline at most. The address
/// that is connected to is one that the policy was asked about (ports 25, 465 and 587 besides those that it allows),
/// and the password is shown once, inside TLS or on loopback.
Attempt send_by_relay(const Way& way, const std::string& to, const Message& message, Deadline deadline,
                      const std::stop_token& stop = {});
/// One POST. The same.
Attempt send_by_webhook(const Way& way, const Message& message, Deadline deadline, const std::stop_token& stop = {});

/// The addresses of `host` that may be connected to at that port, each checked; with `only_loopback`, those of this
/// host. What cannot be used is named in the error. Errors: NameError, refused_destination.
Result<std::vector<SocketAddress>> checked_addresses(const Way& way, const std::string& host, std::uint16_t port,
                                                     bool only_loopback, Deadline deadline);

}  // namespace mailward::notify
