#include "connections/credentials.h"
#include "connections/destination.h"
#include "connections/ledger.h"
#include "connections/rows.h"

namespace mailward::connections {

Result<std::string> Ledger::destination_of(const ServerConnection& connection) const {
  return database_.read([&](db::Session& session) { return rows::destination_of(session, connection); });
}

Result<Destination> Ledger::shown_destination(const ServerConnection& connection) const {
  return database_.read([&](db::Session& session) -> Result<Destination> {
    Destination shown;
    MW_TRY(shown.text, rows::destination_of(session, connection));
    MW_TRY(const auto account, rows::account(session, connection.account));
    MW_TRY(shown.proven, credentials::proven(session, store_, account, shown.text));
    return shown;
  });
}

Result<Destination> Ledger::shown_destination(const ConnectionForm& form, std::optional<ConnectionId> edited,
                                              std::optional<DirectoryId> directory) const {
  const ConnectionForm wanted = trimmed(form);
  if (const auto problems = check_form(wanted); !problems.empty()) return fail(form_error(problems));
  MW_TRY(const auto name, normalised_account_name(wanted.master_mailbox));
  return database_.read([&](db::Session& session) -> Result<Destination> {
    Destination shown;
    MW_TRY(const auto standing, rows::account_named(session, name));
    if (standing) {
      MW_TRY(const auto account, rows::account(session, *standing));
      MW_TRY(const auto lives_in, rows::directory_form_of(session, *standing));
      MW_TRY(shown.text, destination_text(wanted, lives_in));
      MW_TRY(shown.proven, credentials::proven(session, store_, account, shown.text));
      return shown;
    }
    // A new account: it will live where it is told, or where that of the edited connection lives.
    std::optional<DirectoryForm> lives_in;
    if (edited) {
      MW_TRY(const auto before, rows::connection(session, *edited));
      MW_TRY(lives_in, rows::directory_form_of(session, before.account));
    } else if (directory) {
      MW_TRY(const auto record, rows::directory(session, *directory));
      lives_in = record.form;
    }
    MW_TRY(shown.text, destination_text(wanted, lives_in));
    return shown;
  });
}

Result<Destination> Ledger::shown_search(const ConnectionForm& form, const std::vector<std::string>& confirmed) const {
  const ConnectionForm wanted = trimmed(form);
  if (const auto problems = check_for_search(wanted); !problems.empty()) return fail(form_error(problems));
  Destination shown;
  MW_TRY(shown.text, search_destination_text(wanted, confirmed));
  if (wanted.master_mailbox.empty()) return shown;
  MW_TRY(const auto name, normalised_account_name(wanted.master_mailbox));
  return database_.read([&](db::Session& session) -> Result<Destination> {
    MW_TRY(const auto standing, rows::account_named(session, name));
    if (!standing) return shown;
    MW_TRY(const auto account, rows::account(session, *standing));
    const CredentialVersion* active = account.active();
    if (active == nullptr) return shown;
    for (const std::string& destination : active->destinations) {
      if (!covers_search(destination, shown.text)) continue;
      MW_TRY(shown.proven, credentials::proven(session, store_, account, destination));
      if (shown.proven) break;
    }
    return shown;
  });
}

}  // namespace mailward::connections
