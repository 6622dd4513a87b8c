#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "db/database.h"
#include "work/error.h"

namespace mailward::work {

/// Something to be done again and again: `kind` says what ("heartbeat"), `subject` to what.
struct Schedule {
  std::string kind;
  std::string subject;
  Duration every{0};
  Timestamp next_due;
};

/// Schedules in the database; any number of processes may claim from them.
namespace schedules {

/// Adds it, or changes its interval and with it the due time; with the interval that it has, it stays due as it is.
Status set(db::Transaction& tx, const Schedule& schedule);
Status remove(db::Transaction& tx, std::string_view kind, std::string_view subject);
Result<std::vector<Schedule>> list(db::Session& session);
/// At most `limit` of that kind that are due and not claimed by others (or whose claim expired), the longest due first.
/// They are the holder's for `span`.
Result<std::vector<Schedule>> claim_due(db::Transaction& tx, std::string_view kind, std::string_view holder,
                                        Duration span, std::size_t limit, Timestamp now);
/// The claim ends; due again one interval from `now` (missed times are not made up for). Errors: lease_taken where
/// another has claimed it meanwhile.
Status done(db::Transaction& tx, const Schedule& schedule, std::string_view holder, Timestamp now);

}  // namespace schedules

}  // namespace mailward::work
