#pragma once

#include <map>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/net.h"
#include "base/result.h"
#include "kerberos/tickets.h"

namespace mailward::kerberos {

/// Whether a request lets the controller judge a password.
enum class Weight { harmless, proves_password };

/// Carries requests to controllers over TCP (RFC 4120 7.2.2): one connection a request, nothing sent twice. A
/// controller that does not take the connection is passed over; one that takes a harmless request and is silent too,
/// after its share of the time. A request that proves a password goes to one controller only. One thread.
class KdcExchange {
 public:
  KdcExchange(const Settings& settings, Deadline deadline, std::stop_token stop);

  /// The answer. Errors: unanswered, whatever the cause, once a byte of a request that proves a password may have left;
  /// else unreachable, no_kdc_known, malformed_answer, BaseError::cancelled.
  Result<Bytes> ask(std::string_view realm, BytesView request, Weight weight);

  /// Whether a request that proves a password has left, answered or not.
  bool proof_sent() const { return proof_sent_; }
  /// The controller that answered last; port 0 before the first answer.
  const SocketAddress& controller() const { return answered_; }

 private:
  Result<Bytes> ask_controller(const SocketAddress& controller, BytesView request, Deadline deadline, bool& sent) const;

  const Settings& settings_;
  Deadline deadline_;
  std::stop_token stop_;
  std::map<std::string, std::size_t, std::less<>> chosen_;  ///< by realm: the controller to go on with
  bool proof_sent_ = false;
  SocketAddress answered_{IpAddress::v4({}), 0};
};

}  // namespace mailward::kerberos
