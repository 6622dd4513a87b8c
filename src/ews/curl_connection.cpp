#include "ews/curl_connection.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

#include "base/secret.h"
#include "ews/leg_failure.h"
#include "ews/tls_facts.h"
#include "ews/token.h"

namespace mailward::ews {
namespace {

constexpr std::size_t kHeadLimit = 256U << 10U;
constexpr std::size_t kFieldLimit = 1000;

bool is_expected(const sockaddr& raw, const SocketAddress& expected) {
  if (expected.ip.is_v4() != (raw.sa_family == AF_INET)) return false;
  if (raw.sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &raw, sizeof v4);
    return ntohs(v4.sin_port) == expected.port && std::memcmp(&v4.sin_addr, expected.ip.raw().data(), 4) == 0;
  }
  if (raw.sa_family != AF_INET6) return false;
  sockaddr_in6 v6{};
  std::memcpy(&v6, &raw, sizeof v6);
  return ntohs(v6.sin6_port) == expected.port && std::memcmp(&v6.sin6_addr, expected.ip.raw().data(), 16) == 0;
}

void set_first_header(curl_slist* list, std::string_view text) {
  wipe(list->data, std::strlen(list->data));
  std::free(list->data);
  list->data = static_cast<char*>(std::malloc(text.size() + 1));
  std::memcpy(list->data, text.data(), text.size());
  list->data[text.size()] = '\0';
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  auto begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

}  // namespace

CurlConnection::CurlConnection(const Endpoint& endpoint, const Proxy* proxy)
    : easy_(curl_easy_init()),
      multi_(curl_multi_init()),
      needs_tunnel_(proxy != nullptr && brings_tunnel(*proxy)),
      expected_(proxy != nullptr && !brings_tunnel(*proxy) ? proxy->address : endpoint.address) {
  if (easy_ == nullptr || multi_ == nullptr) throw std::bad_alloc();
  auto set = [this](CURLoption option, auto value) { curl_easy_setopt(easy_, option, value); };
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_ERRORBUFFER, &words_[0]);
  set(CURLOPT_PROTOCOLS_STR, "https");
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(CURLOPT_SSL_ENABLE_ALPN, 0L);
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set(CURLOPT_SSL_SESSIONID_CACHE, 0L);
  set(CURLOPT_SSL_VERIFYPEER, 1L);
  set(CURLOPT_SSL_VERIFYHOST, 2L);
  set(CURLOPT_TCP_KEEPALIVE, 1L);
  set(CURLOPT_BUFFERSIZE, 256L << 10);
  set(CURLOPT_HEADEROPT, static_cast<long>(CURLHEADER_SEPARATE));
  set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  // Old reverse proxies set a cookie on the 401 and want it back; it lives as long as this handle.
  set(CURLOPT_COOKIEFILE, "");
  if (!endpoint.trust.is_system()) {
    const std::string& pem = endpoint.trust.pem();
    curl_blob blob{const_cast<char*>(pem.data()), pem.size(), CURL_BLOB_COPY};
    set(CURLOPT_CAINFO_BLOB, &blob);
    // The distribution's folder is a default that the blob does not replace.
    set(CURLOPT_CAPATH, static_cast<char*>(nullptr));
  }
  std::string to = "::" + endpoint.address.text();
  connect_to_ = curl_slist_append(nullptr, to.c_str());
  set(CURLOPT_CONNECT_TO, connect_to_);
  if (proxy != nullptr && !brings_tunnel(*proxy)) {
    use_proxy(*proxy);
  } else {
    // An empty name keeps http_proxy and its like out.
    set(CURLOPT_PROXY, "");
  }
  set(CURLOPT_OPENSOCKETFUNCTION, &CurlConnection::open_socket);
  set(CURLOPT_OPENSOCKETDATA, this);
  set(CURLOPT_SOCKOPTFUNCTION, &CurlConnection::socket_options);
  set(CURLOPT_SOCKOPTDATA, this);
  set(CURLOPT_PREREQFUNCTION, &CurlConnection::before_request);
  set(CURLOPT_PREREQDATA, this);
  set(CURLOPT_HEADERFUNCTION, &CurlConnection::on_header);
  set(CURLOPT_HEADERDATA, this);
  set(CURLOPT_WRITEFUNCTION, &CurlConnection::on_body);
  set(CURLOPT_WRITEDATA, this);
  set(CURLOPT_SSL_CTX_FUNCTION, &CurlConnection::on_context);
  set(CURLOPT_SSL_CTX_DATA, this);
}

