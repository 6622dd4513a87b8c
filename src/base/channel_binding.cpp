#include "base/channel_binding.h"

#include <openssl/err.h>
#include <openssl/x509.h>

#include <memory>

#include "base/tls.h"

namespace mailward {

Result<Bytes> tls_server_end_point(BytesView der) {
  const unsigned char* at = der.data();
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(d2i_X509(nullptr, &at, static_cast<long>(der.size())),
                                                                X509_free);
  ERR_clear_error();
  if (!certificate) return fail(BaseError::malformed, "the certificate cannot be read");
  return tls_server_end_point(certificate.get());
}

}  // namespace mailward
