#include "secrets/measures.h"

#include <fmt/format.h>

#include "base/guidance.h"
#include "secrets/inventory.h"

namespace mailward::secrets {

namespace {

/// Older than this, a key or secret wants to be renewed.
constexpr std::chrono::days kYear{365};
constexpr std::string_view kBooks = "Mailward's own books";

const MeasureInfo kMasterKeyAge{
    "master_key_age",
    {"Age of the master key", "Master key is younger than a year", "Master key is older than a year"},
    "Whoever has an old copy of the key file and a copy of the database can open what was "
    "sealed then. A new key shortens the time for which a copy is of use.",
    MeasureUrgency::later,
    {guidance::kUserServiceAccounts, "Mitigate potential security issues", guidance::kUserServiceAccountsUrl}};
const MeasureInfo kSecretAge{
    "secret_age",
    {"Age of the secrets held", "No secret is past its date", "Secrets are past their date, or older than a year"},
    "What opens something else is worth renewing before somebody has had time to find it.",
    MeasureUrgency::soon,
    {guidance::kGovernServiceAccounts, "Service account reviews", guidance::kGovernServiceAccountsUrl}};

std::string days_text(Duration span) {
  return fmt::format("{} days", std::chrono::duration_cast<std::chrono::days>(span).count());
}

Result<Measure> master_key_age(db::Session& session, Timestamp now) {
  Measure line(kMasterKeyAge, {});
  line.seen_at = now;
  line.seen_how = kBooks;
  MW_TRY(const auto row, session.query_row("SELECT since FROM master_key WHERE id = 1"));
  if (!row) {
    line.puzzle("The database does not say since when the master key is in force.", "mailward key status");
    return line;
  }
  const Timestamp since = row->time(0);
  line.fact("in force since", format_timestamp(since)).fact("age", days_text(now - since));
  line.say(MeasureOutcome::ok, fmt::format("The master key is {} old.", days_text(now - since)));
  if (now - since > kYear) {
    line.find("older than a year", fmt::format("The master key is {} old, more than a year.", days_text(now - since)))
        .remedy =
        "mailward key rotate, as root on the server; then keep a copy of the new key file where the old one was";
  }
  return line;
}

/// A service account's password has lines of its own, from the directory, and the master key has one.
bool has_its_own_line(const SecretRecord& secret) {
  return secret.kind == "service_account" || secret.kind == kMasterKeyKind;
}

/// A sub-key is sealed anew with each master key and never replaced; what people choose is not renewed by age (NIST SP
/// 800-63B 5.1.1.2).
bool has_no_age(const SecretRecord& secret) {
  return secret.kind == kSubKeyKind || secret.kind == "user_password" || secret.kind == "user_totp";
}

Result<Measure> secret_age(db::Session& session, Timestamp now) {
  Measure line(kSecretAge, {});
  line.seen_at = now;
  line.seen_how = kBooks;
  MW_TRY(const auto secrets, list_secrets(session));
  std::size_t looked_at = 0;
  for (const SecretRecord& one : secrets) {
    if (has_its_own_line(one) || has_no_age(one)) continue;
    ++looked_at;
    const bool due = one.renew_by && *one.renew_by <= now;
    if (!due && now - one.created <= kYear) continue;
    const std::string name = one.kind + " " + one.opens;
    line.fact(name, fmt::format("{} old, set by {}", days_text(now - one.created), one.set_by));
    line.find(one.kind + " " + one.id,
              due ? fmt::format("{} is past its date.", name) : fmt::format("{} is older than a year.", name));
  }
  if (looked_at == 0) {
    line.say(MeasureOutcome::not_applicable, "Mailward holds no other secret.");
  } else if (line.outcome != MeasureOutcome::to_do) {
    line.fact("secrets looked at", std::to_string(looked_at));
    line.say(MeasureOutcome::ok, "None is older than a year, or past its date.");
  } else {
    line.remedy =
        "Renew each where it is kept: a directory reader with mailward directory edit NAME --ask-password, a token "
        "with "
        "mailward token create and token revoke, a password or authenticator by its user under Profile";
  }
  return line;
}

}  // namespace

Result<std::vector<Measure>> measure_lines(db::Session& session, Timestamp now) {
  std::vector<Measure> lines;
  MW_TRY(Measure key, master_key_age(session, now));
  lines.push_back(std::move(key));
  MW_TRY(Measure secrets, secret_age(session, now));
  lines.push_back(std::move(secrets));
  return lines;
}

}  // namespace mailward::secrets
