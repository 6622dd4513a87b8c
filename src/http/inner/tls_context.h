#pragma once

#include <memory>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "http/server.h"

using SSL_CTX = struct ssl_ctx_st;
using SSL = struct ssl_st;

namespace mailward::http {

/// What a listener shows: made from TlsOptions, shared by its connections, never changed.
class TlsContext {
 public:
  /// Errors: bad_certificate, bad_tls_setting.
  static Result<std::shared_ptr<const TlsContext>> make(const TlsOptions& options);
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

  /// A server's side of a connection on a socket that stays the caller's; null when memory is out.
  SSL* open(int fd) const;
  const Bytes& server_end_point() const { return server_end_point_; }

 private:
  TlsContext();
  SSL_CTX* context_;
  Bytes server_end_point_;
};

}  // namespace mailward::http
