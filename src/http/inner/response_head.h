#pragma once

#include <string>

#include "base/clock.h"
#include "http/headers.h"
#include "http/response.h"

namespace mailward::http {

/// An IMF-fixdate (RFC 9110 5.6.7): "Sun, 06 Nov 1994 08:49:37 GMT".
std::string http_date(Timestamp time);

/// What the server decides about an answer's head.
struct HeadFacts {
  Framing framing = Framing::content_length;
  std::size_t body_size = 0;
  bool has_body = true;         ///< false for 1xx, 204: no framing field at all
  std::string_view connection;  ///< "close", "keep-alive", or empty for no field
  std::string_view date;
};

/// The head, its empty line included. Fields that `headers` holds are not added again. Line ends within a field become
/// spaces, so that no handler can be made to write a second answer.
std::string response_head(int status, std::string_view reason, const Headers& headers, const HeadFacts& facts);

}  // namespace mailward::http
