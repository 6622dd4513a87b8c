#include "connections/measures.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "connections/account_reading.h"
#include "connections/measure_rules.h"
#include "connections/rotations.h"
#include "connections/test_runs.h"
#include "connections/tls_reading.h"

namespace mailward::connections {

namespace {

constexpr std::size_t kRotationsLookedAt = 20;

std::string account_subject(const ServiceAccount& account) {
  return "account:" + account.id.text();
}
std::string connection_subject(const ServerConnection& connection) {
  return "connection:" + connection.id.text();
}

/// What was kept; what is no longer legible counts as not read.
template <typename Reading>
std::optional<Reading> kept(const Readings& readings, const std::string& subject,
                            Result<Reading> (*read)(std::string_view)) {
  const auto found = readings.find(subject);
  if (found == readings.end()) return std::nullopt;
  auto reading = read(found->second);
  return reading ? std::optional(*std::move(reading)) : std::nullopt;
}

Result<RotationBooks> rotation_books(db::Session& session, const ServiceAccount& account) {
  RotationBooks books;
  MW_TRY(auto rotations, rotation_rows::list(session, account.id, kRotationsLookedAt));
  for (Rotation& one : rotations) {
    if (one.state != RotationState::finished || !one.ended) continue;
    if (const auto run = work::Runs::changes_after(session, one.run, 0)) books.last_by = run->run.actor.text();
    books.last = std::move(one);
    break;
  }
  const auto is_drill = [](const work::Run& run) {
    const auto input = nlohmann::json::parse(run.input, nullptr, false);
    return run.ended && input.is_object() && input.value("dry_run", false);
  };
  MW_TRY(auto drill, work::Runs::last_steps(session, kRotationRun, account_subject(account), "account", is_drill));
  if (drill) books.last_drill = std::move(drill->run);
  return books;
}

Result<TestSteps> test_steps(db::Session& session, const ServerConnection& connection) {
  const std::string subject = connection_subject(connection);
  // A test of the form as it is stored: of another URL it says nothing.
  const auto of_stored = [&](const work::Run& run) {
    const auto input = nlohmann::json::parse(run.input, nullptr, false);
    return input.is_object() && !input.value("unsaved", true) &&
           input.value("ews_url", std::string()) == connection.form.ews_url;
  };
  TestSteps steps;
  const std::pair<const char*, std::optional<work::Runs::StepsSeen>*> wanted[] = {
      {"tls", &steps.tls},
      {"certificates", &steps.certificates},
      {"http_endpoint", &steps.endpoint},
      {"authentication_schemes", &steps.schemes},
      {"sign_in", &steps.sign_in},
      {"extended_protection", &steps.protection},
      {"server_version", &steps.version},
      {"impersonation", &steps.impersonation},
      {"scope", &steps.scope},
  };
  for (const auto& [name, seen] : wanted) {
    MW_TRY(*seen, work::Runs::last_steps(session, kTestRun, subject, name, of_stored));
  }
  return steps;
}

void append(std::vector<Measure>& all, std::vector<Measure> more) {
  std::ranges::move(more, std::back_inserter(all));
}

nlohmann::ordered_json facts_of(const AccountReading& reading) {
  nlohmann::ordered_json facts;
  if (!reading.controller.empty()) facts["controller"] = reading.controller;
  if (!reading.reader.empty()) facts["reader"] = reading.reader;
  if (!reading.dn.empty()) facts["account"] = reading.dn;
  if (!reading.why_not.empty()) facts["error"] = reading.why_not;
  std::string hidden;
  for (const std::string& name : reading.hidden) hidden += (hidden.empty() ? "" : ", ") + name;
  if (!hidden.empty()) facts["not_readable"] = hidden;
  return facts;
}

nlohmann::ordered_json facts_of(const TlsReading& reading) {
  nlohmann::ordered_json facts;
  if (!reading.why_not.empty()) facts["error"] = reading.why_not;
  for (const auto& one : reading.addresses) {
    std::string old;
    for (const std::string& version : one.old_versions) old += (old.empty() ? "" : ", ") + version;
    facts[one.address] = !one.why_not.empty() ? one.why_not : old.empty() ? "no old version" : old;
  }
  return facts;
}

std::string text_of(const nlohmann::ordered_json& facts) {
  const auto json = facts.is_object() ? facts : nlohmann::ordered_json::object();
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace

Result<std::vector<ReadingTask>> MeasureLines::tasks() const {
  std::vector<ReadingTask> tasks;
  MW_TRY(const auto accounts, parts_.ledger.accounts());
  for (const ServiceAccount& one : accounts) {
    tasks.push_back({.subject = {MeasureSubject::Kind::account, one.id.text(), one.name},
                     .connection = std::nullopt,
                     .account = one.id});
  }
  MW_TRY(const auto connections, parts_.ledger.connections());
  for (const ServerConnection& one : connections) {
    if (one.state == ConnectionState::disabled) continue;
    tasks.push_back({.subject = {MeasureSubject::Kind::connection, one.id.text(), one.form.description},
                     .connection = one.id,
                     .account = std::nullopt});
  }
  return tasks;
}

Result<ReadingResult> MeasureLines::read(const ReadingTask& task, Deadline deadline,
                                         const std::stop_token& stop) const {
  if (task.account) {
    MW_TRY(const auto account, parts_.ledger.account(*task.account));
    MW_TRY(const AccountReading reading, read_account(parts_, account, deadline, stop));
    return ReadingResult{.reading = json_of(reading),
                         .seen = reading.why_not.empty(),
                         .facts = text_of(facts_of(reading)),
                         .remedy = reading.remedy};
  }
  if (!task.connection) return fail(BaseError::invalid_argument, "nothing is named that could be read");
  MW_TRY(const auto connection, parts_.ledger.connection(*task.connection));
  const TlsReading reading = read_tls(parts_, connection.form, deadline, stop);
  const bool all = reading.why_not.empty() &&
                   std::ranges::all_of(reading.addresses, [](const auto& one) { return one.why_not.empty(); });
  return ReadingResult{.reading = json_of(reading), .seen = all, .facts = text_of(facts_of(reading)), .remedy = {}};
}

Result<std::vector<Measure>> MeasureLines::lines(const Readings& readings) const {
  const Timestamp now = parts_.clock.now();
  MW_TRY(const auto connections, parts_.ledger.connections());
  MW_TRY(const auto accounts, parts_.ledger.accounts());
  return parts_.ledger.database().read([&](db::Session& session) -> Result<std::vector<Measure>> {
    std::vector<Measure> all;
    for (const ServerConnection& one : connections) {
      if (one.state == ConnectionState::disabled) continue;
      MW_TRY(const TestSteps steps, test_steps(session, one));
      append(all, outside_lines(one, steps, kept(readings, connection_subject(one), &tls_reading_of), now));
    }
    for (const ServiceAccount& one : accounts) {
      const auto resetter =
          std::ranges::find_if(accounts, [&](const ServiceAccount& other) { return one.reset_account == other.id; });
      append(all, account_lines(one, resetter == accounts.end() ? std::string() : resetter->name,
                                kept(readings, account_subject(one), &account_reading_of), now));
      MW_TRY(const RotationBooks books, rotation_books(session, one));
      append(all, rotation_lines(one, books, now));
    }
    return all;
  });
}

}  // namespace mailward::connections
