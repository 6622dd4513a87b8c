#include "audit/anchor.h"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <string>
#include <system_error>

#include "audit/entry_line.h"

namespace mailward::audit {

namespace {

constexpr std::size_t kMostForged = 100;

}  // namespace

Result<Anchor> Anchor::read(const std::filesystem::path& file, const Trail& trail) {
  std::ifstream in(file, std::ios::binary);
  if (!in) {
    return fail(BaseError::io, "cannot open " + file.string() + ": " + std::generic_category().message(errno));
  }
  Anchor anchor;
  for (std::string line; std::getline(in, line);) {
    const bool cut_off = in.eof();
    if (line.empty()) continue;
    const auto read = read_entry_line(line);
    if (!read) {
      anchor.unreadable_ += cut_off ? 0 : 1;
      continue;
    }
    if (read->link && !trail.genuine(*read->link)) {
      if (!cut_off && anchor.forged_.size() < kMostForged) anchor.forged_.push_back(read->number);
      continue;
    }
    if (anchor.known_.size() >= kMaxEntries) {
      return fail(BaseError::limit_exceeded,
                  file.string() + " holds more than " + std::to_string(kMaxEntries) + " entries");
    }
    anchor.known_.push_back({.number = read->number, .mac = read->mac});
  }
  if (in.bad()) return fail(BaseError::io, "cannot read " + file.string());
  MW_CHECK(anchor.settle(file.string()));
  return anchor;
}

Result<Anchor> Anchor::of(std::vector<Head> known) {
  Anchor anchor;
  anchor.known_ = std::move(known);
  MW_CHECK(anchor.settle("the anchor"));
  return anchor;
}

/// Sent at least once, so the same line may stand there twice, and a few lines later.
Status Anchor::settle(const std::string& name) {
  if (known_.empty() && forged_.empty()) {
    return fail(Error(AuditError::bad_anchor, name + " holds no entry of an audit trail")
                    .with_remedy("name a file of lines that Mailward sent out ([audit] forward)"));
  }
  std::ranges::sort(known_, {}, [](const Head& head) { return std::pair(head.number, head.mac); });
  const auto repeats = std::ranges::unique(known_);
  known_.erase(repeats.begin(), repeats.end());
  return {};
}

}  // namespace mailward::audit
