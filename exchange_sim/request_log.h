#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"

namespace mailward::exchange_sim {

/// One request as a front end saw it. Never holds what was in Authorization.
struct RequestRecord {
  std::uint64_t number = 0;  ///< counts from 1
  Timestamp at{};
  std::string front_end;
  std::uint64_t connection = 0;  ///< of that front end
  std::string method;
  std::string path;
  std::string user_agent;
  std::string client_request_id;
  std::string anchor_mailbox;
  std::string authorization;  ///< "none", "basic", "ntlm_negotiate", "ntlm_authenticate", "negotiate", "other"
  std::string account;        ///< who was signed in; empty for nobody
  std::string scheme;         ///< by which scheme: "Basic", "NTLM", "Negotiate", "Kerberos"
  std::string operation;
  std::string note;  ///< "not played": what was asked for is refused by this simulator, not by what it plays
  std::size_t body_bytes = 0;
  int status = 0;
};

/// The last 10,000 requests and the counts of all. Thread-safe.
class RequestLog {
 public:
  void add(RequestRecord record);
  std::vector<RequestRecord> since(std::uint64_t number) const;
  std::uint64_t count() const;
  /// Whether it was asked for this for the first time since the start: for what is told but once.
  bool is_new(const std::string& name);
  void clear();

 private:
  mutable std::mutex mutex_;
  std::deque<RequestRecord> records_;
  std::uint64_t next_ = 1;
  std::set<std::string> names_;
};

}  // namespace mailward::exchange_sim
