#include "db/database.h"

#include <array>
#include <condition_variable>
#include <mutex>

#include "base/digest.h"
#include "db/connection_pool.h"

namespace mailward::db {

namespace {

constexpr std::chrono::seconds kDefaultPatience{10};
constexpr std::chrono::milliseconds kOtherProcesses{250};
constexpr std::size_t kWakeCounters = 1024;

std::size_t counter_of(std::string_view channel) {
  return std::hash<std::string_view>()(channel) % kWakeCounters;
}

Result<std::unique_ptr<Driver>> driver_for(Settings& settings, OpenAs as, const Clock& clock) {
  constexpr std::string_view kSqlite = "sqlite:";
  if (settings.url.starts_with(kSqlite)) return sqlite_driver(settings.url.substr(kSqlite.size()), as, clock);
  if (settings.url.starts_with("postgresql://") || settings.url.starts_with("postgres://")) {
    return postgres_driver(std::move(settings), clock);
  }
  return fail(Error(DbError::misuse, "the database's address has a form that is not known")
                  .with_remedy("Write \"sqlite:PATH\" or \"postgresql://USER@HOST/NAME\"."));
}

}  // namespace

struct Database::State {
  State(std::unique_ptr<Driver> made, std::size_t connections, const Clock& its_clock)
      : driver(std::move(made)),
        writers(*driver, Access::write, driver->backend() == Backend::sqlite ? 1 : connections),
        readers(*driver, Access::read, connections),
        clock(its_clock) {}

  ConnectionPool& pool(Access access) {
    // PostgreSQL's connections are all alike; a limit on their number is kept over both uses.
    if (access == Access::write || driver->backend() == Backend::postgresql) return writers;
    return readers;
  }

  void wake(const std::vector<std::string>& channels) {
    if (channels.empty()) return;
    {
      const std::scoped_lock lock(wake_mutex);
      for (const std::string& channel : channels) ++wakes[counter_of(channel)];
    }
    woken.notify_all();
  }

  static bool worth_repeating(const std::optional<Error>& failure) {
    return failure && (failure->is(DbError::retry) || failure->is(DbError::connection_lost));
  }

  /// One try. What the database failed with, if it did, is noted in `failure`, whatever the body made of it.
  Status attempt(Connection& connection, const std::function<Status(Transaction&)>& body, Durability durability,
                 const Bounds& bounds, std::optional<Error>& failure);
  static Status attempt_read(Connection& connection, const std::function<Status(Session&)>& body, const Bounds& bounds,
                             std::optional<Error>& failure);

  /// A short pause that grows with each repeat, with chance in it, so that two that collided do not collide again.
  void pause(unsigned repeat, const Bounds& bounds) {
    std::array<std::uint8_t, 1> chance{};
    fill_random(chance);
    const std::chrono::milliseconds most{std::min(1U << std::min(repeat, 6U), 50U)};
    const auto span = std::chrono::microseconds(500) + most * chance[0] / 256;
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any().wait_for(lock, bounds.stop, span, [] { return false; });
  }

  std::unique_ptr<Driver> driver;
  ConnectionPool writers;
  ConnectionPool readers;
  const Clock& clock;
  int schema_version = 0;

