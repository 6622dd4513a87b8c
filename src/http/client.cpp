#include "http/client.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <curl/curl.h>

#include "base/bytes.h"
#include "http/event_stream_parser.h"

namespace mailward::http {

std::string_view error_subject(HttpClientError) {
  return "http_client";
}

std::string_view error_name(HttpClientError code) {
  switch (code) {
    case HttpClientError::bad_request:
      return "bad_request";
    case HttpClientError::connect:
      return "connect";
    case HttpClientError::tls:
      return "tls";
    case HttpClientError::timed_out:
      return "timed_out";
    case HttpClientError::cancelled:
      return "cancelled";
    case HttpClientError::interrupted:
      return "interrupted";
    case HttpClientError::answer_too_large:
      return "answer_too_large";
    case HttpClientError::malformed_answer:
      return "malformed_answer";
    case HttpClientError::not_a_stream:
      return "not_a_stream";
  }
  return "unknown";
}

namespace {

constexpr std::size_t kMostHeadBytes = std::size_t{256} * 1024;
constexpr std::chrono::milliseconds kLongestPoll{10'000};

struct FreeEasy {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct FreeMulti {
  void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};
struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using List = std::unique_ptr<curl_slist, FreeList>;

void append(List& list, const std::string& line) {
  curl_slist* longer = curl_slist_append(list.get(), line.c_str());
  if (!list) list.reset(longer);
}

bool is_line(std::string_view text) {
  return std::ranges::none_of(text, [](char letter) { return letter == '\r' || letter == '\n' || letter == '\0'; });
}

void initialise_curl() {
  static const bool done = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  static_cast<void>(done);
}

/// One exchange under way: what came, and why it was stopped from our side.
struct Exchange {
  enum class Stopped { no, too_large, wanted };
  Response answer;
  std::size_t head_bytes = 0;
  std::size_t answer_limit = 0;
  Stopped stopped = Stopped::no;
  bool body_begun = false;
  bool streams = false;  ///< the answer is an event stream and read as such
  const std::function<bool(const StreamEvent&)>* on_event = nullptr;
  EventStreamParser parser;
  std::array<char, CURL_ERROR_SIZE> words{};
};

/// A new status line begins a new answer: those before it were interim ones.
void take_status_line(Exchange& exchange, std::string_view line) {
  exchange.answer = Response();
  exchange.answer.status = 0;
  const auto space = line.find(' ');
  if (space == std::string_view::npos) return;
  line.remove_prefix(space + 1);
  std::from_chars(line.data(), line.data() + line.size(), exchange.answer.status);
  const auto reason = line.find(' ');
  if (reason != std::string_view::npos) exchange.answer.reason = line.substr(reason + 1);
}

void begin_body(Exchange& exchange) {
  if (exchange.on_event == nullptr) return;
  std::string_view type = exchange.answer.headers.get("Content-Type");
  type = type.substr(0, type.find_first_of("; "));
  exchange.streams = exchange.answer.status == 200 && equal_ignoring_case(type, "text/event-stream");
}

std::size_t on_header(const char* data, std::size_t, std::size_t size, void* context) {
  auto& exchange = *static_cast<Exchange*>(context);
  exchange.head_bytes += size;
  if (exchange.head_bytes > kMostHeadBytes) {
    exchange.stopped = Exchange::Stopped::too_large;
    return 0;
  }
  if (exchange.body_begun) return size;  // trailers
  std::string_view line(data, size);
  while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
  if (line.starts_with("HTTP/")) {
    take_status_line(exchange, line);
  } else if (line.empty()) {
    begin_body(exchange);
  } else if (const auto colon = line.find(':'); colon != std::string_view::npos) {
    std::string_view value = line.substr(colon + 1);
    while (value.starts_with(' ') || value.starts_with('\t')) value.remove_prefix(1);
    while (value.ends_with(' ') || value.ends_with('\t')) value.remove_suffix(1);
    exchange.answer.headers.add(std::string(line.substr(0, colon)), std::string(value));
  }
  return size;
}

bool take_events(Exchange& exchange, std::string_view piece) {
  auto events = exchange.parser.feed(piece);
  if (!events) {
    exchange.stopped = Exchange::Stopped::too_large;
    return false;
  }
  for (const StreamEvent& event : *events) {
    if ((*exchange.on_event)(event)) continue;
    exchange.stopped = Exchange::Stopped::wanted;
    return false;
  }
  return true;
}

std::size_t on_body(const char* data, std::size_t, std::size_t size, void* context) {
  auto& exchange = *static_cast<Exchange*>(context);
  exchange.body_begun = true;
  if (exchange.streams) return take_events(exchange, {data, size}) ? size : 0;
  if (size > exchange.answer_limit - exchange.answer.body.size()) {
    exchange.stopped = Exchange::Stopped::too_large;
    return 0;
  }
  exchange.answer.body.append(data, size);
  return size;
}

HttpClientError class_of(CURLcode code, CURL* easy) {
  curl_off_t body_sent = 0;
  long head_sent = 0;
  curl_easy_getinfo(easy, CURLINFO_REQUEST_SIZE, &head_sent);
  curl_easy_getinfo(easy, CURLINFO_SIZE_UPLOAD_T, &body_sent);
  const bool sent = head_sent > 0 || body_sent > 0;
  switch (code) {
    // Also what libcurl calls an answer that begins with no status line.
    case CURLE_UNSUPPORTED_PROTOCOL:
      return sent ? HttpClientError::malformed_answer : HttpClientError::bad_request;
    case CURLE_URL_MALFORMAT:
    case CURLE_BAD_FUNCTION_ARGUMENT:
      return HttpClientError::bad_request;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
      return HttpClientError::connect;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CIPHER:
      return HttpClientError::tls;
    case CURLE_OPERATION_TIMEDOUT:
      return HttpClientError::timed_out;
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_BAD_CONTENT_ENCODING:
      return HttpClientError::malformed_answer;
    default:
      break;
  }
  return sent ? HttpClientError::interrupted : HttpClientError::connect;
}

std::unexpected<Error> failure_of(CURLcode code, CURL* easy, const Exchange& exchange) {
  if (exchange.stopped == Exchange::Stopped::too_large) {
    return fail(HttpClientError::answer_too_large, "The answer is larger than is read here.");
  }
  std::string words = exchange.words[0] != '\0' ? exchange.words.data() : curl_easy_strerror(code);
  return fail(class_of(code, easy), "The HTTP request failed: " + printable(words) + ".");
}

Result<List> header_list(const ClientRequest& request) {
  List list;
  for (const auto& [name, value] : request.headers) {
    if (name.empty() || !is_line(name) || name.contains(':') || !is_line(value)) {
      return fail(HttpClientError::bad_request, "The header field " + printable(name) + " cannot be sent.");
    }
    std::string line = name;
    append(list, line.append(value.empty() ? ";" : ": ").append(value));
  }
  // What libcurl would add by itself: a wait of a second before larger bodies, and a form's type.
  if (!request.headers.has("Expect")) append(list, "Expect:");
  if (!request.headers.has("Content-Type")) append(list, "Content-Type:");
  return list;
}

void set_body(CURL* easy, const ClientRequest& request) {
  const bool sends =
      !request.body.empty() || request.method == "POST" || request.method == "PUT" || request.method == "PATCH";
  if (request.method == "HEAD") {
    curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
  } else if (sends) {
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.data());
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
  }
  if (request.method != "HEAD") curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  // libcurl sends a request again when a reused connection turns out to be dead: never one that changes something.
  if (request.method != "GET" && request.method != "HEAD") curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
}

void set_destination(CURL* easy, const ClientOptions& options, List& connect_to) {
  curl_easy_setopt(easy, CURLOPT_PROXY, "");
  if (options.unix_socket) curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, options.unix_socket->c_str());
  if (options.address) {
    append(connect_to, "::" + options.address->text());
    curl_easy_setopt(easy, CURLOPT_CONNECT_TO, connect_to.get());
  }
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!options.trust.is_system()) {
    const std::string& pem = options.trust.pem();
    curl_blob blob{.data = const_cast<char*>(pem.data()), .len = pem.size(), .flags = CURL_BLOB_COPY};
    curl_easy_setopt(easy, CURLOPT_CAINFO_BLOB, &blob);
    curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);
  }
}

}  // namespace

