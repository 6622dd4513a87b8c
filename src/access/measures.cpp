#include "access/measures.h"

#include <fmt/format.h>

#include "base/guidance.h"

namespace mailward::access {

namespace {

/// A right that was not used for so long is not needed.
constexpr std::chrono::days kUnused{90};

const MeasureInfo kContentReaders{
    "content_readers",
    {"Who may read content", "Only those who use it may read content", "Somebody may read content and does not use it"},
    "The right opens everybody's mail. Whoever holds it and does not use it gains nothing by it, but his stolen "
    "session "
    "does.",
    MeasureUrgency::soon,
    {guidance::kExchangeBestPractices, "Restrict administrative access", guidance::kExchangeBestPracticesUrl}};

/// One who holds the right; `since`: from when on he could have used it.
void add_holder(Measure& line, const std::string& name, std::optional<Timestamp> used, Timestamp since, Timestamp now) {
  line.fact(name, used ? "last seen " + format_timestamp(*used) : "never seen");
  if (now - used.value_or(since) <= kUnused) return;
  line.find(name, fmt::format("{} has not been here for more than {} days.", name, kUnused.count()));
}

}  // namespace

Result<std::vector<Measure>> measure_lines(const Users& users, const Tokens& tokens, Timestamp now) {
  Measure line(kContentReaders, {});
  line.seen_at = now;
  line.seen_how = "Mailward's own books";
  MW_TRY(const auto all, users.list());
  std::size_t holders = 0;
  for (const User& user : all) {
    if (!user.enabled || !user.rights().has(Right::read_content)) continue;
    ++holders;
    add_holder(line, "user " + user.name, user.last_sign_in, user.created, now);
  }
  MW_TRY(const auto given, tokens.list(std::nullopt));
  for (const Token& token : given) {
    if (token.expires_at <= now || !token.rights.has(Right::read_content)) continue;
    ++holders;
    add_holder(line, fmt::format("token of {}: {}", token.user_name, token.description), token.last_used, token.created,
               now);
  }
  if (holders == 0) {
    line.say(MeasureOutcome::ok, "Nobody may read content.");
  } else if (line.outcome == MeasureOutcome::to_do) {
    line.remedy =
        "Take the right from whoever does not need it: mailward user edit NAME --no-content; mailward "
        "token revoke ID";
  } else {
    line.say(MeasureOutcome::ok,
             fmt::format("{} hold the right, and were here within {} days.", holders, kUnused.count()));
  }
  return std::vector{std::move(line)};
}

}  // namespace mailward::access
