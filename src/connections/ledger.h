#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "audit/by.h"
#include "audit/trail.h"
#include "connections/error.h"
#include "connections/model.h"
#include "connections/password.h"
#include "db/database.h"
#include "secrets/secret_store.h"

namespace mailward {
class Resolver;
struct DestinationPolicy;
}  // namespace mailward

namespace mailward::connections {

struct ExternalSource;
struct ExternalSourceForm;
struct RotationPlan;
using audit::By;

/// A connection that a password is typed for, and where the person saw that it would go (destination_text()).
struct TypedFor {
  ConnectionId connection;
  std::string destination;
};

/// Where a password would go, and whether one was accepted there: an active version is bound to it.
struct Destination {
  std::string text;
  bool proven = false;
};

/// The books of server connections, service accounts and directories: every change is one durable transaction with its
/// line in the audit trail. Thread-safe. Versions guard against two administrators: a change names the version that it
/// started from. Passwords go in and never come out but to connections/ itself.
///
/// A change that a running test of the account would judge wrongly (its destination, account or password; deleting)
/// fails with account_busy while the lease "account/<normalised name>" is held.
///
/// Errors of all: ConnectionsError, DbError, SecretsError.
class Ledger {
 public:
  Ledger(db::Database& database, secrets::Keyring& keyring, const audit::Trail& trail, const Clock& clock);

  // Server connections
  // -------------------------------------------------------------------------------------------------

  /// Creates the connection, and its service account where none of that name stands; `directory` is for such a new
  /// account (already_exists where one stands that lives in another). A typed password becomes the account's pending
  /// version, bound to this destination; and, where it is the very password that a stored version has, to those of that
  /// version that are still in use. Without one, an account that has a password must have been typed for this very
  /// destination (password_must_be_typed else); an account without any is fine: the connection is untested.
  ///
  /// Here and in update_connection(): destination_changed where the password says where it was shown to go, and this
  /// would be elsewhere. `despite_test` is the run of a failed test that the person saves in spite of, or empty: it
  /// stands in the trail as an act of its own ("connection.save_despite_test").
  Result<ServerConnection> create_connection(const ConnectionForm& form, std::optional<DirectoryId> directory,
                                             std::optional<TypedPassword> password, const By& by,
                                             std::string_view despite_test = {},
                                             const std::optional<TypedPassword>& proxy_password = std::nullopt);
  /// A changed destination needs the password again. A new account lives in the directory of the old one. The state
  /// returns to untested where the destination, the account or the password changed.
  Result<ServerConnection> update_connection(ConnectionId id, std::int64_t version, const ConnectionForm& form,
                                             std::optional<TypedPassword> password, const By& by,
                                             std::string_view despite_test = {},
                                             const std::optional<TypedPassword>& proxy_password = std::nullopt);
  Result<ServerConnection> set_connection_enabled(ConnectionId id, std::int64_t version, bool enabled, const By& by);
  /// Refused (in_use) while products are set on an enabled connection: the message names them.
  Status delete_connection(ConnectionId id, std::int64_t version, const By& by);
  Result<ServerConnection> connection(ConnectionId id) const;
  /// Where its password would go now: destination_text() of its form and of its account's directory.
  Result<std::string> destination_of(const ServerConnection& connection) const;
  /// The same, and whether it is proven.
  Result<Destination> shown_destination(const ServerConnection& connection) const;
  /// Where the password of a form would go if it were saved: over the connection that it edits, or as a new one, whose
  /// new account would live in `directory`.
  Result<Destination> shown_destination(const ConnectionForm& form, std::optional<ConnectionId> edited,
                                        std::optional<DirectoryId> directory) const;
  /// Where a password would go that is typed for a search by Autodiscover: search_destination_text(). Proven where the
  /// account's active password may go to all of it.
  Result<Destination> shown_search(const ConnectionForm& form, const std::vector<std::string>& confirmed) const;
  /// By id text or, where exactly one bears it, by description. Errors: unknown_connection.
  Result<ServerConnection> find_connection(std::string_view id_or_description) const;
  Result<std::vector<ServerConnection>> connections() const;

  // Service accounts
  // ---------------------------------------------------------------------------------------------------

  Result<ServiceAccount> create_account(std::string_view name, std::optional<DirectoryId> directory, const By& by);
  /// Another directory changes the destinations: every connection's password must be typed again. Under another name it
  /// is another account: its stored passwords are dropped.
  Result<ServiceAccount> update_account(AccountId id, std::int64_t version, std::string_view name,
                                        std::optional<DirectoryId> directory, const By& by);
  Result<ServiceAccount> set_account_enabled(AccountId id, std::int64_t version, bool enabled, const By& by);
  /// Refused (in_use) while connections use it.
  Status delete_account(AccountId id, std::int64_t version, const By& by);
  Result<ServiceAccount> account(AccountId id) const;
  /// By id text or name in any form that normalises to the stored one.
  Result<ServiceAccount> find_account(std::string_view id_or_name) const;
  Result<std::vector<ServiceAccount>> accounts() const;
  /// The connections that use it.
  Result<std::vector<ServerConnection>> connections_of(AccountId id) const;
  /// Saves a typed password as pending. It is bound to the destinations of `connections` (at least one; each must use
  /// the account), which the person names; and, where it is the very password that a stored version has, to those of
  /// that version that are still in use. Errors: destination_changed where one is no longer what the person saw.
  Result<ServiceAccount> set_password(AccountId id, std::int64_t version, TypedPassword password,
                                      const std::vector<TypedFor>& connections, const By& by);
  /// Lets the pending and the active password go to another destination (destination_text()) without being typed: for
  /// those that nobody can type, because Mailward made them. Only who could read the master key may ask for it; the API
  /// sees to that. Errors: invalid_form, no_password, version_conflict, account_busy.
  Result<ServiceAccount> rebind(AccountId id, std::int64_t version, const std::string& destination, const By& by);

