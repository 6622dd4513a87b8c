#include "notify/notice.h"

#include <algorithm>

#include "base/bytes.h"
#include "notify/rows.h"
#include "notify/text.h"

namespace mailward::notify {

namespace {

constexpr std::size_t kSubjectLimit = 200;
constexpr std::size_t kTitleLimit = 200;
constexpr std::size_t kTextLimit = 10'000;
constexpr std::string_view kNoticeColumns =
    "SELECT id, kind, subject, title, body, severity, posted, last_posted, times FROM notice";

/// Ids that sort by the moment of posting.
class Moment final : public Clock {
 public:
  explicit Moment(Timestamp now) : now_(now) {}
  Timestamp now() const override { return now_; }
  MonotonicTime monotonic() const override { return {}; }

 private:
  const Timestamp now_;
};

/// What was posted last of this kind about this subject.
struct Window {
  Timestamp ends;
  Severity severity = Severity::info;
  std::optional<NoticeId> gathering;  ///< the notice that what followed was counted into
};

Severity severity_of(std::int64_t stored) {
  return static_cast<Severity>(std::clamp<std::int64_t>(stored, 0, static_cast<std::int64_t>(Severity::alarm)));
}

int stored(Severity severity) {
  return static_cast<int>(severity);
}

/// The row, locked, so that two posts at once are counted both; made where there is none.
Result<Window> lock_window(db::Transaction& tx, const Notice& notice) {
  MW_CHECK(
      tx.execute("INSERT INTO notice_window (kind, subject, ends, severity, notice_id) VALUES ($1, $2, 0, 0, NULL) "
                 "ON CONFLICT (kind, subject) DO NOTHING",
                 {notice.kind, notice.subject}));
  MW_TRY(const auto row,
         tx.query_row("SELECT ends, severity, notice_id FROM notice_window WHERE kind = $1 AND subject = $2" +
                          std::string(tx.lock_rows()),
                      {notice.kind, notice.subject}));
  return Window{
      .ends = row->time(0), .severity = severity_of(row->integer(1)), .gathering = row->maybe_id<NoticeId>(2)};
}

Status set_window(db::Transaction& tx, const Notice& notice, Timestamp ends, std::optional<NoticeId> gathering) {
  MW_CHECK(
      tx.execute("UPDATE notice_window SET ends = $3, severity = $4, notice_id = $5 WHERE kind = $1 AND subject = $2",
                 {notice.kind, notice.subject, ends, stored(notice.severity), gathering}));
  return {};
}

/// One more into the notice that gathers; false where that is on its way already, or is milder: those who want to hear
/// of grave ones alone would not get it.
Result<bool> gathered(db::Transaction& tx, NoticeId id, const Notice& notice, Timestamp now) {
  MW_TRY(const std::int64_t changed,
         tx.execute("UPDATE notice SET times = times + 1, title = $2, body = $3, last_posted = $4 "
                    "WHERE id = $1 AND sealed = 0 AND severity >= $5",
                    {id, notice.title, notice.text, now, stored(notice.severity)}));
  return changed == 1;
}

/// The notice, and a delivery for everyone who wants it, once for each address.
Result<NoticeId> write_down(db::Transaction& tx, const Notice& notice, Timestamp now, Timestamp due) {
  const Moment moment(now);
  const auto id = NoticeId::make(moment);
  MW_CHECK(
      tx.execute("INSERT INTO notice (id, kind, subject, title, body, severity, posted, last_posted, times, sealed) "
                 "VALUES ($1, $2, $3, $4, $5, $6, $7, $7, 1, 0)",
                 {id, notice.kind, notice.subject, notice.title, notice.text, stored(notice.severity), now}));
  MW_TRY(const auto subscriptions, rows::subscriptions(tx, std::nullopt));
  for (const Subscription& one : subscriptions) {
    if (!one.confirmed || !one.wants(notice.kind, notice.severity)) continue;
    MW_CHECK(tx.execute(
        "INSERT INTO notice_delivery (id, notice_id, channel_id, channel_name, owner, address, state, due, attempts, "
        "leased_until, lease, held, lead_id, said, ended) "
        "VALUES ($1, $2, $3, $4, $5, $6, 'waiting', $7, 0, 0, '', 0, NULL, '', NULL) "
        "ON CONFLICT (notice_id, channel_id, address) DO NOTHING",
        {DeliveryId::make(moment), id, one.channel, one.channel_name, one.owner, one.address, due}));
  }
  return id;
}

PostedNotice notice_of(const db::Row& row) {
  PostedNotice posted;
  posted.id = row.id<NoticeId>(0);
  posted.notice = {.kind = row.text(1),
                   .subject = row.text(2),
                   .title = row.text(3),
                   .text = row.text(4),
                   .severity = severity_of(row.integer(5))};
  posted.posted = row.time(6);
  posted.last_posted = row.time(7);
  posted.times = row.integer(8);
  return posted;
}

Status add_deliveries(db::Session& session, PostedNotice& posted) {
  MW_TRY(
      const auto found,
      session.query("SELECT id, channel_name, owner, address, state, attempts, due, said, ended FROM notice_delivery "
                    "WHERE notice_id = $1 ORDER BY channel_name, address",
                    {posted.id}));
  for (const db::Row& row : found) {
    const bool waits = row.text(4) == "waiting";
    posted.deliveries.push_back({.id = row.id<DeliveryId>(0),
                                 .channel = row.text(1),
                                 .owner = row.text(2),
                                 .address = row.text(3),
                                 .state = row.text(4),
                                 .attempts = row.integer(5),
                                 .due = waits ? std::optional(row.time(6)) : std::nullopt,
                                 .said = row.text(7),
                                 .ended = row.maybe_time(8)});
  }
  return {};
}

}  // namespace

Result<std::optional<Timestamp>> last_posted(db::Session& session, std::string_view kind, std::string_view subject,
                                             Timestamp now) {
  MW_TRY(const auto row,
         session.query_row("SELECT MAX(last_posted) FROM notice WHERE kind = $1 AND subject = $2 AND last_posted <= $3",
                           {kind, subject, now}));
  return row ? row->maybe_time(0) : std::nullopt;
}

Status post(db::Transaction& tx, const Notice& notice, Timestamp now) {
  if (kind_named(notice.kind) == nullptr) {
    return fail(NotifyError::unknown_kind, "there is no kind of notice '" + printable(notice.kind, 60) + "'");
  }
  const Notice clean{.kind = notice.kind,
                     .subject = one_line(notice.subject, kSubjectLimit),
                     .title = one_line(notice.title, kTitleLimit),
                     .text = lines_of(notice.text, kTextLimit),
                     .severity = notice.severity};
  MW_TRY(Window window, lock_window(tx, clean));
  // One that ends later than any that begins now was begun by a clock that had run ahead: it holds nothing back.
  if (window.ends > now + kStormWindow) window = {};
  const bool graver = clean.severity > window.severity;
  if (now < window.ends && !graver) {
    if (window.gathering) {
      MW_TRY(const bool counted, gathered(tx, *window.gathering, clean, now));
      if (counted) return {};
    }
    MW_TRY(const NoticeId gathering, write_down(tx, clean, now, window.ends));
    MW_CHECK(tx.execute("UPDATE notice_window SET notice_id = $3 WHERE kind = $1 AND subject = $2",
                        {clean.kind, clean.subject, gathering}));
    return {};
  }
  // A storm that goes on: no second first one, but another gathering.
  if (window.gathering && !graver && now < window.ends + kStormWindow) {
    const Timestamp ends = now + kStormWindow;
    MW_TRY(const NoticeId gathering, write_down(tx, clean, now, ends));
    return set_window(tx, clean, ends, gathering);
  }
  MW_CHECK(write_down(tx, clean, now, now));
  return set_window(tx, clean, now + kStormWindow, std::nullopt);
}

std::string counted_title(const std::string& title, std::int64_t times) {
  return times > 1 ? title + " (and " + std::to_string(times - 1) + " more)" : title;
}

Result<std::vector<PostedNotice>> list_notices(db::Session& session, std::optional<NoticeId> before, std::size_t limit,
                                               const std::optional<std::vector<const Kind*>>& kinds) {
  std::string sql = std::string(kNoticeColumns) + " WHERE (1 = 1";
  // Their names are the program's own.
  if (kinds) {
    sql += " AND kind IN (''";
    for (const Kind* kind : *kinds) sql += ", '" + std::string(kind->name) + "'";
    sql += ")";
  }
  sql += ")";
  const auto most = static_cast<std::int64_t>(limit);
  MW_TRY(const auto found, before ? session.query(sql + " AND id < $1 ORDER BY id DESC LIMIT $2", {*before, most})
                                  : session.query(sql + " ORDER BY id DESC LIMIT $1", {most}));
  std::vector<PostedNotice> all;
  all.reserve(found.size());
  for (const db::Row& row : found) {
    all.push_back(notice_of(row));
    MW_CHECK(add_deliveries(session, all.back()));
  }
  return all;
}

Result<PostedNotice> find_notice(db::Session& session, NoticeId id) {
  MW_TRY(const auto row, session.query_row(std::string(kNoticeColumns) + " WHERE id = $1", {id}));
  if (!row) return fail(NotifyError::unknown_notice, "there is no notice " + id.text());
  PostedNotice posted = notice_of(*row);
  MW_CHECK(add_deliveries(session, posted));
  return posted;
}

Result<std::int64_t> drop_notices_before(db::Transaction& tx, Timestamp before) {
  constexpr std::string_view kOld =
      " IN (SELECT n.id FROM notice n WHERE n.posted < $1 AND NOT EXISTS (SELECT 1 FROM notice_delivery d "
      "WHERE d.notice_id = n.id AND d.state IN ('waiting', 'joined')))";
  MW_CHECK(tx.execute("DELETE FROM notice_delivery WHERE notice_id" + std::string(kOld), {before}));
  MW_CHECK(tx.execute("DELETE FROM notice_window WHERE ends < $1", {before}));
  return tx.execute("DELETE FROM notice WHERE id" + std::string(kOld), {before});
}

}  // namespace mailward::notify
