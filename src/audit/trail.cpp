#include "audit/trail.h"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace mailward::audit {

namespace {

constexpr std::string_view kColumns =
    "number, at, actor, action, object_kind, object_id, outcome, request_id, details, previous_mac, mac, source, token";

/// Before the first entry.
const Bytes& no_mac() {
  static const Bytes kNone(32, 0);
  return kNone;
}

void put_number(Bytes& out, std::int64_t number) {
  const auto bits = static_cast<std::uint64_t>(number);
  for (unsigned shift = 0; shift < 64; shift += 8) out.push_back(static_cast<std::uint8_t>(bits >> shift));
}

/// Length first, so that no two different entries are the same bytes.
void put_text(Bytes& out, std::string_view text) {
  put_number(out, static_cast<std::int64_t>(text.size()));
  out.insert(out.end(), as_bytes(text).begin(), as_bytes(text).end());
}

Entry entry_by(Actor actor, const db::Row& row) {
  return Entry{
      .number = row.integer(0),
      .at = row.time(1),
      .act = {
          .by = {.actor = std::move(actor), .source = row.text(11), .token = row.text(12), .request_id = row.text(7)},
          .action = row.text(3),
          .object_kind = row.text(4),
          .object_id = row.text(5),
          .outcome = row.text(6),
          .details = row.text(8)}};
}

Result<Entry> entry_of(const db::Row& row) {
  MW_TRY(Actor actor, Actor::parse(row.text(2)));
  return entry_by(std::move(actor), row);
}

/// One changed row must not hide all others from whoever looks.
Entry shown_entry_of(const db::Row& row) {
  return entry_by(Actor::parse(row.text(2)).value_or(Actor::system("unreadable")), row);
}

bool same(const Sha256& digest, BytesView bytes) {
  if (bytes.size() != digest.size()) return false;
  Sha256 other{};
  std::ranges::copy(bytes, other.begin());
  return equal_digests(digest, other);
}

Error changed_head() {
  return Error(AuditError::broken_head, "the head of the audit trail was changed from outside")
      .with_remedy("Keep the database as it is and verify the trail; restore a copy if it was tampered with.");
}

struct HeadRow {
  std::int64_t number = 0;
  Bytes mac = no_mac();
  Bytes head_mac;
};

/// Nothing for a trail that has not begun.
Result<std::optional<HeadRow>> read_head(db::Session& session, std::string_view lock) {
  MW_TRY(const auto row,
         session.query_row("SELECT number, mac, head_mac FROM audit_head WHERE id = 1" + std::string(lock)));
  if (!row) return std::nullopt;
  return HeadRow{.number = row->integer(0), .mac = row->bytes(1), .head_mac = row->bytes(2)};
}

}  // namespace

std::string_view error_subject(AuditError) {
  return "audit";
}

std::string_view error_name(AuditError code) {
  switch (code) {
    case AuditError::bad_details:
      return "bad_details";
    case AuditError::broken_head:
      return "broken_head";
    case AuditError::broken_head_file:
      return "broken_head_file";
    case AuditError::bad_anchor:
      return "bad_anchor";
    case AuditError::busy:
      return "busy";
    case AuditError::bad_place:
      return "bad_place";
    case AuditError::not_taken:
      return "not_taken";
  }
  return "unknown";
}

Trail::Trail(SecretString key, const Clock& clock) : key_(std::move(key)), clock_(clock) {}

Sha256 Trail::entry_mac(const Entry& entry, BytesView previous) const {
  Bytes data;
  put_text(data, "mailward audit entry 1");
  put_text(data, as_text(previous));
  put_number(data, entry.number);
  put_number(data, to_micros(entry.at));
  put_text(data, entry.act.by.actor.text());
  put_text(data, entry.act.action);
  put_text(data, entry.act.object_kind);
  put_text(data, entry.act.object_id);
  put_text(data, entry.act.outcome);
  put_text(data, entry.act.by.request_id);
  put_text(data, entry.act.details);
  // Entries from before these were kept have none, and stay as they are.
  if (!entry.act.by.source.empty() || !entry.act.by.token.empty()) {
    put_text(data, entry.act.by.source);
    put_text(data, entry.act.by.token);
  }
  return hmac_sha256(key_.reveal_bytes(), data);
}