void CurlConnection::use_proxy(const Proxy& proxy) {
  auto set = [this](CURLoption option, auto value) { curl_easy_setopt(easy_, option, value); };
  // No other word of libcurl's says whether the proxy was shown a credential, and what it offers.
  set(CURLOPT_VERBOSE, 1L);
  set(CURLOPT_DEBUGFUNCTION, &CurlConnection::on_traffic);
  set(CURLOPT_DEBUGDATA, this);
  set(CURLOPT_HTTPPROXYTUNNEL, 1L);
  if (proxy.tls) {
    // By its name, for its certificate; the name stands for the address that was checked, and for no other.
    proxy_tls_ = true;
    const std::string port = std::to_string(proxy.address.port);
    const std::string ip = proxy.address.ip.is_v4() ? proxy.address.ip.text() : "[" + proxy.address.ip.text() + "]";
    resolve_ = curl_slist_append(nullptr, (proxy.host + ":" + port + ":" + ip).c_str());
    set(CURLOPT_RESOLVE, resolve_);
    set(CURLOPT_PROXY, ("https://" + proxy.host + ":" + port).c_str());
    set(CURLOPT_PROXY_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    set(CURLOPT_PROXY_SSL_VERIFYPEER, 1L);
    set(CURLOPT_PROXY_SSL_VERIFYHOST, 2L);
    if (!proxy.tls->is_system()) {
      const std::string& pem = proxy.tls->pem();
      curl_blob blob{const_cast<char*>(pem.data()), pem.size(), CURL_BLOB_COPY};
      set(CURLOPT_PROXY_CAINFO_BLOB, &blob);
      set(CURLOPT_PROXY_CAPATH, static_cast<char*>(nullptr));
    }
  } else {
    set(CURLOPT_PROXY, ("http://" + proxy.address.text()).c_str());
  }
  if (proxy.scheme == Scheme::negotiate) {
    // Not libcurl's own, which would take whatever tickets the process has lying about.
    proxy_tickets_.emplace();
    proxy_tickets_->scheme = Scheme::negotiate;
    proxy_tickets_->tickets = proxy.tickets;
    proxy_tickets_->service = proxy.service;
    proxy_host_ = proxy.host;
    proxy_headers_ = curl_slist_append(nullptr, "Proxy-Authorization:");
    set(CURLOPT_PROXYHEADER, proxy_headers_);
  } else if (!proxy.user.empty()) {
    // Inside the proxy's own TLS, and so unasked.
    set(CURLOPT_PROXYAUTH, static_cast<long>(CURLAUTH_BASIC));
    set(CURLOPT_PROXYUSERNAME, proxy.user.c_str());
    set(CURLOPT_PROXYPASSWORD, proxy.password.reveal().data());
  }
}

Status CurlConnection::sign_in_to_proxy() {
  MW_TRY(auto maker, TokenMaker::begin(*proxy_tickets_, proxy_host_));
  MW_TRY(auto value, maker.next({}, {}));
  std::string line = "Proxy-Authorization: ";
  line.reserve(line.size() + value.size());
  line += value.reveal();
  set_first_header(proxy_headers_, line);
  wipe(line);
  return {};
}

CurlConnection::~CurlConnection() {
  curl_easy_cleanup(easy_);
  curl_multi_cleanup(multi_);
  if (proxy_headers_ != nullptr) set_first_header(proxy_headers_, "");
  curl_slist_free_all(proxy_headers_);
  curl_slist_free_all(resolve_);
  if (headers_ != nullptr) set_first_header(headers_, "");
  curl_slist_free_all(headers_);
  curl_slist_free_all(connect_to_);
}

void CurlConnection::run(Leg& leg) {
  prepare(leg);
  CURLcode code = CURLE_OK;
  {
    const std::stop_callback on_stop(leg.stop, [this] { curl_multi_wakeup(multi_); });
    curl_multi_add_handle(multi_, easy_);
    code = drive(leg);
  }
  // While the handle is in the multi it still tells whether its connection is open.
  finish(code);
  curl_multi_remove_handle(multi_, easy_);
}

CURLcode CurlConnection::drive(Leg& leg) {
  constexpr std::chrono::milliseconds kLongestRest{60'000};
  for (;;) {
    if (leg.stop.stop_requested()) {
      leg.cancelled = true;
      return CURLE_ABORTED_BY_CALLBACK;
    }
    int running = 0;
    if (curl_multi_perform(multi_, &running) != CURLM_OK) return CURLE_OUT_OF_MEMORY;
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
      if (message->msg == CURLMSG_DONE) return message->data.result;
    }
    auto rest = kLongestRest;
    // Of the deadline libcurl knows.
    if (const auto longest = leg.taken ? std::optional(leg.silence) : leg.first_silence; leg.began && longest) {
      const auto silent = Clock::system().monotonic() - last_piece_;
      if (silent >= *longest) return CURLE_OPERATION_TIMEDOUT;
      rest = std::min(rest, std::chrono::ceil<std::chrono::milliseconds>(*longest - silent));
    }
    curl_multi_poll(multi_, nullptr, 0, static_cast<int>(rest.count()), nullptr);
  }
}

void CurlConnection::prepare(Leg& leg) {
  leg_ = &leg;
  words_[0] = '\0';
  auto set = [this](CURLoption option, auto value) { curl_easy_setopt(easy_, option, value); };
  set(CURLOPT_URL, leg.url.c_str());
  if (leg.method == Method::post) {
    set(CURLOPT_POST, 1L);
    set(CURLOPT_POSTFIELDS, leg.body.empty() ? "" : leg.body.data());
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(leg.body.size()));
  } else {
    set(CURLOPT_HTTPGET, 1L);
  }
  if (headers_ != nullptr) set_first_header(headers_, "");
  curl_slist_free_all(headers_);
  headers_ = curl_slist_append(nullptr, "Authorization:");
  for (const std::string& header : leg.headers) headers_ = curl_slist_append(headers_, header.c_str());
  set(CURLOPT_HTTPHEADER, headers_);
  set(CURLOPT_COOKIE, leg.cookie.empty() ? nullptr : leg.cookie.c_str());
  auto left = std::max<std::int64_t>(1, leg.deadline.remaining().count());
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(std::min<std::int64_t>(left, 86'400'000)));
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(std::max<std::int64_t>(1, leg.connect_timeout.count())));
}

