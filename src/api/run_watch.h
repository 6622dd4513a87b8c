#pragma once

#include <stop_token>
#include <string_view>

#include "base/pool.h"
#include "db/database.h"
#include "http/stream.h"

namespace mailward::api {

/// The channel that work::Runs notifies with every change of a run.
inline constexpr std::string_view kRunsChannel = "runs";

/// Wakes open event streams when a run has changed, in this process or (on PostgreSQL) another: one thread that waits
/// for the database's word. Thread-safe.
class RunWatch {
 public:
  explicit RunWatch(const db::Database& database);
  ~RunWatch();
  RunWatch(const RunWatch&) = delete;
  RunWatch& operator=(const RunWatch&) = delete;

  const http::StreamSignal& signal() const { return signal_; }

 private:
  http::StreamSignal signal_;
  std::stop_source stop_;
  Pool thread_;
};

}  // namespace mailward::api
