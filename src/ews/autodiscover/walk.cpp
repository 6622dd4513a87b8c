#include "ews/autodiscover/walk.h"

#include <algorithm>
#include <set>

#include <fmt/ranges.h>

#include "base/bytes.h"
#include "ews/autodiscover/plain_redirect.h"

namespace mailward::ews {
namespace {

using Verdict = AutodiscoverStep::Verdict;
using Password = AutodiscoverStep::Password;

constexpr unsigned kRedirects = 10;
constexpr std::size_t kSteps = 32;
constexpr std::string_view kPoxPath = "/autodiscover/autodiscover.xml";
constexpr std::string_view kSoapPath = "/autodiscover/autodiscover.svc";

/// Whether the server takes the sign-in that it was shown.
bool offers_it(const Evidence& evidence) {
  return !evidence.sign_in.scheme || evidence.offer.schemes.empty() || evidence.offer.offers(*evidence.sign_in.scheme);
}

/// What an answer says of the password.
Password judged_by(const Evidence& evidence) {
  if (!showed_password(evidence)) return Password::unjudged;
  if (evidence.status == 401) return offers_it(evidence) ? Password::refused : Password::unjudged;
  // Of a balancer that lost the server, which may have judged it before.
  const bool from_between = evidence.status >= 502 && evidence.status <= 504;
  return from_between ? Password::unknown : Password::taken;
}

/// Why a 401 is no refusal.
std::string sentence_of_unjudged(const Evidence& evidence) {
  if (evidence.offer.schemes.empty() && !evidence.offer.others.empty()) {
    return fmt::format("it offers no sign-in that Mailward knows, but {}", fmt::join(evidence.offer.others, ", "));
  }
  if (!offers_it(evidence)) return "it does not offer the sign-in that was asked for";
  if (evidence.sign_in.stage == SignInStage::already) return "it took back the sign-in that it had accepted";
  return "it broke the sign-in off before the password was shown";
}

std::string sentence_of(const Error& error) {
  return error.remedy().empty() ? error.message() : error.message() + "; " + error.remedy();
}

/// Loosely an address of RFC 5321's form: what is asked about next.
bool is_address(std::string_view text) {
  constexpr std::size_t kLongest = 320;
  return text.size() <= kLongest && !domain_of(text).empty() &&
         text.find_first_of(" <>\"(),:;\\") == std::string_view::npos;
}

/// One walk on its way.
class Walk {
 public:
  Walk(const AutodiscoverQuestion& question, const AutodiscoverDoors& doors, Deadline deadline, std::stop_token stop)
      : question_(question), doors_(doors), deadline_(deadline), stop_(std::move(stop)), address_(question.address) {}

  AutodiscoverResult run() {
    std::set<std::string> asked;
    // A redirect to another address begins anew with that one.
    while (!ended_ && asked.insert(lower_case(address_)).second && asked.size() <= kRedirects) {
      restart_ = false;
      seen_.clear();
      ask_candidates();
      if (!restart_) break;
    }
    return std::move(result_);
  }

 private:
  bool over() const {
    return ended_ || restart_ || stop_.stop_requested() || deadline_.expired() || result_.steps.size() >= kSteps;
  }

  void ask_candidates() {
    using Source = AutodiscoverSource;
    for (const auto& url : question_.scp_urls) ask(url, Source::scp);
    const std::string domain = domain_of(address_);
    if (domain.empty()) return;
    ask("https://" + domain + std::string(kPoxPath), Source::domain);
    ask("https://autodiscover." + domain + std::string(kPoxPath), Source::autodiscover_host);
    ask_plainly("autodiscover." + domain);
    ask_services("_autodiscover._tcp." + domain);
  }

  AutodiscoverStep& note(AutodiscoverSource source, std::string url, Verdict verdict, std::string sentence,
                         std::shared_ptr<const Evidence> evidence = nullptr) {
    const auto password = evidence ? judged_by(*evidence) : Password::unjudged;
    return result_.steps.emplace_back(AutodiscoverStep{.source = source,
                                                       .url = std::move(url),
                                                       .verdict = verdict,
                                                       .sentence = std::move(sentence),
                                                       .evidence = std::move(evidence),
                                                       .password = password});
  }
  /// Where no answer came.
  void note_failed(AutodiscoverSource source, const HttpsUrl& url, const Failure& failure) {
    std::string sentence = sentence_of(failure.error);
    const bool untrusted = failure.tls && failure.tls->verdict == TlsVerdict::untrusted;
    if (untrusted) sentence += "; where the host is yours, give the authority of its certificate as trust";
    auto& step = note(source, url.text(), Verdict::failed, std::move(sentence), failure.evidence);
    step.password = showed_password(*failure.evidence) ? Password::unknown : Password::unjudged;
  }

