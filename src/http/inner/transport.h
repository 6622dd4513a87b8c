#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include <boost/asio/posix/basic_stream_descriptor.hpp>

#include "http/inner/io.h"
#include "http/inner/tls_context.h"

namespace mailward::http {

/// One connected socket, plain or with TLS on it, TCP or Unix: attempts that never block, and the descriptor to wait
/// on.
class Transport {
 public:
  using Descriptor = asio::posix::basic_stream_descriptor<Executor>;
  enum class Outcome { done, wants_read, wants_write, closed };
  struct Attempt {
    Outcome outcome;
    std::size_t bytes = 0;
  };

  /// Takes over the socket.
  Transport(const Executor& executor, int fd) : descriptor_(executor, fd) {}
  ~Transport();
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  /// False when memory is out.
  bool begin_tls(const TlsContext& context);
  /// The TLS handshake's next part.
  Attempt handshake();
  std::string_view tls_protocol() const;

  Attempt read(std::span<char> into);
  Attempt write(std::string_view bytes);
  /// Until the descriptor can do that, or was shut down.
  Task<void> wait_until(asio::posix::descriptor_base::wait_type ready);

  Descriptor& descriptor() { return descriptor_; }
  int fd() { return descriptor_.native_handle(); }
  /// Tells the peer in TLS that nothing more follows (where TLS stands), without waiting for its word.
  void say_goodbye();
  void shutdown_write();
  /// Wakes every wait on the descriptor.
  void shutdown_both();
  void close();
  /// Closes so that TCP sends RST.
  void reset();

 private:
  Attempt outcome_of(int result);
  Descriptor descriptor_;
  SSL* ssl_ = nullptr;
  bool established_ = false;
  bool broken_ = false;
};

}  // namespace mailward::http
