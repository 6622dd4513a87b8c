#pragma once

#include "base/bytes.h"
#include "base/result.h"

namespace mailward {

/// base/tls.h's tls_server_end_point() (RFC 5929 section 4.1) for a certificate in its DER form. Errors also:
/// malformed.
Result<Bytes> tls_server_end_point(BytesView der);

}  // namespace mailward
