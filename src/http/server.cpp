#include "http/server.h"

#include <algorithm>

#include "http/inner/core.h"

namespace mailward::http {

std::string_view error_subject(ServerError) {
  return "http_server";
}

std::string_view error_name(ServerError code) {
  switch (code) {
    case ServerError::address_in_use:
      return "address_in_use";
    case ServerError::bad_address:
      return "bad_address";
    case ServerError::bad_certificate:
      return "bad_certificate";
    case ServerError::bad_tls_setting:
      return "bad_tls_setting";
    case ServerError::socket_permission:
      return "socket_permission";
    case ServerError::unknown_listener:
      return "unknown_listener";
    case ServerError::not_drained:
      return "not_drained";
  }
  return "unknown";
}

struct Server::Impl {
  explicit Impl(ServerOptions& options) : core(options) {}
  Core core;

  Result<Listener*> find(std::string_view name) {
    const auto found =
        std::ranges::find(core.listeners, name, [](const auto& listener) { return std::string_view(listener->name); });
    if (found == core.listeners.end()) {
      return fail(ServerError::unknown_listener, "There is no listener named " + std::string(name) + ".");
    }
    return found->get();
  }
};

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() = default;

Result<std::unique_ptr<Server>> Server::start(ServerOptions options) {
  auto impl = std::make_unique<Impl>(options);
  for (ListenerOptions& listener : options.listeners) {
    if (!listener.router) return fail(ServerError::bad_address, "The listener " + listener.name + " has no router.");
    std::shared_ptr<const TlsContext> tls;
    if (listener.tls) {
      MW_TRY(tls, TlsContext::make(*listener.tls));
    }
    MW_TRY(auto socket, std::visit([](const auto& at) { return ListeningSocket::open(at); }, listener.at));
    impl->core.add_listener(listener, std::move(socket), std::move(tls));
  }
  impl->core.start();
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

Result<SocketAddress> Server::address(std::string_view listener) const {
  MW_TRY(const Listener* found, impl_->find(listener));
  if (!found->socket.address()) {
    return fail(ServerError::unknown_listener, "The listener " + std::string(listener) + " is a Unix socket.");
  }
  return *found->socket.address();
}

Status Server::set_mode(std::string_view listener, ListenerMode mode) {
  MW_TRY(Listener * found, impl_->find(listener));
  found->mode = mode;
  return {};
}

Status Server::set_tls(std::string_view listener, const TlsOptions& tls) {
  MW_TRY(Listener * found, impl_->find(listener));
  if (!found->tls())
    return fail(ServerError::unknown_listener, "The listener " + std::string(listener) + " has no TLS.");
  MW_TRY(auto context, TlsContext::make(tls));
  found->set_tls(std::move(context));
  return {};
}

std::size_t Server::open_connections() const {
  return impl_->core.open;
}

Status Server::stop(Deadline deadline) {
  return impl_->core.stop(deadline);
}

}  // namespace mailward::http
