#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/trail.h"
#include "connections/measures.h"
#include "renewal/measure_error.h"
#include "renewal/measure_rows.h"
#include "renewal/measure_source.h"
#include "work/runs.h"

namespace mailward::renewal {

/// The kind of the runs that read anew.
inline constexpr std::string_view kMeasuresRun = "measures";
/// The part of the program that reads by itself, and ends acceptances.
inline constexpr std::string_view kMeasuresPart = "measures";

/// A line as it is listed.
struct ListedMeasure {
  Measure measure;
  /// Of this line, in force: its time is not over and nothing has got worse since.
  std::optional<Acceptance> acceptance;

  /// "to_do", "cannot_tell", "accepted", "ok", "not_applicable".
  std::string_view state() const;
};

/// Which lines are wanted; what is empty wants all.
struct MeasureFilter {
  std::optional<connections::ConnectionId> connection;  ///< its own and those of its account
  std::optional<connections::AccountId> account;
  std::string state;  ///< ListedMeasure::state()
};

/// The recommended measures of the whole installation, composed of what the rooms register, and what people have
/// accepted of them. Thread-safe.
///
/// A line can be accepted while it is to do or cannot be told, for a reason and at most 366 days. The acceptance ends
/// by itself on its day, when it is withdrawn, and when the line rests on something that was not accepted (got worse).
class Measures {
 public:
  struct Parts {
    connections::Ledger& ledger;
    const connections::MeasureLines& lines;
    std::vector<std::unique_ptr<MeasureSource>> sources;
    work::Runs& runs;
    db::Database& database;
    const audit::Trail& trail;
    const Clock& clock;
  };
  explicit Measures(Parts parts);
  ~Measures();
  Measures(const Measures&) = delete;
  Measures& operator=(const Measures&) = delete;

  /// What is to be done first comes first: by state, urgency, then as the rooms order them. Errors: unknown_connection
  /// for a connection that is not there, DbError.
  Result<std::vector<ListedMeasure>> list(const MeasureFilter& filter = {}) const;

  /// Errors: unknown_measure, nothing_to_accept; invalid_acceptance for a reason of no or more than 500 characters, or
  /// a day that is past or more than 366 days away.
  Result<ListedMeasure> accept(std::string_view measure, std::string_view subject, std::string_view reason,
                               Timestamp until, const audit::By& by);
  /// Errors: not_accepted.
  Status withdraw(std::string_view measure, std::string_view subject, const audit::By& by);

  /// Reads anew what lines are made of, as a run of a step for each account and connection; one at a time: while one is
  /// under way, that one's id. Errors: pool_full, DbError.
  Result<work::RunId> refresh(const audit::By& by);
  /// Now and then: ends acceptances that are over, and reads anew what was read more than a day ago. Errors: DbError.
  Status tidy();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace mailward::renewal
