#include "audit/verification.h"

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <utility>

#include <nlohmann/json.hpp>

namespace mailward::audit {

namespace {

constexpr std::size_t kFindingsLimit = 100;
constexpr std::size_t kPage = 1000;
constexpr std::string_view kColumns =
    "number, at, actor, action, object_kind, object_id, outcome, request_id, details, previous_mac, mac, ";
/// The first schema whose entries say from where; a copy may be older.
constexpr int kSchemaWithSource = 5;

Bytes no_mac() {
  Bytes none(Sha256().size(), 0);
  return none;
}

bool same(const Bytes& bytes, const Sha256& digest) {
  return std::ranges::equal(bytes, digest);
}

/// A row as verification wants it: one whose columns are not of their types is a changed one.
struct Row {
  std::int64_t number = 0;
  Bytes previous_mac;
  Bytes mac;
  bool genuine = false;
};

Row row_of(const Trail& trail, const db::Row& read) {
  Row row{.number = read.integer(0), .previous_mac = {}, .mac = {}, .genuine = false};
  try {
    row.previous_mac = read.bytes(9);
    row.mac = read.bytes(10);
    auto actor = Actor::parse(read.text(2));
    if (!actor) return row;
    const Link link{.entry = {.number = row.number,
                              .at = read.time(1),
                              .act = {.by = {.actor = *std::move(actor),
                                             .source = read.text(11),
                                             .token = read.text(12),
                                             .request_id = read.text(7)},
                                      .action = read.text(3),
                                      .object_kind = read.text(4),
                                      .object_id = read.text(5),
                                      .outcome = read.text(6),
                                      .details = read.text(8)}},
                    .previous_mac = row.previous_mac,
                    .mac = row.mac};
    row.genuine = trail.genuine(link);
  } catch (const std::logic_error&) {
    // NULL, or a number where text should be: the table itself was altered.
    row.genuine = false;
  }
  return row;
}

/// One reading of the chain.
class Reading {
 public:
  Reading(const Trail& trail, const Witnesses& witnesses, int schema, Verification& result)
      : trail_(trail),
        witnesses_(witnesses),
        page_("SELECT " + std::string(kColumns) + (schema < kSchemaWithSource ? "'', ''" : "source, token") +
              " FROM audit_entry WHERE number > $1 ORDER BY number LIMIT $2"),
        result_(result) {}

  /// Takes the next page; whether it was the last one, with the end held against the head.
  Result<bool> take_page(db::Session& session) {
    MW_TRY(const auto rows, session.query(page_, {read_, static_cast<std::int64_t>(kPage)}));
    for (const db::Row& row : rows) take(row_of(trail_, row));
    if (rows.size() == kPage) return false;
    MW_CHECK(hold_against_head(session));
    return true;
  }

  void hold_against_witnesses() {
    result_.head.number = last_;
    if (last_mac_.size() == result_.head.mac.size()) std::ranges::copy(last_mac_, result_.head.mac.begin());
    if (result_.note && result_.note->head.number > last_) {
      witnessed(Tampering::older_database, last_ + 1);
    }
    if (witnesses_.anchor == nullptr) return;
    if (witnesses_.anchor->last() > last_) witnessed(Tampering::older_database, last_ + 1);
    for (const std::int64_t number : witnesses_.anchor->forged()) witnessed(Tampering::changed_anchor, number);
  }

  std::int64_t last() const { return last_; }
  void witnessed(Tampering kind, std::int64_t number) {
    const bool known =
        std::ranges::any_of(outside_, [&](const Finding& one) { return one.kind == kind && one.number == number; });
    if (!known && outside_.size() < kFindingsLimit) outside_.push_back({.kind = kind, .number = number});
  }
  void conclude() { result_.findings.insert(result_.findings.end(), outside_.begin(), outside_.end()); }

 private:
  void found(Tampering kind, std::int64_t number) {
    if (result_.findings.size() < kFindingsLimit) result_.findings.push_back({.kind = kind, .number = number});
  }

  void take(const Row& row) {
    read_ = row.number;
    ++result_.entries;
    // The chain begins with 1: what is numbered below was put there.
    if (row.number < 1) return found(Tampering::changed, row.number);
    const bool gap = row.number != last_ + 1;
    if (gap) found(Tampering::missing, row.number);
    if (!row.genuine) {
      found(Tampering::changed, row.number);
    } else if (!gap && row.previous_mac != last_mac_) {
      found(Tampering::out_of_order, row.number);
    }
    hold_against_outside(row);
    last_ = row.number;
    last_mac_ = row.mac;
  }

  void hold_against_outside(const Row& row) {
    if (result_.note && result_.note->head.number == row.number && !same(row.mac, result_.note->head.mac)) {
      witnessed(Tampering::other_history, row.number);
    }
    if (witnesses_.anchor == nullptr) return;
    const auto& known = witnesses_.anchor->known();
    while (next_known_ < known.size() && known[next_known_].number <= row.number) {
      const Head& one = known[next_known_++];
      if (one.number == row.number && !same(row.mac, one.mac)) witnessed(Tampering::other_history, row.number);
    }
  }

  Status hold_against_head(db::Session& session) {
    const auto head = trail_.checked_head(session);
    if (!head && !head.error().is(AuditError::broken_head)) return fail(head.error());
    if (!head) {
      MW_TRY(const auto row, session.query_row("SELECT number FROM audit_head WHERE id = 1"));
      found(Tampering::changed_head, row ? row->integer(0) : last_);
    } else if (head->number > last_) {
      found(Tampering::cut_tail, last_ + 1);
    } else if (head->number < last_ || (last_ > 0 && !same(last_mac_, head->mac))) {
      found(Tampering::changed_head, last_);
    }
    return {};
  }

