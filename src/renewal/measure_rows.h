#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "connections/measures.h"
#include "db/session.h"

/// The tables measure_reading and measure_acceptance as values.
namespace mailward::renewal {

/// A line that a person lives with, for a time and for a reason.
struct Acceptance {
  std::string measure;
  std::string subject;  ///< MeasureSubject::text()
  std::string reason;
  std::string by;  ///< an actor's text
  Timestamp until;
  Timestamp created;
  std::vector<std::string> grounds;  ///< what the line rested on then (Measure::grounds)
};

namespace measure_rows {

Result<connections::Readings> readings(db::Session& session);
Status keep(db::Transaction& tx, const std::string& subject, Timestamp at, const std::string& reading);
/// Drops readings of what is not among these subjects any more.
Status keep_only(db::Transaction& tx, const std::vector<std::string>& subjects);

Result<std::vector<Acceptance>> acceptances(db::Session& session);
Result<std::optional<Acceptance>> acceptance(db::Session& session, std::string_view measure, std::string_view subject);
/// Adds it, or puts it in the place of the one that stands.
Status put(db::Transaction& tx, const Acceptance& acceptance);
/// How many there were: 0 or 1.
Result<std::int64_t> remove(db::Transaction& tx, std::string_view measure, std::string_view subject);

}  // namespace measure_rows

}  // namespace mailward::renewal
