#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "connections/measure_rules.h"
#include "connections/measure_texts.h"

namespace mailward::connections {

namespace {

using namespace measure_texts;

constexpr std::string_view kBooks = "Mailward's own books";

std::string way_to(const ServiceAccount& account, std::string_view dry_run) {
  if (account.reset_account) return "mailward account rotate " + account.id.text() + std::string(dry_run);
  return "Name an account that may set its password, then rotate: mailward account reset-account " + account.id.text() +
         " --name ACCOUNT --ask-password; mailward account rotate " + account.id.text() + std::string(dry_run);
}

Measure last_rotation(const ServiceAccount& account, const MeasureSubject& subject, const RotationBooks& books,
                      Timestamp now) {
  Measure line(kLastRotation, subject);
  line.seen_at = now;
  line.seen_how = kBooks;
  if (!books.last || !books.last->ended) {
    line.find("never", "Mailward has not renewed this password yet.").remedy = way_to(account, "");
    return line;
  }
  const Duration age = now - *books.last->ended;
  line.fact("last rotation", format_timestamp(*books.last->ended)).fact("begun by", books.last_by);
  line.fact("way", std::string(name_of(books.last->mode))).fact("rotation", books.last->run.text());
  line.say(MeasureOutcome::ok, fmt::format("The last rotation was {} ago.", days_text(age)));
  if (age > kRenewAfter) {
    line.find("longer than 90 days ago",
              fmt::format("The last rotation was {} ago, more than {}.", days_text(age), kRenewAfter.count()))
        .remedy = way_to(account, "");
  }
  return line;
}

Measure rotation_drill(const ServiceAccount& account, const MeasureSubject& subject, const RotationBooks& books,
                       Timestamp now) {
  Measure line(kRotationDrill, subject);
  line.seen_at = now;
  line.seen_how = kBooks;
  if (!books.last_drill) {
    line.find("never", "No dry run of a rotation has been made.").remedy = way_to(account, " --dry-run");
    return line;
  }
  const work::Run& run = *books.last_drill;
  const Timestamp at = run.ended.value_or(run.created);
  const auto result = nlohmann::json::parse(run.result, nullptr, false);
  const bool possible = result.is_object() && result.value("possible", false);
  line.fact("last dry run", format_timestamp(at)).fact("begun by", run.actor.text());
  line.fact("outcome", possible ? "a rotation would go" : "a rotation would not go").fact("run", run.id.text());
  line.say(MeasureOutcome::ok, fmt::format("The last dry run, {} ago, found nothing in the way.", days_text(now - at)));
  if (!possible) {
    const std::string why = result.is_object() ? result.value("sentence", std::string()) : std::string();
    line.find("would not go", "The last dry run found that a rotation would not go. " + why).urgency =
        MeasureUrgency::now;
  } else if (now - at > kRenewAfter) {
    line.find("longer than 90 days ago", fmt::format("The last dry run was {} ago.", days_text(now - at)));
  }
  if (line.outcome == MeasureOutcome::to_do) line.remedy = way_to(account, " --dry-run");
  return line;
}

}  // namespace

std::vector<Measure> rotation_lines(const ServiceAccount& account, const RotationBooks& books, Timestamp now) {
  const MeasureSubject subject{MeasureSubject::Kind::account, account.id.text(), account.name};
  return {last_rotation(account, subject, books, now), rotation_drill(account, subject, books, now)};
}

}  // namespace mailward::connections
