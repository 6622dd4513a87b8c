#include "db/session.h"

#include "db/connection.h"

namespace mailward::db {

namespace {

/// What no savepoint can undo.
bool beyond_savepoint(const Error& error) {
  return error.is(DbError::retry) || error.is(DbError::connection_lost) || error.is(DbError::timed_out) ||
         error.is(DbError::cancelled) || error.is(DbError::disk_full) || error.is(DbError::corrupt);
}

}  // namespace

Status check_text(Params params) {
  for (std::size_t i = 0; i < params.size(); ++i) {
    if (params[i].is_null() || params[i].type() != Param::Type::text) continue;
    const std::string_view text = params[i].text();
    if (text.find('\0') != std::string_view::npos || !is_utf8(text)) {
      return fail(DbError::misuse,
                  "parameter $" + std::to_string(i + 1) + " is not UTF-8 text without NUL; bytes are for that");
    }
  }
  return {};
}

Backend Session::backend() const {
  return connection_.backend();
}

Status Session::usable() const {
  if (failure_) return fail(*failure_);
  return {};
}

Error Session::doomed_by(Error error) {
  if (!failure_) failure_ = error;
  return error;
}

Result<Rows> Session::query(std::string_view sql, Params params) {
  MW_CHECK(usable());
  Rows rows;
  const auto done = connection_.run(sql, params, Fetch::all_at_once, [&](Row&& row) -> Status {
    rows.push_back(std::move(row));
    return {};
  });
  if (!done) return fail(doomed_by(done.error()));
  return rows;
}

Result<std::optional<Row>> Session::query_row(std::string_view sql, Params params) {
  MW_CHECK(usable());
  std::optional<Row> first;
  const auto done = connection_.run(sql, params, Fetch::all_at_once, [&](Row&& row) -> Status {
    if (!first) first.emplace(std::move(row));
    return {};
  });
  if (!done) return fail(doomed_by(done.error()));
  return first;
}

Status Session::each(std::string_view sql, Params params, const std::function<Status(const Row&)>& take) {
  MW_CHECK(usable());
  bool taker_failed = false;
  const auto done = connection_.run(sql, params, Fetch::row_by_row, [&](Row&& row) -> Status {
    const Row taken = std::move(row);
    Status status = take(taken);
    taker_failed = !status;
    return status;
  });
  if (done) return {};
  if (taker_failed) return fail(done.error());
  return fail(doomed_by(done.error()));
}

Result<std::int64_t> Transaction::execute(std::string_view sql, Params params) {
  MW_CHECK(usable());
  auto changed = connection_.run(sql, params, Fetch::all_at_once, [](Row&&) -> Status { return {}; });
  if (!changed) return fail(doomed_by(std::move(changed).error()));
  return changed;
}

Status Transaction::execute_script(const std::string& sql) {
  MW_CHECK(usable());
  if (auto done = connection_.script(sql); !done) return fail(doomed_by(std::move(done).error()));
  return {};
}

Status Transaction::savepoint(const std::function<Status()>& body) {
  MW_CHECK(execute_script("SAVEPOINT inner_part"));
  const std::size_t notifications = notifications_.size();
  const std::size_t actions = on_commit_.size();
  Status done = body();
  if (done && failure_) done = fail(*failure_);
  if (done) return execute_script("RELEASE SAVEPOINT inner_part");
  if (failure_ && beyond_savepoint(*failure_)) return done;
  failure_.reset();
  notifications_.resize(notifications);
  on_commit_.resize(actions);
  MW_CHECK(execute_script("ROLLBACK TO SAVEPOINT inner_part; RELEASE SAVEPOINT inner_part"));
  return done;
}

std::string_view Transaction::lock_rows() const {
  return backend() == Backend::postgresql ? " FOR UPDATE" : "";
}
std::string_view Transaction::lock_rows_not_taken() const {
  return backend() == Backend::postgresql ? " FOR UPDATE SKIP LOCKED" : "";
}

void Transaction::notify(std::string channel) {
  notifications_.push_back(std::move(channel));
}
void Transaction::on_commit(std::function<void()> action) {
  on_commit_.push_back(std::move(action));
}

}  // namespace mailward::db
