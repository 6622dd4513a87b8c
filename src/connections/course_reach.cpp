#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "base/bytes.h"
#include "connections/course.h"

namespace mailward::connections {
namespace {

using std::chrono_literals::operator""s;

constexpr std::size_t kMostTargets = 40;

Finding name_finding(const Course& course, const Error& error) {
  const bool unknown = error.is(NameError::unknown_host) || error.is(NameError::malformed_name);
  return course.finding(unknown ? FailureClass::unknown_host : FailureClass::name_server_failed, error.message());
}

/// A front end as it is written: "host", "host:port", "10.0.0.1", "[2001:db8::1]:444".
std::pair<std::string, std::uint16_t> host_and_port(std::string_view text, std::uint16_t default_port) {
  const std::size_t bracket = text.rfind(']');
  const std::size_t colon = text.rfind(':');
  const bool has_port = colon != std::string_view::npos &&
                        (bracket == std::string_view::npos ? text.find(':') == colon : colon > bracket);
  std::uint16_t port = default_port;
  std::string_view host = text;
  if (has_port) {
    host = text.substr(0, colon);
    std::from_chars(text.data() + colon + 1, text.data() + text.size(), port);
  }
  if (host.size() > 1 && host.front() == '[') host = host.substr(1, host.size() - 2);
  return {std::string(host), port};
}

/// Adds the addresses of a host that the policy allows. False with a finding where there is none.
std::optional<Finding> add_targets(Course& course, const std::string& host, std::uint16_t port, bool of_url,
                                   std::string& shown) {
  const auto addresses = course.parts.resolver.resolve(host, course.step_deadline(10s));
  if (!addresses) return name_finding(course, addresses.error());
  std::optional<Finding> refused;
  bool added = false;
  for (const IpAddress& ip : *addresses) {
    const SocketAddress address{ip, port};
    if (auto allowed = course.parts.destinations.check(address); !allowed) {
      refused = course.finding(FailureClass::destination_refused, allowed.error().message());
      refused->remedy = allowed.error().remedy();
      continue;
    }
    shown += (shown.empty() ? "" : ", ") + ip.text();
    added = true;
    const auto known = std::ranges::find(course.targets, address, &Target::address);
    if (known != course.targets.end()) known->own |= !of_url;
    if (known != course.targets.end() || course.targets.size() >= kMostTargets) continue;
    Target target;
    target.label = port == course.url.port ? ip.text() : address.text();
    target.address = address;
    target.of_url = of_url;
    target.own = !of_url;
    course.targets.push_back(std::move(target));
  }
  // An address that may not be used is passed over where others may: a name with one address inside and one outside.
  return added ? std::nullopt : refused;
}

bool resolve(Course& course) {
  course.steps.begin("name_resolution");
  Facts facts;
  facts.add("host", course.url.host);
  std::string shown;
  if (auto trouble = add_targets(course, course.url.host, course.url.port, true, shown)) {
    course.steps.end(work::StepOutcome::failed, facts.add("error", trouble->sentence), trouble->remedy);
    course.note(*std::move(trouble));
    return false;
  }
  facts.add("addresses", shown);
  std::string front_ends;
  for (const std::string& front_end : course.input.form.front_ends) {
    const auto [host, port] = host_and_port(front_end, course.url.port);
    if (auto trouble = add_targets(course, host, port, false, front_ends)) {
      trouble->sentence = "front end " + front_end + ": " + trouble->sentence;
      course.steps.end(work::StepOutcome::failed, facts.add("error", trouble->sentence), trouble->remedy);
      course.note(*std::move(trouble));
      return false;
    }
  }
  course.steps.end(work::StepOutcome::ok, facts.add("front_ends", front_ends));
  return true;
}

FailureClass class_of(TlsVerdict verdict) {
  switch (verdict) {
    case TlsVerdict::name_mismatch:
      return FailureClass::tls_name_mismatch;
    case TlsVerdict::expired:
      return FailureClass::tls_expired;
    case TlsVerdict::not_yet_valid:
      return FailureClass::tls_not_yet_valid;
    case TlsVerdict::untrusted:
      return FailureClass::tls_untrusted;
    case TlsVerdict::incomplete_chain:
      return FailureClass::tls_incomplete_chain;
    case TlsVerdict::protocol_too_old:
      return FailureClass::tls_too_old;
    case TlsVerdict::too_weak:
      return FailureClass::tls_too_weak;
    case TlsVerdict::not_tls:
      return FailureClass::not_tls;
    case TlsVerdict::closed:
      return FailureClass::connection_reset;
    case TlsVerdict::timed_out:
      return FailureClass::answer_timed_out;
    case TlsVerdict::ok:
    case TlsVerdict::other:
      return FailureClass::tls_failed;
  }
  return FailureClass::tls_failed;
}

void add_certificate(Facts& facts, const CertificateInfo& certificate) {
  std::string names;
  for (const std::string& name : certificate.dns_names) names += (names.empty() ? "" : ", ") + name;
  facts.add("subject", certificate.subject).add("names", names).add("issuer", certificate.issuer);
  facts.add("valid_until", format_timestamp(certificate.not_after)).add("key", certificate.key);
  facts.add("signature", certificate.signature_algorithm);
  facts.add("sha256", to_hex(certificate.fingerprint));
}

/// What a person may trust so that this chain holds, as the step's offer.
std::string offer_of(const TrustCandidate& candidate) {
  std::string fingerprint;
  for (const char digit : to_hex(candidate.certificate.fingerprint)) {
    if (fingerprint.size() % 3 == 2) fingerprint += ':';
    fingerprint += static_cast<char>(std::toupper(static_cast<unsigned char>(digit)));
  }
  return nlohmann::ordered_json{{"kind", "trust_issuer"},
                                {"what", candidate.of_server ? "server" : "issuer"},
                                {"subject", candidate.certificate.subject},
                                {"fingerprint_sha256", fingerprint},
                                {"not_after", format_timestamp(candidate.certificate.not_after)},
                                {"pem", candidate.pem}}
      .dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

/// A second handshake, made to look at what was wrong with the first. `offer` is filled where there is one.
Finding tls_trouble(Course& course, Target& target, const ews::Failure& failure, Facts& facts, std::string& offer) {
  if (!course.way.is_straight()) {
    // A second look would go around the proxy.
    const TlsVerdict verdict = failure.tls ? failure.tls->verdict : TlsVerdict::other;
    facts.add("verdict", tls_verdict_name(verdict)).add("error", failure.error.message());
    if (target.certificate) add_certificate(facts, *target.certificate);
    return course.finding(class_of(verdict), failure.error.message());
  }
  const auto diagnosis =
      diagnose_tls(target.address, course.url.host, course.trust, course.step_deadline(10s), course.stop);
  if (!diagnosis) {
    facts.add("error", failure.error.message());
    return course.finding(FailureClass::tls_failed, failure.error.message());
  }
  // Behind a balancer the second look may meet another server, which is right: then the first one's reason stands.
  const bool met_another = diagnosis->verdict == TlsVerdict::ok;
  const TlsVerdict verdict = met_another && failure.tls ? failure.tls->verdict : diagnosis->verdict;
  const std::string detail = met_another ? failure.error.message() : diagnosis->detail;
  facts.add("verdict", tls_verdict_name(verdict)).add("error", detail);
  if (!diagnosis->chain.empty()) {
    if (!target.certificate) target.certificate = diagnosis->chain.front();
    add_certificate(facts, diagnosis->chain.front());
    facts.add("certificates_sent", static_cast<std::int64_t>(diagnosis->chain.size()));
    facts.add("last_issuer", diagnosis->chain.back().issuer);
    facts.add("last_sha256", to_hex(diagnosis->chain.back().fingerprint));
  }
  if (diagnosis->candidate) offer = offer_of(*diagnosis->candidate);
  return course.finding(class_of(verdict), detail);
}

bool is_tcp_trouble(ews::EwsError code) {
  return code == ews::EwsError::connect_refused || code == ews::EwsError::connect_timed_out ||
         code == ews::EwsError::unreachable || code == ews::EwsError::proxy_failed;
}

/// TCP, TLS and /ews/healthcheck.htm of one address: one call on the connection that all later calls of it use.
void probe(Course& course, Target& target) {
  ews::Endpoint endpoint{course.url.host, course.url.port, target.address, course.trust, course.url.path};
  ews::SessionSettings settings;
  settings.user_agent = course.input.form.user_agent;
  settings.request_id = course.input.request_id;
  target.session =
      std::make_unique<ews::Session>(course.parts.transport, std::move(endpoint), settings, course.way.proxy());
  course.steps.begin("tcp");
  const auto answer =
      target.session->send({.method = ews::Method::get, .path = "/ews/healthcheck.htm", .with_credential = false},
                           course.step_deadline(10s), course.stop);
  const ews::Evidence& evidence = answer ? answer->evidence : *answer.error().evidence;
  Facts tcp;
  tcp.add("address", target.address.text());
  if (!course.way.is_straight()) tcp.add("proxy", course.input.form.proxy.url);
  if (!answer && is_tcp_trouble(answer.error().code)) {
    const bool of_proxy = answer.error().is(ews::EwsError::proxy_failed);
    target.trouble = of_proxy ? proxy_finding(course, answer.error()) : finding_of(course, target, answer.error());
    course.steps.end(work::StepOutcome::failed, tcp.add("error", target.trouble->sentence), target.trouble->remedy);
    return;
  }
  course.steps.end(work::StepOutcome::ok, tcp, {}, evidence.times.connect);

  if (evidence.tls && !evidence.tls->chain.empty()) target.certificate = evidence.tls->chain.front();
  Facts tls;
  tls.add("address", target.label);
  if (!answer && (answer.error().is(ews::EwsError::tls_failed) || !evidence.tls)) {
    course.steps.begin("tls");
    std::string offer;
    target.trouble = tls_trouble(course, target, answer.error(), tls, offer);
    course.steps.end(work::StepOutcome::failed, tls, target.trouble->remedy);
    course.steps.offer(std::move(offer));
    return;
  }
  if (evidence.tls) {
    tls.add("protocol", evidence.tls->protocol).add("cipher", evidence.tls->cipher);
    if (!evidence.tls->chain.empty()) add_certificate(tls, evidence.tls->chain.front());
  }
  course.steps.add("tls", work::StepOutcome::ok, tls, {}, evidence.times.tls);

  course.server = evidence.front_end;
  Facts health;
  health.add("address", target.label);
  add_call_facts(health, evidence);
  if (!answer) {
    target.trouble = finding_of(course, target, answer.error());
    course.steps.add("health_check", work::StepOutcome::failed, health.add("error", target.trouble->sentence),
                     target.trouble->remedy, evidence.times.total - evidence.times.connect - evidence.times.tls);
    return;
  }
  const Duration took = evidence.times.total - evidence.times.connect - evidence.times.tls;
  if (evidence.status == 503) {
    // Whether that is all that is wrong with it, the next steps show.
    target.out_of_service = true;
    course.steps.add("health_check", work::StepOutcome::warning, health,
                     course.finding(FailureClass::out_of_service).remedy, took);
    return;
  }
  // Other answers than 200 are not final: a proxy in front may hide the health check, and what stands in front of EWS
  // is named by the next step.
  course.steps.add("health_check", evidence.status == 200 ? work::StepOutcome::ok : work::StepOutcome::note, health, {},
                   took);
}

}  // namespace

bool reach(Course& course) {
  if (!find_way(course) || !resolve(course)) return false;
  for (Target& target : course.targets) {
    if (course.stopped()) return false;
    probe(course, target);
    // Another try at the next address would show the proxy the same password again.
    if (target.trouble && is_of_proxy(target.trouble->failure)) {
      course.note(*target.trouble);
      return false;
    }
  }
  compare_certificates(course);
  return !course.sound_targets().empty();
}

}  // namespace mailward::connections