  std::mutex wake_mutex;
  std::condition_variable_any woken;
  std::array<std::uint64_t, kWakeCounters> wakes{};
};

Status Database::State::attempt(Connection& connection, const std::function<Status(Transaction&)>& body,
                                Durability durability, const Bounds& bounds, std::optional<Error>& failure) {
  Status done = connection.begin(Access::write, durability, bounds);
  if (!done) {
    failure = done.error();
    connection.rollback();
    return done;
  }
  Transaction tx(connection);
  done = body(tx);
  if (done && tx.failure_) done = fail(*tx.failure_);
  if (driver->backend() == Backend::postgresql) {
    for (const std::string& channel : tx.notifications_) {
      if (!done) break;
      if (const auto sent = tx.query("SELECT pg_notify('mailward', $1)", {channel}); !sent) done = fail(sent.error());
    }
  }
  failure = tx.failure_;
  if (done) {
    // What another service may have begun to change is no longer ours to write.
    done = driver->service_lock_stands();
    if (!done) failure = done.error();
  }
  if (!done) {
    connection.rollback();
    // A body may ask for a repeat itself.
    if (!failure && done.error().is(DbError::retry)) failure = done.error();
    return done;
  }
  done = connection.commit();
  if (!done) {
    failure = done.error();
    return done;
  }
  wake(tx.notifications_);
  for (const auto& action : tx.on_commit_) action();
  return done;
}

Status Database::State::attempt_read(Connection& connection, const std::function<Status(Session&)>& body,
                                     const Bounds& bounds, std::optional<Error>& failure) {
  Status done = connection.begin(Access::read, Durability::full, bounds);
  if (!done) {
    failure = done.error();
    connection.rollback();
    return done;
  }
  Session session(connection);
  done = body(session);
  connection.rollback();
  failure = session.failure_;
  if (done && failure) done = fail(*failure);
  return done;
}

Database::Database(std::unique_ptr<State> state) : state_(std::move(state)) {}
Database::~Database() = default;

Result<std::unique_ptr<Database>> Database::open(Settings settings, OpenAs as, const Clock& clock) {
  const std::size_t connections = std::max<std::size_t>(1, settings.connections);
  const auto files = settings.migrations;
  MW_TRY(auto driver, driver_for(settings, as, clock));
  MW_TRY(const auto steps, migrations_for(driver->backend(), files));
  if (as == OpenAs::service) MW_CHECK(driver->lock_service());
  auto state = std::make_unique<State>(std::move(driver), connections, clock);
  {
    const Bounds bounds{.deadline = Deadline::after(kDefaultPatience, clock), .stop = {}};
    MW_TRY(auto lent, state->pool(as == OpenAs::reader ? Access::read : Access::write).lend(bounds, clock));
    MW_TRY(state->schema_version, bring_schema_up(*state->driver, *lent, steps, as, clock));
  }
  return std::unique_ptr<Database>(new Database(std::move(state)));
}

Backend Database::backend() const {
  return state_->driver->backend();
}
std::string Database::describe() const {
  return state_->driver->describe();
}
int Database::schema_version() const {
  return state_->schema_version;
}

Status Database::check_service_lock() {
  return state_->driver->check_service_lock();
}

Status Database::run_transaction(const std::function<Status(Transaction&)>& body, const TransactionOptions& options) {
  const Bounds bounds{.deadline = options.deadline.value_or(Deadline::after(kDefaultPatience, state_->clock)),
                      .stop = options.stop};
  for (unsigned repeat = 0;; ++repeat) {
    MW_TRY(auto lent, state_->pool(Access::write).lend(bounds, state_->clock));
    std::optional<Error> database_failure;
    const Status done = state_->attempt(*lent, body, options.durability, bounds, database_failure);
    if (done || !state_->worth_repeating(database_failure)) return done;
    if (bounds.stop.stop_requested())
      return fail(DbError::cancelled, "stopped before the transaction could be repeated");
    if (bounds.deadline.expired(state_->clock)) {
      if (database_failure->is(DbError::connection_lost)) return done;
      return fail(Error(DbError::timed_out, "the transaction met others each time until its deadline")
                      .caused_by(*database_failure));
    }
    state_->pause(repeat, bounds);
  }
}

Status Database::run_read(const std::function<Status(Session&)>& body, const TransactionOptions& options) {
  const Bounds bounds{.deadline = options.deadline.value_or(Deadline::after(kDefaultPatience, state_->clock)),
                      .stop = options.stop};
  for (unsigned repeat = 0;; ++repeat) {
    MW_TRY(auto lent, state_->pool(Access::read).lend(bounds, state_->clock));
    std::optional<Error> database_failure;
    const Status done = state_->attempt_read(*lent, body, bounds, database_failure);
    if (done || !state_->worth_repeating(database_failure)) return done;
    if (bounds.deadline.expired(state_->clock) || bounds.stop.stop_requested()) return done;
    state_->pause(repeat, bounds);
  }
}

Status Database::copy_to(const std::filesystem::path& file) const {
  return state_->driver->copy_to(file.string());
}

std::uint64_t Database::wakes(std::string_view channel) const {
  const std::scoped_lock lock(state_->wake_mutex);
  return state_->wakes[counter_of(channel)];
}

Woken Database::wait(std::string_view channel, std::uint64_t seen, Deadline deadline,
                     const std::stop_token& stop) const {
  const std::size_t counter = counter_of(channel);
  std::unique_lock lock(state_->wake_mutex);
  const auto notified = [&] { return state_->wakes[counter] > seen; };
  while (!notified()) {
    if (stop.stop_requested()) return Woken::stopped;
    const auto left = deadline.remaining(state_->clock);
    if (left.count() <= 0) return Woken::timed_out;
    const bool others = backend() == Backend::postgresql;
    const bool in_time = state_->woken.wait_for(lock, stop, others ? std::min(left, kOtherProcesses) : left, notified);
    if (!in_time && others && !stop.stop_requested() && !deadline.expired(state_->clock)) return Woken::notified;
  }
  return Woken::notified;
}

}  // namespace mailward::db
