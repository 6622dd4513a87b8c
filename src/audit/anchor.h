#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "audit/trail.h"

namespace mailward::audit {

/// What a place outside knows of the trail: the MACs of entries that were sent there. As each MAC covers all entries
/// before it, one of them holds everything up to its own number; the others say where a difference begins.
class Anchor {
 public:
  static constexpr std::size_t kMaxEntries = 20'000'000;

  /// Reads a file of lines as entry_line() makes them; other lines are counted and passed over, and so is a last one
  /// that is cut off. The MAC of each whole line is held against its contents, so that a changed anchor is not taken
  /// for a changed trail. Errors: io, not_found, limit_exceeded; bad_anchor for a file without a single entry.
  static Result<Anchor> read(const std::filesystem::path& file, const Trail& trail);
  /// Of pairs that somebody else read. Errors: bad_anchor for none.
  static Result<Anchor> of(std::vector<Head> known);

  /// By rising number; a number with two MACs stands there twice.
  const std::vector<Head>& known() const { return known_; }
  /// Lines that are no entries.
  std::int64_t unreadable_lines() const { return unreadable_; }
  /// Numbers of lines whose MAC does not fit their contents, at most 100.
  const std::vector<std::int64_t>& forged() const { return forged_; }
  std::int64_t first() const { return known_.empty() ? 0 : known_.front().number; }
  std::int64_t last() const { return known_.empty() ? 0 : known_.back().number; }

 private:
  Status settle(const std::string& name);
  std::vector<Head> known_;
  std::vector<std::int64_t> forged_;
  std::int64_t unreadable_ = 0;
};

}  // namespace mailward::audit