  // Reset accounts: service accounts that hold Reset Password on others
  // -----------------------------------------------------------

  /// Where the password of a reset account of that name would go: the controllers of the account's directory. Errors:
  /// cannot_rotate where the account lives in no directory.
  Result<std::string> reset_destination(AccountId id, std::string_view name) const;
  /// Names the account that sets this one's passwords; makes it where none of that name stands. It lives in the same
  /// directory. A typed password becomes its pending version, bound to the directory's controllers alone; without one
  /// it must have a password that was typed for them. Errors also: invalid_form, cannot_rotate, password_must_be_typed,
  /// destination_changed.
  Result<ServiceAccount> set_reset_account(AccountId id, std::int64_t version, std::string_view name,
                                           std::optional<TypedPassword> password, const By& by);
  Result<ServiceAccount> clear_reset_account(AccountId id, std::int64_t version, const By& by);

  // How accounts are renewed
  // -------------------------------------------------------------------------------------------------

  /// The saved plan, or the default one. Errors: unknown_account.
  Result<RotationPlan> plan(AccountId id) const;
  /// `plan.version` is the one that it was changed from. Errors: invalid_form, version_conflict; cannot_rotate where
  /// what its mode needs is not set up.
  Result<RotationPlan> save_plan(RotationPlan plan, const By& by);
  /// Names the account that takes this one's place when a password is renewed, and the other way round; makes it where
  /// none of that name stands. It lives in the same directory, and is renewed by the same reset account where it has
  /// none of its own. Its password must be typed for every connection of the account (`connections`), or have been.
  /// Errors also: invalid_form, cannot_rotate, password_must_be_typed, destination_changed.
  Result<ServiceAccount> set_twin(AccountId id, std::int64_t version, std::string_view name,
                                  std::optional<TypedPassword> password, const std::vector<TypedFor>& connections,
                                  const By& by);
  Result<ServiceAccount> clear_twin(AccountId id, std::int64_t version, const By& by);
  /// Where another vault hands over the account's passwords; nothing where it does not.
  Result<std::optional<ExternalSource>> source(AccountId id) const;
  /// A program is run as the service's user: only root or that user may name one; the API sees to that. `token` goes to
  /// the form's address and nowhere else; without one that of before stays, where it was typed for that address.
  Status set_source(AccountId id, const ExternalSourceForm& form, const std::optional<SecretString>& token,
                    const By& by);
  /// Where the account's way is `external`, it is `manual` from then on.
  Status clear_source(AccountId id, const By& by);
  /// The password as that vault hands it over now. Blocks. Errors: external_source and others of fetch_external().
  Result<SecretString> fetch_password(const ServiceAccount& account, const Resolver& resolver,
                                      const DestinationPolicy& destinations, const std::stop_token& stop,
                                      std::chrono::milliseconds within = std::chrono::seconds(30));

  // Directories
  // --------------------------------------------------------------------------------------------------------

  Result<DirectoryRecord> create_directory(const DirectoryForm& form, std::optional<TypedPassword> reader_password,
                                           const By& by);
  /// Changed controllers, trust or reader need the reader's password again.
  Result<DirectoryRecord> update_directory(DirectoryId id, std::int64_t version, const DirectoryForm& form,
                                           std::optional<TypedPassword> reader_password, const By& by);
  /// Refused (in_use) while accounts live in it.
  Status delete_directory(DirectoryId id, std::int64_t version, const By& by);
  Result<DirectoryRecord> directory(DirectoryId id) const;
  /// By id text or name.
  Result<DirectoryRecord> find_directory(std::string_view id_or_name) const;
  Result<std::vector<DirectoryRecord>> directories() const;

  // For the connection test and the gate, inside this room
  // -----------------------------------------------------------------

