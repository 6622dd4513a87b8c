#include "audit/head_keeper.h"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "audit/pause.h"
#include "base/log.h"

namespace mailward::audit {

namespace {

constexpr std::chrono::milliseconds kBetweenNotes{250};
constexpr std::chrono::milliseconds kAfterTrouble{1000};
constexpr std::chrono::minutes kLongestWait{10};

/// The MAC of that entry; nothing where there is none.
Result<std::optional<Bytes>> mac_of(db::Session& session, std::int64_t number) {
  MW_TRY(const auto row, session.query_row("SELECT mac FROM audit_entry WHERE number = $1", {number}));
  if (!row) return std::nullopt;
  return row->bytes(0);
}

/// The database's head, and whether it goes on from what was noted last.
struct Seen {
  Head head;
  bool follows = true;
};

Result<Seen> look(db::Session& session, const Trail& trail, const std::optional<Head>& noted) {
  Seen seen;
  MW_TRY(seen.head, trail.checked_head(session));
  if (!noted || noted->number == 0) return seen;
  MW_TRY(const auto mac, mac_of(session, noted->number));
  seen.follows = mac && std::ranges::equal(*mac, noted->mac);
  return seen;
}

}  // namespace

std::string_view name_of(HeadFileState state) {
  switch (state) {
    case HeadFileState::kept:
      return "kept";
    case HeadFileState::unwritable:
      return "unwritable";
    case HeadFileState::older_database:
      return "older_database";
    case HeadFileState::other_history:
      return "other_history";
    case HeadFileState::foreign:
      return "foreign";
  }
  std::unreachable();
}

HeadKeeper::HeadKeeper(db::Database& database, const Trail& trail, std::filesystem::path file, const Clock& clock)
    : database_(database), trail_(trail), file_(std::move(file)), clock_(clock) {
  status_.path = file_;
}

Result<std::unique_ptr<HeadKeeper>> HeadKeeper::start(db::Database& database, const Trail& trail,
                                                      std::filesystem::path file, const Clock& clock) {
  auto keeper = std::unique_ptr<HeadKeeper>(new HeadKeeper(database, trail, std::move(file), clock));
  MW_CHECK(keeper->settle());
  keeper->note();
  keeper->pool_ = std::make_unique<Pool>("audit-head", 1, 1);
  MW_CHECK(keeper->pool_->submit([made = keeper.get()] { made->keep(made->stop_.get_token()); }));
  return keeper;
}

HeadKeeper::~HeadKeeper() {
  stop_.request_stop();
  const bool ran = pool_ != nullptr;
  pool_.reset();
  if (ran) note();
}

HeadFileStatus HeadKeeper::status() const {
  const std::scoped_lock lock(mutex_);
  return status_;
}

/// What stands there when the service begins.
Status HeadKeeper::settle() {
  const auto found = read_head_file(file_, trail_);
  if (!found && found.error().is(AuditError::broken_head_file)) {
    leave(HeadFileState::foreign, found.error().message());
    note_in_trail("foreign", 0, 0);
    return {};
  }
  // What cannot be read may know more than the database.
  if (!found) {
    leave(HeadFileState::foreign, found.error().describe());
    return {};
  }
  const std::optional<Head> noted = *found ? std::optional((*found)->head) : std::nullopt;
  const auto seen = database_.read([&](db::Session& session) { return look(session, trail_, noted); });
  if (!seen && seen.error().is(AuditError::broken_head)) {
    leave(HeadFileState::other_history, seen.error().message());
    return {};
  }
  if (!seen) return fail(seen.error());
  if (!noted) {
    if (seen->head.number > 0) note_in_trail("missing", seen->head.number, 0);
    return {};
  }
  if (noted->number > seen->head.number) {
    leave(HeadFileState::older_database, "the head file knows entries up to " + std::to_string(noted->number) +
                                             ", the database only up to " + std::to_string(seen->head.number));
    note_in_trail("older_database", seen->head.number, noted->number);
  } else if (!seen->follows) {
    leave(HeadFileState::other_history,
          "the database's entry " + std::to_string(noted->number) + " is not the one that the head file knows");
    note_in_trail("other_history", seen->head.number, noted->number);
  } else {
    noted_ = noted;
    status_.number = noted->number;
  }
  return {};
}

/// So that the trail itself says for ever that something was found at this start.
void HeadKeeper::note_in_trail(std::string_view outcome, std::int64_t database_number, std::int64_t file_number) {
  const nlohmann::json details{{"database_number", database_number}, {"file_number", file_number}};
  const Act act{.by = {.actor = Actor::system("audit"), .source = {}, .token = {}, .request_id = {}},
                .action = "audit.head_file",
                .object_kind = "audit",
                .object_id = "head",
                .outcome = std::string(outcome),
                .details = details.dump()};
  const auto done = database_.transaction([&](db::Transaction& tx) { return trail_.append(tx, act); });
  if (!done) log::failure("the state of the audit trail's head file could not be noted", done.error());
  log::warn("audit head file", {{"file", file_.string()}, {"state", std::string(outcome)}});
}

void HeadKeeper::leave(HeadFileState state, std::string trouble) {
  log::error("the audit trail's head file does not fit the database",
             {{"file", file_.string()}, {"state", std::string(name_of(state))}, {"why", trouble}});
  const std::scoped_lock lock(mutex_);
  status_.state = state;
  status_.trouble = std::move(trouble);
}

bool HeadKeeper::note() {
  {
    const std::scoped_lock lock(mutex_);
    if (status_.state != HeadFileState::kept && status_.state != HeadFileState::unwritable) return true;
  }
  // Asked before the database, which must have it then.
  const std::int64_t least = std::max(trail_.committed().number, noted_ ? noted_->number : 0);
  const auto seen = database_.read([&](db::Session& session) { return look(session, trail_, noted_); });
  if (!seen && seen.error().is(AuditError::broken_head)) {
    leave(HeadFileState::other_history, seen.error().message());
    return true;
  }
  if (!seen) {
    log::failure("the audit trail's head cannot be read", seen.error());
    return false;
  }
  if (seen->head.number < least) {
    leave(HeadFileState::older_database, "the database went back to entry " + std::to_string(seen->head.number));
    return true;
  }
  if (!seen->follows) {
    leave(HeadFileState::other_history,
          "the database's entry " + std::to_string(noted_->number) + " is no longer the one that was noted");
    return true;
  }
  if (noted_ == seen->head) return true;
  const Status written = write_head_file(file_, {.head = seen->head, .noted = clock_.now()}, trail_);
  const std::scoped_lock lock(mutex_);
  if (!written) {
    if (status_.state == HeadFileState::kept) log::failure("the audit trail's head cannot be noted", written.error());
    status_.state = HeadFileState::unwritable;
    status_.trouble = written.error().describe();
    return false;
  }
  noted_ = seen->head;
  status_ = {.path = file_, .state = HeadFileState::kept, .number = seen->head.number, .trouble = {}};
  return true;
}

void HeadKeeper::keep(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    const std::uint64_t wakes = database_.wakes(kChannel);
    const bool noted = note();
    pause(noted ? kBetweenNotes : kAfterTrouble, stop);
    if (noted) database_.wait(kChannel, wakes, Deadline::after(kLongestWait, clock_), stop);
  }
}

}  // namespace mailward::audit