bool Trail::genuine(const Link& link) const {
  return same(entry_mac(link.entry, link.previous_mac), link.mac);
}

Sha256 Trail::seal_of(std::string_view purpose, BytesView data) const {
  Bytes all;
  put_text(all, "mailward audit seal 1");
  put_text(all, purpose);
  put_text(all, as_text(data));
  return hmac_sha256(key_.reveal_bytes(), all);
}

Sha256 Trail::head_mac(std::int64_t number, BytesView mac) const {
  Bytes data;
  put_text(data, "mailward audit head 1");
  put_number(data, number);
  put_text(data, as_text(mac));
  return hmac_sha256(key_.reveal_bytes(), data);
}

Head Trail::committed() const {
  const std::scoped_lock lock(mutex_);
  return committed_;
}

Status Trail::check_not_behind(std::int64_t number, BytesView mac) const {
  const std::scoped_lock lock(mutex_);
  const bool other = number == committed_.number && number > 0 && !same(committed_.mac, mac);
  if (number >= committed_.number && !other) return {};
  return fail(Error(AuditError::broken_head, "the audit trail was set back: entry " +
                                                 std::to_string(committed_.number) +
                                                 " was written by this very process, and is no longer its end")
                  .with_remedy("Keep the database as it is and verify the trail; a restart accepts it as it stands, "
                               "and says so for ever."));
}

Result<std::int64_t> Trail::append(db::Transaction& tx, const Act& act) const {
  const auto details = nlohmann::json::parse(act.details, nullptr, false);
  if (!details.is_object())
    return fail(AuditError::bad_details, "the details of '" + act.action + "' are not a JSON object");
  const std::string actor = act.by.actor.text();
  MW_CHECK(Actor::parse(actor));

  // Two first entries at once meet in this row; the later one waits for the earlier one's end.
  if (tx.backend() == db::Backend::postgresql) MW_CHECK(tx.query("SELECT pg_advisory_xact_lock(7018695146206290803)"));
  MW_TRY(const auto found, read_head(tx, tx.lock_rows()));
  const HeadRow head = found.value_or(HeadRow());
  if (found && !same(head_mac(head.number, head.mac), head.head_mac)) return fail(changed_head());
  MW_CHECK(check_not_behind(head.number, head.mac));
  if (!found) {
    MW_TRY(const auto entries, tx.query_row("SELECT number FROM audit_entry LIMIT 1"));
    if (entries) {
      return fail(
          Error(AuditError::broken_head, "the head of the audit trail is gone")
              .with_remedy("Keep the database as it is and verify the trail; restore a copy if it was tampered with."));
    }
  }

  const Entry entry{.number = head.number + 1, .at = clock_.now(), .act = act};
  const Sha256 mac = entry_mac(entry, head.mac);
  MW_CHECK(tx.execute("INSERT INTO audit_entry (" + std::string(kColumns) +
                          ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, "
                          "$13)",
                      {entry.number, entry.at, actor, act.action, act.object_kind, act.object_id, act.outcome,
                       act.by.request_id, act.details, head.mac, mac, act.by.source, act.by.token}));
  MW_CHECK(
      tx.execute("INSERT INTO audit_head (id, number, mac, head_mac) VALUES (1, $1, $2, $3) ON CONFLICT (id) DO UPDATE "
                 "SET number = excluded.number, mac = excluded.mac, head_mac = excluded.head_mac",
                 {entry.number, mac, head_mac(entry.number, mac)}));
  tx.notify(std::string(kChannel));
  tx.on_commit([this, made = Head{.number = entry.number, .mac = mac}] {
    const std::scoped_lock lock(mutex_);
    if (made.number > committed_.number) committed_ = made;
  });
  return entry.number;
}

