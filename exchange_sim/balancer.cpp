#include "exchange_sim/balancer.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <list>
#include <thread>

#include "base/file.h"

namespace mailward::exchange_sim {
namespace {

constexpr std::size_t kBuffer = 65536;
constexpr std::size_t kMaxPairs = 2000;

/// IPv4 only: what this balancer listens on are loopback addresses of tests and the demo.
sockaddr_in to_sockaddr(const SocketAddress& address) {
  sockaddr_in raw{};
  raw.sin_family = AF_INET;
  raw.sin_port = htons(address.port);
  std::memcpy(&raw.sin_addr, address.ip.raw().data(), 4);
  return raw;
}

/// One direction of a pair.
struct Way {
  std::vector<char> waiting;
  bool ended = false;  ///< the source said it is done
  bool shut = false;   ///< and the sink was told
};

struct Pair {
  FileDescriptor client;
  FileDescriptor server;
  bool connecting = true;
  bool broken = false;  ///< one side was reset: so shall the other be
  Way up{};
  Way down{};
};

/// Reads what there is room for. False: the connection broke.
bool pull(int from, Way& way) {
  if (way.ended || way.waiting.size() >= kBuffer) return true;
  std::array<char, kBuffer> buffer;
  const ssize_t got = recv(from, buffer.data(), kBuffer - way.waiting.size(), MSG_DONTWAIT);
  if (got > 0) {
    way.waiting.insert(way.waiting.end(), buffer.begin(), buffer.begin() + got);
  } else if (got == 0) {
    way.ended = true;
  } else if (errno != EAGAIN && errno != EINTR) {
    return false;
  }
  return true;
}

bool push(int to, Way& way) {
  if (!way.waiting.empty()) {
    const ssize_t sent = send(to, way.waiting.data(), way.waiting.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN && errno != EINTR) return false;
    if (sent > 0) way.waiting.erase(way.waiting.begin(), way.waiting.begin() + sent);
  }
  if (way.waiting.empty() && way.ended && !way.shut) {
    shutdown(to, SHUT_WR);
    way.shut = true;
  }
  return true;
}

void reset(const FileDescriptor& socket) {
  const linger hard{.l_onoff = 1, .l_linger = 0};
  if (socket) setsockopt(socket.get(), SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
}

void no_delay(int socket) {
  const int on = 1;
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

bool wants_input(const Way& way) {
  return !way.ended && way.waiting.size() < kBuffer;
}

}  // namespace

struct Balancer::Loop {
  FileDescriptor listener;
  FileDescriptor wake;
  SocketAddress address;
  std::function<std::vector<SocketAddress>()> targets;
  std::list<Pair> pairs;
  std::size_t turn = 0;
  std::jthread thread;

  void accept_one() {
    FileDescriptor client(accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!client) return;
    no_delay(client.get());
    const auto to = targets();
    if (to.empty()) return reset(client);
    const sockaddr_in raw = to_sockaddr(to[turn++ % to.size()]);
    FileDescriptor server(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!server) return reset(client);
    no_delay(server.get());
    if (connect(server.get(), reinterpret_cast<const sockaddr*>(&raw), sizeof raw) != 0 && errno != EINPROGRESS) {
      return reset(client);
    }
    pairs.push_back({.client = std::move(client), .server = std::move(server)});
  }

  void serve(Pair& pair, short client_events, short server_events) {
    if (pair.connecting) {
      if ((server_events & (POLLOUT | POLLERR | POLLHUP)) == 0) return;
      int error = 0;
      socklen_t size = sizeof error;
      getsockopt(pair.server.get(), SOL_SOCKET, SO_ERROR, &error, &size);
      if (error != 0) {
        pair.broken = true;
        return;
      }
      pair.connecting = false;
    }
    const int client = pair.client.get();
    const int server = pair.server.get();
    bool whole = true;
    if ((client_events & (POLLIN | POLLERR | POLLHUP)) != 0) whole = pull(client, pair.up);
    // What the server said before it broke off still reaches the client.
    if (whole && (server_events & (POLLIN | POLLERR | POLLHUP)) != 0) whole = pull(server, pair.down);
    const bool passed = push(server, pair.up);
    const bool answered = push(client, pair.down);
    pair.broken = !whole || !passed || !answered;
  }

  static bool done(const Pair& pair) { return pair.broken || (pair.up.shut && pair.down.shut); }

  void run(const std::stop_token& stop) {
    std::vector<pollfd> polled;
    while (!stop.stop_requested()) {
      polled.assign({{.fd = wake.get(), .events = POLLIN, .revents = 0},
                     {.fd = pairs.size() < kMaxPairs ? listener.get() : -1, .events = POLLIN, .revents = 0}});
      for (const Pair& pair : pairs) {
        const auto events = [](bool in, bool out) {
          return static_cast<short>((in ? POLLIN : 0) | (out ? POLLOUT : 0));
        };
        const short client = events(!pair.connecting && wants_input(pair.up), !pair.down.waiting.empty());
        const short server =
            events(!pair.connecting && wants_input(pair.down), pair.connecting || !pair.up.waiting.empty());
        // A side with nothing to wait for is left out: its hang-up would else be reported for ever.
        polled.push_back({.fd = client != 0 ? pair.client.get() : -1, .events = client, .revents = 0});
        polled.push_back({.fd = server != 0 ? pair.server.get() : -1, .events = server, .revents = 0});
      }
      if (poll(polled.data(), polled.size(), -1) < 0) continue;
      std::size_t at = 2;
      for (auto pair = pairs.begin(); pair != pairs.end(); at += 2) {
        if (polled[at].revents != 0 || polled[at + 1].revents != 0) {
          serve(*pair, polled[at].revents, polled[at + 1].revents);
        }
        if (done(*pair)) {
          if (pair->broken) {
            reset(pair->client);
            reset(pair->server);
          }
          pair = pairs.erase(pair);
        } else {
          ++pair;
        }
      }
      if ((polled[1].revents & POLLIN) != 0) accept_one();
    }
  }
};

Balancer::Balancer(std::unique_ptr<Loop> loop) : loop_(std::move(loop)) {}

Balancer::~Balancer() {
  loop_->thread.request_stop();
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(loop_->wake.get(), &one, sizeof one);
  if (loop_->thread.joinable()) loop_->thread.join();
}

const SocketAddress& Balancer::address() const {
  return loop_->address;
}

Result<std::unique_ptr<Balancer>> Balancer::start(const SocketAddress& listen_at,
                                                  std::function<std::vector<SocketAddress>()> targets) {
  const auto failed = [&](const char* what) {
    return fail(BaseError::io, "balancer on " + listen_at.text() + ": " + what + ": " + std::strerror(errno));
  };
  auto loop = std::make_unique<Loop>();
  loop->targets = std::move(targets);
  loop->listener.reset(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  loop->wake.reset(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  const int on = 1;
  setsockopt(loop->listener.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in raw = to_sockaddr(listen_at);
  if (bind(loop->listener.get(), reinterpret_cast<const sockaddr*>(&raw), sizeof raw) != 0) return failed("bind");
  if (listen(loop->listener.get(), 512) != 0) return failed("listen");
  socklen_t size = sizeof raw;
  getsockname(loop->listener.get(), reinterpret_cast<sockaddr*>(&raw), &size);
  loop->address = {.ip = listen_at.ip, .port = ntohs(raw.sin_port)};
  Loop* running = loop.get();
  loop->thread = std::jthread([running](const std::stop_token& stop) { running->run(stop); });
  return std::unique_ptr<Balancer>(new Balancer(std::move(loop)));
}

}  // namespace mailward::exchange_sim
