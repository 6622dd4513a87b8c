#include "connections/bind_books.h"

#include <condition_variable>
#include <mutex>

#include "base/log.h"
#include "directory/directory_error.h"
#include "kerberos/tickets.h"

namespace mailward::connections {
namespace {

using directory::DirectoryError;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

/// Longer than any bind may take.
constexpr std::chrono::seconds kLeaseSpan = 30s;
constexpr std::chrono::milliseconds kLeasePause = 20ms;

/// The controller may have judged the password, and nobody heard what it said.
bool is_unsettled(const Error& error) {
  return error.is(kerberos::KerberosError::unanswered) || error.is(DirectoryError::timed_out) ||
         error.is(DirectoryError::protocol) || error.is(BaseError::cancelled);
}

void note(const Status& kept) {
  if (!kept) log::failure("directory.bind_books_not_kept", kept.error());
}

}  // namespace

BindBooks::BindBooks(Parts parts, std::unique_ptr<BindAccount> account, std::string lease, std::string memory_name,
                     SecretString password)
    : parts_(std::move(parts)),
      account_(std::move(account)),
      lease_name_(std::move(lease)),
      memory_name_(std::move(memory_name)),
      password_(std::move(password)),
      holder_(parts_.process + "/" + Id<struct BindBooksTag>::make(parts_.clock).text()) {}

Status BindBooks::before_bind(Deadline deadline, const std::stop_token& stop) {
  MW_CHECK(account_->check());
  if (proven_) return {};
  MW_CHECK(take_lease(deadline, stop));
  Status may = begin_try();
  if (!may) release();
  return may;
}

void BindBooks::after_bind(const Status& outcome) {
  if (outcome) {
    if (!proven_) {
      note(parts_.refusals.forget(memory_name_, password_));
      note(account_->note_accepted());
    }
    proven_ = true;
  } else if (directory::is_refused_bind(outcome.error())) {
    const Status marked = account_->note_refused(outcome.error());
    note(marked);
    note(marked ? parts_.refusals.forget(memory_name_, password_)
                : parts_.refusals.refused(memory_name_, password_, outcome.error().name()));
  } else if (!proven_ && !is_unsettled(outcome.error())) {
    note(parts_.refusals.forget(memory_name_, password_));
  }
  release();
}

Status BindBooks::begin_try() {
  MW_CHECK(account_->check());
  MW_TRY(const auto tried, parts_.refusals.recall(memory_name_, password_));
  if (!tried) return parts_.refusals.begin_try(memory_name_, password_, std::nullopt);
  const bool refused = tried->state == TriedPassword::State::refused;
  if (!refused && account_->was_accepted()) return {};
  return fail(Error(DirectoryError::refused_earlier,
                    refused ? "its password was refused at " + format_timestamp(tried->at)
                            : "a sign-in of it at " + format_timestamp(tried->at) +
                                  " was interrupted; whether its password is right is unknown, and it is not tried "
                                  "again")
                  .with_remedy(account_->remedy()));
}

Status BindBooks::take_lease(Deadline deadline, const std::stop_token& stop) {
  std::mutex mutex;
  std::unique_lock lock(mutex);
  std::condition_variable_any pause;
  while (true) {
    auto lease = parts_.database.transaction([&](db::Transaction& tx) {
      return work::leases::acquire(tx, lease_name_, holder_, kLeaseSpan, parts_.clock.now());
    });
    if (lease) {
      lease_ = *std::move(lease);
      return {};
    }
    if (!lease.error().is(work::WorkError::lease_taken)) return fail(std::move(lease).error());
    if (stop.stop_requested()) return fail(BaseError::cancelled, "cancelled");
    if (deadline.expired()) return fail(DirectoryError::timed_out, "the same account is still signing in elsewhere");
    pause.wait_for(lock, stop, kLeasePause, [] { return false; });
  }
}

void BindBooks::release() {
  if (!lease_) return;
  note(parts_.database.transaction([&](db::Transaction& tx) { return work::leases::release(tx, *lease_); }));
  lease_.reset();
}

}  // namespace mailward::connections
