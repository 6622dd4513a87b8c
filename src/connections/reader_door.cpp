#include "connections/reader_door.h"

#include "base/bytes.h"
#include "base/shell.h"
#include "connections/bind_books.h"
#include "connections/directory_settings.h"
#include "secrets/inventory.h"

namespace mailward::connections {
namespace {

using directory::DirectoryError;

/// As ledger_directories.cpp writes it.
constexpr std::string_view kInventoryKind = "directory_reader";

std::string remedy_for(const DirectoryForm& form) {
  return "See to the account " + printable(form.reader, 120) +
         ", then type its password again: mailward directory edit " + shell_word(form.name) + " --ask-password";
}

Error refused_at(const DirectoryRecord& record) {
  return Error(DirectoryError::refused_earlier, "its reader's password was refused at " +
                                                    format_timestamp(*record.reader_refused) +
                                                    " and is not tried again")
      .with_remedy(remedy_for(record.form));
}

/// A directory's reader, by the directory's row.
class Reader : public BindAccount {
 public:
  Reader(Ledger& ledger, DirectoryId directory, secrets::SecretId secret, const Clock& clock)
      : ledger_(ledger), directory_(directory), secret_(secret), clock_(clock) {}

  /// Another process may have been refused, or a person may have typed another password.
  Status check() override {
    MW_TRY(const auto record, ledger_.directory(directory_));
    if (record.reader_secret != secret_) {
      return fail(Error(DirectoryError::refused_earlier, "its reader's password was changed meanwhile")
                      .with_remedy("Test again."));
    }
    if (record.reader_refused) return fail(refused_at(record));
    form_ = record.form;
    MW_TRY(const auto used, ledger_.database().read([&](db::Session& session) {
      return secrets::last_use(session, kInventoryKind, directory_.text());
    }));
    was_accepted_ = used.has_value();
    return {};
  }
  /// So that a later process may repeat a try that was cut short.
  Status note_accepted() override {
    return ledger_.database().transaction(
        [&](db::Transaction& tx) { return secrets::record_use(tx, kInventoryKind, directory_.text(), clock_.now()); });
  }
  bool was_accepted() const override { return was_accepted_; }
  Status note_refused(const Error&) override { return ledger_.mark_reader_refused(directory_, secret_); }
  std::string remedy() const override { return remedy_for(form_); }

 private:
  Ledger& ledger_;
  DirectoryId directory_;
  secrets::SecretId secret_;
  const Clock& clock_;
  DirectoryForm form_;
  bool was_accepted_ = false;
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
  auto books = std::make_shared<BindBooks>(
      BindBooks::Parts{parts_.ledger.database(), parts_.refusals, parts_.clock, parts_.process},
      std::make_unique<Reader>(parts_.ledger, record.id, *record.reader_secret, parts_.clock),
      "reader/" + record.id.text(), reader_memory_name(*record.reader_secret), *std::move(password));
  shared = {record.version, *record.reader_secret,
            std::make_shared<const directory::Directory>(*std::move(settings), parts_.resolver, parts_.destinations,
                                                         parts_.clock, std::move(books))};
  return OpenedReader{shared.directory, {}, {}};
}

}  // namespace mailward::connections
