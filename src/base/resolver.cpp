#include <ares.h>
#include <arpa/inet.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/bytes.h"
#include "base/digest.h"
#include "base/net.h"

namespace mailward {
namespace {

constexpr std::size_t kMostAddresses = 32;
constexpr int kInternet = 1;  ///< class IN (RFC 1035 3.2.4)
constexpr int kSrv = 33;      ///< type SRV (RFC 2782)

constexpr std::size_t kMostServices = 64;

struct Answer {
  bool done = false;
  int status = ARES_ECANCELLED;
  std::vector<IpAddress> addresses;
  std::vector<ServiceHost> services;
};

void take_services(void* argument, int status, int /*timeouts*/, unsigned char* reply, int length) {
  auto& answer = *static_cast<Answer*>(argument);
  answer.done = true;
  answer.status = status;
  if (status != ARES_SUCCESS) return;
  ares_srv_reply* found = nullptr;
  answer.status = ares_parse_srv_reply(reply, length, &found);
  for (const ares_srv_reply* one = found; one != nullptr; one = one->next) {
    std::string host = lower_case(one->host);
    while (host.ends_with('.')) host.pop_back();
    if (host.empty() || answer.services.size() == kMostServices) continue;
    answer.services.push_back(
        {.host = std::move(host), .port = one->port, .priority = one->priority, .weight = one->weight});
  }
  ares_free_data(found);
}

/// How often it is drawn among its equals; those of weight 0 hardly ever first (RFC 2782).
std::uint32_t chance_of(const ServiceHost& one) {
  return one.weight == 0 ? 1 : one.weight * 16U;
}

/// By priority; among equals each is drawn by its weight.
std::vector<ServiceHost> in_order(std::vector<ServiceHost> left) {
  std::vector<ServiceHost> order;
  while (!left.empty()) {
    const std::uint16_t first = std::ranges::min_element(left, {}, &ServiceHost::priority)->priority;
    std::uint32_t all = 0;
    for (const ServiceHost& one : left) all += one.priority == first ? chance_of(one) : 0;
    std::uint32_t drawn = random_below(all);
    const auto chosen = std::ranges::find_if(left, [&](const ServiceHost& one) {
      if (one.priority != first) return false;
      if (drawn < chance_of(one)) return true;
      drawn -= chance_of(one);
      return false;
    });
    order.push_back(std::move(*chosen));
    left.erase(chosen);
  }
  return order;
}

void take_answer(void* argument, int status, int /*timeouts*/, ares_addrinfo* found) {
  auto& answer = *static_cast<Answer*>(argument);
  answer.done = true;
  answer.status = status;
  if (found == nullptr) return;
  for (const ares_addrinfo_node* node = found->nodes; node != nullptr; node = node->ai_next) {
    std::optional<IpAddress> address;
    if (node->ai_family == AF_INET) {
      std::array<std::uint8_t, 4> bytes{};
      std::memcpy(bytes.data(), &reinterpret_cast<const sockaddr_in*>(node->ai_addr)->sin_addr, bytes.size());
      address = IpAddress::v4(bytes);
    } else if (node->ai_family == AF_INET6) {
      std::array<std::uint8_t, 16> bytes{};
      std::memcpy(bytes.data(), &reinterpret_cast<const sockaddr_in6*>(node->ai_addr)->sin6_addr, bytes.size());
      address = IpAddress::v6(bytes);
    }
    const bool fresh = address && std::ranges::find(answer.addresses, *address) == answer.addresses.end();
    if (fresh && answer.addresses.size() < kMostAddresses) answer.addresses.push_back(*address);
  }
  ares_freeaddrinfo(found);
}

/// Waits for the channel's sockets until the answer is there. False when the deadline passed first.
bool drive(ares_channel channel, const Answer& answer, Deadline deadline) {
  while (!answer.done) {
    if (deadline.expired()) return false;
    ares_socket_t sockets[ARES_GETSOCK_MAXNUM];
    const auto bits = static_cast<unsigned>(ares_getsock(channel, sockets, ARES_GETSOCK_MAXNUM));
    std::vector<pollfd> polled;
    for (unsigned i = 0; i < ARES_GETSOCK_MAXNUM; ++i) {
      short events = 0;
      if (ARES_GETSOCK_READABLE(bits, i)) events |= POLLIN;
      if (ARES_GETSOCK_WRITABLE(bits, i)) events |= POLLOUT;
      if (events != 0) polled.push_back({sockets[i], events, 0});
    }
    // c-ares has time-outs of its own, which it looks at when it is called.
    const auto wait = std::min<std::int64_t>(deadline.remaining().count(), 100);
    ::poll(polled.data(), polled.size(), static_cast<int>(wait));
    if (polled.empty()) ares_process_fd(channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    for (const pollfd& one : polled) {
      const bool readable = (one.revents & (POLLIN | POLLERR | POLLHUP)) != 0;
      const bool writable = (one.revents & (POLLOUT | POLLERR | POLLHUP)) != 0;
      ares_process_fd(channel, readable ? one.fd : ARES_SOCKET_BAD, writable ? one.fd : ARES_SOCKET_BAD);
    }
  }
  return true;
}

bool valid_host_name(std::string_view host) {
  if (host.empty() || host.size() > 253) return false;
  std::size_t label = 0;
  for (const char c : host) {
    const bool letter =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    if (c != '.' && !letter) return false;
    label = c == '.' ? 0 : label + 1;
    if (label > 63) return false;
  }
  return host.front() != '.';
}

}  // namespace

std::string_view error_subject(NameError) {
  return "name";
}
std::string_view error_name(NameError code) {
  switch (code) {
    case NameError::unknown_host:
      return "unknown_host";
    case NameError::no_name_server:
      return "no_name_server";
    case NameError::timed_out:
      return "timed_out";
    case NameError::malformed_name:
      return "malformed_name";
  }
  return "unknown";
}

Resolver::Resolver(ResolverSettings settings) : settings_(std::move(settings)) {
  static const int ready = ares_library_init(ARES_LIB_INIT_ALL);
  static_cast<void>(ready);
}
Resolver::~Resolver() = default;

struct Resolver::Channel {
  ares_channel handle = nullptr;
  Channel() = default;
  Channel(Channel&& other) noexcept : handle(std::exchange(other.handle, nullptr)) {}
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;
  Channel& operator=(Channel&&) = delete;
  ~Channel() {
    if (handle != nullptr) ares_destroy(handle);
  }
};

Result<Resolver::Channel> Resolver::open_channel() const {
  Channel channel;
  ares_options options{};
  options.timeout = 2000;
  options.tries = 2;
  if (const int status = ares_init_options(&channel.handle, &options, ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES);
      status != ARES_SUCCESS) {
    return fail(NameError::no_name_server, std::string("the resolver did not start: ") + ares_strerror(status));
  }
  if (settings_.name_servers.empty()) return channel;
  std::string list;
  for (const std::string& server : settings_.name_servers) list += (list.empty() ? "" : ",") + server;
  if (ares_set_servers_ports_csv(channel.handle, list.c_str()) != ARES_SUCCESS) {
    return fail(Error(NameError::no_name_server, "network.name_servers holds something that is no address: " + list));
  }
  return channel;
}

namespace {

/// Waits for the answer. Errors: NameError; unknown_host says that there is no `what`.
Status await(ares_channel channel, const Answer& answer, const std::string& name, std::string_view what,
             Deadline deadline) {
  const auto late = [&] { return fail(NameError::timed_out, "no name server answered for " + name + " in time"); };
  if (!drive(channel, answer, deadline)) {
    ares_cancel(channel);
    return late();
  }
  switch (answer.status) {
    case ARES_SUCCESS:
      if (!answer.addresses.empty() || !answer.services.empty()) return {};
      [[fallthrough]];
    case ARES_ENOTFOUND:
    case ARES_ENODATA:
      return fail(Error(NameError::unknown_host, "the name " + name + " has no " + std::string(what))
                      .with_remedy("check the spelling, and on this machine: getent hosts " + name));
    case ARES_ETIMEOUT:
      return late();
    default:
      return fail(Error(NameError::no_name_server,
                        "the name server could not be asked for " + name + ": " + ares_strerror(answer.status))
                      .with_remedy("check /etc/resolv.conf or network.name_servers in the configuration"));
  }
}

}  // namespace

Result<std::vector<IpAddress>> Resolver::resolve(std::string_view host, Deadline deadline) const {
  if (const auto literal = IpAddress::parse(host)) return std::vector{*literal};
  if (!valid_host_name(host)) return fail(NameError::malformed_name, "\"" + printable(host, 80) + "\" is no host name");
  const std::string lower = lower_case(host);
  if (const auto fixed = settings_.hosts.find(lower); fixed != settings_.hosts.end()) return fixed->second;

  MW_TRY(const Channel channel, open_channel());
  Answer answer;
  ares_addrinfo_hints hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  ares_getaddrinfo(channel.handle, lower.c_str(), nullptr, &hints, take_answer, &answer);
  MW_CHECK(await(channel.handle, answer, lower, "address", deadline));
  return std::move(answer.addresses);
}

Result<std::vector<ServiceHost>> Resolver::services(std::string_view name, Deadline deadline) const {
  if (!valid_host_name(name)) {
    return fail(NameError::malformed_name, "\"" + printable(name, 80) + "\" is no name of a service");
  }
  const std::string lower = lower_case(name);
  MW_TRY(const Channel channel, open_channel());
  Answer answer;
  ares_query(channel.handle, lower.c_str(), kInternet, kSrv, take_services, &answer);
  Status answered = await(channel.handle, answer, lower, "host of that service", deadline);
  if (!answered && answered.error().is(NameError::unknown_host)) {
    return fail(std::move(answered).error().with_remedy("check the name, and the records: dig SRV " + lower));
  }
  if (!answered) return fail(std::move(answered).error());
  return in_order(std::move(answer.services));
}

}  // namespace mailward
