#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "http/inner/chunked_body.h"
#include "http/inner/framing.h"
#include "http/request.h"

namespace mailward::http {

/// Reads one request from bytes that come in pieces: the head as a whole through check_head(), then by Beast's parser,
/// whose reading must be the same; then the body, within a limit that is known only once the head is there.
class RequestParser {
 public:
  enum class Stage { head, body, done, refused };

  explicit RequestParser(std::size_t head_limit) : head_limit_(head_limit) {}

  /// Reads from the front of `input` and returns how many bytes it took. It stops behind the head, so that the caller
  /// can set the body's limit. What it does not take must be given again, with more behind it.
  std::size_t feed(std::string_view input);
  /// To be called once, when the stage has become `body`. A body whose announced length is longer is refused with 413.
  void set_body_limit(std::size_t limit);

  Stage stage() const { return stage_; }
  const Refusal& refusal() const { return refusal_; }
  /// From the stage `body` on.
  const BodyFraming& framing() const { return framing_; }
  /// Without path, query and path_parameters, which are the target's interpretation.
  Request& request() { return request_; }

 private:
  std::size_t feed_head(std::string_view input);
  std::size_t feed_body(std::string_view input);
  void refuse(Refusal refusal);

  std::size_t head_limit_;
  std::size_t body_limit_ = 0;
  Stage stage_ = Stage::head;
  Refusal refusal_;
  BodyFraming framing_;
  Request request_;
  std::size_t scanned_ = 0;
  ChunkedBody chunked_;
};

/// Splits a checked target into path and query and decodes them. False where that cannot be done.
bool interpret_target(Request& request);
/// The target's path as it was sent: "/a%2Fb".
std::string_view raw_path(std::string_view target);

}  // namespace mailward::http
