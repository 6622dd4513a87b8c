#include "connections/older_database.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "base/log.h"
#include "connections/audit_lines.h"
#include "connections/failure_class.h"
#include "db/stored_setting.h"

namespace mailward::connections {
namespace {

By by_start() {
  return {.actor = audit::Actor::system("start"), .source = {}, .token = {}, .request_id = {}};
}

/// What the files beside the database know of.
Result<std::int64_t> newest_known(const secrets::RecoveryFile& recovery, const secrets::GenerationFile& generation) {
  MW_TRY(const auto noted, generation.read());
  MW_TRY(const auto entries, recovery.read());
  std::int64_t newest = noted.value_or(0);
  // A line that the database never followed (a crash, a full disk) says nothing of the database's age.
  for (const secrets::RecoveryEntry& entry : entries) {
    if (entry.fate != secrets::RecoveryFate::sealed) newest = std::max(newest, entry.generation);
  }
  return newest;
}

}  // namespace

Result<bool> park_if_older(Ledger& ledger, const secrets::RecoveryFile& recovery, secrets::GenerationFile& generation,
                           const audit::Trail& trail, const Clock& clock) {
  MW_TRY(const std::int64_t newest, newest_known(recovery, generation));
  MW_TRY(const std::int64_t known,
         ledger.database().read([](db::Session& session) { return secrets::GenerationFile::of(session); }));
  if (newest <= known) {
    MW_CHECK(generation.note(known));
    return false;
  }
  const std::string sentence = "the database is older than the files beside it (generation " + std::to_string(known) +
                               ", they know " + std::to_string(newest) +
                               "): passwords that were renewed since are not in it. Bring them back (mailward account "
                               "recover), or renew them (mailward account rotate); where none was renewed, a test "
                               "suffices";
  log::error("the database is older than its recovery file",
             {{"database", std::to_string(known)}, {"files", std::to_string(newest)}});
  MW_TRY(const auto accounts, ledger.accounts());
  MW_TRY(const auto connections, ledger.connections());
  const std::string_view reason = name_of(FailureClass::older_database);
  MW_CHECK(ledger.database().transaction([&](db::Transaction& tx) -> Status {
    for (const ServerConnection& connection : connections) {
      MW_CHECK(
          ledger.note_state(tx, connection.id, ConnectionState::needs_credential, reason, sentence, {}, by_start()));
    }
    for (const ServiceAccount& account : accounts) {
      // A reset account's password was typed and is used by no connection: one that is wrong costs one attempt.
      if (std::ranges::find(connections, account.id, &ServerConnection::account) == connections.end()) continue;
      for (const CredentialVersion& version : account.credentials) {
        if (version.state == CredentialState::previous) continue;
        MW_CHECK(ledger.mark_refused(tx, account.id, version.id, reason, by_start()));
      }
      // What was on its way in the old database is long over.
      MW_CHECK(
          tx.execute("UPDATE rotation SET state = 'unclear', why = $2, ended = $3, updated = $3 WHERE account_id = "
                     "$1 AND ended IS NULL",
                     {account.id, sentence, clock.now()}));
    }
    // From here on it is this database that counts.
    MW_CHECK(db::store_setting(tx, "generation", std::to_string(newest)));
    const nlohmann::json details = {{"database", known}, {"files", newest}};
    return audit_lines::append(tx, trail, by_start(), {"database.older", "database", "generation", details, "parked"});
  }));
  MW_CHECK(generation.note(newest));
  return true;
}

}  // namespace mailward::connections
