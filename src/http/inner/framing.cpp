#include "http/inner/framing.h"

#include <algorithm>

#include "http/headers.h"

namespace mailward::http {

namespace {

constexpr std::size_t kMostFields = 100;

bool is_token_letter(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || (letter >= '0' && letter <= '9') ||
         std::string_view("!#$%&'*+-.^_`|~").contains(letter);
}
bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, is_token_letter);
}
bool is_target_letter(char letter) {
  return letter > 0x20 && letter < 0x7f;
}
bool is_value_letter(char letter) {
  const auto byte = static_cast<unsigned char>(letter);
  return byte == '\t' || (byte >= 0x20 && byte != 0x7f);
}
bool is_digit(char letter) {
  return letter >= '0' && letter <= '9';
}
bool is_host_letter(char letter) {
  return is_token_letter(letter) || std::string_view(":[]()=;,").contains(letter);
}

std::string_view without_outer_spaces(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// What the fields that decide on framing have said so far.
struct Seen {
  std::string_view target;
  bool http_1_0 = false;
  std::size_t fields = 0;
  std::optional<std::string_view> host;
  std::optional<std::string_view> length;
  bool chunked = false;
  bool says_close = false;
  bool says_keep_alive = false;
  bool expects = false;
};

std::optional<Refusal> read_request_line(std::string_view line, Seen& seen) {
  const auto first = line.find(' ');
  const auto last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) return Refusal{400, "The request line is malformed."};
  if (!is_token(line.substr(0, first))) return Refusal{400, "The method is malformed."};
  seen.target = line.substr(first + 1, last - first - 1);
  if (seen.target.empty() || !std::ranges::all_of(seen.target, is_target_letter)) {
    return Refusal{400, "The request target is malformed."};
  }
  const std::string_view version = line.substr(last + 1);
  if (version != "HTTP/1.1" && version != "HTTP/1.0") {
    return version.starts_with("HTTP/") ? Refusal{505, "Only HTTP/1.1 and HTTP/1.0 are spoken here."}
                                        : Refusal{400, "The request line is malformed."};
  }
  seen.http_1_0 = version == "HTTP/1.0";
  return std::nullopt;
}

std::optional<Refusal> read_length(std::string_view value, Seen& seen) {
  if (seen.length) return Refusal{400, "Content-Length is there twice."};
  if (value.empty() || value.size() > 18 || !std::ranges::all_of(value, is_digit)) {
    return Refusal{400, "Content-Length is malformed."};
  }
  seen.length = value;
  return std::nullopt;
}

std::optional<Refusal> read_field(std::string_view line, Seen& seen) {
  if (++seen.fields > kMostFields) return Refusal{431, "There are too many header fields."};
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) {
    return Refusal{400, "A header field's name is malformed."};
  }
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = without_outer_spaces(line.substr(colon + 1));
  if (!std::ranges::all_of(value, is_value_letter)) return Refusal{400, "A header field holds a control character."};

  if (equal_ignoring_case(name, "host")) {
    if (seen.host) return Refusal{400, "Host is there twice."};
    if (!std::ranges::all_of(value, is_host_letter)) return Refusal{400, "Host is malformed."};
    seen.host = value;
  } else if (equal_ignoring_case(name, "content-length")) {
    return read_length(value, seen);
  } else if (equal_ignoring_case(name, "transfer-encoding")) {
    if (seen.chunked) return Refusal{400, "Transfer-Encoding is there twice."};
    if (!equal_ignoring_case(value, "chunked")) return Refusal{501, "No transfer coding but chunked is understood."};
    seen.chunked = true;
  } else if (equal_ignoring_case(name, "connection")) {
    const Headers field{{"Connection", std::string(value)}};
    seen.says_close = seen.says_close || field.has_token("Connection", "close");
    seen.says_keep_alive = seen.says_keep_alive || field.has_token("Connection", "keep-alive");
  } else if (equal_ignoring_case(name, "expect")) {
    if (!equal_ignoring_case(value, "100-continue")) return Refusal{417, "No expectation but 100-continue is met."};
    seen.expects = true;
  }
  return std::nullopt;
}

/// Origin form, "*", or an absolute form of the same host.
std::optional<Refusal> check_target(const Seen& seen) {
  if (seen.target.starts_with('/') || seen.target == "*") return std::nullopt;
  const auto scheme = seen.target.find("://");
  if (scheme == std::string_view::npos || !(equal_ignoring_case(seen.target.substr(0, scheme), "http") ||
                                            equal_ignoring_case(seen.target.substr(0, scheme), "https"))) {
    return Refusal{400, "The request target is malformed."};
  }
  const std::string_view rest = seen.target.substr(scheme + 3);
  if (!seen.host || !equal_ignoring_case(rest.substr(0, rest.find_first_of("/?#")), *seen.host)) {
    return Refusal{400, "The request target names another host than Host."};
  }
  return std::nullopt;
}

std::optional<Refusal> decide(const Seen& seen, BodyFraming& framing) {
  if (!seen.http_1_0 && !seen.host) return Refusal{400, "Host is missing."};
  if (seen.chunked && seen.length) return Refusal{400, "Transfer-Encoding and Content-Length exclude each other."};
  if (seen.chunked && seen.http_1_0) return Refusal{400, "HTTP/1.0 has no Transfer-Encoding."};
  if (const auto refusal = check_target(seen)) return refusal;
  framing.chunked = seen.chunked;
  framing.content_length = 0;
  if (seen.length) {
    for (const char digit : *seen.length) {
      framing.content_length = framing.content_length * 10 + static_cast<std::uint64_t>(digit - '0');
    }
  }
  framing.expects_continue = seen.expects && !seen.http_1_0;
  framing.keep_alive = !seen.says_close && (!seen.http_1_0 || seen.says_keep_alive);
  return std::nullopt;
}

}  // namespace

bool is_field_line(std::string_view line) {
  const auto colon = line.find(':');
  return colon != std::string_view::npos && is_token(line.substr(0, colon)) &&
         std::ranges::all_of(line.substr(colon + 1), is_value_letter);
}

std::optional<Refusal> check_head(std::string_view head, BodyFraming& framing) {
  Seen seen;
  bool first = true;
  while (true) {
    const auto end = head.find("\r\n");
    if (end == std::string_view::npos) return Refusal{400, "The head does not end."};
    const std::string_view line = head.substr(0, end);
    head.remove_prefix(end + 2);
    if (line.find_first_of("\r\n") != std::string_view::npos) return Refusal{400, "A line end other than CR LF."};
    if (line.empty() && !first) break;
    if (const auto refusal = first ? read_request_line(line, seen) : read_field(line, seen)) return refusal;
    first = false;
  }
  if (!head.empty()) return Refusal{400, "The head ends early."};
  return decide(seen, framing);
}

}  // namespace mailward::http
