#include "http/inner/request_parser.h"

#include <algorithm>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>

namespace mailward::http {

namespace beast = boost::beast;

namespace {

/// The longest line of a chunk's size, and all trailers together: more is refused before Beast would ask for yet more.
constexpr std::size_t kMostChunkHead = 8 * 1024;

}  // namespace

class RequestParser::Beast : public beast::http::basic_parser<true> {
 public:
  explicit Beast(RequestParser& owner) : owner_(owner) {
    eager(false);
    body_limit(boost::none);
    header_limit(1024 * 1024);
  }

 private:
  using ErrorCode = beast::error_code;
  using View = beast::string_view;
  static std::string_view view(View text) { return {text.data(), text.size()}; }

  void on_request_impl(beast::http::verb, View method, View target, int version, ErrorCode&) override {
    owner_.request_.method = view(method);
    owner_.request_.target = view(target);
    owner_.request_.version = version == 10 ? Version::http_1_0 : Version::http_1_1;
  }
  void on_response_impl(int, View, int, ErrorCode&) override {}
  void on_field_impl(beast::http::field, View name, View value, ErrorCode&) override {
    // Trailers are read and dropped: nothing here wants them, and merged into the head they would be a way to smuggle.
    if (owner_.stage_ == Stage::head) owner_.request_.headers.add(std::string(view(name)), std::string(view(value)));
  }
  void on_header_impl(ErrorCode&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, ErrorCode&) override {}
  std::size_t on_body_impl(View body, ErrorCode& error) override { return take(body, error); }
  void on_chunk_header_impl(std::uint64_t size, View extensions, ErrorCode& error) override {
    if (!extensions.empty()) {
      owner_.refuse({400, "Chunk extensions are not understood."});
      error = beast::http::error::bad_chunk_extension;
    } else if (size > owner_.body_limit_ - owner_.request_.body.size()) {
      owner_.refuse({413, "The body is too large."});
      error = beast::http::error::body_limit;
    }
  }
  std::size_t on_chunk_body_impl(std::uint64_t, View body, ErrorCode& error) override { return take(body, error); }
  void on_finish_impl(ErrorCode&) override {}

  std::size_t take(View body, ErrorCode& error) {
    if (body.size() > owner_.body_limit_ - owner_.request_.body.size()) {
      owner_.refuse({413, "The body is too large."});
      error = beast::http::error::body_limit;
      return 0;
    }
    owner_.request_.body.append(view(body));
    return body.size();
  }

  RequestParser& owner_;
};

RequestParser::RequestParser(std::size_t head_limit)
    : head_limit_(head_limit), beast_(std::make_unique<Beast>(*this)) {}
RequestParser::~RequestParser() = default;

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
    beast::error_code error;
    const std::size_t taken = beast_->put(boost::asio::buffer(whole.data(), whole.size()), error);
    if (error || taken != whole.size() || !beast_->is_header_done() || beast_->chunked() != framing_.chunked ||
        beast_->content_length().value_or(0) != framing_.content_length) {
      refuse({400, "The head is malformed."});
      return 0;
    }
    stage_ = Stage::body;
    return skipped + taken;
  }
  if (scanned_ >= head_limit_) refuse({431, "The head is too large."});
  return 0;
}

void RequestParser::set_body_limit(std::size_t limit) {
  body_limit_ = limit;
  if (framing_.content_length > limit) {
    refuse({413, "The body is too large."});
  } else if (beast_->is_done()) {
    stage_ = Stage::done;
  } else {
    request_.body.reserve(std::min<std::size_t>(framing_.content_length, 64 * 1024));
  }
}

std::size_t RequestParser::feed_body(std::string_view input) {
  std::size_t taken = 0;
  while (stage_ == Stage::body && taken < input.size()) {
    beast::error_code error;
    const std::string_view rest = input.substr(taken);
    const std::size_t here = beast_->put(boost::asio::buffer(rest.data(), rest.size()), error);
    taken += here;
    body_begun_ = body_begun_ || here > 0;
    if (error == beast::http::error::need_more) {
      if (input.size() - taken > kMostChunkHead) refuse({400, "A chunk's head is too large."});
      break;
    }
    if (error) {
      refuse({400, "The body's framing is malformed."});
      break;
    }
    if (beast_->is_done()) stage_ = Stage::done;
    if (here == 0 && stage_ == Stage::body) break;
  }
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
