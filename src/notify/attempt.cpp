#include "notify/attempt.h"

#include <algorithm>
#include <array>
#include <utility>

namespace mailward::notify {

namespace {

/// SMTP's own ports (RFC 5321 4.5.4.2, RFC 8314 7.3, RFC 6409 3.1), which need no line in the configuration.
constexpr std::array<std::uint16_t, 3> kMailPorts{25, 465, 587};

bool is_loopback(const IpAddress& ip) {
  return ip.is_v4() ? ip.raw()[0] == 127 : ip.text() == "::1";
}

}  // namespace

std::string_view name_of(Stage stage) {
  switch (stage) {
    case Stage::resolve:
      return "resolve";
    case Stage::connect:
      return "connect";
    case Stage::tls:
      return "tls";
    case Stage::sign_in:
      return "sign_in";
    case Stage::accept:
      return "accept";
  }
  std::unreachable();
}

std::string_view name_of(StageReport::Outcome outcome) {
  switch (outcome) {
    case StageReport::Outcome::ok:
      return "ok";
    case StageReport::Outcome::failed:
      return "failed";
    case StageReport::Outcome::skipped:
      return "skipped";
  }
  std::unreachable();
}

void Attempt::add(Stage stage, StageReport::Outcome outcome_of_stage, std::string seen) {
  stages.push_back({.stage = stage, .outcome = outcome_of_stage, .seen = std::move(seen)});
}

Attempt Attempt::failing_at(Stage stage, std::string seen, std::string what_to_do) && {
  said = seen;
  remedy = std::move(what_to_do);
  add(stage, StageReport::Outcome::failed, std::move(seen));
  return std::move(*this);
}

Result<std::vector<SocketAddress>> checked_addresses(const Way& way, const std::string& host, std::uint16_t port,
                                                     bool only_loopback, Deadline deadline) {
  MW_TRY(const auto resolved, way.resolver.resolve(host, deadline));
  const bool mail_port =
      way.channel.form.kind == ChannelKind::relay && std::ranges::find(kMailPorts, port) != kMailPorts.end();
  std::vector<SocketAddress> usable;
  std::optional<Error> why;
  for (const IpAddress& ip : resolved) {
    const SocketAddress address{.ip = ip, .port = port};
    if (only_loopback && !is_loopback(ip)) {
      why = Error(BaseError::refused_destination, host + " is " + ip.text() + ", which is not this host")
                .with_remedy("use TLS: without it nothing leaves this host");
      continue;
    }
    auto allowed = mail_port ? way.destinations.check_address(ip) : way.destinations.check(address);
    if (allowed) {
      usable.push_back(address);
    } else {
      why = std::move(allowed).error();
    }
  }
  if (usable.empty() && why) return fail(*std::move(why));
  return usable;
}

}  // namespace mailward::notify
