#include "http/inner/event_stream.h"

#include <algorithm>
#include <memory>

#include "base/clock.h"

namespace mailward::http {

namespace {

std::string_view one_line(std::string_view text) {
  return text.substr(0, text.find_first_of("\r\n"));
}
/// A reader passes over an id that holds a NUL.
std::string_view fit_for_id(std::string_view text) {
  return one_line(text.substr(0, text.find('\0')));
}

void append_data(std::string& out, std::string_view data) {
  while (true) {
    const auto end = data.find_first_of("\r\n");
    out += "data: ";
    out += data.substr(0, end);
    out += '\n';
    if (end == std::string_view::npos) return;
    const bool pair = data[end] == '\r' && end + 1 < data.size() && data[end + 1] == '\n';
    data.remove_prefix(end + (pair ? 2 : 1));
  }
}

/// What an open stream remembers between two runs of its query.
struct Progress {
  EventStream stream;
  std::string last_id;
  MonotonicTime last_sent;
};

BodyPiece next_piece(Progress& progress) {
  EventBatch batch = progress.stream.query(progress.last_id);
  BodyPiece piece{.bytes = {}, .more = batch.more, .end = batch.end};
  for (const StreamEvent& event : batch.events) {
    piece.bytes += format_event(event);
    if (!event.id.empty()) progress.last_id = fit_for_id(event.id);
  }
  const MonotonicTime now = Clock::system().monotonic();
  if (piece.bytes.empty() && now - progress.last_sent >= progress.stream.heartbeat) piece.bytes = ":\n\n";
  if (!piece.bytes.empty()) progress.last_sent = now;
  return piece;
}

}  // namespace

std::string format_event(const StreamEvent& event) {
  std::string out;
  out.reserve(event.data.size() + event.id.size() + event.type.size() + 32);
  if (!event.id.empty()) out.append("id: ").append(fit_for_id(event.id)).append("\n");
  if (!event.type.empty()) out.append("event: ").append(one_line(event.type)).append("\n");
  append_data(out, event.data);
  out += '\n';
  return out;
}

StreamedResponse as_streamed(EventStream stream, const Request& request) {
  StreamedResponse out;
  out.headers = std::move(stream.headers);
  out.headers.set("Content-Type", "text/event-stream");
  if (!out.headers.has("Cache-Control")) out.headers.add("Cache-Control", "no-store");
  out.signal = stream.signal;
  out.poll = std::min(stream.poll, stream.heartbeat);
  auto progress = std::make_shared<Progress>(Progress{.stream = std::move(stream),
                                                      .last_id = std::string(request.headers.get("Last-Event-ID")),
                                                      .last_sent = Clock::system().monotonic()});
  out.next = [progress = std::move(progress)](Connection&) { return next_piece(*progress); };
  return out;
}

}  // namespace mailward::http
