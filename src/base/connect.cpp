#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "base/net.h"

namespace mailward {
namespace {

/// How often a wait looks at its stop token.
constexpr std::int64_t kStopPollMillis = 50;

Error connect_error(const SocketAddress& address, int code) {
  const std::string reason = std::generic_category().message(code);
  switch (code) {
    case ECONNREFUSED:
      return Error(ConnectError::refused,
                   address.text() + " refuses the connection: nothing listens there, or a firewall rejects it");
    case ETIMEDOUT:
      return Error(ConnectError::timed_out, address.text() + " did not answer");
    case ENETUNREACH:
    case EHOSTUNREACH:
    case EACCES:
    case EPERM:
      return Error(ConnectError::unreachable, "no way to " + address.text() + ": " + reason);
    default:
      return Error(ConnectError::failed, "cannot connect to " + address.text() + ": " + reason);
  }
}

}  // namespace

std::string_view error_subject(ConnectError) {
  return "connect";
}
std::string_view error_name(ConnectError code) {
  switch (code) {
    case ConnectError::refused:
      return "refused";
    case ConnectError::timed_out:
      return "timed_out";
    case ConnectError::unreachable:
      return "unreachable";
    case ConnectError::failed:
      return "failed";
  }
  return "unknown";
}

Result<FileDescriptor> connect_tcp(const SocketAddress& address, Deadline deadline, std::stop_token stop) {
  sockaddr_storage storage{};
  socklen_t length = 0;
  if (address.ip.is_v4()) {
    auto& in = reinterpret_cast<sockaddr_in&>(storage);
    in.sin_family = AF_INET;
    in.sin_port = htons(address.port);
    std::memcpy(&in.sin_addr, address.ip.raw().data(), 4);
    length = sizeof(sockaddr_in);
  } else {
    auto& in = reinterpret_cast<sockaddr_in6&>(storage);
    in.sin6_family = AF_INET6;
    in.sin6_port = htons(address.port);
    std::memcpy(&in.sin6_addr, address.ip.raw().data(), 16);
    length = sizeof(sockaddr_in6);
  }
  FileDescriptor socket(::socket(storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) return fail(connect_error(address, errno));
  const int on = 1;
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&storage), length) == 0) return socket;
  if (errno != EINPROGRESS) return fail(connect_error(address, errno));
  while (true) {
    if (stop.stop_requested()) return fail(BaseError::cancelled, "connecting to " + address.text() + " was cancelled");
    if (deadline.expired()) return fail(connect_error(address, ETIMEDOUT));
    pollfd polled{socket.get(), POLLOUT, 0};
    const auto wait = std::min<std::int64_t>(deadline.remaining().count(), kStopPollMillis);
    if (::poll(&polled, 1, static_cast<int>(wait)) <= 0) continue;
    int code = 0;
    socklen_t size = sizeof code;
    ::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &code, &size);
    // Reset right after it was made: it did connect, and whoever uses it sees the end.
    if (code != 0 && code != ECONNRESET) return fail(connect_error(address, code));
    return socket;
  }
}

}  // namespace mailward
