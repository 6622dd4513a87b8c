#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/headers.h"

namespace mailward::http {

/// How a connection goes on after an answer. `reset` ends it with a TCP RST (on a Unix socket: it is closed).
enum class Ending { keep, close, reset };

/// How an answer's body is delimited.
enum class Framing { content_length, chunked, until_close };

/// How an answer misbehaves. Only the simulator and tests set one.
struct Fault {
  /// Waited before the first byte. The request's deadlines do not cut it short; the client's leaving does.
  std::chrono::milliseconds delay{0};
  /// Sent as it is in place of head and body.
  std::optional<std::string> raw{};
  Framing framing = Framing::content_length;
  /// With `chunked`: the body's chunks in place of `body`, each sent by itself, `between_chunks` apart.
  std::vector<std::string> chunks{};
  std::chrono::milliseconds between_chunks{0};
  /// Only so many bytes of the answer (head included) are sent; then it ends as `ending` says, `keep` being taken as
  /// `close`.
  std::optional<std::size_t> cut_after{};
  Ending ending = Ending::keep;
};

/// An answer. The server adds Content-Length (or the framing asked for), Date and Connection where the handler has not
/// set them; it sends no body for HEAD, 204 and 304. A handler that sets "Connection: close" closes the connection
/// after it.
struct Response {
  int status = 200;
  /// In place of the status's usual phrase; empty for the usual one.
  std::string reason{};
  Headers headers{};
  std::string body{};
  std::optional<Fault> fault{};

  static Response of(int status, std::string content_type, std::string body);
  /// "text/plain; charset=utf-8".
  static Response text(int status, std::string body);
  static Response empty(int status) { return of(status, {}, {}); }
};

/// The usual phrase of a status, empty for an unknown one.
std::string_view reason_phrase(int status);

}  // namespace mailward::http
