#include <arpa/inet.h>
#include <linux/sockios.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <variant>

#include "audit/entry_line.h"
#include "audit/pause.h"
#include "audit/place.h"
#include "base/file.h"
#include "base/tls_stream.h"

namespace mailward::audit {

namespace {

/// A datagram is one message: RFC 5426 3.2 lets a receiver cut what is longer than 2048 octets, and none can be longer
/// than 65507. Details that would pass this are left out.
constexpr std::size_t kMostDatagram = 60'000;
constexpr std::int64_t kPollMillis = 50;

std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0 || name[0] == '\0') return "-";
  return name.data();
}

/// RFC 5424: facility 13 (log audit); "ok" is informational, all else a warning. The line is the MSG, without a BOM.
std::string message_of(const Link& link, const std::string& host, std::size_t limit) {
  constexpr int kLogAudit = 13;
  constexpr int kWarning = 4;
  constexpr int kInformational = 6;
  const int priority = kLogAudit * 8 + (link.entry.act.outcome == "ok" ? kInformational : kWarning);
  return "<" + std::to_string(priority) + ">1 " + format_timestamp_exactly(link.entry.at) + " " + host +
         " mailward - audit - " + entry_line(link, limit);
}

Error not_taken(const PlaceAddress& address, std::string_view what) {
  return {AuditError::not_taken, address.text + " " + std::string(what)};
}

Error system_error(const PlaceAddress& address, std::string_view what) {
  return not_taken(address, std::string(what) + ": " + std::generic_category().message(errno));
}

/// Waits until the descriptor can be written to.
Status await_writable(int fd, const PlaceAddress& address, Deadline deadline, const std::stop_token& stop) {
  while (true) {
    if (stop.stop_requested()) return fail(BaseError::cancelled, "sending to " + address.text + " was cancelled");
    if (deadline.expired()) return fail(not_taken(address, "takes nothing"));
    pollfd polled{fd, POLLOUT, 0};
    if (::poll(&polled, 1, static_cast<int>(std::min(deadline.remaining().count(), kPollMillis))) > 0) return {};
  }
}

Status send_all(int fd, std::string_view bytes, const PlaceAddress& address, Deadline deadline,
                const std::stop_token& stop) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR || errno == ENOBUFS) {
      MW_CHECK(await_writable(fd, address, deadline, stop));
    } else {
      return fail(system_error(address, "cannot be sent to"));
    }
  }
  return {};
}

/// Syslog has no receipts. The nearest thing: nothing is left in our send queue, so the other host has it all.
Status await_receipt(int fd, const PlaceAddress& address, Deadline deadline, const std::stop_token& stop) {
  while (true) {
    int unsent = 0;
    if (::ioctl(fd, SIOCOUTQ, &unsent) != 0) return fail(system_error(address, "cannot be asked what it has"));
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) return fail(not_taken(address, "ended the connection: " + std::generic_category().message(error)));
    if (unsent == 0) return {};
    if (stop.stop_requested()) return fail(BaseError::cancelled, "sending to " + address.text + " was cancelled");
    if (deadline.expired()) return fail(not_taken(address, "does not acknowledge what was sent"));
    pause(std::chrono::milliseconds(2), stop);
  }
}

bool ended(int fd) {
  std::array<char, 512> dropped{};
  while (true) {
    const ssize_t count = ::recv(fd, dropped.data(), dropped.size(), MSG_DONTWAIT);
    if (count > 0) continue;
    return count == 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
  }
}

/// Messages over a connection, each with its length before it (RFC 5425 4.3, RFC 6587 3.4.1).
class SyslogStream final : public Place {
 public:
  SyslogStream(PlaceSettings settings, const Resolver& resolver)
      : settings_(std::move(settings)), resolver_(resolver), host_(host_name()) {}

  Status take(std::span<const Link> entries, Deadline deadline, const std::stop_token& stop) override {
    std::string text;
    for (const Link& link : entries) {
      const std::string message = message_of(link, host_, std::string::npos);
      text += std::to_string(message.size()) + " " + message;
    }
    MW_CHECK(connect(deadline, stop));
    Status sent =
        tls_ ? tls_->send(text, deadline, stop) : send_all(plain_.get(), text, settings_.address, deadline, stop);
    if (sent) sent = await_receipt(descriptor(), settings_.address, deadline, stop);
    if (sent && (tls_ ? tls_->ended() : ended(plain_.get()))) {
      sent = fail(not_taken(settings_.address, "closed the connection"));
    }
    // A half sent message must not be followed by another.
    if (!sent) disconnect();
    return sent;
  }

