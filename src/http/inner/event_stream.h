#pragma once

#include <string>

#include "http/request.h"
#include "http/stream.h"

namespace mailward::http {

/// The event in the form of text/event-stream, its empty line included.
std::string format_event(const StreamEvent& event);

/// An event stream as the stream of bytes that it is: runs its query, keeps the last id, sends heartbeats.
StreamedResponse as_streamed(EventStream stream, const Request& request);

}  // namespace mailward::http