  void ask_plainly(const std::string& host) {
    if (over() || !doors_.plain_address) return;
    const std::string shown = "http://" + host + std::string(kPoxPath);
    const Deadline soon = deadline_.earlier_of(Deadline::after(question_.each));
    auto address = doors_.plain_address(host, soon);
    if (!address) {
      note(AutodiscoverSource::http_redirect, shown, Verdict::failed, sentence_of(address.error()));
      return;
    }
    auto location = plain_redirect(*address, host, default_user_agent(), soon, stop_);
    if (!location) {
      note(AutodiscoverSource::http_redirect, shown, Verdict::failed, sentence_of(location.error()));
    } else if (!*location) {
      note(AutodiscoverSource::http_redirect, shown, Verdict::nothing_there, "it redirects nowhere");
    } else {
      note(AutodiscoverSource::http_redirect, shown, Verdict::redirected, "it sends to " + printable(**location));
      follow(**location);
    }
  }

  void ask_services(const std::string& name) {
    if (over() || !doors_.services) return;
    auto found = doors_.services(name, deadline_.earlier_of(Deadline::after(question_.each)));
    if (!found) {
      note(AutodiscoverSource::srv, name, Verdict::nothing_there, sentence_of(found.error()));
      return;
    }
    for (const ServiceHost& service : *found) {
      ask(HttpsUrl{.host = service.host, .port = service.port, .path = std::string(kPoxPath)}.text(),
          AutodiscoverSource::srv);
    }
  }

  void follow(std::string_view url) {
    if (++redirects_ > kRedirects) {
      note(AutodiscoverSource::redirect, printable(url), Verdict::failed, "too many redirects");
      return;
    }
    ask(url, AutodiscoverSource::redirect);
  }

  void ask(std::string_view text, AutodiscoverSource source) {
    if (over()) return;
    auto url = parse_https_url(text);
    if (!url) {
      note(source, printable(text), Verdict::unsafe, "this is no https URL, and is not followed");
      return;
    }
    if (!seen_.insert(url->text()).second) return;
    const Deadline soon = deadline_.earlier_of(Deadline::after(question_.each));
    auto session = doors_.open(*url, soon);
    if (!session) {
      note_failed(source, *url, session.error());
      return;
    }
    if (doors_.confirmed(*url)) {
      ask_signed_in(*session, *url, source, soon);
    } else {
      ask_anonymously(*session, *url, source, soon);
    }
  }

  /// Whether somebody stands there, told without a credential and without the address.
  void ask_anonymously(Session& session, const HttpsUrl& url, AutodiscoverSource source, Deadline soon) {
    auto answer = session.send({.method = Method::get, .path = url.path, .with_credential = false}, soon, stop_);
    if (!answer) {
      note_failed(source, url, answer.error());
      return;
    }
    if (redirected(*answer, url, source)) return;
    auto evidence = std::make_shared<Evidence>(answer->evidence);
    if (answer->evidence.status != 401) {
      note(source, url.text(), Verdict::nothing_there,
           "it asks for no sign-in (HTTP " + std::to_string(answer->evidence.status) + ")", std::move(evidence));
      return;
    }
    note(source, url.text(), Verdict::unconfirmed,
         "it asks for a sign-in, and " + url.host + " is not among the hosts that may be given the password",
         std::move(evidence));
    if (std::ranges::find(result_.unconfirmed, url.host) == result_.unconfirmed.end()) {
      result_.unconfirmed.push_back(url.host);
    }
  }

  bool redirected(const HttpAnswer& answer, const HttpsUrl& url, AutodiscoverSource source) {
    const auto location = answer.evidence.head.get("Location");
    if (answer.evidence.status < 300 || answer.evidence.status >= 400 || location.empty()) return false;
    note(source, url.text(), Verdict::redirected, "it sends to " + printable(location),
         std::make_shared<Evidence>(answer.evidence));
    HttpsUrl target = url;
    target.path = location;
    follow(location.starts_with('/') && !location.starts_with("//") ? target.text() : std::string(location));
    return true;
  }

  void ask_signed_in(Session& session, const HttpsUrl& url, AutodiscoverSource source, Deadline soon) {
    auto credential = doors_.credential(url, soon);
    if (!credential) {
      note_failed(source, url, credential.error());
      return;
    }
    if (auto ready = session.sign_in_with(*std::move(credential)); !ready) {
      note(source, url.text(), Verdict::failed, sentence_of(ready.error()));
      return;
    }
    const bool is_soap = lower_case(url.path).ends_with(".svc");
    const bool pox_answered = !is_soap && post(session, url, source, false, soon);
    // A server that has Autodiscover but not this way of it may have the other: the two are services of their own
    // ("Generate a list of Autodiscover endpoints" of Microsoft's EWS documents).
    if (over() || pox_answered) return;
    HttpsUrl other = url;
    if (!is_soap) other.path = kSoapPath;
    if (is_soap || seen_.insert(other.text()).second) post(session, other, source, true, soon);
  }

