#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/bytes.h"
#include "connections/error.h"
#include "connections/old_password_watch.h"

/// The table old_password_watch. `seen` is an object: the signs, the lock-out, and how the account is called.
namespace mailward::connections::old_password_watches {
namespace {

using nlohmann::json;

json moment(const std::optional<Timestamp>& at) {
  return at ? json(to_micros(*at)) : json(nullptr);
}
std::optional<Timestamp> moment_in(const json& value) {
  return value.is_number_integer() ? std::optional(from_micros(value.get<std::int64_t>())) : std::nullopt;
}

std::string text_of(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

json json_of(const EventImport& one) {
  json origins = json::array();
  for (const SignInOrigin& origin : one.origins) {
    origins.push_back({{"from", origin.from},
                       {"whose", static_cast<int>(origin.whose)},
                       {"let_in", origin.let_in},
                       {"refused", origin.refused},
                       {"near_ours", origin.near_ours},
                       {"first", to_micros(origin.first)},
                       {"last", to_micros(origin.last)}});
  }
  return {{"controller", one.controller},
          {"taken", to_micros(one.taken)},
          {"first", to_micros(one.first)},
          {"last", to_micros(one.last)},
          {"origins", origins},
          {"unlisted", one.unlisted}};
}

EventImport import_in(const json& one) {
  EventImport read{.controller = one.at("controller"),
                   .taken = from_micros(one.at("taken")),
                   .first = from_micros(one.at("first")),
                   .last = from_micros(one.at("last")),
                   .origins = {},
                   .unlisted = one.at("unlisted")};
  for (const json& origin : one.at("origins")) {
    const int whose = std::clamp(origin.at("whose").get<int>(), 0, static_cast<int>(SignInOrigin::Whose::another));
    read.origins.push_back({.from = origin.at("from"),
                            .whose = static_cast<SignInOrigin::Whose>(whose),
                            .let_in = origin.at("let_in"),
                            .refused = origin.at("refused"),
                            .near_ours = origin.at("near_ours"),
                            .first = from_micros(origin.at("first")),
                            .last = from_micros(origin.at("last"))});
  }
  return read;
}

constexpr std::string_view kSelect = "SELECT run_id, account_id, until, ended, baseline, seen FROM old_password_watch ";

/// What is no text of ours is left out. Throws json::exception for one that was damaged.
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
  watch.lifts = seen.value("lifts", 0);
  if (const auto at = moment_in(seen.value("lock_out", json()))) {
    watch.lock_out = {.at = *at, .over = seen.value("lock_out_over", false)};
  }
  for (const json& one : seen.value("imports", json::array())) watch.imports.push_back(import_in(one));
  for (const json& one : seen.value("signs", json::array())) {
    if (!one.is_object()) continue;
    const std::string kind = one.value("kind", "");
    watch.seen.push_back({.at = moment_in(one.value("at", json())).value_or(Timestamp()),
                          .kind = sign_kind_named(kind).value_or(OldPasswordSign::Kind::wrong_password),
                          .controller = one.value("controller", ""),
                          .text = one.value("text", ""),
                          .last = moment_in(one.value("last", json())),
                          .times = one.value("times", std::int64_t{1})});
  }
}

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
    watch.imports.clear();
  }
  return watch;
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
                     {"text", sign.text},
                     {"last", moment(sign.last)},
                     {"times", sign.times}});
  }
  const bool is_over = watch.lock_out && watch.lock_out->over;
  json imports = json::array();
  for (const EventImport& one : watch.imports) imports.push_back(json_of(one));
  return text_of({{"signs", signs},
                  {"imports", imports},
                  {"unlisted", watch.unlisted},
                  {"sam_account_name", watch.sam_account_name},
                  {"lock_out", moment(watch.lock_out ? std::optional(watch.lock_out->at) : std::nullopt)},
                  {"lock_out_over", is_over},
                  {"lifts", watch.lifts}});
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

Result<std::vector<Locked>> locked(db::Session& session) {
  MW_TRY(const auto watches, open(session));
  std::vector<Locked> all;
  for (const OldPasswordWatch& watch : watches) {
    if (!watch.lock_out || watch.lock_out->over) continue;
    if (std::ranges::find(all, watch.account, &Locked::account) != all.end()) continue;
    MW_TRY(const auto row, session.query_row("SELECT name FROM service_account WHERE id = $1", {watch.account}));
    if (!row) continue;
    all.push_back({.run = watch.run,
                   .account = watch.account,
                   .account_name = row->text(0),
                   .sam_account_name = watch.sam_account_name,
                   .since = watch.lock_out->at});
  }
  return all;
}

Result<std::vector<Timestamp>> own_refusals(db::Session& session, const ServiceAccount& account, Timestamp since) {
  MW_TRY(const auto rows, session.query("SELECT at FROM tried_password WHERE account IN ($1, $2) AND at >= $3",
                                        {account.normalised, "sid:" + account.sid, since}));
  std::vector<Timestamp> moments;
  moments.reserve(rows.size());
  for (const db::Row& row : rows) moments.push_back(row.time(0));
  return moments;
}

Result<std::vector<std::pair<Timestamp, Timestamp>>> own_moments(db::Session& session, const ServiceAccount& account,
                                                                 const std::vector<ServerConnection>& connections,
                                                                 Timestamp since, Timestamp now) {
  std::vector<std::string> subjects{"account:" + account.id.text()};
  for (const ServerConnection& one : connections) subjects.push_back("connection:" + one.id.text());
  std::vector<std::pair<Timestamp, Timestamp>> moments;
  for (const std::string& subject : subjects) {
    MW_TRY(const auto rows, session.query("SELECT started, ended FROM run WHERE subject = $1 AND started IS NOT NULL "
                                          "AND (ended IS NULL OR ended >= $2) ORDER BY id DESC LIMIT 1000",
                                          {subject, since}));
    for (const db::Row& row : rows) moments.emplace_back(row.time(0), row.maybe_time(1).value_or(now));
  }
  return moments;
}

}  // namespace mailward::connections::old_password_watches
