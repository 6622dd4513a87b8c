#include "ews/autodiscover/plain_redirect.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "base/bytes.h"

namespace mailward::ews {
namespace {

constexpr std::size_t kHeadLimit = 16U << 10U;
constexpr std::int64_t kStopPollMillis = 50;

/// Waits until the socket can be read or written.
Status wait_for(int socket, short what, Deadline deadline, const std::stop_token& stop) {
  for (;;) {
    if (stop.stop_requested()) return fail(BaseError::cancelled, "the request was cancelled");
    if (deadline.expired()) return fail(BaseError::timed_out, "no answer by the deadline");
    pollfd wanted{.fd = socket, .events = what, .revents = 0};
    const auto span = std::min<std::int64_t>(kStopPollMillis, deadline.remaining().count() + 1);
    if (::poll(&wanted, 1, static_cast<int>(span)) > 0) return {};
  }
}

Status send_all(int socket, std::string_view bytes, Deadline deadline, const std::stop_token& stop) {
  while (!bytes.empty()) {
    const auto sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN || errno == EINTR) {
      MW_CHECK(wait_for(socket, POLLOUT, deadline, stop));
    } else {
      return fail(ConnectError::failed, "the connection was closed before the request was sent");
    }
  }
  return {};
}

/// The answer's head, without the empty line at its end.
Result<std::string> read_head(int socket, Deadline deadline, const std::stop_token& stop) {
  std::string head;
  char piece[4096];
  while (head.size() < kHeadLimit) {
    const auto got = ::recv(socket, &piece[0], sizeof piece, 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
      MW_CHECK(wait_for(socket, POLLIN, deadline, stop));
      continue;
    }
    if (got <= 0) return fail(BaseError::malformed, "the answer ended within its head");
    head.append(&piece[0], static_cast<std::size_t>(got));
    if (const auto end = head.find("\r\n\r\n"); end != std::string::npos) return head.substr(0, end);
  }
  return fail(BaseError::malformed, "the answer's head is too long");
}

std::optional<std::string> location_in(std::string_view head) {
  const auto status = head.substr(0, head.find("\r\n"));
  const auto space = status.find(' ');
  if (!status.starts_with("HTTP/1.") || space == std::string_view::npos || status.substr(space + 1, 1) != "3") {
    return std::nullopt;
  }
  constexpr std::string_view kName = "location:";
  for (auto at = head.find("\r\n"); at != std::string_view::npos; at = head.find("\r\n", at + 2)) {
    auto line = head.substr(at + 2, head.find("\r\n", at + 2) - at - 2);
    if (lower_case(line.substr(0, kName.size())) != kName) continue;
    line.remove_prefix(kName.size());
    const auto begin = std::min(line.find_first_not_of(" \t"), line.size());
    line.remove_prefix(begin);
    return std::string(line.substr(0, line.find_last_not_of(" \t") + 1));
  }
  return std::nullopt;
}

}  // namespace

Result<std::optional<std::string>> plain_redirect(const SocketAddress& address, std::string_view host,
                                                  std::string_view user_agent, Deadline deadline,
                                                  std::stop_token stop) {
  MW_TRY(auto socket, connect_tcp(address, deadline, stop));
  std::string request = "GET /autodiscover/autodiscover.xml HTTP/1.1\r\nHost: ";
  request += host;
  request += "\r\nUser-Agent: ";
  request += user_agent;
  request += "\r\nConnection: close\r\n\r\n";
  MW_CHECK(send_all(socket.get(), request, deadline, stop));
  MW_TRY(auto head, read_head(socket.get(), deadline, stop));
  return location_in(head);
}

}  // namespace mailward::ews
