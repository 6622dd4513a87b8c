#include "renewal/renewal_course.h"

#include <algorithm>

#include "base/log.h"
#include "renewal/plan.h"
#include "renewal/renewal_notices.h"

namespace mailward::renewal {

namespace {

work::StepOutcome outcome_of(const ItemOutcome& outcome) {
  switch (outcome.state) {
    case ItemState::done:
      return outcome.degraded ? work::StepOutcome::warning : work::StepOutcome::ok;
    case ItemState::waiting:
      return work::StepOutcome::note;
    case ItemState::failed:
      return work::StepOutcome::failed;
    case ItemState::gone:
    case ItemState::kept:
    case ItemState::planned:
    case ItemState::acting:
    case ItemState::left:
      return work::StepOutcome::skipped;
  }
  return work::StepOutcome::failed;
}

struct Count {
  std::size_t done = 0;
  std::size_t waiting = 0;
  std::size_t failed = 0;
  std::size_t other = 0;
};

Count count_of(const std::vector<RenewalItem>& items) {
  Count count;
  for (const RenewalItem& item : items) {
    if (item.state == ItemState::done) {
      ++count.done;
    } else if (item.state == ItemState::waiting) {
      ++count.waiting;
    } else if (item.state == ItemState::failed) {
      ++count.failed;
    } else {
      ++count.other;
    }
  }
  return count;
}

std::string sentence_of(const Count& count) {
  std::string sentence = std::to_string(count.done) + " renewed";
  if (count.waiting > 0) sentence += ", " + std::to_string(count.waiting) + " wait for a person";
  if (count.failed > 0) sentence += ", " + std::to_string(count.failed) + " failed";
  if (count.other > 0) sentence += ", " + std::to_string(count.other) + " stay or are not held any more";
  return sentence + ".";
}

}  // namespace

audit::By RenewalCourse::by(std::string request_id) const {
  const auto actor = audit::Actor::parse(renewal.started_by);
  return {.actor = actor ? *actor : by_itself().actor, .source = {}, .token = {}, .request_id = std::move(request_id)};
}

Status RenewalCourse::keep(const RenewalItem& item) {
  return parts().database.transaction(
      [&](db::Transaction& tx) { return renewal_rows::update(tx, renewal.id, item, item.state); });
}

Status RenewalCourse::drive() {
  for (RenewalItem& item : renewal.items) {
    if (stop.stop_requested()) return {};
    if (item.state == ItemState::planned || item.state == ItemState::acting) MW_CHECK(renew(item));
  }
  return conclude();
}

Status RenewalCourse::renew(RenewalItem& item) {
  const bool was_acting = item.state == ItemState::acting;
  // Nothing is done about it: no step, no line in the trail for each.
  if (item.way == Way::stays) {
    item.state = ItemState::kept;
    item.ended = parts().clock.now();
    return parts().database.transaction(
        [&](db::Transaction& tx) { return renewal_rows::update(tx, renewal.id, item, ItemState::planned); });
  }
  steps.begin(item.kind);
  MW_CHECK(steps.flush());
  const auto held = parts().inventory.find(item.kind, item.secret);
  if (!held) return settle(item, {ItemState::failed, held.error().message(), held.error().remedy()});
  // One that is given up as it should be is gone as well.
  if (!*held && !(was_acting && item.way == Way::made_anew)) return settle(item, {.state = ItemState::gone});
  if (!was_acting) {
    take_way(item, **held);
    item.before = description_of(**held, parts().clock.now());
    if (item.kind == secrets::kMasterKeyKind) {
      auto before = json_in(item.before);
      before["key"] = to_hex(parts().keyring.master_key_id());
      item.before = text_of(before);
    }
  }
  MW_CHECK(intend(item));
  const ItemOutcome outcome = act(item, *held ? **held : HeldSecret{}, was_acting);
  if (stop.stop_requested() && outcome.state == ItemState::acting) return {};
  return settle(item, outcome);
}

Status RenewalCourse::intend(RenewalItem& item) {
  const ItemState from = item.state;
  item.state = ItemState::acting;
  if (!item.begun) item.begun = parts().clock.now();
  return parts().database.transaction(
      [&](db::Transaction& tx) { return renewal_rows::update(tx, renewal.id, item, from); });
}

ItemOutcome RenewalCourse::act(RenewalItem& item, const HeldSecret& held, bool was_acting) {
  if (item.kind == secrets::kMasterKeyKind) return renew_master_key(item, was_acting);
  if (item.kind == secrets::kRecoveryKeyKind) return renew_recovery_key(item, was_acting);
  if (item.kind == "api_token") return revoke_token(item, was_acting);
  if (item.kind == "user_password" || item.kind == "user_totp") return end_sessions(item);
  if (held.way == Way::by_itself && item.kind == "tls_key") return renew_certificate(item);
  if (held.way == Way::by_itself && item.kind == "service_account") return rotate_account(item, was_acting);
  return {.state = ItemState::waiting, .why = {}, .remedy = item.how};
}

Status RenewalCourse::settle(RenewalItem& item, const ItemOutcome& outcome) {
  const ItemState from = item.state;
  const Timestamp now = parts().clock.now();
  item.state = outcome.state;
  item.why = outcome.why;
  item.remedy = outcome.remedy;
  if (info_of(item.state).settled) item.ended = now;
  if (item.state == ItemState::done && item.kind != "api_token") {
    const auto held = parts().inventory.find(item.kind, item.secret);
    if (held && *held) {
      auto after = json_in(description_of(**held, now));
      if (item.kind == secrets::kMasterKeyKind) after["key"] = to_hex(parts().keyring.master_key_id());
      item.after = text_of(after);
    }
  }
  MW_CHECK(parts().database.transaction([&](db::Transaction& tx) -> Status {
    MW_CHECK(renewal_rows::update(tx, renewal.id, item, from));
    return note(tx, parts().trail, by(), "renewal.item", renewal.id,
                {{"position", item.position},
                 {"kind", item.kind},
                 {"id", item.secret},
                 {"state", name_of(item.state)},
                 {"why", item.why}},
                item.state == ItemState::failed ? "failed"
                : outcome.degraded              ? "degraded"
                                                : "ok");
  }));
  connections::Facts facts;
  facts.add("opens", item.opens).add("state", name_of(item.state));
  if (item.times > 1) facts.add("times", std::to_string(item.done_times) + " of " + std::to_string(item.times));
  if (!item.why.empty()) facts.add("why", item.why);
  if (item.state == ItemState::waiting && !item.command.empty()) facts.add("command", item.command);
  steps.end(outcome_of(outcome), facts, outcome.remedy);
  return steps.flush();
}

Status RenewalCourse::conclude() {
  if (stop.stop_requested()) return {};
  const Count count = count_of(renewal.items);
  const bool rests = count.waiting + count.failed > 0;
  Renewal next = renewal;
  next.state = rests ? RenewalState::waiting : RenewalState::finished;
  next.updated = parts().clock.now();
  if (!rests) next.ended = next.updated;
  const nlohmann::ordered_json result{{"renewal", renewal.id.text()},   {"state", name_of(next.state)},
                                      {"sentence", sentence_of(count)}, {"done", count.done},
                                      {"waiting", count.waiting},       {"failed", count.failed}};
  MW_CHECK(parts().database.transaction([&](db::Transaction& tx) -> Status {
    MW_CHECK(renewal_rows::update(tx, next, RenewalState::running));
    MW_CHECK(notices::renewal_rests(tx, next, next.updated));
    MW_CHECK(note(tx, parts().trail, by(), rests ? "renewal.rest" : "renewal.finish", renewal.id,
                  {{"done", count.done}, {"waiting", count.waiting}, {"failed", count.failed}},
                  count.failed > 0 ? "degraded" : "ok"));
    return parts().runs.finish(tx, *renewal.run, count.failed > 0 ? work::RunState::failed : work::RunState::succeeded,
                               text_of(result));
  }));
  log::info("renewal." + std::string(name_of(next.state)),
            {{"renewal", renewal.id.text()}, {"outcome", sentence_of(count)}});
  return {};
}

}  // namespace mailward::renewal
