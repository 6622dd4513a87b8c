#pragma once

#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/anchor.h"
#include "audit/head_file.h"
#include "audit/trail.h"
#include "db/database.h"

namespace mailward::audit {

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
  /// The head file or the anchor knows entries from this number on that the database does not have: it is an older one.
  older_database,
  /// The entry of this number is another one than the head file or the anchor knows.
  other_history,
  /// There is no head file, though one is always kept.
  no_head_file,
  /// The head file is not ours.
  changed_head_file,
  /// The anchor's line of this number was changed: its MAC does not fit its contents.
  changed_anchor,
};
std::string_view name_of(Tampering kind);
/// What it means, as a sentence.
std::string_view meaning_of(Tampering kind);

struct Finding {
  Tampering kind;
  /// The entry at which it shows; 0 where it is none.
  std::int64_t number;
};

/// What is known of the trail outside the database.
struct Witnesses {
  /// Where the head file must stand; empty: it is not asked for.
  std::filesystem::path head_file;
  const Anchor* anchor = nullptr;
};

struct Verification {
  std::int64_t entries = 0;
  /// Of the last entry that there is.
  Head head;
  /// In the order of the chain, then what the head file and the anchor say; at most 100 of each.
  std::vector<Finding> findings;
  std::filesystem::path head_file;
  std::optional<HeadNote> note;
  bool anchored = false;
  std::int64_t anchor_entries = 0;
  std::int64_t anchor_unreadable = 0;
  std::int64_t anchor_first = 0;
  std::int64_t anchor_last = 0;

  bool intact() const { return findings.empty(); }
};

/// Reads the whole chain, a thousand entries at a time, each in a read of its own, so that appending goes on meanwhile.
/// A head file that is behind is fine: a crash leaves it so. Errors: DbError, io; what was tampered with is the value.
Result<Verification> verify(const Trail& trail, db::Database& database, const Witnesses& witnesses,
                            const db::TransactionOptions& options = {});

/// For the faces: {intact, entries, head, findings, head_file, anchor}.
std::string json_text(const Verification& verification);

/// Verifies the service's own trail, one verification at a time. Thread-safe.
class Verifier {
 public:
  /// All must outlive it.
  Verifier(const Trail& trail, db::Database& database, std::filesystem::path head_file)
      : trail_(trail), database_(database), head_file_(std::move(head_file)) {}
  /// Errors: busy; as verify().
  Result<Verification> verify(const Anchor* anchor, const db::TransactionOptions& options);

 private:
  const Trail& trail_;
  db::Database& database_;
  const std::filesystem::path head_file_;
  std::mutex one_at_a_time_;
};

}  // namespace mailward::audit
