#pragma once

#include <stop_token>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "ews/http_fields.h"

/// Inner part of the room: the little HTTP that is spoken without libcurl, on a socket that is non-blocking. Every wait
/// ends by its deadline or soon after `stop`. Errors: ConnectError::failed, BaseError's timed_out, cancelled,
/// malformed.
namespace mailward::ews {

Status send_plainly(int socket, std::string_view bytes, Deadline deadline, const std::stop_token& stop);

struct PlainHead {
  int status = 0;
  HttpFields fields;
  std::string rest;  ///< what came behind it already
};
/// An answer's head of at most 64 KiB.
Result<PlainHead> read_plain_head(int socket, Deadline deadline, const std::stop_token& stop);

/// Reads a body by its Content-Length, at most 1 MiB, and forgets it, so that the next answer begins where it should.
/// Errors: malformed also where its length is not told.
Status skip_plain_body(int socket, PlainHead& head, Deadline deadline, const std::stop_token& stop);

}  // namespace mailward::ews
