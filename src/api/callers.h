#pragma once

#include <optional>
#include <string>

#include <sys/types.h>

#include "access/rights.h"
#include "audit/actor.h"
#include "base/result.h"
#include "http/connection.h"

namespace mailward::api {

/// What a route asks of its caller. Checked once, here; the rooms below only write down who it was.
using access::Right;

/// Who calls, and what he may do.
struct Caller {
  audit::Actor actor;
  /// Whoever comes over the local socket administers, without reading content.
  bool may(Right right) const { return right != Right::read_content; }
};

/// Lets in whom the local socket is for: root, the user that the service runs as, and members of the configured group.
/// The file's mode says the same; this holds even where somebody widened it. Thread-safe.
class Doorkeeper {
 public:
  explicit Doorkeeper(std::optional<gid_t> group);
  /// The group's number. Errors: invalid_argument for a group that this host does not know.
  static Result<gid_t> group_of(const std::string& name);
  /// Errors: not_admitted.
  Result<Caller> admit(const http::Connection& connection) const;

 private:
  uid_t own_;
  std::optional<gid_t> group_;
};

}  // namespace mailward::api