  /// True where that settles it with this server, one way or the other.
  bool post(Session& session, const HttpsUrl& url, AutodiscoverSource source, bool soap, Deadline soon) {
    const HttpRequest request{.method = Method::post,
                              .path = url.path,
                              .body = soap ? user_settings_request(address_, url.text()) : pox_request(address_)};
    auto answer = session.send(request, soon, stop_);
    if (!answer) {
      note_failed(source, url, answer.error());
      return true;
    }
    if (redirected(*answer, url, source)) return true;
    const Evidence& evidence = answer->evidence;
    const auto seen = std::make_shared<Evidence>(evidence);
    if (evidence.status == 401) {
      ended_ = judged_by(evidence) == Password::refused;
      note(source, url.text(), ended_ ? Verdict::password_refused : Verdict::failed,
           ended_ ? "it refused the sign-in" : sentence_of_unjudged(evidence), seen);
      return true;
    }
    if (evidence.status != 200) {
      note(source, url.text(), evidence.status == 404 ? Verdict::nothing_there : Verdict::failed,
           "it answered HTTP " + std::to_string(evidence.status), seen);
      return false;
    }
    auto read = soap ? read_user_settings(answer->body) : read_pox(answer->body);
    if (!read) {
      note(source, url.text(), Verdict::failed, sentence_of(read.error().error), seen);
      return false;
    }
    return take(*read, url, source, seen);
  }

  bool take(const AutodiscoverAnswer& answer, const HttpsUrl& url, AutodiscoverSource source,
            const std::shared_ptr<const Evidence>& seen) {
    using Kind = AutodiscoverAnswer::Kind;
    switch (answer.kind) {
      case Kind::redirect_address:
        if (!is_address(answer.redirect)) break;
        note(source, url.text(), Verdict::redirected, "the mailbox goes by " + printable(answer.redirect), seen);
        address_ = answer.redirect;
        restart_ = true;
        return true;
      case Kind::redirect_url:
        note(source, url.text(), Verdict::redirected, "it sends to " + printable(answer.redirect), seen);
        follow(answer.redirect);
        return true;
      case Kind::settings:
        if (!parse_https_url(answer.mailbox.ews_url()) ||
            answer.mailbox.ews_url().find_first_of("?#") != std::string::npos)
          break;
        note(source, url.text(), Verdict::settings, "the mailbox is at " + printable(answer.mailbox.ews_url()), seen);
        result_.mailbox = answer.mailbox;
        if (result_.mailbox->address.empty()) result_.mailbox->address = address_;
        ended_ = true;
        return true;
      case Kind::error:
        note(source, url.text(), Verdict::told_error,
             "Autodiscover answered " + printable(answer.code, 40) + ": " + printable(answer.message), seen);
        return false;
    }
    note(source, url.text(), Verdict::told_error, "its answer names no place that can be used", seen);
    return false;
  }

  const AutodiscoverQuestion& question_;
  const AutodiscoverDoors& doors_;
  Deadline deadline_;
  std::stop_token stop_;
  std::string address_;
  std::set<std::string> seen_;
  AutodiscoverResult result_;
  unsigned redirects_ = 0;
  bool restart_ = false;
  bool ended_ = false;
};

}  // namespace

std::string_view autodiscover_source_name(AutodiscoverSource source) {
  switch (source) {
    case AutodiscoverSource::scp:
      return "scp";
    case AutodiscoverSource::domain:
      return "domain";
    case AutodiscoverSource::autodiscover_host:
      return "autodiscover_host";
    case AutodiscoverSource::http_redirect:
      return "http_redirect";
    case AutodiscoverSource::srv:
      return "srv";
    case AutodiscoverSource::redirect:
      return "redirect";
  }
  return "";
}

std::string_view autodiscover_verdict_name(Verdict verdict) {
  switch (verdict) {
    case Verdict::settings:
      return "settings";
    case Verdict::redirected:
      return "redirected";
    case Verdict::unconfirmed:
      return "unconfirmed";
    case Verdict::password_refused:
      return "password_refused";
    case Verdict::told_error:
      return "told_error";
    case Verdict::nothing_there:
      return "nothing_there";
    case Verdict::unsafe:
      return "unsafe";
    case Verdict::failed:
      return "failed";
  }
  return "";
}

AutodiscoverResult discover(const AutodiscoverQuestion& question, const AutodiscoverDoors& doors, Deadline deadline,
                            std::stop_token stop) {
  return Walk(question, doors, deadline, std::move(stop)).run();
}

}  // namespace mailward::ews
