#include "renewal/renewal_notices.h"

#include <algorithm>

#include <fmt/format.h>

#include "notify/notice.h"

namespace mailward::renewal::notices {
namespace {

using notify::Severity;

std::string about(const Renewal& renewal) {
  return "renewal:" + renewal.id.text();
}

}  // namespace

Status approval_wanted(db::Transaction& tx, const Renewal& renewal, Timestamp now) {
  return notify::post(
      tx,
      {.kind = "approval_wanted",
       .subject = about(renewal),
       .title = "A plan to renew every secret waits for a second administrator",
       .text = fmt::format("It has {} items, and ends by itself seven days after it was made. Look at it, then approve "
                           "it: mailward secrets renewal show {}; console: Renew everything.",
                           renewal.items.size(), renewal.id.text()),
       .severity = Severity::warning},
      now);
}

Status approval_ends(db::Transaction& tx, Timestamp until, Timestamp now) {
  return notify::post(tx,
                      {.kind = "approval_wanted",
                       .subject = "secrets.policy",
                       .title = "Plans to renew every secret will need no second administrator any more",
                       .text = fmt::format("Somebody has switched the approval off. It is demanded until {} all the "
                                           "same. Where that was not meant, switch it on again: mailward secrets "
                                           "policy --approval yes; console: Secrets. The audit trail says who it was.",
                                           format_timestamp(until)),
                       .severity = Severity::alarm},
                      now);
}

Status renewal_rests(db::Transaction& tx, const Renewal& renewal, Timestamp now) {
  const auto in_state = [&](ItemState state) { return std::ranges::count(renewal.items, state, &RenewalItem::state); };
  const auto waiting = in_state(ItemState::waiting);
  const auto failed = in_state(ItemState::failed);
  const bool open = waiting + failed > 0;
  return notify::post(
      tx,
      {.kind = "renewal_finished",
       .subject = about(renewal),
       .title = open ? fmt::format("Renewing every secret: {} wait for a person, {} failed", waiting, failed)
                     : "Every secret of the plan is renewed",
       .text = fmt::format("{} of {} items are done. mailward secrets renewal show {}", in_state(ItemState::done),
                           renewal.items.size(), renewal.id.text()),
       .severity = failed > 0 ? Severity::alarm : (open ? Severity::warning : Severity::info)},
      now);
}

Status master_key_rotated(db::Transaction& tx, const Renewal& renewal, Timestamp now) {
  return notify::post(
      tx,
      {.kind = "master_key_rotated",
       .subject = about(renewal),
       .title = "The master key was replaced",
       .text = "Keep a copy of the new key file where you kept that of the old one: without it no backup "
               "that is made from now on opens. Backups of before need the old one.",
       .severity = Severity::warning},
      now);
}

Status secrets_due(db::Transaction& tx, const std::vector<HeldSecret>& held, Timestamp now) {
  constexpr std::chrono::days kAgain{7};
  for (const HeldSecret& one : held) {
    if (!one.is_due(now) || one.record.kind == "service_account" || one.way == Way::stays) continue;
    const std::string subject = one.record.kind + ":" + one.record.id;
    MW_TRY(const auto last, notify::last_posted(tx, "secret_due", subject, now));
    if (last && now - *last < kAgain) continue;
    std::string text = fmt::format("It is due since {} ({}). {}", format_timestamp(*one.due), one.due_by, one.how);
    if (!one.command.empty()) text += "\n\n" + one.command;
    MW_CHECK(notify::post(tx,
                          {.kind = "secret_due",
                           .subject = subject,
                           .title = fmt::format("{} is due to be renewed: {}", one.kind->title, one.record.opens),
                           .text = std::move(text),
                           .severity = Severity::warning},
                          now));
  }
  return {};
}

}  // namespace mailward::renewal::notices
