#include "audit/forwarding.h"

#include <algorithm>
#include <charconv>
#include <mutex>

#include "audit/pause.h"
#include "base/log.h"
#include "db/stored_setting.h"

namespace mailward::audit {

namespace {

constexpr std::size_t kMostEntries = 200;
constexpr std::size_t kMostBytes = 256UL * 1024;
constexpr std::chrono::minutes kLongestWait{10};

/// The address may hold a secret.
std::string cursor_name(const PlaceAddress& address) {
  return "audit.sent " + to_hex(sha256(as_bytes(address.text)));
}

/// As many as a batch may hold, at least one.
std::vector<Link> batch_of(std::vector<Link> links) {
  std::size_t bytes = 0;
  std::size_t count = 0;
  for (const Link& link : links) {
    bytes += link.entry.act.details.size() + 500;
    if (count > 0 && bytes > kMostBytes) break;
    ++count;
  }
  links.resize(count);
  return links;
}

}  // namespace

/// One place, on one thread.
class Forwarding::Lane {
 public:
  Lane(db::Database& database, const Trail& trail, const Clock& clock, To to, ForwardPacing pacing)
      : database_(database), trail_(trail), clock_(clock), to_(std::move(to)), pacing_(pacing) {
    status_.to = to_.address.shown();
  }

  void run(const std::stop_token& stop) {
    auto wait = pacing_.first_wait;
    while (!stop.stop_requested()) {
      const std::uint64_t wakes = database_.wakes(kChannel);
      const auto sent = step(stop);
      if (!sent) {
        if (stop.stop_requested()) return;
        note_failure(sent.error(), wait);
        pause(wait, stop);
        wait = std::min(wait * 2, pacing_.longest_wait);
        most_ = std::max<std::size_t>(most_ / 2, 1);
        continue;
      }
      wait = pacing_.first_wait;
      if (*sent) {
        most_ = std::min(most_ * 2, kMostEntries);
      } else {
        database_.wait(kChannel, wakes, Deadline::after(kLongestWait, clock_), stop);
      }
    }
  }

  ForwardStatus status() const {
    const std::scoped_lock lock(mutex_);
    return status_;
  }

 private:
  /// Sends one batch; false where there was nothing to send.
  Result<bool> step(const std::stop_token& stop) {
    if (!cursor_) {
      MW_TRY(const auto stored, read_cursor());
      // Whoever forged it wanted something not to be sent.
      cursor_ = stored.value_or(0);
      if (!stored)
        log::error("how far audit entries were sent was changed from outside: all are sent again",
                   {{"to", status_.to}});
      const std::scoped_lock lock(mutex_);
      status_.sent_up_to = *cursor_;
    }
    MW_TRY(auto links, database_.read([&](db::Session& session) { return Trail::links(session, *cursor_, most_); },
                                      {.stop = stop}));
    if (links.empty()) return false;
    const std::vector<Link> batch = batch_of(std::move(links));
    MW_CHECK(to_.place->take(batch, Deadline::after(pacing_.patience), stop));
    cursor_ = batch.back().entry.number;
    note_success();
    // Lost in a power cut, it is sent again.
    MW_CHECK(database_.transaction(
        [&](db::Transaction& tx) { return db::store_setting(tx, cursor_name(to_.address), cursor_text(*cursor_)); },
        {.durability = db::Durability::normal}));
    return true;
  }

  /// "17:…", sealed for this place, so that nobody makes it skip entries.
  std::string cursor_text(std::int64_t number) const {
    const std::string plain = std::to_string(number);
    return plain + ":" + to_hex(trail_.seal_of("sent to " + to_.address.text, as_bytes(plain)));
  }

  /// 0 where nothing was sent yet; nothing where it is not ours.
  Result<std::optional<std::int64_t>> read_cursor() {
    MW_TRY(const auto stored,
           database_.read([&](db::Session& session) { return db::stored_setting(session, cursor_name(to_.address)); }));
    if (!stored) return std::optional<std::int64_t>(0);
    std::int64_t number = 0;
    std::from_chars(stored->data(), stored->data() + stored->size(), number);
    return *stored == cursor_text(number) ? std::optional(number) : std::nullopt;
  }

  void note_success() {
    const std::scoped_lock lock(mutex_);
    if (status_.failing_since) {
      log::info("audit entries are sent again", {{"to", status_.to}, {"failures", std::to_string(status_.failures)}});
    }
    status_.sent_up_to = *cursor_;
    status_.last_sent = clock_.now();
    status_.failing_since.reset();
    status_.failures = 0;
    status_.trouble.clear();
  }

  void note_failure(const Error& error, std::chrono::milliseconds wait) {
    const std::scoped_lock lock(mutex_);
    log::warn("audit entries cannot be sent", {{"to", status_.to},
                                               {"sent_up_to", std::to_string(status_.sent_up_to)},
                                               {"why", error.describe()},
                                               {"again_in_ms", std::to_string(wait.count())}});
    if (!status_.failing_since) status_.failing_since = clock_.now();
    ++status_.failures;
    status_.trouble = error.describe();
  }

  db::Database& database_;
  const Trail& trail_;
  const Clock& clock_;
  const To to_;
  const ForwardPacing pacing_;
  std::size_t most_ = kMostEntries;
  std::optional<std::int64_t> cursor_;
  mutable std::mutex mutex_;
  ForwardStatus status_;
};

Forwarding::Forwarding(db::Database& database, const Trail& trail, const Clock& clock, std::vector<To> to,
                       ForwardPacing pacing) {
  for (To& one : to) lanes_.push_back(std::make_unique<Lane>(database, trail, clock, std::move(one), pacing));
  if (lanes_.empty()) return;
  pool_ = std::make_unique<Pool>("audit-forward", lanes_.size(), lanes_.size());
  for (const auto& lane : lanes_) {
    const auto begun = pool_->submit([made = lane.get(), stop = stop_.get_token()] { made->run(stop); });
    if (!begun) log::failure("sending audit entries did not begin", begun.error());
  }
}

Forwarding::~Forwarding() {
  stop_.request_stop();
  pool_.reset();
}

std::vector<ForwardStatus> Forwarding::status() const {
  std::vector<ForwardStatus> all;
  all.reserve(lanes_.size());
  for (const auto& lane : lanes_) all.push_back(lane->status());
  return all;
}

}  // namespace mailward::audit
