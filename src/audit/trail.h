#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "audit/actor.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/secret.h"
#include "db/database.h"

namespace mailward::audit {

enum class AuditError {
  /// The details are not a JSON object.
  bad_details,
  /// The head row is gone or not ours: nothing can be appended until a person has looked (verify says what is wrong).
  broken_head,
};
std::string_view error_subject(AuditError code);
std::string_view error_name(AuditError code);

/// What was done, as its room tells it.
struct Act {
  Actor actor;
  /// What, as "connection.create", "key.rotate".
  std::string action;
  /// On what: "connection" and its id.
  std::string object_kind;
  std::string object_id;
  /// "ok", "refused", "failed" …
  std::string outcome = "ok";
  /// The request's id where there was one; ties the entry to the logs.
  std::string request_id;
  /// A JSON object, as text; by custom with "before" and "after". Never a secret.
  std::string details = "{}";
};

/// An act as it stands in the trail.
struct Entry {
  std::int64_t number = 0;
  Timestamp at;
  Act act;
};

enum class Tampering {
  /// The entry's contents are not what was written.
  changed,
  /// Entries are missing before this number.
  missing,
  /// The entry is whole but does not follow the one before it.
  out_of_order,
  /// Entries at the end are missing: the head knows more.
  cut_tail,
  /// The head row is gone, was changed, or knows less than there is.
  changed_head,
};
std::string_view name_of(Tampering kind);

struct Finding {
  Tampering kind;
  /// The entry at which it shows.
  std::int64_t number;
};

struct Verification {
  std::int64_t entries = 0;
  /// At most 100, in the order of the chain; empty when the trail is intact.
  std::vector<Finding> findings;
  bool intact() const { return findings.empty(); }
};

/// The state of the chain's end, to be noted outside the database: a database set back to an older state as a whole has
/// a chain that is whole, and only such a note tells.
struct Head {
  std::int64_t number = 0;
  Sha256 mac{};
};

/// The audit trail: append-only, each entry chained to the one before by HMAC-SHA256 under the audit key. Thread-safe.
class Trail {
 public:
  /// `key` is 32 bytes, the sub-key "audit" of secrets/'s Keyring.
  Trail(SecretString key, const Clock& clock);

  /// By the clock that entries are dated by.
  Timestamp now() const { return clock_.now(); }

  /// Appends within the caller's transaction, so that act and entry stand or fall together; returns the entry's number
  /// (1, 2, 3 …). Locks the head until the transaction ends: append late in it. Errors: bad_details, broken_head,
  /// DbError.
  Result<std::int64_t> append(db::Transaction& tx, const Act& act) const;

  /// The entries numbered above `after`, at most `limit`, in order.
  static Result<std::vector<Entry>> list(db::Session& session, std::int64_t after, std::size_t limit);
  static Result<Head> head(db::Session& session);
  /// Reads the whole chain, a thousand entries at a time.
  Result<Verification> verify(db::Session& session) const;

 private:
  Sha256 entry_mac(const Entry& entry, BytesView previous) const;
  Sha256 head_mac(std::int64_t number, BytesView mac) const;
  SecretString key_;
  const Clock& clock_;
};

}  // namespace mailward::audit