struct Client::Impl {
  ClientOptions options;
  std::unique_ptr<CURLM, FreeMulti> multi;

  /// Runs the exchange to its end. Errors: as Client::call().
  Status run(const ClientRequest& request, Exchange& exchange, Deadline deadline, const std::stop_token& stop);
  Result<CURLcode> drive(CURL* easy, Deadline deadline, const std::stop_token& stop);
};

Client::Client(ClientOptions options) : impl_(std::make_unique<Impl>()) {
  initialise_curl();
  impl_->options = std::move(options);
  impl_->multi.reset(curl_multi_init());
}
Client::~Client() = default;
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;

Result<CURLcode> Client::Impl::drive(CURL* easy, Deadline deadline, const std::stop_token& stop) {
  const std::stop_callback wake(stop, [this] { curl_multi_wakeup(multi.get()); });
  while (true) {
    int running = 0;
    if (curl_multi_perform(multi.get(), &running) != CURLM_OK) {
      return fail(HttpClientError::interrupted, "libcurl failed while it carried out the request.");
    }
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi.get(), &left)) {
      if (message->msg == CURLMSG_DONE && message->easy_handle == easy) return message->data.result;
    }
    if (stop.stop_requested()) return fail(HttpClientError::cancelled, "The HTTP request was cancelled.");
    if (deadline.expired()) return fail(HttpClientError::timed_out, "The HTTP request took too long.");
    const auto wait = std::clamp(deadline.remaining(), std::chrono::milliseconds(1), kLongestPoll);
    curl_multi_poll(multi.get(), nullptr, 0, static_cast<int>(wait.count()), nullptr);
  }
}

