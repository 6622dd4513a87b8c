#include "connections/old_password_watch.h"

#include <algorithm>
#include <array>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/bytes.h"
#include "connections/error.h"

namespace mailward::connections {
namespace {

using Kind = OldPasswordSign::Kind;
using nlohmann::json;

constexpr std::array kKinds{std::pair{Kind::wrong_password, "wrong_password"}, std::pair{Kind::our_own, "our_own"},
                            std::pair{Kind::locked_out, "locked_out"},         std::pair{Kind::unlocked, "unlocked"},
                            std::pair{Kind::not_unlocked, "not_unlocked"},     std::pair{Kind::events, "events"}};

/// How far a controller's clock may be from ours, and a refusal from what it counted.
constexpr Duration kNear = std::chrono::seconds(10);

json moment(const std::optional<Timestamp>& at) {
  return at ? json(to_micros(*at)) : json(nullptr);
}
std::optional<Timestamp> moment_in(const json& value) {
  return value.is_number_integer() ? std::optional(from_micros(value.get<std::int64_t>())) : std::nullopt;
}

std::string text_of(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace

std::string_view name_of(Kind kind) {
  for (const auto& [one, name] : kKinds) {
    if (one == kind) return name;
  }
  std::unreachable();
}

void add_sign(OldPasswordWatch& watch, OldPasswordSign sign) {
  if (watch.seen.size() < kMostSigns) {
    watch.seen.push_back(std::move(sign));
  } else {
    ++watch.unlisted;
  }
}

std::vector<OldPasswordSign> signs_in(OldPasswordWatch& watch, const directory::SignInCounters& counters,
                                      const std::vector<Timestamp>& ours, Timestamp now) {
  std::vector<OldPasswordSign> signs;
  if (counters.error) return signs;
  const bool is_first = !watch.controllers.contains(counters.controller);
  WatchedController& before = watch.controllers[counters.controller];
  const auto moved = [&](const std::optional<Timestamp>& then, const std::optional<Timestamp>& shown) {
    return !is_first && shown && (!then || *shown > *then);
  };
  if (moved(before.bad_password_time, counters.bad_password_time)) {
    const Timestamp at = *counters.bad_password_time;
    const bool own = std::ranges::any_of(ours, [&](Timestamp one) { return one < at + kNear && at < one + kNear; });
    std::string text = own ? "Mailward itself was refused at that moment."
                           : "Somebody showed a wrong password of the account; the controller says not who.";
    if (counters.bad_password_count) text += " badPwdCount is " + std::to_string(*counters.bad_password_count) + ".";
    signs.push_back({.at = at,
                     .kind = own ? Kind::our_own : Kind::wrong_password,
                     .controller = counters.controller,
                     .text = std::move(text)});
  }
  if (moved(before.lockout_time, counters.lockout_time)) {
    signs.push_back({.at = *counters.lockout_time,
                     .kind = Kind::locked_out,
                     .controller = counters.controller,
                     .text = "The account was locked out there: something goes on showing a wrong password."});
  }
  before = {.bad_password_time = counters.bad_password_time, .lockout_time = counters.lockout_time};
  for (OldPasswordSign& sign : signs) {
    if (sign.at > now + kNear) sign.at = now;
  }
  return signs;
}

std::string_view what_counters_cannot_show() {
  return "For an hour after a change Active Directory takes the password before by NTLM and by a simple bind, and "
         "counts "
         "nothing; the same holds for the one before that, which is refused and not counted. Who uses the old password "
         "in these ways stands in the controllers' event logs alone.";
}

namespace old_password_watches {
namespace {

constexpr std::string_view kSelect = "SELECT run_id, account_id, until, ended, baseline, seen FROM old_password_watch ";

/// What a damaged text holds is left out.
void read_texts(const db::Row& row, OldPasswordWatch& watch);

OldPasswordWatch read(const db::Row& row) {
  OldPasswordWatch watch;
  watch.run = row.id<work::RunId>(0);
  watch.account = row.id<AccountId>(1);
  watch.until = row.time(2);
  watch.ended = row.maybe_time(3);
  try {
    read_texts(row, watch);
  } catch (const json::exception&) {
    watch.seen.clear();
  }
  return watch;
}

void read_texts(const db::Row& row, OldPasswordWatch& watch) {
  const auto controllers = json::parse(row.text(4), nullptr, false);
  if (controllers.is_object()) {
    for (const auto& [host, shown] : controllers.items()) {
      if (!shown.is_object()) continue;
      watch.controllers[host] = {.bad_password_time = moment_in(shown.value("bad_password_time", json())),
                                 .lockout_time = moment_in(shown.value("lockout_time", json()))};
    }
  }
  const auto seen = json::parse(row.text(5), nullptr, false);
  if (!seen.is_object()) return;
  watch.unlisted = seen.value("unlisted", std::int64_t{0});
  watch.sam_account_name = seen.value("sam_account_name", "");
  for (const json& one : seen.value("signs", json::array())) {
    if (!one.is_object()) continue;
    OldPasswordSign sign{.at = moment_in(one.value("at", json())).value_or(Timestamp()),
                         .controller = one.value("controller", ""),
                         .text = one.value("text", "")};
    for (const auto& [kind, name] : kKinds) {
      if (one.value("kind", "") == name) sign.kind = kind;
    }
    watch.seen.push_back(std::move(sign));
  }
}

std::string controllers_text(const OldPasswordWatch& watch) {
  json controllers = json::object();
  for (const auto& [host, shown] : watch.controllers) {
    controllers[host] = {{"bad_password_time", moment(shown.bad_password_time)},
                         {"lockout_time", moment(shown.lockout_time)}};
  }
  return text_of(controllers);
}

std::string seen_text(const OldPasswordWatch& watch) {
  json signs = json::array();
  for (const OldPasswordSign& sign : watch.seen) {
    signs.push_back({{"at", to_micros(sign.at)},
                     {"kind", name_of(sign.kind)},
                     {"controller", sign.controller},
                     {"text", sign.text}});
  }
  return text_of({{"signs", signs}, {"unlisted", watch.unlisted}, {"sam_account_name", watch.sam_account_name}});
}

}  // namespace

Status insert(db::Transaction& tx, const OldPasswordWatch& watch, Timestamp now) {
  MW_CHECK(
      tx.execute("INSERT INTO old_password_watch (run_id, account_id, until, ended, baseline, seen, updated) VALUES "
                 "($1, $2, $3, NULL, $4, $5, $6)",
                 {watch.run, watch.account, watch.until, controllers_text(watch), seen_text(watch), now}));
  return {};
}

Result<OldPasswordWatch> get(db::Session& session, work::RunId run, std::string_view lock) {
  MW_TRY(const auto row, session.query_row(std::string(kSelect) + "WHERE run_id = $1" + std::string(lock), {run}));
  if (!row) {
    return fail(Error(ConnectionsError::unknown_rotation, "nobody watched for the old password after " + run.text())
                    .with_remedy("only a rotation that ended with a new password in force is followed by a watch"));
  }
  return read(*row);
}

Result<std::vector<OldPasswordWatch>> open(db::Session& session) {
  MW_TRY(const auto rows, session.query(std::string(kSelect) + "WHERE ended IS NULL ORDER BY run_id"));
  std::vector<OldPasswordWatch> watches;
  watches.reserve(rows.size());
  for (const db::Row& row : rows) watches.push_back(read(row));
  return watches;
}

Status update(db::Transaction& tx, const OldPasswordWatch& watch, Timestamp now) {
  MW_CHECK(
      tx.execute("UPDATE old_password_watch SET ended = $2, baseline = $3, seen = $4, updated = $5 WHERE run_id = $1",
                 {watch.run, watch.ended, controllers_text(watch), seen_text(watch), now}));
  return {};
}

Result<std::vector<Timestamp>> own_refusals(db::Session& session, const ServiceAccount& account, Timestamp since) {
  MW_TRY(const auto rows, session.query("SELECT at FROM tried_password WHERE account IN ($1, $2) AND at >= $3",
                                        {account.normalised, "sid:" + account.sid, since}));
  std::vector<Timestamp> moments;
  moments.reserve(rows.size());
  for (const db::Row& row : rows) moments.push_back(row.time(0));
  return moments;
}

}  // namespace old_password_watches

}  // namespace mailward::connections