curl_socket_t CurlConnection::open_socket(void* self, curlsocktype, curl_sockaddr* address) {
  auto& connection = *static_cast<CurlConnection*>(self);
  Leg& leg = *connection.leg_;
  // libcurl sends a request again by itself when a connection that it kept dies before the answer. Without a socket it
  // cannot: so none is given once a request began, nor in a leg that rests on the connection before.
  if (leg.began || !leg.may_connect || leg.connects > 0 || !is_expected(address->addr, connection.expected_)) {
    leg.connect_barred = true;
    return CURL_SOCKET_BAD;
  }
  if (connection.proxy_tickets_) {
    if (auto ready = connection.sign_in_to_proxy(); !ready) {
      leg.token_error = std::move(ready).error();
      return CURL_SOCKET_BAD;
    }
  }
  connection.tunnelled_ = static_cast<bool>(leg.tunnel);
  if (connection.needs_tunnel_ && !connection.tunnelled_) {
    leg.connect_barred = true;
    return CURL_SOCKET_BAD;
  }
  ++leg.connects;
  connection.contexts_ = 0;
  connection.fresh_ = true;
  connection.tls_.reset();
  if (connection.tunnelled_) return leg.tunnel.release();
  return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

int CurlConnection::socket_options(void* self, curl_socket_t, curlsocktype) {
  return static_cast<CurlConnection*>(self)->tunnelled_ ? CURL_SOCKOPT_ALREADY_CONNECTED : CURL_SOCKOPT_OK;
}

int CurlConnection::before_request(void* self, char*, char*, int, int) {
  auto& connection = *static_cast<CurlConnection*>(self);
  Leg& leg = *connection.leg_;
  curl_tlssessioninfo* info = nullptr;
  SSL* ssl = nullptr;
  if (curl_easy_getinfo(connection.easy_, CURLINFO_TLS_SSL_PTR, &info) == CURLE_OK && info != nullptr) {
    ssl = static_cast<SSL*>(info->internals);
  }
  if (ssl == nullptr) {
    leg.token_error = Error(BaseError::crypto, "the connection has no TLS");
    return CURL_PREREQFUNC_ABORT;
  }
  if (connection.fresh_ || !connection.tls_) connection.tls_ = read_tls_facts(ssl);
  connection.fresh_ = false;
  leg.tls = connection.tls_;
  if (leg.authorization) {
    auto value = leg.authorization(ssl);
    if (!value) {
      leg.token_error = std::move(value).error();
      return CURL_PREREQFUNC_ABORT;
    }
    std::string line = "Authorization: ";
    if (!value->empty()) {
      line.reserve(line.size() + value->size());
      line += *value;
    } else {
      line = "Authorization:";
    }
    set_first_header(connection.headers_, line);
    wipe(line);
  }
  leg.began = true;
  connection.last_piece_ = Clock::system().monotonic();
  return CURL_PREREQFUNC_OK;
}

int CurlConnection::on_traffic(CURL*, curl_infotype kind, char* data, std::size_t size, void* self) {
  constexpr std::size_t kMostChallenges = 32;
  Leg* leg = static_cast<CurlConnection*>(self)->leg_;
  if (leg == nullptr || leg->tls_begun) return 0;
  const std::string_view text(data, size);
  if (kind == CURLINFO_HEADER_OUT && text.contains("Proxy-Authorization:")) leg->proxy_shown = true;
  if (kind != CURLINFO_HEADER_IN) return 0;
  if (text.starts_with("HTTP/")) {
    leg->proxy_head.clear();
    leg->proxy_judged = leg->proxy_shown;
  }
  const auto colon = std::min(text.find(':'), text.size());
  if (!same_ignoring_case(text.substr(0, colon), "Proxy-Authenticate")) return 0;
  if (leg->proxy_head.list().size() < kMostChallenges) {
    leg->proxy_head.add("Proxy-Authenticate", std::string(trimmed(text.substr(colon + 1))));
  }
  return 0;
}

bool CurlConnection::read_head_line(std::string_view line) {
  Leg& leg = *leg_;
  leg.head_bytes += line.size();
  if (leg.head_bytes > kHeadLimit || leg.head.list().size() >= kFieldLimit) {
    leg.over_limit = true;
    return false;
  }
  if (line.starts_with("HTTP/")) {
    // A new head: an interim answer came before it.
    leg.head.clear();
    leg.head_complete = false;
    leg.status = 0;
    auto space = line.find(' ');
    if (space != std::string_view::npos) {
      for (char letter : line.substr(space + 1, 3)) {
        if (letter < '0' || letter > '9') return false;
        leg.status = leg.status * 10 + (letter - '0');
      }
    }
    return true;
  }
  std::string_view bare = trimmed(line);
  if (bare.empty()) {
    // After the body it is the end of a chunked body's trailer.
    if (!leg.head_complete) leg.received = Clock::system().now();
    leg.head_complete = leg.status >= 200;
    return true;
  }
  if (leg.head_complete) return true;
  auto colon = bare.find(':');
  if (colon == std::string_view::npos || colon == 0) return true;
  leg.head.add(std::string(trimmed(bare.substr(0, colon))), std::string(trimmed(bare.substr(colon + 1))));
  return true;
}

std::size_t CurlConnection::on_header(char* data, std::size_t size, std::size_t count, void* self) {
  auto& connection = *static_cast<CurlConnection*>(self);
  return connection.read_head_line({data, size * count}) ? size * count : 0;
}

bool CurlConnection::give(std::string_view piece) {
  Leg& leg = *leg_;
  leg.taken = true;
  leg.body_bytes += piece.size();
  // One call of libcurl may bring a great many pieces.
  leg.cancelled = leg.stop.stop_requested();
  if (leg.cancelled) return false;
  try {
    const bool wanted = leg.take(piece);
    last_piece_ = Clock::system().monotonic();
    return wanted;
  } catch (...) {
    leg.thrown = std::current_exception();
    return false;
  }
}

std::size_t CurlConnection::on_body(char* data, std::size_t size, std::size_t count, void* self) {
  auto& connection = *static_cast<CurlConnection*>(self);
  Leg& leg = *connection.leg_;
  std::size_t bytes = size * count;
  if (leg.take && leg.status == 200) return connection.give({data, bytes}) ? bytes : 0;
  if (bytes > leg.answer_limit - std::min(leg.answer.size(), leg.answer_limit)) {
    leg.over_limit = true;
    return 0;
  }
  leg.answer.append(data, bytes);
  leg.body_bytes += bytes;
  return bytes;
}

CURLcode CurlConnection::on_context(CURL*, void* context, void* self) {
  auto& connection = *static_cast<CurlConnection*>(self);
  // The first is the proxy's own, where it has one; libcurl judges its certificate.
  if (++connection.contexts_ == 1 && connection.proxy_tls_) return CURLE_OK;
  if (connection.leg_ != nullptr) {
    connection.leg_->tls_begun = true;
    if (connection.leg_->proxy_try != nullptr) connection.leg_->proxy_try->ended(verdict_of_proxy(*connection.leg_));
  }
  SSL_CTX_set_cert_verify_callback(static_cast<SSL_CTX*>(context), &CurlConnection::on_verify, self);
  return CURLE_OK;
}

int CurlConnection::on_verify(X509_STORE_CTX* store, void* self) {
  int verified = X509_verify_cert(store);
  Leg* leg = static_cast<CurlConnection*>(self)->leg_;
  if (leg != nullptr) {
    leg->verify_code = X509_STORE_CTX_get_error(store);
    if (verified != 1 && leg->verify_code == X509_V_OK) leg->verify_code = X509_V_ERR_UNSPECIFIED;
    leg->presented = describe_presented(store);
  }
  return verified;
}

void CurlConnection::finish(CURLcode code) {
  Leg& leg = *leg_;
  leg.code = code;
  curl_socket_t socket = CURL_SOCKET_BAD;
  leg.still_open = code == CURLE_OK && curl_easy_getinfo(easy_, CURLINFO_ACTIVESOCKET, &socket) == CURLE_OK &&
                   socket != CURL_SOCKET_BAD;
  leg.words = words_;
  curl_easy_getinfo(easy_, CURLINFO_OS_ERRNO, &leg.os_error);
  curl_easy_getinfo(easy_, CURLINFO_HTTP_CONNECTCODE, &leg.proxy_status);
  auto micros = [this](CURLINFO info) {
    curl_off_t value = 0;
    curl_easy_getinfo(easy_, info, &value);
    return std::chrono::microseconds(value);
  };
  auto connected = micros(CURLINFO_CONNECT_TIME_T);
  auto secured = micros(CURLINFO_APPCONNECT_TIME_T);
  if (leg.connects > 0) {
    leg.times.connect = connected;
    if (secured > connected) leg.times.tls = secured - connected;
  }
  leg.times.first_byte = micros(CURLINFO_STARTTRANSFER_TIME_T);
  leg.times.total = micros(CURLINFO_TOTAL_TIME_T);
  if (headers_ != nullptr) set_first_header(headers_, "Authorization:");
  forget_route();
  leg_ = nullptr;
}

void CurlConnection::forget_route() {
  constexpr std::string_view kRoute = "X-BackEndOverrideCookie";
  const auto gives_one = [&](const auto& field) {
    return same_ignoring_case(field.first, "Set-Cookie") && field.second.starts_with(kRoute);
  };
  if (std::ranges::none_of(leg_->head.list(), gives_one)) return;
  curl_slist* all = nullptr;
  curl_easy_getinfo(easy_, CURLINFO_COOKIELIST, &all);
  curl_easy_setopt(easy_, CURLOPT_COOKIELIST, "ALL");
  for (const curl_slist* one = all; one != nullptr; one = one->next) {
    if (std::string_view(one->data).find(std::string("\t").append(kRoute).append("\t")) == std::string_view::npos) {
      curl_easy_setopt(easy_, CURLOPT_COOKIELIST, one->data);
    }
  }
  curl_slist_free_all(all);
}

}  // namespace mailward::ews
