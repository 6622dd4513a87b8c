#include "base/log.h"
#include "renewal/plan.h"
#include "renewal/renewal_course.h"
#include "renewal/renewal_notices.h"
#include "secrets/recovery_key.h"

namespace mailward::renewal {

namespace {

/// What a waiting or failed item has come to by now; nothing where it waits on.
Result<std::optional<RenewalItem>> seen(const Renewals::Parts& parts, const Renewal& renewal, RenewalItem item) {
  MW_TRY(const auto held, parts.inventory.find(item.kind, item.secret));
  const Timestamp now = parts.clock.now();
  if (!held) {
    if (item.state != ItemState::waiting) return std::nullopt;
    item.state = ItemState::gone;
    item.ended = now;
    return item;
  }
  if (item.kind == secrets::kRecoveryKeyKind) {
    MW_TRY(const auto taken,
           parts.database.read([](db::Session& session) { return secrets::RecoveryKey::taken(session); }));
    if (!taken || *taken <= *renewal.started) return std::nullopt;
  } else if (!is_another(*held, item.before, *renewal.started)) {
    return std::nullopt;
  }
  item.state = ItemState::done;
  item.done_times = std::max(item.done_times, std::int64_t{1});
  item.after = description_of(*held, now);
  auto proof = json_in(item.proof);
  proof["seen"] = format_timestamp(now);
  if (item.kind == "service_account") proof["accepted"] = "a sign-in with the new password was accepted";
  item.proof = text_of(proof);
  item.why.clear();
  item.remedy.clear();
  item.ended = now;
  return item;
}

}  // namespace

Status Renewals::State::tell_due() {
  constexpr std::chrono::hours kEvery{1};
  {
    const std::scoped_lock lock(mutex);
    const MonotonicTime now = parts.clock.monotonic();
    if (due_told && now - *due_told < kEvery) return {};
    due_told = now;
  }
  MW_TRY(const auto held, parts.inventory.list());
  return parts.database.transaction(
      [&](db::Transaction& tx) { return notices::secrets_due(tx, held, parts.clock.now()); });
}

Status Renewals::State::look_at_waiting(const Renewal& renewal) {
  Renewal now = renewal;
  bool all_settled = true;
  for (RenewalItem& item : now.items) {
    const ItemState from = item.state;
    if (info_of(from).settled) continue;
    MW_TRY(const auto changed, seen(parts, renewal, item));
    if (!changed) {
      all_settled = false;
      continue;
    }
    item = *changed;
    MW_CHECK(parts.database.transaction([&](db::Transaction& tx) -> Status {
      MW_CHECK(renewal_rows::update(tx, renewal.id, item, from));
      return note(
          tx, parts.trail, by_itself(), "renewal.item", renewal.id,
          {{"position", item.position}, {"kind", item.kind}, {"id", item.secret}, {"state", name_of(item.state)}});
    }));
    log::info("renewal.item_seen", {{"renewal", renewal.id.text()}, {"kind", item.kind}, {"id", item.secret}});
  }
  if (!all_settled) return {};
  now.state = RenewalState::finished;
  now.updated = parts.clock.now();
  now.ended = now.updated;
  return parts.database.transaction([&](db::Transaction& tx) -> Status {
    MW_CHECK(renewal_rows::update(tx, now, RenewalState::waiting));
    MW_CHECK(notices::renewal_rests(tx, now, now.updated));
    return note(tx, parts.trail, by_itself(), "renewal.finish", now.id, {{"state", name_of(now.state)}});
  });
}

Result<std::optional<std::string>> Renewals::State::why_void(const Renewal& renewal) const {
  if (renewal.approved_by.empty()) return std::nullopt;
  MW_TRY(const auto users, parts.access.users.list());
  const auto approver =
      std::ranges::find(users, renewal.approved_by, [](const access::User& user) { return user.actor().text(); });
  const std::string who = approver == users.end() ? renewal.approved_by : approver->name;
  const auto left = [&](std::string_view how) {
    return "the approval of " + who + " holds no longer: " + std::string(how);
  };
  if (approver == users.end()) return left("that user was deleted");
  if (!approver->enabled) return left("that user was disabled");
  if (approver->must_choose_password) return left("that user must choose another password first");
  if (!administers(*approver)) return left("that user is no administrator any more");
  return std::nullopt;
}

Status Renewals::State::take_approval_back(db::Transaction& tx, Renewal renewal, const std::string& why,
                                           const audit::By& by) const {
  const nlohmann::json details = {{"approver", renewal.approved_by}, {"why", why}};
  renewal.state = RenewalState::awaiting_approval;
  renewal.needs_approval = true;
  renewal.approved_by.clear();
  renewal.approved.reset();
  renewal.why = why;
  renewal.updated = parts.clock.now();
  MW_CHECK(renewal_rows::update(tx, renewal, RenewalState::ready));
  return note(tx, parts.trail, by, "renewal.void_approval", renewal.id, details);
}

Status Renewals::State::look_at_unstarted(const Renewal& renewal) {
  const Timestamp now = parts.clock.now();
  if (now >= renewal.created + kPlanWaits) {
    Renewal ended = renewal;
    ended.state = RenewalState::expired;
    ended.why = "It was made on " + format_timestamp(renewal.created) + ", and nobody " +
                (renewal.state == RenewalState::ready ? "started" : "approved") + " it within seven days.";
    ended.updated = now;
    ended.ended = now;
    return parts.database.transaction([&](db::Transaction& tx) -> Status {
      MW_CHECK(renewal_rows::update(tx, ended, renewal.state));
      return note(tx, parts.trail, by_itself(), "renewal.expire", renewal.id, {{"was", name_of(renewal.state)}});
    });
  }
  MW_TRY(const auto why, why_void(renewal));
  if (!why || renewal.state != RenewalState::ready) return {};
  log::warn("renewal.approval_void", {{"renewal", renewal.id.text()}, {"why", *why}});
  return parts.database.transaction(
      [&](db::Transaction& tx) { return take_approval_back(tx, renewal, *why, by_itself()); });
}

}  // namespace mailward::renewal