Status Client::Impl::run(const ClientRequest& request, Exchange& exchange, Deadline deadline,
                         const std::stop_token& stop) {
  const std::unique_ptr<CURL, FreeEasy> owned(curl_easy_init());
  CURL* easy = owned.get();
  if (easy == nullptr || !multi) return fail(HttpClientError::interrupted, "libcurl is out of memory.");
  if (request.method.empty() || !is_line(request.method) || request.method.contains(' ') || !is_line(request.url)) {
    return fail(HttpClientError::bad_request, "The request's method or URL cannot be sent.");
  }
  MW_TRY(const List headers, header_list(request));
  List connect_to;
  exchange.answer_limit = options.answer_limit;
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, exchange.words.data());
  curl_easy_setopt(easy, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(easy, CURLOPT_USERAGENT, options.user_agent.c_str());
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &on_header);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, &exchange);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &on_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &exchange);
  set_body(easy, request);
  set_destination(easy, options, connect_to);

  curl_multi_add_handle(multi.get(), easy);
  const auto code = drive(easy, deadline, stop);
  curl_multi_remove_handle(multi.get(), easy);
  MW_CHECK(code);
  if (*code == CURLE_OK || exchange.stopped == Exchange::Stopped::wanted) return {};
  return failure_of(*code, easy, exchange);
}

Result<Response> Client::call(const ClientRequest& request, Deadline deadline, const std::stop_token& stop) {
  Exchange exchange;
  MW_CHECK(impl_->run(request, exchange, deadline, stop));
  return std::move(exchange.answer);
}

Status Client::stream(const ClientRequest& request, const std::function<bool(const StreamEvent&)>& on_event,
                      Deadline deadline, const std::stop_token& stop, Response* answer) {
  Exchange exchange;
  exchange.on_event = &on_event;
  MW_CHECK(impl_->run(request, exchange, deadline, stop));
  if (exchange.streams) return {};
  const int status = exchange.answer.status;
  if (answer != nullptr) *answer = std::move(exchange.answer);
  return fail(HttpClientError::not_a_stream,
              "An event stream was asked for, and an answer with status " + std::to_string(status) + " came.");
}

}  // namespace mailward::http
