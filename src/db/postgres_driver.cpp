#include <atomic>
#include <mutex>
#include <thread>

#include "db/postgres_connection.h"

namespace mailward::db {

namespace {

constexpr std::string_view kLockQuery = "SELECT pg_try_advisory_lock(7018695146206290801)";

constexpr std::chrono::seconds kPredecessorLeaves{2};
/// A server that is only slow is waited for; one that is gone gives the lock away much later than this.
constexpr std::chrono::seconds kLockAnswers{10};

class PostgresDriver final : public Driver {
 public:
  PostgresDriver(Settings settings, std::string description, const Clock& clock)
      : settings_(std::move(settings)), description_(std::move(description)), clock_(clock) {}

  Backend backend() const override { return Backend::postgresql; }
  std::string describe() const override { return description_; }

  Result<std::unique_ptr<Connection>> connect(Access) override {
    MW_TRY(auto made, PostgresConnection::open(settings_.url, settings_.password, settings_.prepare, clock_));
    return std::unique_ptr<Connection>(std::move(made));
  }

  Status lock_service() override {
    MW_TRY(auto made, PostgresConnection::open(settings_.url, settings_.password, settings_.prepare, clock_));
    // The lock belongs to this session, and goes with it. The server notices a moment late that the session of a
    // service that has just ended is gone: its successor waits that long.
    bool got = false;
    const Deadline deadline = Deadline::after(kPredecessorLeaves, clock_);
    while (true) {
      MW_CHECK(made->run(kLockQuery, {}, Fetch::all_at_once, [&](Row&& row) -> Status {
        got = row.flag(0);
        return {};
      }));
      if (got || deadline.expired(clock_)) break;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    if (!got) {
      return fail(Error(DbError::busy_other_service, "another Mailward service uses the database " + description_)
                      .with_remedy("Stop that service first, or give this one a database of its own."));
    }
    lock_ = std::move(made);
    return {};
  }

  Status service_lock_stands() override {
    const std::unique_lock turn(lock_turn_, std::try_to_lock);
    // Who has the turn is just finding out.
    if (turn && lock_ && !lock_lost_ && lock_->hung_up()) lock_lost_ = true;
    return lock_lost_ ? fail(lock_lost()) : Status();
  }

  Status check_service_lock() override {
    const std::scoped_lock turn(lock_turn_);
    if (lock_ && !lock_lost_ && !lock_->ping(kLockAnswers)) lock_lost_ = true;
    return lock_lost_ ? fail(lock_lost()) : Status();
  }

  /// A server has its administrator's backups.
  Status back_up_before(int) override { return {}; }
  Status copy_to(const std::string&) override {
    return fail(Error(DbError::misuse, "a PostgreSQL database is copied by the server's own tools")
                    .with_remedy("pg_dump --format=custom --file=mailward.dump and the database's address"));
  }

 private:
  Error lock_lost() const {
    return Error(DbError::lock_lost, "the connection that held the lock on the database " + description_ +
                                         " broke: another Mailward service may use it by now")
        .with_remedy("Start the service again: it takes the lock anew, and finishes what was interrupted.");
  }

  const Settings settings_;
  const std::string description_;
  const Clock& clock_;
  std::mutex lock_turn_;  ///< of the connection; held while the server is asked
  std::unique_ptr<PostgresConnection> lock_;
  std::atomic<bool> lock_lost_ = false;  ///< never false again
};

}  // namespace

Result<std::unique_ptr<Driver>> postgres_driver(Settings settings, const Clock& clock) {
  char* words = nullptr;
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(
      PQconninfoParse(settings.url.c_str(), &words), PQconninfoFree);
  const std::unique_ptr<char, decltype(&PQfreemem)> reason(words, PQfreemem);
  // libpq's own words quote the address, which may hold a password in a wrong place.
  if (!options) {
    return fail(Error(DbError::misuse, "the database's address is not one that PostgreSQL understands")
                    .with_remedy("Write \"postgresql://USER@HOST:PORT/NAME\"."));
  }
  std::string user;
  std::string host;
  std::string name;
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
    if (option->val == nullptr) continue;
    const std::string_view keyword = option->keyword;
    if (keyword == "password") {
      return fail(Error(DbError::misuse, "the database's address holds a password")
                      .with_remedy("Take it out, change it, and give it by the password file setting."));
    }
    if (keyword == "user") user = option->val;
    if (keyword == "host") host = option->val;
    if (keyword == "dbname") name = option->val;
  }
  std::string description = "PostgreSQL " + printable(user) + "@" + printable(host) + "/" + printable(name);
  return std::make_unique<PostgresDriver>(std::move(settings), std::move(description), clock);
}

}  // namespace mailward::db
