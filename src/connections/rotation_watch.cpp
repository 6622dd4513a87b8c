#include <ifaddrs.h>
#include <netdb.h>
#include <netinet/in.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <iterator>

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/log.h"
#include "connections/audit_lines.h"
#include "connections/notices.h"
#include "connections/old_password_watch.h"
#include "connections/rotation_plan.h"
#include "connections/rotation_state.h"
#include "connections/rows.h"
#include "connections/sign_in_events.h"

/// After a rotation: whether somebody still shows the old password, as far as the directory can tell.
namespace mailward::connections {
namespace {

using std::chrono_literals::operator""s;

/// What this host is called, and its addresses.
std::vector<std::string> own_names() {
  std::vector<std::string> names{"127.0.0.1", "::1"};
  std::string name(256, '\0');
  if (gethostname(name.data(), name.size() - 1) == 0) names.emplace_back(name.c_str());
  ifaddrs* first = nullptr;
  if (getifaddrs(&first) != 0) return names;
  for (const ifaddrs* one = first; one != nullptr; one = one->ifa_next) {
    if (one->ifa_addr == nullptr) continue;
    const int family = one->ifa_addr->sa_family;
    if (family != AF_INET && family != AF_INET6) continue;
    const socklen_t size = family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
    std::array<char, NI_MAXHOST> text{};
    if (getnameinfo(one->ifa_addr, size, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST) == 0) {
      names.emplace_back(text.data());
    }
  }
  freeifaddrs(first);
  return names;
}

std::vector<std::string> exchange_hosts(const std::vector<ServerConnection>& connections) {
  std::vector<std::string> hosts;
  for (const ServerConnection& one : connections) {
    if (const auto url = EwsUrl::parse(one.form.ews_url)) hosts.push_back(url->host);
    for (const std::string& front_end : one.form.front_ends) hosts.push_back(front_end.substr(0, front_end.rfind(':')));
  }
  return hosts;
}

}  // namespace

Status RotationCourse::begin_watch(db::Transaction& tx) {
  if (rotation.state != RotationState::finished || !rotation.old_version) return {};
  MW_TRY(const auto stored, rows::account(tx, rotation.account));
  if (!stored.directory) return {};
  const Timestamp now = parts().clock.now();
  OldPasswordWatch watch;
  watch.run = rotation.run;
  watch.account = rotation.account;
  watch.until = now + kWatched;
  watch.controllers = baseline;
  if (account) watch.sam_account_name = account->sam_account_name;
  return old_password_watches::insert(tx, watch, now);
}

void Rotations::State::look(Look& which, const std::function<void()>& at) {
  {
    const std::scoped_lock lock(mutex);
    const MonotonicTime now = parts.clock.monotonic();
    if (which.under_way || (which.last && now - *which.last < parts.source_interval)) return;
    which.last = now;
    which.under_way = true;
  }
  const auto done = [this, &which] {
    const std::scoped_lock lock(mutex);
    which.under_way = false;
  };
  // Where no thread is free it is looked another time.
  const Status taken = pool.submit([at, done] {
    at();
    done();
  });
  if (!taken) done();
}

Status Rotations::State::look_for_old_passwords() {
  MW_TRY(const auto open,
         parts.ledger.database().read([](db::Session& session) { return old_password_watches::open(session); }));
  if (open.empty()) return {};
  look(watches, [this] {
    // As they are now: the list above may be older than the look before.
    const auto found =
        parts.ledger.database().read([](db::Session& session) { return old_password_watches::open(session); });
    if (!found) return log::failure("rotation.watch", found.error());
    for (const OldPasswordWatch& watch : *found) {
      if (const Status looked = look_for_old_password(watch); !looked) log::failure("rotation.watch", looked.error());
    }
  });
  return {};
}

Status Rotations::State::look_for_old_password(OldPasswordWatch watch) {
  const auto deadline = [&] { return Deadline::after(30s, parts.clock); };
  const auto stored = parts.ledger.account(watch.account);
  if (!stored || !stored->directory) {  // gone meanwhile: there is nothing to look at
    watch.ended = parts.clock.now();
    return parts.ledger.database().transaction(
        [&](db::Transaction& tx) { return old_password_watches::update(tx, watch, parts.clock.now()); });
  }
  MW_TRY(const auto directory, directory_of(*stored));
  MW_TRY(const auto account, directory->find_account(stored->name, deadline(), stop.get_token()));
  MW_TRY(const auto ours, parts.ledger.database().read([&](db::Session& session) {
    return old_password_watches::own_refusals(session, *stored, watch.until - kWatched);
  }));
  watch.sam_account_name = account.sam_account_name;
  const Timestamp now = parts.clock.now();
  const auto counters = directory->sign_in_counters(account, deadline(), stop.get_token());
  std::vector<OldPasswordSign> fresh;
  for (const auto& one : counters) std::ranges::move(signs_in(watch, one, ours, now), std::back_inserter(fresh));
  look_whether_over(watch, counters, account.locked, now);
  const bool is_locked =
      std::ranges::any_of(fresh, [](const auto& one) { return one.kind == OldPasswordSign::Kind::locked_out; });
  // Whoever is still locked out after the hour is watched on for that alone.
  if (now >= watch.until) {
    std::erase_if(fresh, [](const auto& one) { return one.kind != OldPasswordSign::Kind::locked_out; });
  }
  if (is_locked) {
    MW_TRY(auto lifted, lift_lockout(*stored, account, watch));
    fresh.push_back(std::move(lifted));
  }
  return note_signs(watch, *stored, std::move(fresh), now);
}

Status Rotations::State::note_signs(const OldPasswordWatch& watch, const ServiceAccount& stored,
                                    std::vector<OldPasswordSign> fresh, Timestamp now) {
  const audit::By by{.actor = audit::Actor::system("rotation"), .source = {}, .token = {}, .request_id = {}};
  return parts.ledger.database().transaction([&](db::Transaction& tx) -> Status {
    // A person may have handed events in meanwhile.
    MW_TRY(auto stands, old_password_watches::get(tx, watch.run, tx.lock_rows()));
    stands.controllers = watch.controllers;
    stands.sam_account_name = watch.sam_account_name;
    stands.lock_out = watch.lock_out;
    const bool is_locked = watch.lock_out && !watch.lock_out->over;
    if (now >= stands.until + (is_locked ? kWatchedWhileLocked : Duration(0))) stands.ended = now;
    const OldPasswordSign* locked_out = nullptr;
    for (OldPasswordSign& sign : fresh) {
      const bool first_of_all =
          std::ranges::none_of(stands.seen, [&](const auto& one) { return one.kind == sign.kind; });
      if (!add_sign(stands, sign)) continue;
      log::warn("rotation.old_password",
                {{"account", stored.name}, {"what", std::string(name_of(sign.kind))}, {"controller", sign.controller}});
      const nlohmann::json details = {{"run", watch.run.text()},
                                      {"what", name_of(sign.kind)},
                                      {"controller", sign.controller},
                                      {"at", format_timestamp(sign.at)}};
      MW_CHECK(audit_lines::append(tx, parts.trail, by,
                                   {"account.old_password_seen", "account", watch.account.text(), details}));
      using Kind = OldPasswordSign::Kind;
      if (sign.kind == Kind::locked_out) locked_out = &sign;
      // Where controllers pass a wrong password on to each other, each counts it: it is told once.
      if (sign.kind == Kind::wrong_password && first_of_all) {
        MW_CHECK(notices::wrong_password_seen(tx, stands, stored.name, sign, now));
      }
      if (sign.kind == Kind::unlocked || sign.kind == Kind::not_unlocked) {
        const auto& when = locked_out != nullptr ? *locked_out : sign;
        MW_CHECK(notices::locked_out(tx, stands, stored.name, when, sign, now));
      }
    }
    return old_password_watches::update(tx, stands, now);
  });
}

Result<OldPasswordSign> Rotations::State::lift_lockout(const ServiceAccount& stored, const directory::Account& account,
                                                       const OldPasswordWatch& watch) {
  using Kind = OldPasswordSign::Kind;
  OldPasswordSign sign{
      .at = parts.clock.now(), .kind = Kind::not_unlocked, .controller = account.controller, .text = {}};
  const std::string by_hand =
      "Find what shows it, then lift the lock-out: " + unlock_line(account.sam_account_name) + ".";
  const auto plan = parts.ledger.plan(stored.id);
  if (!plan || !plan->unlocks || !stored.reset_account) {
    sign.text = by_hand;
    return sign;
  }
  // Before it is done: a kill in between does not make it twice.
  MW_TRY(const bool may, parts.ledger.database().transaction([&](db::Transaction& tx) -> Result<bool> {
    MW_TRY(auto stands, old_password_watches::get(tx, watch.run, tx.lock_rows()));
    if (stands.lifts >= kMostLifts) return false;
    ++stands.lifts;
    MW_CHECK(old_password_watches::update(tx, stands, sign.at));
    return true;
  }));
  if (!may) {
    sign.text = by_hand +
                " Mailward has tried to lift one after this renewal already, and does so once: it would be locked "
                "again and again.";
    return sign;
  }
  const auto opened = resets.open(stored);
  const Status lifted = opened ? (*opened)->unlock(account, Deadline::after(30s, parts.clock), stop.get_token())
                               : Status(fail(opened.error()));
  if (lifted) {
    sign.kind = Kind::unlocked;
    sign.text =
        "The reset account has lifted the lock-out. Find what shows the wrong password: it will lock it again, and "
        "then it is left to a person.";
    return sign;
  }
  sign.text = by_hand + " The reset account could not: " + lifted.error().message() + ".";
  if (!lifted.error().remedy().empty()) sign.text += " For the next time: " + lifted.error().remedy() + ".";
  return sign;
}

Result<OldPasswordReport> Rotations::old_password(work::RunId run) const {
  const Parts& parts = state_->parts;
  OldPasswordReport report;
  Timestamp since;
  MW_CHECK(parts.ledger.database().read([&](db::Session& session) -> Status {
    MW_TRY(report.watch, old_password_watches::get(session, run));
    MW_TRY(const auto rotation, rotation_rows::get(session, run));
    since = rotation.pwd_last_set_after.value_or(rotation.created);
    return {};
  }));
  for (const auto& [controller, shown] : report.watch.controllers) {
    const auto line = event_query(controller, report.watch.sam_account_name, since);
    if (line) report.commands.emplace_back(controller, *line);
  }
  return report;
}

Result<OldPasswordReport> Rotations::take_events(work::RunId run, std::string_view csv, const By& by) {
  MW_TRY(const auto events, parse_sign_in_events(csv));
  const Parts& parts = state_->parts;
  const Timestamp now = parts.clock.now();
  EventMatch match;
  MW_CHECK(parts.ledger.database().read([&](db::Session& session) -> Status {
    MW_TRY(const auto watch, old_password_watches::get(session, run));
    MW_TRY(const auto rotation, rotation_rows::get(session, run));
    MW_TRY(const auto users, rows::connections_of(session, watch.account));
    MW_TRY(const auto account, rows::account(session, watch.account));
    match.sam_account_name = watch.sam_account_name;
    match.since = rotation.pwd_last_set_after.value_or(rotation.created);
    match.until = watch.until;
    match.known.exchange = exchange_hosts(users);
    MW_TRY(match.known.moments,
           old_password_watches::own_moments(session, account, users, watch.until - kWatched * 2, now));
    return {};
  }));
  match.known.ours = own_names();
  // The events of Kerberos have addresses, those of NTLM names.
  const Deadline deadline = Deadline::after(5s, parts.clock);
  for (const std::string& host : std::vector(match.known.exchange)) {
    const auto addresses = parts.resolver.resolve(host, deadline);
    if (!addresses) continue;
    for (const IpAddress& one : *addresses) match.known.exchange.push_back(one.text());
  }
  EventFile file;
  MW_CHECK(parts.ledger.database().transaction([&](db::Transaction& tx) -> Status {
    MW_TRY(auto watch, old_password_watches::get(tx, run, tx.lock_rows()));
    MW_TRY(file, take_file(watch.imports, events, match, now));
    MW_CHECK(old_password_watches::update(tx, watch, now));
    const nlohmann::json details = {{"run", run.text()},
                                    {"events", events.size()},
                                    {"controllers", file.controllers},
                                    {"from_somebody_else", file.of_others}};
    return audit_lines::append(tx, parts.trail, by, {"account.take_events", "account", watch.account.text(), details});
  }));
  MW_TRY(auto report, old_password(run));
  report.file = std::move(file);
  return report;
}

}  // namespace mailward::connections
