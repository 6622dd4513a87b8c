#include "connections/reset_door.h"

#include <algorithm>

#include "base/shell.h"
#include "connections/bind_books.h"
#include "connections/directory_settings.h"
#include "directory/directory_error.h"
#include "secrets/inventory.h"

namespace mailward::connections {
namespace {

By by_rotation() {
  return {.actor = audit::Actor::system("rotation"), .source = {}, .token = {}, .request_id = {}};
}

std::string remedy_for(const std::string& name) {
  return "See to the account " + name + ", then type its password again: mailward account reset-account … --name " +
         shell_word(name) + " --ask-password";
}

/// A reset account, by its versions.
class Resetter : public BindAccount {
 public:
  Resetter(Ledger& ledger, const ServiceAccount& account, CredentialVersionId version, const Clock& clock)
      : ledger_(ledger), account_(account.id), name_(account.name), version_(version), clock_(clock) {}

  Status check() override {
    MW_TRY(const auto account, ledger_.account(account_));
    const auto found = std::ranges::find(account.credentials, version_, &CredentialVersion::id);
    if (found == account.credentials.end() || found->state == CredentialState::previous) {
      return fail(
          Error(directory::DirectoryError::refused_earlier, "the password of " + name_ + " was changed meanwhile")
              .with_remedy("repeat it"));
    }
    was_accepted_ = found->state == CredentialState::active;
    if (!found->refused) return {};
    return fail(Error(directory::DirectoryError::refused_earlier, "the password of " + name_ + " was refused at " +
                                                                      format_timestamp(*found->refused) + " (" +
                                                                      found->refusal + ") and is not tried again")
                    .with_remedy(remedy()));
  }
  Status note_accepted() override {
    return ledger_.database().transaction([&](db::Transaction& tx) -> Status {
      MW_CHECK(ledger_.promote(tx, account_, version_, by_rotation()));
      return secrets::record_use(tx, "service_account", account_.text(), clock_.now());
    });
  }
  Status note_refused(const Error& refusal) override {
    return ledger_.mark_refused(account_, version_, refusal.name(), by_rotation());
  }
  bool was_accepted() const override { return was_accepted_; }
  std::string remedy() const override { return remedy_for(name_); }

 private:
  Ledger& ledger_;
  AccountId account_;
  std::string name_;
  CredentialVersionId version_;
  const Clock& clock_;
  bool was_accepted_ = false;
};

}  // namespace

Result<std::shared_ptr<const directory::Directory>> ResetDoor::open(const ServiceAccount& account) {
  if (!account.reset_account || !account.directory) {
    return fail(
        Error(ConnectionsError::cannot_rotate, "no account is named that may set the password of " + account.name)
            .with_remedy("name one: mailward account reset-account " + account.id.text() +
                         " --name NAME --ask-password (docs/active-directory.md says what it needs)"));
  }
  MW_TRY(const auto resetting, parts_.ledger.account(*account.reset_account));
  MW_TRY(const auto record, parts_.ledger.directory(*account.directory));
  MW_TRY(auto opened, parts_.ledger.open_reset_password(resetting, record));
  if (opened.version.refused) {
    return fail(Error(ConnectionsError::cannot_rotate, "the password of the reset account " + resetting.name +
                                                           " was refused at " +
                                                           format_timestamp(*opened.version.refused))
                    .with_remedy(remedy_for(resetting.name)));
  }
  const std::lock_guard lock(mutex_);
  Shared& shared = shared_[resetting.id];
  if (shared.directory && shared.directory_version == record.version && shared.version == opened.version.id) {
    return shared.directory;
  }
  MW_TRY(auto settings, reader_settings(record, opened.secret, parts_.resolver, parts_.destinations));
  settings.reader_name = resetting.name;
  auto books = std::make_shared<BindBooks>(
      BindBooks::Parts{parts_.ledger.database(), parts_.refusals, parts_.clock, parts_.process},
      std::make_unique<Resetter>(parts_.ledger, resetting, opened.version.id, parts_.clock),
      "resetter/" + resetting.id.text(), "resetter:" + opened.version.id.text(), std::move(opened.secret));
  shared = {record.version, opened.version.id,
            std::make_shared<const directory::Directory>(std::move(settings), parts_.resolver, parts_.destinations,
                                                         parts_.clock, std::move(books))};
  return shared.directory;
}

}  // namespace mailward::connections
