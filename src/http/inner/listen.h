#pragma once

#include <optional>

#include <sys/stat.h>

#include "base/file.h"
#include "base/net.h"
#include "base/result.h"
#include "http/server.h"

namespace mailward::http {

/// A socket that listens, non-blocking and close-on-exec. A Unix socket's file is removed with it, if it is still its
/// own.
class ListeningSocket {
 public:
  /// Errors: address_in_use, bad_address, socket_permission.
  static Result<ListeningSocket> open(const SocketAddress& address);
  static Result<ListeningSocket> open(const UnixSocket& socket);
  ~ListeningSocket() { remove_file(); }
  ListeningSocket(ListeningSocket&&) noexcept = default;
  ListeningSocket& operator=(ListeningSocket&&) = delete;

  int fd() const { return fd_.get(); }
  const std::optional<SocketAddress>& address() const { return address_; }
  void remove_file();
  void close() {
    remove_file();
    fd_.reset();
  }

 private:
  ListeningSocket() = default;
  FileDescriptor fd_;
  std::optional<SocketAddress> address_;
  std::filesystem::path path_;
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

/// The two addresses of a connected or accepted TCP socket; none for other families.
std::optional<SocketAddress> peer_address(int fd);
std::optional<SocketAddress> local_address(int fd);

}  // namespace mailward::http
