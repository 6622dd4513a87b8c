#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>

#include "base/pool.h"
#include "db/database.h"
#include "http/stream.h"

namespace mailward::api {

/// Wakes open event streams when a channel of the database was notified, in this process or (on PostgreSQL) another:
/// one thread that waits for the database's word. Thread-safe.
class Watch {
 public:
  Watch(const db::Database& database, std::string channel);
  ~Watch();
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  const http::StreamSignal& signal() const { return signal_; }

 private:
  http::StreamSignal signal_;
  std::stop_source stop_;
  Pool thread_;
};

/// The number that a client of a stream saw last (its Last-Event-ID); nothing where it saw none, or says what it cannot
/// have seen.
std::optional<std::int64_t> seen_by(const std::string& last_event_id);

}  // namespace mailward::api
