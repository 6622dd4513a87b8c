#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "connections/error.h"
#include "connections/model.h"
#include "db/session.h"

/// The tables of the room (migration 0002) as values. Internal to connections/.
///
/// `lock` is Transaction::lock_rows() where the rows are read in order to be changed. Whoever locks a connection locks
/// its account with it.
namespace mailward::connections::rows {

Result<ServerConnection> connection(db::Session& session, ConnectionId id, std::string_view lock = {});
/// By description, then id.
Result<std::vector<ServerConnection>> connections(db::Session& session);
Result<std::vector<ServerConnection>> connections_of(db::Session& session, AccountId account);
Status insert(db::Transaction& tx, const ServerConnection& connection, std::string_view by);
/// Form, account and state; raises the version by one. Here and in insert() its heartbeat is scheduled anew.
Status update(db::Transaction& tx, const ServerConnection& connection, std::string_view by);

Result<ServiceAccount> account(db::Session& session, AccountId id, std::string_view lock = {});
/// Nothing where none has that normalised name.
Result<std::optional<AccountId>> account_named(db::Session& session, std::string_view normalised);
Result<std::vector<ServiceAccount>> accounts(db::Session& session);
/// False where one of that name stands already.
Result<bool> insert(db::Transaction& tx, const ServiceAccount& account, std::string_view by);
/// Names, directory and whether it is enabled; raises the version by one.
Status update(db::Transaction& tx, const ServiceAccount& account, std::string_view by);
Status insert(db::Transaction& tx, AccountId account, const CredentialVersion& version);
/// As it is sealed now, and for what.
Status reseal(db::Transaction& tx, CredentialVersionId version, const std::vector<std::string>& destinations,
              secrets::SecretId secret);

Result<DirectoryRecord> directory(db::Session& session, DirectoryId id, std::string_view lock = {});
Result<std::optional<DirectoryId>> directory_named(db::Session& session, std::string_view name);
Result<std::vector<DirectoryRecord>> directories(db::Session& session);
Status insert(db::Transaction& tx, const DirectoryRecord& directory, std::string_view by);
/// All but id and created; raises the version by one.
Status update(db::Transaction& tx, const DirectoryRecord& directory, std::string_view by);

/// The form of the directory that the account lives in, if it lives in one.
Result<std::optional<DirectoryForm>> directory_form_of(db::Session& session, AccountId account);
/// Where the connection's password would go now.
Result<std::string> destination_of(db::Session& session, const ServerConnection& connection);

/// Fails with version_conflict, saying who changed it when, unless `given` stands.
Status check_version(db::Session& session, const ServerConnection& stored, std::int64_t given);
Status check_version(db::Session& session, const ServiceAccount& stored, std::int64_t given);
Status check_version(db::Session& session, const DirectoryRecord& stored, std::int64_t given);

/// Lists of text as JSON.
std::string list_text(const std::vector<std::string>& list);
Result<std::vector<std::string>> parse_list(std::string_view json);

}  // namespace mailward::connections::rows
