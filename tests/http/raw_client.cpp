#include "tests/http/raw_client.h"

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/file.h"

namespace mailward::http::testing {

struct RawClient::Socket {
  FileDescriptor fd;
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context{nullptr, &SSL_CTX_free};
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl{nullptr, &SSL_free};
  bool connected = false;
};

RawClient::RawClient(std::unique_ptr<Socket> socket) : socket_(std::move(socket)) {}
RawClient::~RawClient() = default;
RawClient::RawClient(RawClient&&) noexcept = default;

RawClient RawClient::tcp(const SocketAddress& address) {
  auto made = std::make_unique<Socket>();
  made->fd.reset(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_port = htons(address.port);
  std::memcpy(&where.sin_addr, address.ip.raw().data(), 4);
  made->connected = connect(made->fd.get(), reinterpret_cast<const sockaddr*>(&where), sizeof where) == 0;
  return RawClient(std::move(made));
}

RawClient RawClient::unix_socket(const std::filesystem::path& path) {
  auto made = std::make_unique<Socket>();
  made->fd.reset(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un where{};
  where.sun_family = AF_UNIX;
  std::strncpy(where.sun_path, path.c_str(), sizeof where.sun_path - 1);
  made->connected = connect(made->fd.get(), reinterpret_cast<const sockaddr*>(&where), sizeof where) == 0;
  return RawClient(std::move(made));
}

RawClient RawClient::tls(const SocketAddress& address, std::string_view alpn) {
  signal(SIGPIPE, SIG_IGN);
  RawClient client = tcp(address);
  auto& socket = *client.socket_;
  socket.context.reset(SSL_CTX_new(TLS_client_method()));
  SSL_CTX_set_security_level(socket.context.get(), 0);
  SSL_CTX_set_min_proto_version(socket.context.get(), TLS1_VERSION);
  socket.ssl.reset(SSL_new(socket.context.get()));
  SSL_set_fd(socket.ssl.get(), socket.fd.get());
  if (!alpn.empty()) {
    SSL_set_alpn_protos(socket.ssl.get(), reinterpret_cast<const unsigned char*>(alpn.data()),
                        static_cast<unsigned>(alpn.size()));
  }
  const timeval limit{.tv_sec = 5, .tv_usec = 0};
  setsockopt(socket.fd.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  socket.connected = socket.connected && SSL_connect(socket.ssl.get()) == 1;
  return client;
}

bool RawClient::connected() const {
  return socket_->connected;
}
int RawClient::fd() const {
  return socket_->fd.get();
}
void RawClient::close() {
  socket_->fd.reset();
}
void RawClient::finish_writing() {
  ::shutdown(fd(), SHUT_WR);
}

void RawClient::close_with_reset() {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  setsockopt(fd(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close();
}

void RawClient::small_receive_buffer() {
  const int bytes = 4096;
  setsockopt(fd(), SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
}

std::string_view RawClient::protocol() const {
  return SSL_get_version(socket_->ssl.get());
}

std::string_view RawClient::chosen_alpn() const {
  const unsigned char* name = nullptr;
  unsigned length = 0;
  SSL_get0_alpn_selected(socket_->ssl.get(), &name, &length);
  return {reinterpret_cast<const char*>(name), length};
}

bool RawClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto written = socket_->ssl ? SSL_write(socket_->ssl.get(), bytes.data(), static_cast<int>(bytes.size()))
                                      : ::send(fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

bool RawClient::read_more() {
  if (end_ != End::open) return false;
  std::array<char, 16 * 1024> into{};
  if (!socket_->ssl || SSL_pending(socket_->ssl.get()) == 0) {
    pollfd waited{.fd = fd(), .events = POLLIN, .revents = 0};
    if (poll(&waited, 1, static_cast<int>(patience.count())) <= 0) return false;
  }
  ERR_clear_error();
  errno = 0;
  const auto got = socket_->ssl ? SSL_read(socket_->ssl.get(), into.data(), static_cast<int>(into.size()))
                                : recv(fd(), into.data(), into.size(), 0);
  if (got > 0) {
    buffer_.append(into.data(), static_cast<std::size_t>(got));
    return true;
  }
  end_ = errno == ECONNRESET ? End::reset : End::closed;
  return false;
}

std::string RawClient::rest() {
  while (read_more()) {
  }
  return std::exchange(buffer_, {});
}

std::string RawClient::some() {
  if (buffer_.empty()) read_more();
  return std::exchange(buffer_, {});
}

std::string RawClient::until(std::string_view token) {
  while (!buffer_.contains(token) && read_more()) {
  }
  const auto at = buffer_.find(token);
  const std::string out = buffer_.substr(0, at == std::string::npos ? at : at + token.size());
  buffer_.erase(0, out.size());
  return out;
}

RawAnswer RawClient::answer(bool head_only) {
  RawAnswer out;
  out.head = until("\r\n\r\n");
  if (!out.head.ends_with("\r\n\r\n")) return out;
  std::string_view rest_of_head = out.head;
  std::from_chars(rest_of_head.data() + 9, rest_of_head.data() + 12, out.status);
  for (rest_of_head.remove_prefix(rest_of_head.find("\r\n") + 2); rest_of_head.size() > 2;) {
    const auto end = rest_of_head.find("\r\n");
    const auto colon = rest_of_head.find(": ");
    out.headers.add(std::string(rest_of_head.substr(0, colon)),
                    std::string(rest_of_head.substr(colon + 2, end - colon - 2)));
    rest_of_head.remove_prefix(end + 2);
  }
  if (head_only || out.status == 204 || out.status == 304 || out.status < 200) return out;
  if (out.headers.get("Transfer-Encoding") == "chunked") {
    while (true) {
      const std::string line = until("\r\n");
      std::size_t size = 0;
      if (std::from_chars(line.data(), line.data() + line.size(), size, 16).ec != std::errc()) return RawAnswer{};
      while (buffer_.size() < size + 2 && read_more()) {
      }
      if (buffer_.size() < size + 2) return RawAnswer{};
      out.body += buffer_.substr(0, size);
      buffer_.erase(0, size + 2);
      if (size == 0) return out;
    }
  }
  if (!out.headers.has("Content-Length")) {
    out.body = rest();
    return out;
  }
  const std::size_t size = std::stoul(std::string(out.headers.get("Content-Length")));
  while (buffer_.size() < size && read_more()) {
  }
  if (buffer_.size() < size) return RawAnswer{};
  out.body = buffer_.substr(0, size);
  buffer_.erase(0, size);
  return out;
}

}  // namespace mailward::http::testing
