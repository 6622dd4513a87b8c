#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

#include "db/connection.h"

namespace mailward::db {

/// At most `limit` connections of one kind, made when first needed and lent to one user at a time. Thread-safe;
/// outlives what it lends.
class ConnectionPool {
 public:
  /// Gives the connection back when it goes; a broken one is closed.
  class Lent {
   public:
    Lent(ConnectionPool& pool, std::unique_ptr<Connection> connection)
        : pool_(&pool), connection_(std::move(connection)) {}
    ~Lent() {
      if (connection_) pool_->take_back(std::move(connection_));
    }
    Lent(Lent&&) = default;
    Lent& operator=(Lent&&) = delete;
    Connection& operator*() { return *connection_; }
    Connection* operator->() { return connection_.get(); }

   private:
    ConnectionPool* pool_;
    std::unique_ptr<Connection> connection_;
  };

  ConnectionPool(Driver& driver, Access access, std::size_t limit) : driver_(driver), access_(access), limit_(limit) {}

  /// Errors: timed_out, cancelled, and those of making a connection.
  Result<Lent> lend(const Bounds& bounds, const Clock& clock);
  void take_back(std::unique_ptr<Connection> connection);

 private:
  Driver& driver_;
  const Access access_;
  const std::size_t limit_;
  std::mutex mutex_;
  std::condition_variable_any given_back_;
  std::vector<std::unique_ptr<Connection>> idle_;
  std::size_t lent_ = 0;
};

}  // namespace mailward::db
