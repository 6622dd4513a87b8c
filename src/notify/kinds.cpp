#include "notify/kinds.h"

#include <algorithm>
#include <array>
#include <utility>

namespace mailward::notify {

namespace {

constexpr std::string_view kKeys = "see_keys";

constexpr std::array kKinds{
    Kind{"rotation_finished", "A password was renewed, and every front end signs in with it.", Severity::info},
    Kind{"rotation_failed", "Renewing a password did not end as it should.", Severity::alarm},
    Kind{"rotation_due", "A password is due to be renewed, and a person has to do it.", Severity::warning},
    Kind{"password_expires", "Active Directory will let a service account's password expire soon.", Severity::warning},
    Kind{"account_locked", "A service account is locked out.", Severity::alarm},
    Kind{"connection_state", "A server connection stopped working as it should, or works again.", Severity::warning},
    Kind{"certificate_expires", "A server's certificate will expire soon, or has.", Severity::warning},
    Kind{"secret_due", "Another secret that Mailward holds is due to be renewed.", Severity::warning, kKeys},
    Kind{"old_password_seen", "Somebody may still use a password from before a renewal.", Severity::warning},
    Kind{"renewal_finished", "A plan that renews everything has ended.", Severity::info, kKeys},
    Kind{"approval_wanted", "A plan waits for a second person to approve it; or nobody will have to any more.",
         Severity::warning, kKeys},
    Kind{"master_key_rotated", "The master key was replaced.", Severity::info, kKeys},
    Kind{"test", "Somebody tested a channel.", Severity::info},
    Kind{"confirmation", "Somebody subscribed an address, which is asked whether it is his.", Severity::info},
};

}  // namespace

std::string_view name_of(Severity severity) {
  switch (severity) {
    case Severity::info:
      return "info";
    case Severity::warning:
      return "warning";
    case Severity::alarm:
      return "alarm";
  }
  std::unreachable();
}

std::optional<Severity> severity_named(std::string_view name) {
  for (const Severity severity : {Severity::info, Severity::warning, Severity::alarm}) {
    if (name_of(severity) == name) return severity;
  }
  return std::nullopt;
}

std::span<const Kind> kinds() {
  return kKinds;
}

const Kind* kind_named(std::string_view name) {
  const auto* found = std::ranges::find(kKinds, name, &Kind::name);
  return found == kKinds.end() ? nullptr : found;
}

}  // namespace mailward::notify
