#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "connections/measure_rules.h"
#include "connections/measure_texts.h"
#include "connections/powershell.h"

namespace mailward::connections {

namespace {

using namespace measure_texts;

/// Whether Mailward's own reset account, as it is typed, is the one of that sAMAccountName.
bool is_same_account(std::string_view typed, std::string_view name) {
  if (const std::size_t backslash = typed.find('\\'); backslash != std::string_view::npos) {
    typed.remove_prefix(backslash + 1);
  }
  typed = typed.substr(0, typed.find('@'));
  return !typed.empty() && std::ranges::equal(typed, name, [](unsigned char a, unsigned char b) {
    return std::tolower(a) == std::tolower(b);
  });
}

/// Who may do everything in a domain as it is made, and says nothing about this account: by SID or its ending.
bool is_expected(const AccountReading::Setter& setter) {
  constexpr std::array<std::string_view, 4> kSids{"S-1-5-18", "S-1-5-32-544", "S-1-5-32-548", "S-1-3-0"};
  if (std::ranges::find(kSids, setter.sid) != kSids.end()) return true;
  const bool of_domain = setter.sid.starts_with("S-1-5-21-");
  return of_domain && (setter.sid.ends_with("-512") || setter.sid.ends_with("-519"));
}

void password_age(std::vector<Measure>& lines, const MeasureSubject& subject, const ServiceAccount& account,
                  const std::optional<AccountReading>& reading, Timestamp now) {
  Measure& line = lines.emplace_back(kPasswordAge, subject);
  if (!begin_attribute(line, reading, "pwdLastSet")) return;
  if (reading->must_change || !reading->password_set) {
    line.find("must be changed", "The password must be changed at the next sign-in.").urgency = MeasureUrgency::now;
  } else {
    const Duration age = now - *reading->password_set;
    line.fact("password set", format_timestamp(*reading->password_set)).fact("age", days_text(age));
    line.say(MeasureOutcome::ok, fmt::format("The password is {} old.", days_text(age)));
    if (age > kRenewAfter) {
      line.find("older than 90 days",
                fmt::format("The password is {} old, more than {} days.", days_text(age), kRenewAfter.count()));
    }
  }
  if (reading->password_expires) {
    line.fact("expires", format_timestamp(*reading->password_expires));
    if (*reading->password_expires <= now || reading->password_expired) {
      line.find("expired", "It has expired.").urgency = MeasureUrgency::now;
    } else if (*reading->password_expires - now < kExpiresSoon) {
      line.find("expires within 14 days", fmt::format("It expires in {}.", days_text(*reading->password_expires - now)))
          .urgency = MeasureUrgency::now;
    }
  }
  if (line.outcome != MeasureOutcome::to_do) return;
  line.remedy = account.reset_account
                    ? "mailward account rotate " + account.id.text()
                    : "Set-ADAccountPassword -Identity " + identity_literal(reading->name) +
                          " -Reset; then: mailward account password " + account.id.text() + " --ask-password";
}

void never_expires(std::vector<Measure>& lines, const MeasureSubject& subject,
                   const std::optional<AccountReading>& reading) {
  Measure& line = lines.emplace_back(kPasswordNeverExpires, subject);
  if (!begin_attribute(line, reading, "userAccountControl")) return;
  line.fact("never expires", reading->never_expires ? "yes" : "no");
  line.say(MeasureOutcome::ok, "The password expires as the policy says.");
  if (!reading->never_expires) return;
  line.find("never expires", "The password is set never to expire.");
  line.remedy = "Once a rotation has gone well: Set-ADUser -Identity " + identity_literal(reading->name) +
                " -PasswordNeverExpires $false";
}

void password_setters(std::vector<Measure>& lines, const MeasureSubject& subject, std::string_view resetter,
                      const std::optional<AccountReading>& reading) {
  Measure& line = lines.emplace_back(kPasswordSetters, subject);
  if (!begin_reading(line, reading)) return;
  if (!reading->setters) {
    line.puzzle(reading->setters_why_not + ".", reading->setters_remedy);
    return;
  }
  std::vector<std::string> others;
  for (const AccountReading::Setter& one : *reading->setters) {
    const bool ours = is_same_account(resetter, one.name);
    line.fact(one.name, one.reason + (ours ? " (Mailward's reset account)" : ""));
    if (ours || is_expected(one)) continue;
    const std::string text = one.name + " " + one.reason;
    if (std::ranges::find(others, text) == others.end()) others.push_back(text);
  }
  line.say(MeasureOutcome::ok, "Nobody but the domain's administrators and Mailward's reset account can set it.");
  for (const std::string& other : others) line.find(other, other + ".");
  if (others.empty()) return;
  line.remedy =
      "Take the right from whoever does not need it: (Get-Acl ('AD:' + (Get-ADUser -Identity " +
      identity_literal(reading->name) +
      ").DistinguishedName)).Access | ft IdentityReference,ActiveDirectoryRights,ObjectType,IsInherited. What "
      "Exchange's groups hold goes with split permissions.";
}

}  // namespace

std::string days_text(Duration span) {
  const auto days = std::chrono::duration_cast<std::chrono::days>(span).count();
  if (days < 1) return "less than a day";
  return days == 1 ? "1 day" : std::to_string(days) + " days";
}

std::string identity_literal(std::string_view name) {
  const auto literal = powershell_literal(name);
  return name.empty() || !literal ? "'<account>'" : *literal;
}

bool begin_reading(Measure& line, const std::optional<AccountReading>& reading) {
  line.seen_how = "Active Directory";
  if (!reading) {
    line.puzzle("Active Directory was not read for this yet.", "mailward measures refresh");
    return false;
  }
  line.seen_at = reading->at;
  if (!reading->controller.empty()) line.seen_how += ": " + reading->controller;
  if (reading->why_not.empty()) return true;
  line.puzzle(reading->why_not, reading->remedy);
  return false;
}

bool begin_attribute(Measure& line, const std::optional<AccountReading>& reading, std::string_view attribute) {
  if (!begin_reading(line, reading)) return false;
  if (!reading->hides(attribute)) return true;
  const auto dn = powershell_literal(reading->dn);
  const auto right = powershell_literal(reading->reader + ":RP;" + std::string(attribute));
  line.fact("not readable", std::string(attribute));
  line.puzzle(fmt::format("The directory reader may not read {}.", attribute),
              "Let it, on a domain controller: dsacls " + (dn ? *dn : "'<account>'") + " /G " +
                  (right ? *right : "'<reader>:RP;" + std::string(attribute) + "'"));
  return false;
}

std::vector<Measure> account_lines(const ServiceAccount& account, std::string_view resetter,
                                   const std::optional<AccountReading>& reading, Timestamp now) {
  const MeasureSubject subject{MeasureSubject::Kind::account, account.id.text(), account.name};
  std::vector<Measure> lines;
  password_age(lines, subject, account, reading, now);
  never_expires(lines, subject, reading);
  password_setters(lines, subject, resetter, reading);
  add_guard_lines(lines, subject, reading);
  return lines;
}

}  // namespace mailward::connections
