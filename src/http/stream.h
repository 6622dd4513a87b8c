#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "http/connection.h"
#include "http/headers.h"

namespace mailward::http {

/// Wakes the streams that were made with it. A handle: copies are the same signal. Thread-safe. notify() is cheap, may
/// be called under a lock, and coalesces: a stream that is already awake looks once more. A hint only; nothing is lost
/// or repeated by a notify() too few or too many, but time.
class StreamSignal {
 public:
  StreamSignal();
  void notify() const;

  /// For the server: `wake` is called by each notify() until the returned token is destroyed. It must not block.
  std::shared_ptr<void> attach(std::function<void()> wake) const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

/// One event of a text/event-stream. `type` and `id` hold no line ends (they are cut there); `data` may. An event
/// without an id does not move the client's Last-Event-ID.
struct StreamEvent {
  std::string id{};
  std::string type{};
  std::string data{};
};

struct EventBatch {
  std::vector<StreamEvent> events{};
  bool more = false;  ///< there is more to read at once: the query runs again without being woken
  bool end = false;   ///< after these the stream ends
};

/// An answer that is a stream of events (WHATWG HTML, 9.2). It holds no thread: `query` runs on the server's stream
/// pool when the stream opens, when `signal` wakes it and every `poll`, never twice at once for one stream, and gets
/// the id of the last event sent (at first the request's Last-Event-ID, or empty). It must be quick and blocks others
/// if it is not. A stream whose client reads too slowly is not asked again until it has taken what was sent.
struct EventStream {
  std::function<EventBatch(const std::string& last_event_id)> query{};
  StreamSignal signal{};
  std::chrono::milliseconds poll{std::chrono::seconds(2)};
  /// A comment line is sent when nothing else was for so long.
  std::chrono::milliseconds heartbeat{std::chrono::seconds(15)};
  Headers headers{};
};

struct BodyPiece {
  std::string bytes{};
  bool more = false;
  bool end = false;
  bool cut = false;  ///< the connection ends behind these bytes, so that the client can tell it from an end
};

/// An answer whose body comes in pieces, chunked in HTTP/1.1 and unframed in 1.0; what EventStream says of its query
/// holds for `next`. Content-Type is sent only if it is among the headers.
struct StreamedResponse {
  int status = 200;
  Headers headers{};
  std::function<BodyPiece(Connection&)> next{};
  StreamSignal signal{};
  std::chrono::milliseconds poll{std::chrono::seconds(2)};
};

}  // namespace mailward::http
