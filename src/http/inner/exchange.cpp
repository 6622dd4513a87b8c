#include <algorithm>
#include <atomic>
#include <exception>

#include "base/log.h"
#include "http/inner/event_stream.h"
#include "http/inner/response_head.h"
#include "http/inner/session.h"

namespace mailward::http {

namespace {

constexpr std::size_t kOneWrite = std::size_t{16} * 1024;   ///< head and body together up to here: one TLS record
constexpr std::size_t kIdleBuffer = std::size_t{4} * 1024;  ///< what an idle connection may keep of its input buffer
constexpr std::chrono::milliseconds kRetry{100};

bool has_body(int status) {
  return status >= 200 && status != 204 && status != 304;
}

std::string chunk_of(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string size;
  for (std::size_t rest = bytes.size(); rest != 0; rest /= 16) size.insert(size.begin(), kDigits[rest % 16]);
  return size.append("\r\n").append(bytes).append("\r\n");
}

/// Runs a handler or query; what it throws is logged and swallowed.
template <typename Function>
void guarded(const std::string& listener, std::string_view what, const Function& function) {
  try {
    function();
  } catch (const std::exception& error) {
    log::error("a request handler threw",
               {{"listener", listener}, {"route", std::string(what)}, {"what", error.what()}});
  } catch (...) {
    log::error("a request handler threw", {{"listener", listener}, {"route", std::string(what)}});
  }
}

/// The pieces of an answer that misbehaves, each to be written by itself.
std::vector<std::string> pieces_of(const Response& response, const Fault& fault, HeadFacts facts, bool head_only) {
  if (fault.raw) return {*fault.raw};
  facts.framing = fault.framing;
  std::string head = response_head(response.status, response.reason, response.headers, facts);
  const bool body = facts.has_body && !head_only;
  if (fault.framing != Framing::chunked) return {body ? head + response.body : head};
  if (!body) return {head};
  std::vector<std::string> pieces{head};
  if (fault.chunks.empty() && !response.body.empty()) pieces.push_back(chunk_of(response.body));
  for (const std::string& chunk : fault.chunks) {
    if (!chunk.empty()) pieces.push_back(chunk_of(chunk));
  }
  pieces.emplace_back("0\r\n\r\n");
  return pieces;
}

void cut(std::vector<std::string>& pieces, std::size_t left) {
  for (std::string& piece : pieces) {
    piece.resize(std::min(piece.size(), left));
    left -= piece.size();
  }
}

/// Connects a signal to a session. The flag coalesces: however often it is notified, one message goes to the io thread.
struct Wake {
  std::atomic<bool> set = false;
  std::weak_ptr<Session> session;
};

}  // namespace

Task<bool> Session::read_head(RequestParser& parser) {
  idle_ = true;
  if (input_.empty()) {
    if (core_.draining) co_return false;
    if (input_.capacity() > kIdleBuffer) std::string().swap(input_);
    set_deadline(core_.limits.idle);
    if (!co_await fill()) co_return false;
  }
  idle_ = false;
  set_deadline(core_.limits.head);
  while (true) {
    take_from_input(parser.feed(input_));
    if (parser.stage() != RequestParser::Stage::head) co_return true;
    if (!co_await fill()) co_return false;
  }
}

Task<bool> Session::read_body(RequestParser& parser) {
  while (true) {
    take_from_input(parser.feed(input_));
    if (parser.stage() != RequestParser::Stage::body) co_return true;
    if (!co_await fill()) co_return false;
  }
}

Task<bool> Session::serve_one() {
  RequestParser parser(core_.limits.head_bytes);
  if (!co_await read_head(parser)) co_return false;
  const MonotonicTime begun = Clock::system().monotonic();
  if (parser.stage() == RequestParser::Stage::refused) {
    co_return co_await refuse(parser.refusal().status, parser.refusal().why, {});
  }
  Request& request = parser.request();
  const BodyFraming& framing = parser.framing();
  const bool announces_body = framing.chunked || framing.content_length > 0;
  Asked asked{.head_only = request.method == "HEAD",
              .http_1_0 = request.version == Version::http_1_0,
              .keep_alive = framing.keep_alive};
  // Until a body is read, what follows on the connection is not the next request.
  const Asked unread{
      .head_only = asked.head_only, .http_1_0 = asked.http_1_0, .keep_alive = asked.keep_alive && !announces_body};
  if (!interpret_target(request)) co_return co_await refuse(400, "The request target cannot be decoded.", unread);
  auto match = listener_.router->match(request.method, raw_path(request.target));
  if (match.route == nullptr && match.allow.empty())
    co_return co_await refuse(404, "There is nothing at this address.", unread);
  if (match.route == nullptr) {
    co_return co_await refuse(405, "This address does not have that method.", unread, std::move(match.allow));
  }
  request.path_parameters = std::move(match.path_parameters);

  parser.set_body_limit(match.route->options.body_limit);
  if (parser.stage() == RequestParser::Stage::body) {
    deadline_ = begun + core_.limits.request;
    if (framing.expects_continue && input_.empty() && !co_await write_all("HTTP/1.1 100 Continue\r\n\r\n"))
      co_return false;
    deadline_ = begun + core_.limits.request;
    if (!co_await read_body(parser)) co_return false;
  }
  deadline_ = kNever;
  if (parser.stage() == RequestParser::Stage::refused) {
    asked.keep_alive = false;
    co_return co_await refuse(parser.refusal().status, parser.refusal().why, asked);
  }
  const bool more = co_await dispatch(request, *match.route, asked);
  ++connection_.requests_served;
  co_return more;
}

Task<bool> Session::dispatch(Request& request, const Router::Route& route, Asked asked) {
  std::optional<Reply> reply;
  if (killed_) co_return false;
  const bool ran = co_await on_pool(*core_.handlers, [&] {
    guarded(listener_.name, route.pattern, [&] { reply = route.handler(request, connection_); });
  });
  if (over()) co_return false;
  if (!ran) co_return co_await refuse(503, "Too many requests are waiting. Try again in a moment.", asked);
  if (!reply) co_return co_await refuse(500, "The request could not be carried out.", asked);
  if (auto* response = std::get_if<Response>(&*reply)) co_return co_await answer(std::move(*response), asked);
  if (auto* events = std::get_if<EventStream>(&*reply))
    co_return co_await stream(as_streamed(std::move(*events), request), asked);
  co_return co_await stream(std::get<StreamedResponse>(std::move(*reply)), asked);
}

Task<bool> Session::refuse(int status, std::string_view why, Asked asked, std::string allow) {
  Response page = listener_.router->error_page(status, why);
  page.status = status;
  if (!allow.empty()) page.headers.set("Allow", std::move(allow));
  if (status == 503) page.headers.set("Retry-After", "1");
  lingers_ = !asked.keep_alive;
  deadline_ = kNever;
  co_return co_await answer(std::move(page), asked);
}

Task<bool> Session::answer(Response response, Asked asked) {
  if (response.fault) co_return co_await answer_with_fault(response, *response.fault, asked);
  const bool keep = asked.keep_alive && !core_.draining && !response.headers.has_token("Connection", "close");
  const bool body = has_body(response.status);
  std::string head = response_head(response.status, response.reason, response.headers,
                                   {.body_size = response.body.size(),
                                    .has_body = body,
                                    .connection = !keep ? "close" : (asked.http_1_0 ? "keep-alive" : ""),
                                    .date = core_.date()});
  std::string_view rest = body && !asked.head_only ? std::string_view(response.body) : std::string_view();
  const std::size_t with_head = std::min(rest.size(), kOneWrite - std::min(kOneWrite, head.size()));
  head += rest.substr(0, with_head);
  rest.remove_prefix(with_head);
  if (!co_await write_all(head) || !co_await write_all(rest)) co_return false;
  co_return keep;
}

Task<bool> Session::answer_with_fault(const Response& response, const Fault& fault, Asked asked) {
  if (fault.delay.count() > 0) co_await pause(fault.delay);
  if (over()) co_return false;
  const bool ends = fault.ending != Ending::keep || fault.cut_after || fault.framing == Framing::until_close;
  const bool says_close = response.headers.has_token("Connection", "close");
  const bool keep = asked.keep_alive && !core_.draining && !says_close && !ends;
  std::string_view connection = keep && asked.http_1_0 ? "keep-alive" : "";
  if (!keep && !ends) connection = "close";
  auto pieces = pieces_of(response, fault,
                          {.body_size = response.body.size(),
                           .has_body = has_body(response.status),
                           .connection = connection,
                           .date = core_.date()},
                          asked.head_only);
  if (fault.cut_after) cut(pieces, *fault.cut_after);
  bool first = true;
  for (const std::string& piece : pieces) {
    if (!first && fault.between_chunks.count() > 0) co_await pause(fault.between_chunks);
    first = false;
    if (!co_await write_all(piece)) co_return false;
  }
  ending_ = fault.ending == Ending::reset ? Ending::reset : Ending::close;
  abrupt_ = fault.cut_after.has_value();
  lingers_ = !keep;
  co_return keep;
}

Task<bool> Session::stream(StreamedResponse out, Asked asked) {
  const bool chunked = !asked.http_1_0 && has_body(out.status);
  const bool keep = asked.keep_alive && chunked;
  std::string pending = response_head(out.status, {}, out.headers,
                                      {.framing = chunked ? Framing::chunked : Framing::until_close,
                                       .has_body = has_body(out.status),
                                       .connection = keep ? "" : "close",
                                       .date = core_.date()});
  if (asked.head_only || !has_body(out.status)) co_return co_await write_all(pending) && keep && !core_.draining;

  const auto wake = std::make_shared<Wake>();
  wake->session = weak_from_this();
  const auto attached = out.signal.attach([wake, &io = core_.io] {
    if (wake->set.exchange(true)) return;
    asio::post(io, [wake] {
      if (const auto session = wake->session.lock()) session->wakeup_.notify();
    });
  });
  while (true) {
    wake->set = false;
    BodyPiece piece;
    bool whole = false;
    if (killed_) co_return false;
    const bool ran = co_await on_pool(*core_.streams, [&] {
      guarded(listener_.name, "stream", [&] {
        piece = out.next(connection_);
        whole = true;
      });
    });
    if (over()) co_return false;
    if (!ran) {
      co_await pause(kRetry);
      if (eof_ || over()) co_return false;
      continue;
    }
    if (!piece.bytes.empty()) pending += chunked ? chunk_of(piece.bytes) : piece.bytes;
    // A stream whose query threw is cut, so that the client can tell it from one that ended.
    const bool ends = whole && (piece.end || core_.draining);
    if (ends && chunked) pending += "0\r\n\r\n";
    if (!co_await write_all(pending) || !whole || piece.cut) co_return false;
    pending.clear();
    if (ends) co_return keep && !core_.draining;
    if (!piece.more) co_await pause(out.poll, [&] { return wake->set.load() || core_.draining; });
    if (eof_ || over()) co_return false;
  }
}

}  // namespace mailward::http
