#include "http/event_stream_parser.h"

#include <utility>

namespace mailward::http {

Result<std::vector<StreamEvent>> EventStreamParser::feed(std::string_view piece) {
  std::vector<StreamEvent> events;
  while (!piece.empty()) {
    if (std::exchange(after_cr_, false) && piece.front() == '\n') {
      piece.remove_prefix(1);
      continue;
    }
    const auto end = piece.find_first_of("\r\n");
    const std::string_view part = piece.substr(0, end);
    if (line_.size() + part.size() > limits_.line_bytes) {
      return fail(BaseError::limit_exceeded, "A line of the event stream is too long.");
    }
    line_ += part;
    if (end == std::string_view::npos) break;
    after_cr_ = piece[end] == '\r';
    piece.remove_prefix(end + 1);
    take_line(std::exchange(line_, {}), events);
    if (event_.data.size() > limits_.event_bytes) {
      return fail(BaseError::limit_exceeded, "An event of the stream is too large.");
    }
  }
  return events;
}

void EventStreamParser::take_line(std::string_view line, std::vector<StreamEvent>& events) {
  if (std::exchange(at_start_, false) && line.starts_with("\xEF\xBB\xBF")) line.remove_prefix(3);
  if (line.empty()) {
    if (has_data_) {
      event_.data.pop_back();  // the line end behind the last data line
      if (event_.type.empty()) event_.type = "message";
      events.push_back(event_);
    }
    event_.type.clear();
    event_.data.clear();
    has_data_ = false;
    return;
  }
  const auto colon = line.find(':');
  const std::string_view field = line.substr(0, colon);
  std::string_view value = colon == std::string_view::npos ? std::string_view() : line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (field == "data") {
    event_.data.append(value).append("\n");
    has_data_ = true;
  } else if (field == "event") {
    event_.type = value;
  } else if (field == "id" && !value.contains('\0')) {
    event_.id = value;
  }
}

}  // namespace mailward::http