  const Trail& trail_;
  const Witnesses& witnesses_;
  std::string page_;
  Verification& result_;
  std::vector<Finding> outside_;
  std::int64_t read_ = std::numeric_limits<std::int64_t>::min();
  std::int64_t last_ = 0;
  Bytes last_mac_ = no_mac();
  std::size_t next_known_ = 0;
};

}  // namespace

std::string_view name_of(Tampering kind) {
  switch (kind) {
    case Tampering::changed:
      return "changed";
    case Tampering::missing:
      return "missing";
    case Tampering::out_of_order:
      return "out_of_order";
    case Tampering::cut_tail:
      return "cut_tail";
    case Tampering::changed_head:
      return "changed_head";
    case Tampering::older_database:
      return "older_database";
    case Tampering::other_history:
      return "other_history";
    case Tampering::no_head_file:
      return "no_head_file";
    case Tampering::changed_head_file:
      return "changed_head_file";
    case Tampering::changed_anchor:
      return "changed_anchor";
  }
  return "unknown";
}

std::string_view meaning_of(Tampering kind) {
  switch (kind) {
    case Tampering::changed:
      return "the entry is not what was written, or was put there from outside";
    case Tampering::missing:
      return "entries are missing before this one";
    case Tampering::out_of_order:
      return "the entry does not follow the one before it";
    case Tampering::cut_tail:
      return "entries are missing at the end, from this number on";
    case Tampering::changed_head:
      return "the trail's head in the database was changed";
    case Tampering::older_database:
      return "entries from this number on were noted outside and are not here: an older database, or a cut one";
    case Tampering::other_history:
      return "another entry of this number was noted outside: the history was written anew";
    case Tampering::no_head_file:
      return "the head file beside the master key is gone, so an older database cannot be told by it";
    case Tampering::changed_head_file:
      return "the head file beside the master key was changed, or is another trail's";
    case Tampering::changed_anchor:
      return "the anchor's line of this number was changed";
  }
  return "unknown";
}

Result<Verification> verify(const Trail& trail, db::Database& database, const Witnesses& witnesses,
                            const db::TransactionOptions& options) {
  Verification result;
  result.head_file = witnesses.head_file;
  Reading reading(trail, witnesses, database.schema_version(), result);
  // Before the database, which only grows meanwhile.
  const std::int64_t committed = trail.committed().number;
  if (!witnesses.head_file.empty()) {
    const auto note = read_head_file(witnesses.head_file, trail);
    if (note) {
      result.note = *note;
      if (!*note) reading.witnessed(Tampering::no_head_file, 0);
    } else if (note.error().is(AuditError::broken_head_file)) {
      reading.witnessed(Tampering::changed_head_file, 0);
    } else {
      return fail(note.error());
    }
  }
  if (witnesses.anchor != nullptr) {
    result.anchored = true;
    result.anchor_entries = static_cast<std::int64_t>(witnesses.anchor->known().size());
    result.anchor_unreadable = witnesses.anchor->unreadable_lines();
    result.anchor_first = witnesses.anchor->first();
    result.anchor_last = witnesses.anchor->last();
  }
  for (bool last_page = false; !last_page;) {
    // Repeated when its connection breaks: it then goes on behind what was taken.
    MW_CHECK(database.read(
        [&](db::Session& session) -> Status {
          MW_TRY(last_page, reading.take_page(session));
          return {};
        },
        options));
  }
  if (committed > reading.last()) reading.witnessed(Tampering::older_database, reading.last() + 1);
  reading.hold_against_witnesses();
  reading.conclude();
  return result;
}

std::string json_text(const Verification& verification) {
  using Json = nlohmann::ordered_json;
  Json findings = Json::array();
  for (const Finding& finding : verification.findings) {
    findings.push_back(
        {{"kind", name_of(finding.kind)}, {"number", finding.number}, {"meaning", meaning_of(finding.kind)}});
  }
  Json head_file = nullptr;
  if (!verification.head_file.empty()) {
    head_file = {
        {"path", verification.head_file.string()}, {"number", nullptr}, {"noted", nullptr}, {"behind", nullptr}};
    if (verification.note) {
      head_file["number"] = verification.note->head.number;
      head_file["noted"] = format_timestamp(verification.note->noted);
      head_file["behind"] = std::max<std::int64_t>(0, verification.head.number - verification.note->head.number);
    }
  }
  Json anchor = nullptr;
  if (verification.anchored) {
    anchor = {{"entries", verification.anchor_entries},
              {"first", verification.anchor_first},
              {"last", verification.anchor_last},
              {"unreadable_lines", verification.anchor_unreadable}};
  }
  const Json json{{"intact", verification.intact()},
                  {"entries", verification.entries},
                  {"head", {{"number", verification.head.number}, {"mac", to_hex(verification.head.mac)}}},
                  {"findings", findings},
                  {"head_file", head_file},
                  {"anchor", anchor}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<Verification> Verifier::verify(const Anchor* anchor, const db::TransactionOptions& options) {
  const std::unique_lock alone(one_at_a_time_, std::try_to_lock);
  if (!alone) {
    return fail(Error(AuditError::busy, "the audit trail is being verified already")
                    .with_remedy("wait for that verification to end"));
  }
  return audit::verify(trail_, database_, {.head_file = head_file_, .anchor = anchor}, options);
}

}  // namespace mailward::audit
