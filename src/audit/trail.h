#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/by.h"
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
  /// The file beside the master key that notes the head is not ours, or cannot be read as one.
  broken_head_file,
  /// What was named as an anchor holds no entry at all.
  bad_anchor,
  /// A verification is under way already.
  busy,
  /// A place to send entries to that cannot be one; the message says what is expected.
  bad_place,
  /// A place did not take entries.
  not_taken,
};
std::string_view error_subject(AuditError code);
std::string_view error_name(AuditError code);

/// What was done, as its room tells it.
struct Act {
  By by;
  /// What, as "connection.create", "key.rotate".
  std::string action;
  /// On what: "connection" and its id.
  std::string object_kind;
  std::string object_id;
  /// "ok", "refused", "failed" …
  std::string outcome = "ok";
  /// A JSON object, as text; by custom with "before" and "after". Never a secret.
  std::string details = "{}";
};

/// An act as it stands in the trail.
struct Entry {
  std::int64_t number = 0;
  Timestamp at;
  Act act;
};

/// An entry with what chains it, as read; not verified.
struct Link {
  Entry entry;
  Bytes previous_mac;
  Bytes mac;
};

/// Which entries are asked for. An empty text asks for all.
struct Filter {
  std::optional<std::int64_t> after;   ///< numbered above: the oldest of them first
  std::optional<std::int64_t> before;  ///< numbered below
  std::string actor;                   ///< an Actor's text
  std::string source;                  ///< By's: an address
  std::string action;                  ///< "connection.update"; "connection.*" for all that begin so
  std::string object_kind;
  std::string object_id;
  std::string outcome;
  std::string request_id;
  std::optional<Timestamp> from;   ///< at that moment or later
  std::optional<Timestamp> until;  ///< before that moment
  std::size_t limit = 100;
};

/// The state of the chain's end, to be noted outside the database (head_keeper.h): a database set back to an older
/// state as a whole has a chain that is whole, and only such a note tells.
struct Head {
  std::int64_t number = 0;
  Sha256 mac{};
  bool operator==(const Head&) const = default;
};

/// Notified after each append that was committed.
inline constexpr std::string_view kChannel = "audit";

/// The audit trail: append-only, each entry chained to the one before by HMAC-SHA256 under the audit key. Remembers the
/// last entry that it committed, so that a head set back while the process lives is not gone on from. Thread-safe.
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
  /// Those that the filter lets through, newest first unless it says `after`. An entry whose actor cannot be read is
  /// shown as one of "system:unreadable".
  static Result<std::vector<Entry>> find(db::Session& session, const Filter& filter);
  /// As list(), with what chains them.
  static Result<std::vector<Link>> links(db::Session& session, std::int64_t after, std::size_t limit);
  /// Errors: broken_head for one of the wrong size; whether it is ours only checked_head() says.
  static Result<Head> head(db::Session& session);
  /// The head, if it is ours; number 0 for a trail that has not begun. Errors: broken_head.
  Result<Head> checked_head(db::Session& session) const;

  /// The last entry that this process committed: whoever reads the database afterwards must find it. Number 0: none.
  Head committed() const;

  /// What the entry's MAC must be, after an entry with that one.
  Sha256 entry_mac(const Entry& entry, BytesView previous) const;
  /// Whether the MAC of the link holds for its own contents.
  bool genuine(const Link& link) const;
  /// Authenticates what is kept of the trail elsewhere; `purpose` tells such things apart.
  Sha256 seal_of(std::string_view purpose, BytesView data) const;

 private:
  Sha256 head_mac(std::int64_t number, BytesView mac) const;
  /// Errors: broken_head where this process has committed more.
  Status check_not_behind(std::int64_t number, BytesView mac) const;
  SecretString key_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  mutable Head committed_;
};

}  // namespace mailward::audit