Result<std::vector<Entry>> Trail::list(db::Session& session, std::int64_t after, std::size_t limit) {
  MW_TRY(const auto rows, session.query("SELECT " + std::string(kColumns) +
                                            " FROM audit_entry WHERE number > $1 ORDER BY number LIMIT $2",
                                        {after, static_cast<std::int64_t>(limit)}));
  std::vector<Entry> entries;
  entries.reserve(rows.size());
  for (const db::Row& row : rows) {
    MW_TRY(Entry entry, entry_of(row));
    entries.push_back(std::move(entry));
  }
  return entries;
}

Result<std::vector<Link>> Trail::links(db::Session& session, std::int64_t after, std::size_t limit) {
  MW_TRY(const auto rows, session.query("SELECT " + std::string(kColumns) +
                                            " FROM audit_entry WHERE number > $1 ORDER BY number LIMIT $2",
                                        {after, static_cast<std::int64_t>(limit)}));
  std::vector<Link> links;
  links.reserve(rows.size());
  for (const db::Row& row : rows) {
    MW_TRY(Entry entry, entry_of(row));
    links.push_back({.entry = std::move(entry), .previous_mac = row.bytes(9), .mac = row.bytes(10)});
  }
  return links;
}

Result<std::vector<Entry>> Trail::find(db::Session& session, const Filter& filter) {
  std::vector<db::Param> values;
  std::string sql = "SELECT " + std::string(kColumns) + " FROM audit_entry WHERE 1 = 1";
  const auto where = [&](std::string_view test, const db::Param& value) {
    values.push_back(value);
    sql.append(" AND ").append(test).append(" $").append(std::to_string(values.size()));
  };
  if (filter.after) where("number >", *filter.after);
  if (filter.before) where("number <", *filter.before);
  if (!filter.actor.empty()) where("actor =", filter.actor);
  if (!filter.source.empty()) where("source =", filter.source);
  const std::string_view action = filter.action;
  if (action.size() > 1 && action.ends_with('*')) {
    where("substr(action, 1, " + std::to_string(action.size() - 1) + ") =", action.substr(0, action.size() - 1));
  } else if (!action.empty()) {
    where("action =", action);
  }
  if (!filter.object_kind.empty()) where("object_kind =", filter.object_kind);
  if (!filter.object_id.empty()) where("object_id =", filter.object_id);
  if (!filter.outcome.empty()) where("outcome =", filter.outcome);
  if (!filter.request_id.empty()) where("request_id =", filter.request_id);
  if (filter.from) where("at >=", *filter.from);
  if (filter.until) where("at <", *filter.until);
  values.emplace_back(static_cast<std::int64_t>(filter.limit));
  sql += filter.after ? " ORDER BY number" : " ORDER BY number DESC";
  sql += " LIMIT $" + std::to_string(values.size());
  MW_TRY(const auto rows, session.query(sql, values));
  std::vector<Entry> entries;
  entries.reserve(rows.size());
  for (const db::Row& row : rows) entries.push_back(shown_entry_of(row));
  return entries;
}

Result<Head> Trail::head(db::Session& session) {
  MW_TRY(const auto found, read_head(session, ""));
  Head head;
  if (!found) return head;
  head.number = found->number;
  if (found->mac.size() != head.mac.size())
    return fail(AuditError::broken_head, "the head of the audit trail is damaged");
  std::ranges::copy(found->mac, head.mac.begin());
  return head;
}

Result<Head> Trail::checked_head(db::Session& session) const {
  MW_TRY(const auto found, read_head(session, ""));
  if (!found) return Head();
  if (!same(head_mac(found->number, found->mac), found->head_mac)) return fail(changed_head());
  return head(session);
}

}  // namespace mailward::audit
