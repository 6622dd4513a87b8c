#include "db/connection_pool.h"

namespace mailward::db {

Result<ConnectionPool::Lent> ConnectionPool::lend(const Bounds& bounds, const Clock& clock) {
  {
    std::unique_lock lock(mutex_);
    while (lent_ >= limit_) {
      if (bounds.stop.stop_requested())
        return fail(DbError::cancelled, "stopped while waiting for a database connection");
      if (bounds.deadline.expired(clock)) {
        return fail(Error(DbError::timed_out, "no database connection became free in time")
                        .with_remedy("If this lasts, something holds transactions open for too long: see the log."));
      }
      given_back_.wait_for(lock, bounds.stop, bounds.deadline.remaining(clock) + std::chrono::milliseconds(1),
                           [&] { return lent_ < limit_; });
    }
    ++lent_;
    if (!idle_.empty()) {
      Lent lent(*this, std::move(idle_.back()));
      idle_.pop_back();
      return lent;
    }
  }
  auto made = driver_.connect(access_);
  if (!made) {
    take_back(nullptr);
    return fail(std::move(made).error());
  }
  return Lent(*this, *std::move(made));
}

void ConnectionPool::take_back(std::unique_ptr<Connection> connection) {
  if (connection && !connection->usable()) connection.reset();
  {
    const std::scoped_lock lock(mutex_);
    --lent_;
    if (connection) idle_.push_back(std::move(connection));
  }
  given_back_.notify_one();
}

}  // namespace mailward::db