  /// The password to use for this destination: of the versions that were typed for it the pending one unless it was
  /// refused, else the active one; where both were refused, the pending one (version.refused says so: the door is
  /// shut). Errors: no_password, password_must_be_typed, account_disabled, SecretsError::cannot_open (somebody changed
  /// the books).
  struct OpenedPassword {
    SecretString secret;
    CredentialVersion version;
  };
  Result<OpenedPassword> open_password(const ServiceAccount& account, std::string_view destination) const;
  /// The active version alone, for the gate: what has signed in already.
  Result<OpenedPassword> open_active(const ServiceAccount& account, std::string_view destination) const;
  /// The same of a reset account, for the controllers of its directory.
  Result<OpenedPassword> open_reset_password(const ServiceAccount& reset_account,
                                             const DirectoryRecord& directory) const;
  /// Whether a typed password is the active one, which is compared and not given out.
  Result<bool> is_active(const ServiceAccount& account, const SecretString& typed) const;
  /// Of one version, for a rotation: to be shown to the controllers of the account's directory, and to nobody else.
  /// Errors: password_must_be_typed where it was not typed for these controllers, their trust and realm.
  Result<SecretString> open_in_directory(const ServiceAccount& account, const CredentialVersion& version) const;
  /// Of one version, to be sealed again: it is sent nowhere.
  Result<SecretString> open_version(const ServiceAccount& account, const CredentialVersion& version) const;
  /// The password of the connection's proxy, for the proxy that `form` names: nothing where it wants none. Errors:
  /// no_password; cannot_open where it was typed for another.
  Result<std::optional<SecretString>> open_proxy_password(const ServerConnection& connection,
                                                          const ProxyForm& form) const;
  /// Nothing where there is no reader or its password was refused.
  Result<std::optional<SecretString>> open_reader_password(const DirectoryRecord& directory) const;
  /// Nothing happens where the directory has another reader's password than `secret` by now.
  Status mark_reader_refused(DirectoryId id, secrets::SecretId secret);

  /// Those with a Transaction write within it, so that what belongs together stands or falls together; whoever touches
  /// a connection and its account locks the connection first. The others are one durable transaction each.

  /// The first accepted sign-in: pending becomes active, the active one previous, an older previous is dropped. Nothing
  /// changes for one that is active already. Errors: no_password where that version was replaced in the meantime.
  Status promote(db::Transaction& tx, AccountId account, CredentialVersionId version, const By& by);
  Status promote(AccountId account, CredentialVersionId version, const By& by);
  /// A password that Mailward made, or another vault, becomes the pending version, bound to what the active one is
  /// bound to. Errors: no_password, account_busy.
  Result<CredentialVersion> add_generated(db::Transaction& tx, AccountId account, const SecretString& password,
                                          const By& by, PasswordOrigin origin = PasswordOrigin::generated);
  /// A password that Mailward made and the recovery file kept becomes the pending version, bound as the active one is.
  /// Errors: no_password, version_conflict, account_busy.
  Result<ServiceAccount> add_recovered(AccountId account, std::int64_t version, const SecretString& password,
                                       const By& by);
  /// The pending version goes: nobody was told it, or it is proven not to be in force.
  Status drop_pending(db::Transaction& tx, AccountId account, CredentialVersionId version, const By& by);
  /// How Active Directory knows the version.
  Status note_known(db::Transaction& tx, CredentialVersionId version, std::string_view controller,
                    std::optional<Timestamp> pwd_last_set);
  /// Closes the sign-in door of that version.
  Status mark_refused(db::Transaction& tx, AccountId account, CredentialVersionId version,
                      std::string_view failure_class, const By& by);
  Status mark_refused(AccountId account, CredentialVersionId version, std::string_view failure_class, const By& by);
  /// Opens it again (a person asked for one more try, or pwdLastSet moved).
  Status clear_refused(db::Transaction& tx, AccountId account, CredentialVersionId version, const By& by);
  Status clear_refused(AccountId account, CredentialVersionId version, const By& by);
  /// What the directory says of the account. Where another account has that SID already (two names of one account, so
  /// that its refusals are not counted together), `resolved` says so and the SID is not kept.
  Status note_resolved(db::Transaction& tx, AccountId account, std::string_view sid, std::string_view resolved);
  Status note_resolved(AccountId account, std::string_view sid, std::string_view resolved);
  /// When the password expires, as the directory shows it now; nothing: never.
  Status note_expiry(db::Transaction& tx, AccountId account, std::optional<Timestamp> expires);
  static Result<std::vector<ServerConnection>> connections_of(db::Session& session, AccountId account);
  /// The outcome of a test of the stored form, at that moment (now, where none is given). A disabled connection stays
  /// disabled.
  Status note_state(db::Transaction& tx, ConnectionId id, ConnectionState state, std::string_view reason,
                    std::string_view reason_text, std::string_view run, const By& by,
                    std::optional<Timestamp> tested = std::nullopt);
  Status note_state(ConnectionId id, ConnectionState state, std::string_view reason, std::string_view reason_text,
                    std::string_view run, const By& by);

  db::Database& database() const { return database_; }

 private:
  /// Without a vault its way can only be a person's.
  Status leave_external(db::Transaction& tx, const ServiceAccount& account, const By& by);
  Status forget_source(db::Transaction& tx, AccountId id);
  /// The source's token, empty for none. Errors: cannot_open where somebody changed the row.
  Result<SecretString> open_source(db::Session& session, AccountId id, const ExternalSource& source) const;
  db::Database& database_;
  secrets::SecretStore store_;
  const audit::Trail& trail_;
  const Clock& clock_;
};

}  // namespace mailward::connections
