#include "http/inner/request_parser.h"

#include <algorithm>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>

namespace mailward::http {

namespace beast = boost::beast;

namespace {

/// Writes one head, which check_head() has passed, into a Request.
class HeadParser : public beast::http::basic_parser<true> {
 public:
  explicit HeadParser(Request& request) : request_(request) {
    eager(false);
    body_limit(boost::none);
    header_limit(1024 * 1024);
  }

 private:
  using ErrorCode = beast::error_code;
  using View = beast::string_view;
  static std::string_view view(View text) { return {text.data(), text.size()}; }

  void on_request_impl(beast::http::verb, View method, View target, int version, ErrorCode&) override {
    request_.method = view(method);
    request_.target = view(target);
    request_.version = version == 10 ? Version::http_1_0 : Version::http_1_1;
  }
  void on_response_impl(int, View, int, ErrorCode&) override {}
  void on_field_impl(beast::http::field, View name, View value, ErrorCode&) override {
    request_.headers.add(std::string(view(name)), std::string(view(value)));
  }
  void on_header_impl(ErrorCode&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, ErrorCode&) override {}
  std::size_t on_body_impl(View, ErrorCode&) override { return 0; }
  void on_chunk_header_impl(std::uint64_t, View, ErrorCode&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, View, ErrorCode&) override { return 0; }
  void on_finish_impl(ErrorCode&) override {}

  Request& request_;
};

/// Whether Beast reads the head, all of it, with the same framing.
bool parse_head(std::string_view head, const BodyFraming& framing, Request& request) {
  HeadParser parser(request);
  beast::error_code error;
  const std::size_t taken = parser.put(boost::asio::buffer(head.data(), head.size()), error);
  return !error && taken == head.size() && parser.is_header_done() && parser.chunked() == framing.chunked &&
         parser.content_length().value_or(0) == framing.content_length;
}

}  // namespace

std::size_t RequestParser::feed(std::string_view input) {
  if (stage_ == Stage::head) return feed_head(input);
  if (stage_ == Stage::body) return feed_body(input);
  return 0;
}

void RequestParser::refuse(Refusal refusal) {
  if (stage_ == Stage::refused) return;
  refusal_ = refusal;
  stage_ = Stage::refused;
}

std::size_t RequestParser::feed_head(std::string_view input) {
  // One empty line before a request is what careless clients leave behind a body (RFC 9112 2.2).
  const std::size_t skipped = input.starts_with("\r\n") ? 2 : 0;
  if (input == "\r") return 0;
  const std::string_view head = input.substr(skipped);
  for (; scanned_ < std::min(head.size(), head_limit_); ++scanned_) {
    if (head[scanned_] != '\n') continue;
    if (scanned_ == 0 || head[scanned_ - 1] != '\r') {
      refuse({400, "A line end other than CR LF."});
      return 0;
    }
    if (scanned_ < 3 || head[scanned_ - 2] != '\n') continue;

    const std::string_view whole = head.substr(0, scanned_ + 1);
    if (const auto refusal = check_head(whole, framing_)) {
      refuse(*refusal);
      return 0;
    }
    if (!parse_head(whole, framing_, request_)) {
      refuse({400, "The head is malformed."});
      return 0;
    }
    stage_ = Stage::body;
    return skipped + whole.size();
  }
  if (scanned_ >= head_limit_) refuse({431, "The head is too large."});
  return 0;
}

void RequestParser::set_body_limit(std::size_t limit) {
  body_limit_ = limit;
  if (framing_.content_length > limit) {
    refuse({413, "The body is too large."});
  } else if (!framing_.chunked && framing_.content_length == 0) {
    stage_ = Stage::done;
  }
}

std::size_t RequestParser::feed_body(std::string_view input) {
  std::string& body = request_.body;
  if (framing_.chunked) {
    const std::size_t taken = chunked_.feed(input, body, body_limit_);
    if (chunked_.stage() == ChunkedBody::Stage::refused) refuse(chunked_.refusal());
    if (chunked_.stage() == ChunkedBody::Stage::done) stage_ = Stage::done;
    return taken;
  }
  const std::size_t taken = std::min<std::uint64_t>(input.size(), framing_.content_length - body.size());
  body.append(input.substr(0, taken));
  if (body.size() == framing_.content_length) stage_ = Stage::done;
  return taken;
}

std::string_view raw_path(std::string_view target) {
  if (!target.starts_with('/') && target != "*") {
    target.remove_prefix(std::min(target.size(), target.find("://") + 3));
    const auto slash = target.find_first_of("/?#");
    target = slash == std::string_view::npos ? std::string_view() : target.substr(slash);
    if (!target.starts_with('/')) return "/";
  }
  return target.substr(0, target.find_first_of("?#"));
}

bool interpret_target(Request& request) {
  auto path = percent_decode(raw_path(request.target));
  const auto mark = request.target.find('?');
  const std::string_view after =
      mark == std::string::npos ? std::string_view() : std::string_view(request.target).substr(mark + 1);
  auto query = parse_query(after.substr(0, after.find('#')));
  if (!path || !query) return false;
  request.path = *std::move(path);
  request.query = *std::move(query);
  return true;
}

}  // namespace mailward::http
