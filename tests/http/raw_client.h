#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/net.h"
#include "http/headers.h"

namespace mailward::http::testing {

/// An answer as it stood on the wire, its body freed of chunking.
struct RawAnswer {
  int status = 0;  ///< 0: no whole answer came
  std::string head;
  Headers headers;
  std::string body;
};

enum class End { open, closed, reset };

/// A client that sends exactly the bytes it is told. Every read gives up after `patience`.
class RawClient {
 public:
  static RawClient tcp(const SocketAddress& address);
  static RawClient unix_socket(const std::filesystem::path& path);
  /// Over TLS without a check of the certificate; `alpn` in wire form ("\x08http/1.1").
  static RawClient tls(const SocketAddress& address, std::string_view alpn = {});
  ~RawClient();
  RawClient(RawClient&&) noexcept;

  bool connected() const;
  /// False when the peer takes no more.
  bool send(std::string_view bytes);
  /// The next answer; what follows it is kept. `head_only` for an answer to HEAD.
  RawAnswer answer(bool head_only = false);
  /// All until the peer ends the connection (or patience does), with `end` telling which.
  std::string rest();
  /// At least one byte, unless the end comes.
  std::string some();
  /// Reads until `token` has come; all read so far, or what came until the end.
  std::string until(std::string_view token);
  End end() const { return end_; }
  void finish_writing();
  void close();
  void close_with_reset();
  int fd() const;
  std::string_view protocol() const;
  std::string_view chosen_alpn() const;
  void small_receive_buffer();

  std::chrono::milliseconds patience{5'000};

 private:
  struct Socket;
  explicit RawClient(std::unique_ptr<Socket> socket);
  bool read_more();
  std::unique_ptr<Socket> socket_;
  std::string buffer_;
  End end_ = End::open;
};

}  // namespace mailward::http::testing
