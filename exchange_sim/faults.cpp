#include "exchange_sim/faults.h"

#include <algorithm>
#include <array>

namespace mailward::exchange_sim {
namespace {

constexpr auto kNames = std::to_array<std::pair<FaultKind, std::string_view>>({
    {FaultKind::refused, "refused"},
    {FaultKind::hang, "hang"},
    {FaultKind::reset, "reset"},
    {FaultKind::certificate_expired, "certificate_expired"},
    {FaultKind::certificate_not_yet_valid, "certificate_not_yet_valid"},
    {FaultKind::certificate_wrong_name, "certificate_wrong_name"},
    {FaultKind::certificate_untrusted, "certificate_untrusted"},
    {FaultKind::certificate_incomplete_chain, "certificate_incomplete_chain"},
    {FaultKind::certificate_weak_key, "certificate_weak_key"},
    {FaultKind::certificate_expiring, "certificate_expiring"},
    {FaultKind::tls_too_old, "tls_too_old"},
    {FaultKind::tls_old_offered, "tls_old_offered"},
    {FaultKind::tls_inspection, "tls_inspection"},
    {FaultKind::forms_login, "forms_login"},
    {FaultKind::portal_page, "portal_page"},
    {FaultKind::redirect, "redirect"},
    {FaultKind::body_too_large, "body_too_large"},
    {FaultKind::token_too_large, "token_too_large"},
    {FaultKind::http_status, "http_status"},
    {FaultKind::healthcheck_down, "healthcheck_down"},
    {FaultKind::latency, "latency"},
    {FaultKind::reset_answer, "reset_answer"},
    {FaultKind::truncated_answer, "truncated_answer"},
    {FaultKind::malformed_answer, "malformed_answer"},
    {FaultKind::clock_skew, "clock_skew"},
    {FaultKind::unauthorized_under_load, "unauthorized_under_load"},
    {FaultKind::legacy_auth_blocked, "legacy_auth_blocked"},
    {FaultKind::negotiate_ntlm_only, "negotiate_ntlm_only"},
    {FaultKind::reencrypting_balancer, "reencrypting_balancer"},
    {FaultKind::back_end_lost, "back_end_lost"},
    {FaultKind::user_agent_blocked, "user_agent_blocked"},
    {FaultKind::user_agent_not_allowed, "user_agent_not_allowed"},
    {FaultKind::ews_disabled, "ews_disabled"},
    {FaultKind::server_busy, "server_busy"},
    {FaultKind::connection_count, "connection_count"},
    {FaultKind::internal_fault, "internal_fault"},
    {FaultKind::server_too_old, "server_too_old"},
    {FaultKind::mailbox_full, "mailbox_full"},
    {FaultKind::operation_refused, "operation_refused"},
});

}  // namespace

std::span<const std::pair<FaultKind, std::string_view>> fault_names() {
  return kNames;
}

std::string_view fault_name(FaultKind kind) {
  return std::ranges::find(kNames, kind, &std::pair<FaultKind, std::string_view>::first)->second;
}

std::optional<FaultKind> fault_from(std::string_view name) {
  const auto found = std::ranges::find(kNames, name, &std::pair<FaultKind, std::string_view>::second);
  if (found == kNames.end()) return std::nullopt;
  return found->first;
}

void FaultBoard::set(FaultKind kind, FaultSetting setting) {
  const std::scoped_lock lock(mutex_);
  active_[kind] = {.setting = std::move(setting)};
}

bool FaultBoard::clear(FaultKind kind) {
  const std::scoped_lock lock(mutex_);
  return active_.erase(kind) > 0;
}

void FaultBoard::clear_all() {
  const std::scoped_lock lock(mutex_);
  active_.clear();
}

std::map<FaultKind, FaultSetting> FaultBoard::all() const {
  const std::scoped_lock lock(mutex_);
  std::map<FaultKind, FaultSetting> found;
  for (const auto& [kind, active] : active_) found.emplace(kind, active.setting);
  return found;
}

std::optional<FaultSetting> FaultBoard::peek(FaultKind kind, std::string_view front_end) const {
  const std::scoped_lock lock(mutex_);
  const auto found = active_.find(kind);
  if (found == active_.end()) return std::nullopt;
  const FaultSetting& setting = found->second.setting;
  if (!setting.front_end.empty() && setting.front_end != front_end) return std::nullopt;
  return setting;
}

std::optional<FaultSetting> FaultBoard::strike(FaultKind kind, std::string_view front_end) {
  const std::scoped_lock lock(mutex_);
  const auto found = active_.find(kind);
  if (found == active_.end()) return std::nullopt;
  Active& active = found->second;
  if (!active.setting.front_end.empty() && active.setting.front_end != front_end) return std::nullopt;
  ++active.met;
  if (active.setting.every > 1 && active.met % active.setting.every != 0) return std::nullopt;
  if (active.setting.limit > 0 && active.struck >= active.setting.limit) return std::nullopt;
  ++active.struck;
  return active.setting;
}

}  // namespace mailward::exchange_sim
