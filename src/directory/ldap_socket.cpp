#include "directory/ldap_socket.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "directory/directory_error.h"

namespace mailward::directory {
namespace {

/// How often a wait looks at its stop token.
constexpr std::int64_t kStopPollMillis = 50;

LdapSocket& socket_of(Sockbuf_IO_Desc* layer) {
  return *static_cast<LdapSocket*>(layer->sbiod_pvt);
}

int set_up(Sockbuf_IO_Desc* layer, void* socket) {
  layer->sbiod_pvt = socket;
  return 0;
}
int take_down(Sockbuf_IO_Desc*) {
  return 0;
}
int control(Sockbuf_IO_Desc*, int, void*) {
  return 0;
}
ber_slen_t read_from(Sockbuf_IO_Desc* layer, void* data, ber_len_t size) {
  return socket_of(layer).read(data, size);
}
ber_slen_t write_to(Sockbuf_IO_Desc* layer, void* data, ber_len_t size) {
  return socket_of(layer).write(data, size);
}
int close_it(Sockbuf_IO_Desc*) {
  return 0;
}

Sockbuf_IO kLayer = {set_up, take_down, control, read_from, write_to, close_it};

}  // namespace

LdapSocket::LdapSocket(FileDescriptor socket, Deadline deadline, std::stop_token stop, std::size_t read_limit)
    : socket_(std::move(socket)), deadline_(deadline), stop_(std::move(stop)), read_left_(read_limit) {}

Status LdapSocket::install(Sockbuf* buffer) {
  if (ber_sockbuf_add_io(buffer, &kLayer, LBER_SBIOD_LEVEL_PROVIDER, this) != 0) {
    return fail(DirectoryError::other, "libldap does not take the connection");
  }
  return {};
}

std::optional<Error> LdapSocket::check() {
  if (!failure_ && stop_.stop_requested()) failure_ = Error(BaseError::cancelled, "cancelled");
  if (!failure_ && deadline_.expired())
    failure_ = Error(DirectoryError::timed_out, "the controller did not answer in time");
  return failure_;
}

bool LdapSocket::wait(short events) {
  while (!check()) {
    pollfd waiting{.fd = socket_.get(), .events = events, .revents = 0};
    auto slice = std::min<std::int64_t>(kStopPollMillis, deadline_.remaining().count() + 1);
    if (poll(&waiting, 1, static_cast<int>(slice)) > 0) return true;
  }
  errno = ETIMEDOUT;
  return false;
}

ber_slen_t LdapSocket::read(void* data, ber_len_t size) {
  for (;;) {
    ssize_t got = recv(socket_.get(), data, std::min<std::size_t>(size, read_left_ + 1), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) {
      if (!wait(POLLIN)) return -1;
      continue;
    }
    if (got > 0 && static_cast<std::size_t>(got) > read_left_) {
      failure_ = Error(DirectoryError::too_large, "the controller's answers are larger than any that was asked for");
      errno = EMSGSIZE;
      return -1;
    }
    if (got > 0) read_left_ -= static_cast<std::size_t>(got);
    return got;
  }
}

ber_slen_t LdapSocket::write(const void* data, ber_len_t size) {
  for (;;) {
    ssize_t done = send(socket_.get(), data, size, MSG_NOSIGNAL);
    if (done >= 0) return done;
    if (errno == EINTR) continue;
    if (errno != EAGAIN || !wait(POLLOUT)) return -1;
  }
}

}  // namespace mailward::directory
