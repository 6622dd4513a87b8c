#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace mailward::http {

/// Why a request is not served: the status to answer and a sentence for the client.
struct Refusal {
  int status = 400;
  std::string_view why;  ///< lives as long as the program
};

/// How the bytes after a head are delimited.
struct BodyFraming {
  bool chunked = false;
  std::uint64_t content_length = 0;
  bool expects_continue = false;
  bool keep_alive = true;
};

/// Reads one whole request head, "\r\n\r\n" included, and refuses all that two readers could understand differently
/// (RFC 9112 3, 5 and 6, RFC 9110 5): line ends other than CRLF, control characters, folded lines, white space around
/// names, more than one Host or none, more than one Content-Length or one that is not plain digits, Transfer-Encoding
/// that is not exactly one "chunked", both of them, or one in HTTP/1.0, and a target in absolute form that names
/// another host than Host.
std::optional<Refusal> check_head(std::string_view head, BodyFraming& framing);

/// Whether the line, without its end, is "name: value" as a head may hold it.
bool is_field_line(std::string_view line);

}  // namespace mailward::http
