#include <algorithm>
#include <utility>

#include "renewal/renewal_course.h"

namespace mailward::renewal {

namespace {

using connections::AccountId;
using connections::ConnectionsError;
using connections::Rotation;
using connections::RotationState;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

constexpr std::size_t kRunsLookedAt = 50;

ItemOutcome failed(const Error& error, const std::string& otherwise = {}) {
  return {ItemState::failed, error.describe(), error.remedy().empty() ? otherwise : error.remedy()};
}

/// What is begun for an item bears this in place of a request's id: by it a rotation is found again after a kill.
std::string mark_of(RenewalId renewal, const RenewalItem& item) {
  return "renewal-" + renewal.text() + "-" + std::to_string(item.position) + "-" + std::to_string(item.attempt);
}

nlohmann::ordered_json maybe(const std::optional<Timestamp>& time) {
  return time ? nlohmann::ordered_json(format_timestamp(*time)) : nlohmann::ordered_json(nullptr);
}

/// What a rotation shows of itself: for the report.
nlohmann::ordered_json proof_of(const connections::RotationReport& report) {
  const Rotation& rotation = report.rotation;
  const auto result = json_in(report.run.result);
  nlohmann::ordered_json proof{{"rotation", rotation.run.text()},
                               {"state", name_of(rotation.state)},
                               {"mode", name_of(rotation.mode)},
                               {"controller", rotation.controller},
                               {"pwd_last_set_before", maybe(rotation.pwd_last_set_before)},
                               {"pwd_last_set_after", maybe(rotation.pwd_last_set_after)},
                               {"front_ends", result.value("front_ends", nlohmann::ordered_json::array())},
                               {"behind", rotation.behind},
                               {"ended", maybe(rotation.ended)}};
  return proof;
}

void add_proof(RenewalItem& item, const nlohmann::ordered_json& one) {
  auto proof = json_in(item.proof);
  auto& list = proof["rotations"];
  if (!list.is_array()) list = nlohmann::ordered_json::array();
  const auto standing =
      std::ranges::find_if(list, [&](const auto& other) { return other["rotation"] == one["rotation"]; });
  if (standing == list.end()) {
    list.push_back(one);
  } else {
    *standing = one;
  }
  item.proof = text_of(proof);
}

}  // namespace

std::string with_old_passwords(const std::string& proof, const connections::Rotations& rotations) {
  auto json = json_in(proof);
  if (!json.contains("rotations") || !json["rotations"].is_array()) return proof;
  for (auto& one : json["rotations"]) {
    const auto run = one.is_object() ? work::RunId::parse(one.value("rotation", ""))
                                     : Result<work::RunId>(fail(BaseError::malformed, "no rotation"));
    const auto report = run ? rotations.old_password(*run) : std::unexpected(run.error());
    if (!report) continue;
    const auto& watch = report->watch;
    const std::string until = format_timestamp(watch.until);
    std::string seen = (watch.ended ? "watched until " : "still watched, until ") + until + ": ";
    if (watch.controllers.empty()) {
      seen += "no domain controller could be read";
    } else if (watch.seen.empty()) {
      seen += "the directory's counters show none; NTLM and simple binds are in the event logs alone";
    }
    for (const auto& sign : watch.seen) {
      if (&sign != &watch.seen.front()) seen += "; ";
      seen +=
          format_timestamp(sign.at) + " " + sign.text + (sign.controller.empty() ? "" : " (" + sign.controller + ")");
    }
    one["old_password"] = seen;
  }
  return text_of(json);
}

Result<work::RunId> RenewalCourse::begin_rotation(const RenewalItem& item, AccountId account) {
  // Of any account: of twins the one that rests is renewed.
  const std::string mark = mark_of(renewal.id, item);
  MW_TRY(const auto runs, parts().runs.list(connections::kRotationRun, {}, kRunsLookedAt));
  const auto begun = std::ranges::find(runs, mark, &work::Run::request_id);
  if (begun != runs.end()) return begun->id;
  const Deadline deadline = Deadline::after(parts().busy_wait, parts().clock);
  while (true) {
    auto started = parts().rotations.start({.account = account}, by(mark));
    const bool is_busy = !started && started.error().is(ConnectionsError::account_busy);
    if (!is_busy || stop.stop_requested() || deadline.expired(parts().clock)) return started;
    state.pause(500ms);
  }
}

Result<bool> RenewalCourse::follow_rotation(work::RunId run) {
  const Deadline deadline = Deadline::after(parts().rotation_wait, parts().clock);
  std::int64_t seen = 0;
  while (!stop.stop_requested() && !deadline.expired(parts().clock)) {
    MW_TRY(const auto changes, parts().runs.wait_for_change(run, seen, Deadline::after(5s).earlier_of(deadline), stop));
    seen = changes.seq;
    if (work::ended(changes.run.state)) return true;
  }
  return false;
}

std::optional<ItemOutcome> RenewalCourse::rotate_once(RenewalItem& item, AccountId account) {
  const auto run = begin_rotation(item, account);
  if (stop.stop_requested()) return ItemOutcome{.state = ItemState::acting};
  if (!run && run.error().is(ConnectionsError::account_busy)) {
    return failed(run.error(), "wait until what uses the account has ended, then try again");
  }
  if (!run) return failed(run.error());
  item.run = *run;
  if (const Status kept = keep(item); !kept) return failed(kept.error());
  const auto ended = follow_rotation(*run);
  if (!ended) return failed(ended.error());
  if (stop.stop_requested()) return ItemOutcome{.state = ItemState::acting};
  if (!*ended) {
    return ItemOutcome{ItemState::failed, "the rotation " + run->text() + " has not ended yet; it goes on by itself",
                       "mailward rotation show " + run->text() + "; then try again"};
  }
  const auto report = parts().rotations.report(*run);
  if (!report) return failed(report.error());
  add_proof(item, proof_of(*report));
  if (report->rotation.state == RotationState::finished) return std::nullopt;
  const auto result = json_in(report->run.result);
  return ItemOutcome{.state = ItemState::failed,
                     .why = result.value("sentence", std::string(info_of(report->rotation.state).meaning)),
                     .remedy = result.value("remedy", "mailward rotation show " + run->text()),
                     .unchanged = report->rotation.state == RotationState::undone};
}

ItemOutcome RenewalCourse::rotate_account(RenewalItem& item, bool was_acting) {
  const auto account = AccountId::parse(item.secret);
  if (!account) return failed(account.error());
  const auto open = parts().rotations.open_of(*account);
  if (!open) return failed(open.error());
  // Tried again while the rotation of before has not ended: it is gone on with.
  const bool goes_on = was_acting || (*open && item.run == (*open)->run);
  if (item.attempt == 0 || !goes_on) ++item.attempt;
  if (const Status kept = keep(item); !kept) return failed(kept.error());
  // A kill in the middle of a rotation may have had it undone: then one more is begun.
  bool may_begin_again = was_acting;
  while (item.done_times < item.times) {
    if (auto trouble = rotate_once(item, *account)) {
      if (!trouble->unchanged || !std::exchange(may_begin_again, false)) return *std::move(trouble);
      ++item.attempt;
      if (const Status kept = keep(item); !kept) return failed(kept.error());
      continue;
    }
    // With the next attempt's number: under this one nothing is looked for any more.
    ++item.done_times;
    ++item.attempt;
    if (const Status kept = keep(item); !kept) return failed(kept.error());
  }
  bool is_behind = false;
  for (const auto& one : json_in(item.proof).value("rotations", nlohmann::ordered_json::array())) {
    is_behind = is_behind || !one.value("behind", nlohmann::ordered_json::array()).empty();
  }
  return {.state = ItemState::done,
          .why = is_behind ? "some domain controllers had not heard of the new password when its rotation ended" : "",
          .remedy = {},
          .degraded = is_behind};
}

ItemOutcome RenewalCourse::revoke_token(RenewalItem& item, bool was_acting) {
  const auto id = access::TokenId::parse(item.secret);
  if (!id) return failed(id.error());
  const auto tokens = parts().access.tokens.list(std::nullopt);
  if (!tokens) return failed(tokens.error());
  const auto token = std::ranges::find(*tokens, *id, &access::Token::id);
  if (token != tokens->end()) {
    item.proof = text_of({{"owner", token->user_name}, {"description", token->description}});
    if (const Status kept = keep(item); !kept) return failed(kept.error());
  }
  const Status revoked = parts().access.tokens.revoke(*id, std::nullopt, by());
  const bool is_gone = !revoked && revoked.error().is(access::AccessError::unknown_token);
  if (is_gone && !was_acting) return {.state = ItemState::gone};
  if (!revoked && !is_gone) return failed(revoked.error());
  const std::string owner = json_in(item.proof).value("owner", "");
  item.after = text_of({{"revoked", format_timestamp(parts().clock.now())}});
  item.done_times = 1;
  return {.state = ItemState::done,
          .why = {},
          .remedy = owner.empty() ? "" : owner + " makes another for the program that used it: mailward token create"};
}

ItemOutcome RenewalCourse::end_sessions(RenewalItem& item) {
  const auto id = access::UserId::parse(item.secret);
  if (!id) return failed(id.error());
  const auto ended = item.kind == "user_password" ? parts().access.users.demand_new_password(*id, by())
                                                  : parts().access.sessions.end_all_of(*id, by());
  if (!ended) return failed(ended.error());
  item.proof = text_of({{"sessions_ended", *ended}});
  return {.state = ItemState::waiting, .why = {}, .remedy = item.how};
}

}  // namespace mailward::renewal