 private:
  int descriptor() const { return tls_ ? tls_->descriptor() : plain_.get(); }
  void disconnect() {
    tls_.reset();
    plain_.reset();
  }

  Status connect(Deadline deadline, const std::stop_token& stop) {
    if (tls_ && tls_->ended()) tls_.reset();
    if (plain_ && ended(plain_.get())) plain_.reset();
    if (tls_ || plain_) return {};
    const PlaceAddress& address = settings_.address;
    MW_TRY(const auto resolved, resolver_.resolve(address.host, deadline));
    Error last = not_taken(address, "has no address");
    for (const IpAddress& ip : resolved) {
      const SocketAddress at{.ip = ip, .port = address.port};
      Status made;
      if (address.kind == PlaceKind::syslog_tls) {
        auto stream = TlsStream::connect(at, address.host, settings_.trust, deadline, stop);
        if (!stream) {
          made = fail(stream.error());
        } else {
          tls_ = *std::move(stream);
        }
      } else {
        auto socket = connect_tcp(at, deadline, stop);
        if (!socket) {
          made = fail(socket.error());
        } else {
          plain_ = *std::move(socket);
        }
      }
      if (made) return {};
      last = not_taken(address, "cannot be reached").caused_by(made.error());
    }
    return fail(std::move(last));
  }

  const PlaceSettings settings_;
  const Resolver& resolver_;
  const std::string host_;
  std::optional<TlsStream> tls_;
  FileDescriptor plain_;
};

/// One datagram a message, over UDP (RFC 5426) or the host's own socket.
class SyslogDatagrams final : public Place {
 public:
  SyslogDatagrams(PlaceSettings settings, const Resolver& resolver)
      : settings_(std::move(settings)), resolver_(resolver), host_(host_name()) {}

  Status take(std::span<const Link> entries, Deadline deadline, const std::stop_token& stop) override {
    MW_TRY(const FileDescriptor socket,
           settings_.address.kind == PlaceKind::syslog_udp ? to_host(deadline) : to_file());
    for (const Link& link : entries) {
      MW_CHECK(send_one(socket.get(), message_of(link, host_, kMostDatagram), deadline, stop));
    }
    return {};
  }

 private:
  Status send_one(int fd, const std::string& message, Deadline deadline, const std::stop_token& stop) {
    while (::send(fd, message.data(), message.size(), MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
      if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR && errno != ENOBUFS) {
        return fail(system_error(settings_.address, "cannot be sent to"));
      }
      MW_CHECK(await_writable(fd, settings_.address, deadline, stop));
    }
    return {};
  }

  Result<FileDescriptor> to_host(Deadline deadline) const {
    const PlaceAddress& address = settings_.address;
    MW_TRY(const auto resolved, resolver_.resolve(address.host, deadline));
    const IpAddress& ip = resolved.front();
    sockaddr_storage storage{};
    socklen_t length = sizeof(sockaddr_in);
    storage.ss_family = ip.is_v4() ? AF_INET : AF_INET6;
    // The socket API is written so.
    if (ip.is_v4()) {
      auto& in = reinterpret_cast<sockaddr_in&>(storage);
      in.sin_port = htons(address.port);
      std::memcpy(&in.sin_addr, ip.raw().data(), 4);
    } else {
      auto& in = reinterpret_cast<sockaddr_in6&>(storage);
      in.sin6_port = htons(address.port);
      std::memcpy(&in.sin6_addr, ip.raw().data(), 16);
      length = sizeof(sockaddr_in6);
    }
    FileDescriptor socket(::socket(storage.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!socket || ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&storage), length) != 0) {
      return fail(system_error(address, "cannot be reached"));
    }
    return socket;
  }

  Result<FileDescriptor> to_file() const {
    const PlaceAddress& address = settings_.address;
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    if (address.path.size() >= sizeof at.sun_path) return fail(not_taken(address, "has too long a path"));
    std::memcpy(at.sun_path, address.path.data(), address.path.size());
    FileDescriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!socket || ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0) {
      return fail(system_error(address, "cannot be reached"));
    }
    return socket;
  }

  const PlaceSettings settings_;
  const Resolver& resolver_;
  const std::string host_;
};

}  // namespace

std::unique_ptr<Place> make_syslog_place(PlaceSettings settings, const Resolver& resolver) {
  const PlaceKind kind = settings.address.kind;
  if (kind == PlaceKind::syslog_udp || kind == PlaceKind::syslog_socket) {
    return std::make_unique<SyslogDatagrams>(std::move(settings), resolver);
  }
  return std::make_unique<SyslogStream>(std::move(settings), resolver);
}

}  // namespace mailward::audit
