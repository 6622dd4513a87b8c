#include "tests/support/tcp_relay.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>

#include "tests/support/wait_until.h"

namespace mailward::testing {
namespace {

sockaddr_in address_of(const std::string& text, std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  inet_pton(AF_INET, text.c_str(), &address.sin_addr);
  return address;
}

}  // namespace

TcpRelay::TcpRelay(RelayOptions options) : options_(std::move(options)) {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int one = 1;
  setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  sockaddr_in address = address_of(options_.listen_address, options_.listen_port);
  socklen_t length = sizeof address;
  if (bind(listener_, reinterpret_cast<sockaddr*>(&address), length) != 0 || listen(listener_, 64) != 0 ||
      getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length) != 0) {
    throw std::runtime_error("the relay cannot listen");
  }
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { accept_all(); });
}

TcpRelay::~TcpRelay() {
  stopping_ = true;
  acceptor_.join();
  for (auto& server : servers_) server.join();
  close(listener_);
}

void TcpRelay::accept_all() {
  while (!stopping_) {
    pollfd waiting{.fd = listener_, .events = POLLIN, .revents = 0};
    if (poll(&waiting, 1, 20) <= 0) continue;
    int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) continue;
    int ordinal = ++connections_;
    servers_.emplace_back([this, client, ordinal] { serve(client, ordinal); });
  }
}

void TcpRelay::serve(int client, int ordinal) {
  int target = -1;
  if (!options_.target_address.empty()) {
    target = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = address_of(options_.target_address, options_.target_port);
    if (connect(target, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
      close(target);
      close(client);
      return;
    }
  }
  std::size_t left = options_.cut_after;
  bool answered = false;
  char piece[16384];
  while (!stopping_ && !options_.close_at_once) {
    pollfd waiting[] = {{.fd = client, .events = POLLIN, .revents = 0}, {.fd = target, .events = POLLIN, .revents = 0}};
    if (poll(waiting, 2, 20) <= 0) continue;
    if (waiting[0].revents != 0) {
      ssize_t got = recv(client, piece, sizeof piece, 0);
      if (got <= 0) break;
      if (target >= 0) send(target, piece, static_cast<std::size_t>(got), MSG_NOSIGNAL);
      if (target < 0 && !options_.answer.empty() && !answered) {
        send(client, options_.answer.data(), options_.answer.size(), MSG_NOSIGNAL);
        answered = true;
      }
    }
    if (target >= 0 && waiting[1].revents != 0) {
      ssize_t got = recv(target, piece, sizeof piece, 0);
      if (got <= 0) break;
      if (ordinal > options_.passing) {
        if (!answered) send(client, options_.answer.data(), options_.answer.size(), MSG_NOSIGNAL);
        answered = true;
        ++held_;
        continue;
      }
      wait_until([&] { return stopping_.load(); }, options_.delay);
      std::size_t passed = std::min(left, static_cast<std::size_t>(got));
      send(client, piece, passed, MSG_NOSIGNAL);
      left -= passed;
      if (left == 0) break;
    }
  }
  if (target >= 0) close(target);
  close(client);
}

}  // namespace mailward::testing
