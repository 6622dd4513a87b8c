#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/measure.h"
#include "connections/account_reading.h"
#include "connections/model.h"
#include "connections/rotation_rows.h"
#include "connections/tls_reading.h"
#include "work/runs.h"

/// From what is known to lines: functions of their arguments alone. Internal to connections/.
namespace mailward::connections {

/// Older than this, a password, a rotation or a dry run wants to be renewed.
inline constexpr std::chrono::days kRenewAfter{90};
/// One that expires within this time is urgent.
inline constexpr std::chrono::days kExpiresSoon{14};

/// "3 days", "1 day", "less than a day".
std::string days_text(Duration span);
/// As PowerShell's -Identity takes the account: a literal, or '<account>' where it is not known or cannot stand in one.
std::string identity_literal(std::string_view name);

/// What the books hold of an account's rotations.
struct RotationBooks {
  std::optional<Rotation> last;         ///< the newest that has finished
  std::string last_by;                  ///< who began it: an actor's text
  std::optional<work::Run> last_drill;  ///< the newest dry run that has ended
};

/// Those of an account that Active Directory tells (measure_rules_account.cpp, measure_rules_guard.cpp); `reading` is
/// nothing where it was never read. `resetter`: the account that may set this one's password for Mailward, or empty.
std::vector<Measure> account_lines(const ServiceAccount& account, std::string_view resetter,
                                   const std::optional<AccountReading>& reading, Timestamp now);
/// Their second half.
void add_guard_lines(std::vector<Measure>& lines, const MeasureSubject& subject,
                     const std::optional<AccountReading>& reading);
/// Begins a line of what was read; false, and says why nothing can be told, where nothing was seen of it.
bool begin_reading(Measure& line, const std::optional<AccountReading>& reading);
/// The same of one attribute, which the reader may be kept from: with the command that lets him read it.
bool begin_attribute(Measure& line, const std::optional<AccountReading>& reading, std::string_view attribute);

/// Those that Mailward's own books tell (measure_rules_books.cpp).
std::vector<Measure> rotation_lines(const ServiceAccount& account, const RotationBooks& books, Timestamp now);

/// The steps of connection tests that lines are made of, each of the newest test of the stored form that has it.
struct TestSteps {
  std::optional<work::Runs::StepsSeen> tls, certificates, endpoint, schemes, sign_in, protection, version,
      impersonation, scope;
};
/// Those of a connection, from outside (measure_rules_outside.cpp, measure_rules_tls.cpp).
std::vector<Measure> outside_lines(const ServerConnection& connection, const TestSteps& steps,
                                   const std::optional<TlsReading>& tls, Timestamp now);
void add_tls_lines(std::vector<Measure>& lines, const MeasureSubject& subject, const ServerConnection& connection,
                   const TestSteps& steps, const std::optional<TlsReading>& tls, Timestamp now);
/// Begins a line of a test's steps; false, and says so, where no test has come that far.
bool begin_steps(Measure& line, const std::optional<work::Runs::StepsSeen>& seen, const ServerConnection& connection);
/// A step's evidence: one member as text; empty where it has none.
std::string evidence_text(const work::Step& step, const char* name);

}  // namespace mailward::connections
