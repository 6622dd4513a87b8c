#include "api/callers.h"

#include <algorithm>
#include <vector>

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include "api/error.h"

namespace mailward::api {

namespace {

constexpr std::size_t kEntryBytes = 64UL * 1024;

/// Whether the user's account on this host lists the group; the socket tells only the group that the peer runs in.
bool is_member(uid_t user, gid_t group) {
  std::vector<char> buffer(kEntryBytes);
  passwd entry{};
  passwd* found = nullptr;
  if (getpwuid_r(user, &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr) return false;
  std::vector<gid_t> groups(256);
  int count = static_cast<int>(groups.size());
  if (getgrouplist(found->pw_name, found->pw_gid, groups.data(), &count) < 0) {
    groups.resize(static_cast<std::size_t>(std::max(count, 0)));
    if (getgrouplist(found->pw_name, found->pw_gid, groups.data(), &count) < 0) return false;
  }
  groups.resize(static_cast<std::size_t>(count));
  return std::ranges::find(groups, group) != groups.end();
}

}  // namespace

Doorkeeper::Doorkeeper(std::optional<gid_t> group) : own_(geteuid()), group_(group) {}

Result<gid_t> Doorkeeper::group_of(const std::string& name) {
  std::vector<char> buffer(kEntryBytes);
  group entry{};
  group* found = nullptr;
  if (getgrnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr) {
    return fail(Error(BaseError::invalid_argument, "this host knows no group \"" + name + "\"")
                    .with_remedy("create it (groupadd --system " + name + ") or name another"));
  }
  return found->gr_gid;
}

Result<Caller> Doorkeeper::admit(const http::Connection& connection) const {
  if (!connection.credentials) return fail(ApiError::not_admitted, "only the local socket is served");
  const auto& peer = *connection.credentials;
  const bool admitted =
      peer.uid == 0 || peer.uid == own_ || (group_ && (peer.gid == *group_ || is_member(peer.uid, *group_)));
  if (!admitted) {
    return fail(Error(ApiError::not_admitted, "user " + std::to_string(peer.uid) +
                                                  " may not use this socket: it is for root, for the user that "
                                                  "the service runs as, and for the configured group")
                    .with_remedy(group_ ? "add the user to the service's socket_group"
                                        : "set [server] socket_group and add the user to that group"));
  }
  return Caller{audit::Actor::local(peer.uid)};
}

}  // namespace mailward::api
