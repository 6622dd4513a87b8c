#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

/// Misconfigurations and failures on demand. README.md lists each with its answer and that answer's source.
namespace mailward::exchange_sim {

enum class FaultKind {
  // What the listener does.
  refused,
  hang,
  reset,
  certificate_expired,
  certificate_not_yet_valid,
  certificate_wrong_name,
  certificate_untrusted,
  certificate_incomplete_chain,
  certificate_weak_key,
  certificate_expiring,
  tls_too_old,
  tls_old_offered,
  tls_inspection,
  // What stands before Exchange.
  forms_login,
  portal_page,
  redirect,
  body_too_large,
  token_too_large,
  http_status,
  healthcheck_down,
  // How answers go wrong on their way.
  latency,
  reset_answer,
  truncated_answer,
  malformed_answer,
  clock_skew,
  // What Exchange refuses.
  unauthorized_under_load,
  legacy_auth_blocked,
  negotiate_ntlm_only,
  reencrypting_balancer,
  back_end_lost,
  user_agent_blocked,
  user_agent_not_allowed,
  ews_disabled,
  server_busy,
  connection_count,
  internal_fault,
  server_too_old,
  mailbox_full,
  operation_refused,
};

/// What a fault needs beside its name; each uses what README.md says of it.
struct FaultSetting {
  std::string front_end;          ///< only there; empty: on all
  std::int64_t milliseconds = 0;  ///< latency, clock_skew, server_busy's back-off
  unsigned every = 1;             ///< only each so many-th request that it concerns
  int status = 0;                 ///< http_status; forms_login: 440 or 302; token_too_large: 400, 413 or 431
  std::size_t bytes = 0;  ///< truncated_answer: how many of the answer's bytes are sent; token_too_large: the limit
  /// redirect: whither; tls_inspection: "same_issuer"; malformed_answer: "xml", "head"; server_busy: "fault",
  /// "response"; operation_refused: the response code
  std::string value;
  std::vector<std::string>
      values;          ///< user agents; operation_refused, and what goes wrong on the way: only these operations
  unsigned limit = 0;  ///< only so many times, then it is over; 0: until cleared
};

std::string_view fault_name(FaultKind kind);
std::optional<FaultKind> fault_from(std::string_view name);
std::span<const std::pair<FaultKind, std::string_view>> fault_names();

/// Which faults are set. Thread-safe.
class FaultBoard {
 public:
  void set(FaultKind kind, FaultSetting setting);
  bool clear(FaultKind kind);
  void clear_all();
  std::map<FaultKind, FaultSetting> all() const;

  /// Whether the fault is set for this front end; counts nothing.
  std::optional<FaultSetting> peek(FaultKind kind, std::string_view front_end) const;
  /// Whether this request meets it: counts towards `every` and `limit`.
  std::optional<FaultSetting> strike(FaultKind kind, std::string_view front_end);

 private:
  struct Active {
    FaultSetting setting;
    std::uint64_t met = 0;
    std::uint64_t struck = 0;
  };
  mutable std::mutex mutex_;
  std::map<FaultKind, Active> active_;
};

}  // namespace mailward::exchange_sim
