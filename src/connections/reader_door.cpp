#include "connections/reader_door.h"

#include <condition_variable>

#include "base/bytes.h"
#include "base/log.h"
#include "connections/directory_settings.h"
#include "work/leases.h"

namespace mailward::connections {
namespace {

using directory::DirectoryError;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

/// Longer than any bind may take.
constexpr std::chrono::seconds kLeaseSpan = 30s;
constexpr std::chrono::milliseconds kLeasePause = 20ms;

std::string remedy_for(const DirectoryForm& form) {
  return "See to the account " + printable(form.reader, 120) +
         ", then type its password again: mailward directory edit '" + printable(form.name, 120) + "' --ask-password";
}

Error refused_at(const DirectoryRecord& record) {
  return Error(DirectoryError::refused_earlier, "its reader's password was refused at " +
                                                    format_timestamp(*record.reader_refused) +
                                                    " and is not tried again")
      .with_remedy(remedy_for(record.form));
}

/// The controller may have judged the password, and nobody heard what it said.
bool is_unsettled(const Error& error) {
  return error.is(kerberos::KerberosError::unanswered) || error.is(DirectoryError::timed_out) ||
         error.is(DirectoryError::protocol) || error.is(BaseError::cancelled);
}

/// Keeps the books of one reader's password for the Directory that binds with it, which calls it one at a time.
class Bookkeeper : public directory::BindWitness {
 public:
  Bookkeeper(const ReaderDoor::Parts& parts, DirectoryId directory, secrets::SecretId secret, SecretString password)
      : parts_(parts),
        directory_(directory),
        secret_(secret),
        password_(std::move(password)),
        memory_name_(reader_memory_name(secret)),
        holder_(Id<struct BookkeeperTag>::make(parts.clock).text()) {}

  Status before_bind(Deadline deadline, const std::stop_token& stop) override {
    MW_CHECK(check_books());
    if (proven_) return {};
    MW_CHECK(take_lease(deadline, stop));
    Status may = begin_try();
    if (!may) release();
    return may;
  }

  void after_bind(const Status& outcome) override {
    if (outcome) {
      if (!proven_) note(parts_.refusals.forget(memory_name_, password_));
      proven_ = true;
    } else if (directory::is_refused_bind(outcome.error())) {
      const Status marked = parts_.ledger.mark_reader_refused(directory_, secret_);
      note(marked);
      note(marked ? parts_.refusals.forget(memory_name_, password_)
                  : parts_.refusals.refused(memory_name_, password_, outcome.error().name()));
    } else if (!proven_ && !is_unsettled(outcome.error())) {
      note(parts_.refusals.forget(memory_name_, password_));
    }
    release();
  }

 private:
  /// Another process may have been refused, or a person may have typed another password.
  Status check_books() {
    MW_TRY(const auto record, parts_.ledger.directory(directory_));
    if (record.reader_secret != secret_) {
      return fail(Error(DirectoryError::refused_earlier, "its reader's password was changed meanwhile")
                      .with_remedy("Test again."));
    }
    if (record.reader_refused) return fail(refused_at(record));
    form_ = record.form;
    return {};
  }

  Status begin_try() {
    MW_CHECK(check_books());
    MW_TRY(const auto tried, parts_.refusals.recall(memory_name_, password_));
    if (!tried) return parts_.refusals.begin_try(memory_name_, password_, std::nullopt);
    const bool refused = tried->state == TriedPassword::State::refused;
    return fail(Error(DirectoryError::refused_earlier,
                      refused
                          ? "its reader's password was refused at " + format_timestamp(tried->at)
                          : "a sign-in of its reader at " + format_timestamp(tried->at) +
                                " was interrupted; whether its password is right is unknown, and it is not tried again")
                    .with_remedy(remedy_for(form_)));
  }

  Status take_lease(Deadline deadline, const std::stop_token& stop) {
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any pause;
    while (true) {
      auto lease = parts_.ledger.database().transaction([&](db::Transaction& tx) {
        return work::leases::acquire(tx, "reader/" + directory_.text(), holder_, kLeaseSpan, parts_.clock.now());
      });
      if (lease) {
        lease_ = *std::move(lease);
        return {};
      }
      if (!lease.error().is(work::WorkError::lease_taken)) return fail(std::move(lease).error());
      if (stop.stop_requested()) return fail(BaseError::cancelled, "cancelled");
      if (deadline.expired()) {
        return fail(DirectoryError::timed_out, "the directory reader is still signing in elsewhere");
      }
      pause.wait_for(lock, stop, kLeasePause, [] { return false; });
    }
  }

  void release() {
    if (!lease_) return;
    note(parts_.ledger.database().transaction([&](db::Transaction& tx) { return work::leases::release(tx, *lease_); }));
    lease_.reset();
  }

  static void note(const Status& kept) {
    if (!kept) log::failure("directory.reader_books_not_kept", kept.error());
  }

  ReaderDoor::Parts parts_;
  DirectoryId directory_;
  secrets::SecretId secret_;
  SecretString password_;
  std::string memory_name_;
  std::string holder_;
  DirectoryForm form_;
  std::optional<work::Lease> lease_;
  bool proven_ = false;
};

}  // namespace

std::string reader_memory_name(secrets::SecretId secret) {
  return "reader:" + secret.text();
}

Result<OpenedReader> ReaderDoor::open(const DirectoryRecord& record) {
  if (record.form.reader.empty()) return OpenedReader{};
  if (!record.reader_secret) return OpenedReader{nullptr, "its reader has no password", remedy_for(record.form)};
  if (record.reader_refused) {
    const Error refused = refused_at(record);
    return OpenedReader{nullptr, refused.message(), refused.remedy()};
  }
  const std::lock_guard lock(mutex_);
  Shared& shared = shared_[record.id];
  if (shared.directory && shared.version == record.version && shared.secret == *record.reader_secret) {
    return OpenedReader{shared.directory, {}, {}};
  }
  MW_TRY(auto password, parts_.ledger.open_reader_password(record));
  auto settings = reader_settings(record, *password, parts_.resolver, parts_.destinations);
  if (!settings) return OpenedReader{nullptr, settings.error().message(), settings.error().remedy()};
  auto books = std::make_shared<Bookkeeper>(parts_, record.id, *record.reader_secret, *std::move(password));
  shared = {record.version, *record.reader_secret,
            std::make_shared<const directory::Directory>(*std::move(settings), parts_.resolver, parts_.destinations,
                                                         parts_.clock, std::move(books))};
  return OpenedReader{shared.directory, {}, {}};
}

}  // namespace mailward::connections
