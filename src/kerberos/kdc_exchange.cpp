#include "kerberos/kdc_exchange.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

namespace mailward::kerberos {
namespace {

constexpr std::size_t kAnswerLimit = 1U << 20U;
constexpr std::chrono::milliseconds kLeastShare{1500};

/// Waits on a socket under a deadline and a stop token.
class Waiter {
 public:
  Waiter(int socket, Deadline deadline, std::stop_token stop)
      : socket_(socket),
        deadline_(deadline),
        stop_(std::move(stop)),
        wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
        callback_(stop_, Wake{wake_.get()}) {}

  Status wait(short events) {
    for (;;) {
      if (stop_.stop_requested()) return fail(BaseError::cancelled, "cancelled");
      pollfd waiting[] = {{.fd = socket_, .events = events, .revents = 0},
                          {.fd = wake_.get(), .events = POLLIN, .revents = 0}};
      auto left = deadline_.remaining();
      if (left.count() <= 0) return fail(BaseError::timed_out, "no answer in time");
      int ready = poll(waiting, 2, static_cast<int>(std::min<std::int64_t>(left.count(), 60'000)));
      if (ready < 0 && errno != EINTR) return fail(BaseError::io, std::strerror(errno));
      if (ready > 0 && waiting[0].revents != 0) return {};
    }
  }

 private:
  struct Wake {
    int fd;
    void operator()() const {
      std::uint64_t one = 1;
      if (::write(fd, &one, sizeof one) < 0) return;  // full means woken already
    }
  };
  int socket_;
  Deadline deadline_;
  std::stop_token stop_;
  FileDescriptor wake_;
  std::stop_callback<Wake> callback_;
};

Status send_all(int socket, Waiter& waiter, BytesView data) {
  while (!data.empty()) {
    ssize_t done = send(socket, data.data(), data.size(), MSG_NOSIGNAL);
    if (done >= 0) {
      data = data.subspan(static_cast<std::size_t>(done));
    } else if (errno == EAGAIN) {
      MW_CHECK(waiter.wait(POLLOUT));
    } else if (errno != EINTR) {
      return fail(BaseError::io, std::strerror(errno));
    }
  }
  return {};
}

Status receive_all(int socket, Waiter& waiter, std::span<std::uint8_t> into) {
  while (!into.empty()) {
    ssize_t got = recv(socket, into.data(), into.size(), 0);
    if (got > 0) {
      into = into.subspan(static_cast<std::size_t>(got));
    } else if (got == 0) {
      return fail(BaseError::io, "the connection was closed");
    } else if (errno == EAGAIN) {
      MW_CHECK(waiter.wait(POLLIN));
    } else if (errno != EINTR) {
      return fail(BaseError::io, std::strerror(errno));
    }
  }
  return {};
}

}  // namespace

KdcExchange::KdcExchange(const Settings& settings, Deadline deadline, std::stop_token stop)
    : settings_(settings), deadline_(deadline), stop_(std::move(stop)) {}

Result<Bytes> KdcExchange::ask_controller(const SocketAddress& controller, BytesView request, Deadline deadline,
                                          bool& sent) const {
  MW_TRY(FileDescriptor socket, connect_tcp(controller, deadline, stop_));
  Waiter waiter(socket.get(), deadline, stop_);
  Bytes message;
  message.reserve(request.size() + 4);
  for (unsigned shift : {24U, 16U, 8U, 0U}) message.push_back(static_cast<std::uint8_t>(request.size() >> shift));
  message.insert(message.end(), request.begin(), request.end());
  sent = true;
  MW_CHECK(send_all(socket.get(), waiter, message));
  std::uint8_t header[4];
  MW_CHECK(receive_all(socket.get(), waiter, header));
  std::size_t size =
      std::size_t{header[0]} << 24U | std::size_t{header[1]} << 16U | std::size_t{header[2]} << 8U | header[3];
  if (size == 0 || size > kAnswerLimit) {
    return fail(KerberosError::malformed_answer, "what answers at " + controller.text() +
                                                     " does not speak Kerberos: an answer of " + std::to_string(size) +
                                                     " bytes is announced");
  }
  Bytes answer(size);
  MW_CHECK(receive_all(socket.get(), waiter, answer));
  return answer;
}

Result<Bytes> KdcExchange::ask(std::string_view realm, BytesView request, Weight weight) {
  const Realm* known = realm == settings_.home.name ? &settings_.home : nullptr;
  for (const Realm& other : settings_.others) {
    if (other.name == realm) known = &other;
  }
  if (known == nullptr || known->controllers.empty()) {
    return std::unexpected(
        Error(KerberosError::no_kdc_known, "no controller is known for the realm " + printable(realm))
            .with_remedy("add the realm with its domain controllers to the directory's settings"));
  }
  auto chosen = chosen_.try_emplace(known->name, 0).first;
  std::optional<Error> last;
  for (std::size_t& at = chosen->second; at < known->controllers.size(); ++at) {
    const SocketAddress& controller = known->controllers[at];
    auto left = static_cast<std::int64_t>(known->controllers.size() - at);
    Deadline share = weight == Weight::harmless && left > 1
                         ? deadline_.earlier_of(Deadline::after(std::max(deadline_.remaining() / left, kLeastShare)))
                         : deadline_;
    bool sent = false;
    Result<Bytes> answer = ask_controller(controller, request, share, sent);
    if (sent && weight == Weight::proves_password) proof_sent_ = true;
    if (answer) {
      answered_ = controller;
      return answer;
    }
    if (sent && weight == Weight::proves_password) {
      return std::unexpected(
          Error(KerberosError::unanswered, "the controller " + controller.text() +
                                               " took the password's proof and did not answer; it may have "
                                               "counted it")
              .caused_by(std::move(answer).error()));
    }
    if (answer.error().is(BaseError::cancelled) || answer.error().is(KerberosError::malformed_answer)) return answer;
    last = Error(KerberosError::unreachable,
                 sent ? "the controller " + controller.text() + " does not answer"
                      : "the controller " + controller.text() + " cannot be reached on this port")
               .caused_by(std::move(answer).error());
    if (deadline_.expired()) break;
  }
  chosen->second = 0;
  if (!last) last = Error(KerberosError::unreachable, "no controller of " + known->name + " answers");
  return std::unexpected(
      std::move(*last).with_remedy("open TCP port 88 from this machine to the domain controllers of " + known->name));
}

}  // namespace mailward::kerberos
