#include "ews/plain_http.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <charconv>

#include "base/net.h"

namespace mailward::ews {
namespace {

constexpr std::size_t kHeadLimit = 64U << 10U;
constexpr std::size_t kBodyLimit = 1U << 20U;
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

/// Appends what comes next. Errors: malformed where nothing more does.
Status receive(int socket, std::string& out, Deadline deadline, const std::stop_token& stop) {
  char piece[4096];
  for (;;) {
    const auto got = ::recv(socket, &piece[0], sizeof piece, 0);
    if (got > 0) {
      out.append(&piece[0], static_cast<std::size_t>(got));
      return {};
    }
    if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
      return fail(BaseError::malformed, "the connection ended in the middle of an answer");
    }
    MW_CHECK(wait_for(socket, POLLIN, deadline, stop));
  }
}

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

Result<PlainHead> parse_head(std::string_view text) {
  PlainHead head;
  const auto first = text.substr(0, text.find("\r\n"));
  const auto space = first.find(' ');
  const auto told = space == std::string_view::npos ? std::string_view() : first.substr(space + 1);
  const auto digits = told.substr(0, told.find(' '));
  // Three digits and nothing else (RFC 9112 4): neither a sign nor a fourth.
  if (!first.starts_with("HTTP/1.") || digits.size() != 3 ||
      digits.find_first_not_of("0123456789") != std::string_view::npos) {
    return fail(BaseError::malformed, "the answer is no HTTP");
  }
  std::from_chars(digits.data(), digits.data() + digits.size(), head.status);
  for (auto at = text.find("\r\n"); at != std::string_view::npos;) {
    const auto next = text.find("\r\n", at + 2);
    const auto line = text.substr(at + 2, next == std::string_view::npos ? next : next - at - 2);
    const auto colon = line.find(':');
    if (colon != std::string_view::npos && colon > 0) {
      head.fields.add(std::string(line.substr(0, colon)), std::string(trimmed(line.substr(colon + 1))));
    }
    at = next;
  }
  return head;
}

}  // namespace

Status send_plainly(int socket, std::string_view bytes, Deadline deadline, const std::stop_token& stop) {
  while (!bytes.empty()) {
    const auto sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (sent < 0 && (errno == EAGAIN || errno == EINTR)) {
      MW_CHECK(wait_for(socket, POLLOUT, deadline, stop));
    } else {
      return fail(ConnectError::failed, "the connection was closed before the request was sent");
    }
  }
  return {};
}

Result<PlainHead> read_plain_head(int socket, Deadline deadline, const std::stop_token& stop) {
  std::string text;
  while (text.size() < kHeadLimit) {
    MW_CHECK(receive(socket, text, deadline, stop));
    const auto end = text.find("\r\n\r\n");
    if (end == std::string::npos) continue;
    MW_TRY(auto head, parse_head(std::string_view(text).substr(0, end)));
    head.rest = text.substr(end + 4);
    return head;
  }
  return fail(BaseError::malformed, "the answer's head is too long");
}

Status skip_plain_body(int socket, PlainHead& head, Deadline deadline, const std::stop_token& stop) {
  const auto told = head.fields.get("Content-Length");
  std::size_t length = 0;
  auto [end, error] = std::from_chars(told.data(), told.data() + told.size(), length);
  if (told.empty() || error != std::errc() || end != told.data() + told.size() || length > kBodyLimit ||
      head.fields.find("Transfer-Encoding")) {
    return fail(BaseError::malformed, "the length of the answer cannot be told");
  }
  while (head.rest.size() < length) MW_CHECK(receive(socket, head.rest, deadline, stop));
  if (head.rest.size() > length) return fail(BaseError::malformed, "more came than was asked for");
  head.rest.clear();
  return {};
}

}  // namespace mailward::ews
