#include "exchange_sim/front_end.h"

#include <algorithm>

#include "base/digest.h"
#include "exchange_sim/autodiscover.h"
#include "exchange_sim/front_end_exchange.h"
#include "exchange_sim/pages.h"
#include "exchange_sim/service_description.h"
#include "exchange_sim/store_ids.h"

namespace mailward::exchange_sim {
namespace {

std::string header(const http::Request& request, std::string_view name) {
  return std::string(request.headers.get(name)).substr(0, 500);
}

std::shared_ptr<ConnectionSignIn> sign_in_of(http::Connection& connection) {
  if (auto* kept = std::any_cast<std::shared_ptr<ConnectionSignIn>>(&connection.state)) return *kept;
  auto made = std::make_shared<ConnectionSignIn>();
  connection.state = made;
  return made;
}

/// As .NET writes it, "Sun, 17-Jul-2016 12:52:08 GMT" (recorded); some clients know no other.
std::string cookie_date(Timestamp time) {
  std::string text = http_date(time);
  constexpr std::size_t kAfterDay = 7;
  constexpr std::size_t kAfterMonth = 11;
  text.at(kAfterDay) = text.at(kAfterMonth) = '-';
  return text;
}

/// Breaks a stream off after so many bytes of its body.
void cut_after(http::StreamedResponse& streamed, std::size_t bytes) {
  streamed.next = [next = std::move(streamed.next), left = bytes](http::Connection& line) mutable {
    http::BodyPiece piece = next(line);
    piece.cut = piece.bytes.size() >= left;
    if (piece.cut) piece.bytes.resize(left);
    left -= piece.bytes.size();
    return piece;
  };
}

/// By its path in lower case: what stands beside the service to tell of it.
bool is_description(std::string_view path) {
  return path == "/ews/services.wsdl" || path == "/ews/messages.xsd" || path == "/ews/types.xsd" ||
         path == "/ews/xml.xsd";
}

/// What the client calls this server, with its port; `host` where it says nothing that is a name.
std::string host_asked_for(const http::Request& request, const std::string& host) {
  const std::string_view asked = request.headers.get("Host");
  const bool plain = !asked.empty() && std::ranges::all_of(asked, [](unsigned char c) {
    return std::isalnum(c) != 0 || std::string_view("-.:[]").contains(static_cast<char>(c));
  });
  return plain ? std::string(asked) : host;
}

}  // namespace

http::Reply FrontEnd::handle(const http::Request& request, http::Connection& connection) const {
  Exchange exchange{.request = request, .connection = connection, .directory = shared_.directory.get(), .record = {}};
  if (shared_.faults.peek(FaultKind::server_too_old, name_)) exchange.directory.build = find_build("2010");
  RequestRecord& record = exchange.record;
  record.at = Clock::system().now();
  record.front_end = name_;
  record.connection = connection.number;
  record.method = request.method;
  record.path = request.path.substr(0, 500);
  record.user_agent = header(request, "User-Agent");
  record.client_request_id = header(request, "client-request-id");
  record.anchor_mailbox = header(request, "X-AnchorMailbox");
  record.authorization = authorization_kind(request.headers.get("Authorization"));
  record.body_bytes = request.body.size();
  http::Response response = answer(exchange);
  finish(exchange, response);
  record.status = response.status;
  shared_.log.add(std::move(record));
  if (!exchange.stream || response.status != 200) return response;
  http::StreamedResponse streamed;
  for (const auto& [name, value] : response.headers) streamed.headers.add(name, value);
  streamed.next = stream_events(shared_.subscriptions, *std::move(exchange.stream), *exchange.directory.build,
                                shared_.organisation.clock());
  if (response.fault && response.fault->cut_after) cut_after(streamed, *response.fault->cut_after);
  if (shared_.recorder != nullptr) {
    streamed.next = [next = std::move(streamed.next), recorder = shared_.recorder,
                     file = exchange.kept](http::Connection& line) {
      http::BodyPiece piece = next(line);
      recorder->keep_more(file, piece.bytes);
      return piece;
    };
  }
  streamed.signal = shared_.organisation.changed();
  return streamed;
}

http::Response FrontEnd::answer(Exchange& exchange) const {
  if (auto page = in_front(exchange)) return *std::move(page);
  const std::string path = lower_case(exchange.request.path);
  if (path == "/ews/healthcheck.htm") return health(exchange);
  if (path == "/ews/exchange.asmx" || is_description(path) || is_autodiscover(path)) return ews(exchange);
  if (path == "/") return redirect_page("https://" + shared_.host + "/owa/");
  return iis(404, "text/html", status_page(404));
}

/// What a proxy, a firewall or a filter before Exchange would do with the request.
std::optional<http::Response> FrontEnd::in_front(Exchange& exchange) const {
  FaultBoard& faults = shared_.faults;
  if (const auto fault = faults.strike(FaultKind::http_status, name_)) {
    return iis(fault->status, "text/html", status_page(fault->status));
  }
  if (faults.strike(FaultKind::portal_page, name_)) return portal_page();
  if (const auto fault = faults.strike(FaultKind::redirect, name_)) return redirect_page(fault->value);
  if (lower_case(exchange.request.path) == "/ews/healthcheck.htm") return std::nullopt;
  if (const auto fault = faults.strike(FaultKind::forms_login, name_)) {
    return fault->status == 302 ? logon_redirect(shared_.host) : login_timeout_page();
  }
  if (faults.strike(FaultKind::body_too_large, name_) && !exchange.request.body.empty()) {
    return iis(413, "text/html", status_page(413));
  }
  const std::string_view authorization = exchange.request.headers.get("Authorization");
  const auto limit = faults.peek(FaultKind::token_too_large, name_);
  if (limit && lower_case(authorization.substr(0, 10)) == "negotiate " && authorization.size() > limit->bytes &&
      faults.strike(FaultKind::token_too_large, name_)) {
    return too_long_head(limit->status == 0 ? 400 : limit->status);
  }
  return std::nullopt;
}

namespace {

/// As EwsAllowList and EwsBlockList take their entries: `*` stands for any text.
bool matches_wildcards(std::string_view text, std::string_view pattern) {
  const std::size_t star = pattern.find('*');
  if (star == std::string_view::npos) return text == pattern;
  if (!text.starts_with(pattern.substr(0, star))) return false;
  text.remove_prefix(star);
  pattern.remove_prefix(star + 1);
  for (std::size_t at = 0; at <= text.size(); ++at) {
    if (matches_wildcards(text.substr(at), pattern)) return true;
  }
  return false;
}

/// The binding that a server expects whose own certificate the client never sees.
Bytes end_point_behind_balancer() {
  Bytes end_point = to_bytes("tls-server-end-point:");
  const Sha256 hash = sha256(as_bytes("the certificate between the balancer and this server"));
  end_point.insert(end_point.end(), hash.begin(), hash.end());
  return end_point;
}

}  // namespace

http::Response FrontEnd::health(Exchange& exchange) const {
  if (shared_.faults.strike(FaultKind::healthcheck_down, name_)) return iis(503, "text/html", status_page(503));
  exchange.record.operation = "healthcheck";
  return iis(200, "text/html", "200 OK<br/>" + name_ + "." + shared_.domain);
}

http::Response FrontEnd::ews(Exchange& exchange) const {
  const auto connection = sign_in_of(exchange.connection);
  if (shared_.faults.peek(FaultKind::negotiate_ntlm_only, name_)) {
    const auto refused =
        shared_.door.without_kerberos(exchange.request.headers.get("Authorization"), exchange.directory);
    if (refused) return unauthorized(exchange, *refused);
  }
  const bool bound_elsewhere = exchange.connection.listener == kBehindInspection ||
                               shared_.faults.peek(FaultKind::reencrypting_balancer, name_).has_value();
  const Bytes end_point = bound_elsewhere ? end_point_behind_balancer() : exchange.connection.server_end_point;
  const SignInOutcome outcome = shared_.door.judge(exchange.request.headers.get("Authorization"), exchange.directory,
                                                   name_, end_point, *connection);
  const bool judged = outcome.signed_in
                          ? outcome.signed_in->fresh
                          : exchange.request.headers.has("Authorization") && !outcome.challenged.mid_handshake;
  if (judged && shared_.faults.strike(FaultKind::back_end_lost, name_)) return iis(502, "text/html", status_page(502));
  if (!outcome.signed_in) return unauthorized(exchange, outcome.challenged);
  exchange.who = outcome.signed_in;
  const bool legacy = outcome.signed_in->scheme != "Kerberos";
  if ((legacy && shared_.faults.strike(FaultKind::legacy_auth_blocked, name_)) ||
      (outcome.signed_in->fresh && shared_.faults.strike(FaultKind::unauthorized_under_load, name_))) {
    connection->account.clear();
    exchange.who.reset();
    return unauthorized(exchange,
                        {.www_authenticate = shared_.door.offers(exchange.directory), .mid_handshake = false});
  }
  exchange.record.account = exchange.who->account;
  exchange.record.scheme = exchange.who->scheme;
  return signed_in(exchange);
}

http::Response FrontEnd::unauthorized(const Exchange& exchange, const Challenged& challenged) const {
  http::Response response;
  response.status = 401;
  http::Headers& headers = response.headers;
  headers.add("Server", std::string(exchange.directory.build->iis));
  headers.add("request-id", exchange.request_id);
  for (const std::string& value : challenged.www_authenticate) headers.add("WWW-Authenticate", value);
  headers.add("X-Powered-By", "ASP.NET");
  headers.add("X-FEServer", name_);
  if (const std::string& hsts = exchange.directory.strict_transport_security; !hsts.empty()) {
    headers.add("Strict-Transport-Security", hsts);
  }
  return response;
}

http::Response FrontEnd::signed_in(Exchange& exchange) const {
  if (is_autodiscover(exchange.request.path)) {
    http::Response found = autodiscover(exchange);
    if (exchange.request.method == "POST") keep_conversation(exchange, found);
    return found;
  }
  if (auto refusal = refused_by_exchange(exchange)) return *std::move(refusal);
  if (exchange.request.method == "GET" || exchange.request.method == "HEAD") return described(exchange);
  if (exchange.request.method != "POST" || is_description(lower_case(exchange.request.path))) {
    return iis(405, "text/html", status_page(405));
  }
  const std::string type = lower_case(exchange.request.headers.get("Content-Type"));
  if (!type.starts_with("text/xml")) return iis(415, "", "");
  http::Response response = shared_.replay != nullptr ? replayed(exchange) : operate(exchange);
  keep_conversation(exchange, response);
  return response;
}

void FrontEnd::keep_conversation(Exchange& exchange, const http::Response& response) const {
  if (shared_.recorder == nullptr) return;
  exchange.kept = shared_.recorder->keep(exchange.record.operation, exchange.request.body, response.body);
}

/// What is told of the service to whoever does not call it.
http::Response FrontEnd::described(Exchange& exchange) const {
  const std::string path = lower_case(exchange.request.path);
  const std::string host = host_asked_for(exchange.request, shared_.host);
  if (path == "/ews/services.wsdl") return iis(200, "text/xml", service_description(host));
  if (!is_description(path)) return iis(200, "text/html; charset=UTF-8", service_page(host));
  if (const std::string* schema =
          shared_.schemas == nullptr ? nullptr : shared_.schemas->find(path.substr(path.rfind('/') + 1))) {
    return iis(200, "text/xml", *schema);
  }
  note_unplayed(exchange.record, exchange.request.path);
  return iis(404, "text/html", status_page(404));
}

http::Response FrontEnd::replayed(Exchange& exchange) const {
  auto request = read_soap(exchange.request.body);
  if (!request) return soap(exchange, 500, write_fault(request.error()));
  exchange.record.operation = request->operation.substr(0, 100);
  auto kept = shared_.replay->next(request->operation);
  if (kept) return soap(exchange, kept->status, std::move(kept->body));
  const std::string message = "No answer to " + exchange.record.operation + " was recorded.";
  return soap(exchange, 500, write_fault(plain_fault("ErrorInvalidRequest", message)));
}

/// Policies that refuse a signed-in account without a word (README.md, "Access policy").
std::optional<http::Response> FrontEnd::refused_by_exchange(Exchange& exchange) const {
  const std::string agent = lower_case(exchange.request.headers.get("User-Agent"));
  const auto listed = [&](const FaultSetting& fault) {
    for (const std::string& pattern : fault.values) {
      if (matches_wildcards(agent, lower_case(pattern))) return true;
    }
    return false;
  };
  const auto blocked = shared_.faults.peek(FaultKind::user_agent_blocked, name_);
  const auto allowed = shared_.faults.peek(FaultKind::user_agent_not_allowed, name_);
  const Mailbox* own = shared_.organisation.mailbox_of_account(exchange.who->account);
  if ((blocked && (blocked->values.empty() || listed(*blocked))) || (allowed && !listed(*allowed)) ||
      shared_.faults.peek(FaultKind::ews_disabled, name_) ||
      (own != nullptr && !shared_.organisation.ews_enabled(*own))) {
    return iis(403, "", "");
  }
  return std::nullopt;
}

/// Header order as recorded from 15.2.1748 (garethp-php-ews).
http::Response FrontEnd::soap(const Exchange& exchange, int status, std::string body) const {
  const Timestamp now = Clock::system().now();
  const Timestamp in_a_year = now + std::chrono::hours(24 * 365);
  const Timestamp in_a_month = now + std::chrono::hours(24 * 30);
  http::Response response;
  response.status = status;
  http::Headers& headers = response.headers;
  headers.add("Cache-Control", "private");
  headers.add("Content-Type", "text/xml; charset=utf-8");
  headers.add("Server", std::string(exchange.directory.build->iis));
  headers.add("request-id", exchange.request_id);
  if (exchange.directory.build->major >= 15) {
    headers.add("X-CalculatedBETarget", lower_case(name_) + "." + shared_.domain);
    headers.add("X-DiagInfo", name_);
    headers.add("X-BEServer", name_);
  }
  headers.add("X-AspNet-Version", exchange.directory.build->major >= 15 ? "4.0.30319" : "2.0.50727");
  headers.add("Set-Cookie", "exchangecookie=" + to_hex(random_bytes(16)) + "; expires=" + cookie_date(in_a_year) +
                                "; path=/; HttpOnly");
  if (exchange.directory.build->major >= 15) {
    headers.add("Set-Cookie", "X-BackEndCookie=" + make_guid(exchange.who->account) + "=" +
                                  to_base64(random_bytes(48)) + "; expires=" + cookie_date(in_a_month) +
                                  "; path=/EWS; secure; HttpOnly");
  }
  headers.add("X-Powered-By", "ASP.NET");
  if (exchange.directory.build->major >= 15) headers.add("X-FEServer", name_);
  response.body = std::move(body);
  response.fault.emplace();
  response.fault->framing = http::Framing::chunked;
  response.fault->chunks = {response.body};
  return response;
}

http::Response FrontEnd::iis(int status, std::string content_type, std::string body) const {
  http::Response response;
  response.status = status;
  if (!content_type.empty()) response.headers.add("Content-Type", std::move(content_type));
  response.headers.add("Server", std::string(shared_.directory.get().build->iis));
  response.headers.add("X-Powered-By", "ASP.NET");
  response.headers.add("X-FEServer", name_);
  response.body = std::move(body);
  return response;
}

http::Response FrontEnd::error_page(int status) const {
  http::Response response;
  response.status = status;
  response.headers.add("Content-Type", "text/html; charset=us-ascii");
  response.headers.add("Server", "Microsoft-HTTPAPI/2.0");
  response.body = status_page(status);
  return response;
}

/// http.sys itself: no front end's name, and the connection ends.
http::Response FrontEnd::too_long_head(int status) const {
  http::Response response = error_page(status);
  response.headers.add("Connection", "close");
  return response;
}

/// What every answer gets: the client's own id where asked, the handshake's end, and what goes wrong on the way.
void FrontEnd::finish(Exchange& exchange, http::Response& response) const {
  FaultBoard& faults = shared_.faults;
  if (lower_case(exchange.request.headers.get("return-client-request-id")) == "true" &&
      !exchange.record.client_request_id.empty()) {
    response.headers.add("client-request-id", exchange.record.client_request_id);
  }
  if (exchange.who && exchange.who->scheme != "Basic") {
    if (exchange.directory.per_request_authentication) {
      response.headers.add("Persistent-Auth", "false");
    } else if (exchange.who->fresh) {
      response.headers.add("Persistent-Auth", "true");
    }
    if (!exchange.who->answer.empty()) response.headers.add("WWW-Authenticate", exchange.who->answer);
  }
  if (const auto skew = faults.strike(FaultKind::clock_skew, name_)) {
    response.headers.set("Date", http_date(Clock::system().now() + std::chrono::milliseconds(skew->milliseconds)));
  }
  const auto fault_of = [&]() -> http::Fault& {
    if (!response.fault) response.fault.emplace();
    return *response.fault;
  };
  const auto meets = [&](FaultKind kind) -> std::optional<FaultSetting> {
    const auto set = faults.peek(kind, name_);
    const bool concerned =
        set && (set->values.empty() || std::ranges::find(set->values, exchange.record.operation) != set->values.end());
    return concerned ? faults.strike(kind, name_) : std::nullopt;
  };
  if (const auto late = meets(FaultKind::latency)) {
    fault_of().delay = std::chrono::milliseconds(late->milliseconds);
    if (exchange.permit) exchange.permit->linger(fault_of().delay);
  }
  // Signing in goes on in peace: these are about the answer that carries something.
  if (response.status == 401) return;
  if (meets(FaultKind::reset_answer)) {
    fault_of().cut_after = 0;
    fault_of().ending = http::Ending::reset;
  }
  if (const auto cut = meets(FaultKind::truncated_answer)) {
    fault_of().cut_after = cut->bytes;
    fault_of().ending = http::Ending::close;
  }
  if (const auto broken = meets(FaultKind::malformed_answer)) {
    if (broken->value == "head") {
      fault_of().raw = "HTTP/1.1 \x01garbled\r\nno header\r\n\r\n";
      fault_of().ending = http::Ending::close;
    } else {
      response.body = response.body.substr(0, response.body.size() * 2 / 3);
      fault_of().chunks = {response.body};
      fault_of().framing = http::Framing::chunked;
    }
  }
}

}  // namespace mailward::exchange_sim
