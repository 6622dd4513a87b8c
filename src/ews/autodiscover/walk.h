#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/net.h"
#include "ews/autodiscover/answer.h"
#include "ews/autodiscover/https_url.h"
#include "ews/session.h"

namespace mailward::ews {

/// Where a candidate came from, in the order in which they are asked (MS-OXDISCO 3.1.5).
enum class AutodiscoverSource {
  scp,                ///< a service connection point of the directory
  domain,             ///< https://example.test/autodiscover/…
  autodiscover_host,  ///< https://autodiscover.example.test/autodiscover/…
  http_redirect,      ///< http://autodiscover.example.test/…: for its Location alone
  srv,                ///< _autodiscover._tcp.example.test
  redirect,           ///< where another candidate sent
};
std::string_view autodiscover_source_name(AutodiscoverSource source);

/// What one candidate answered: the evidence of the walk.
struct AutodiscoverStep {
  enum class Verdict {
    settings,          ///< it told where the mailbox is
    redirected,        ///< elsewhere, which is the next step
    unconfirmed,       ///< it stands, but may not be given the password before somebody has confirmed its host
    password_refused,  ///< which ended the walk
    told_error,        ///< Autodiscover answered with an error of its own
    nothing_there,     ///< no such service at this address
    unsafe,            ///< a URL that is no https, which is not followed
    failed,            ///< no answer, or none that can be judged
  };
  /// What became of the password.
  enum class Password {
    unjudged,  ///< nothing of it went out, or to a server that takes no such sign-in
    taken,
    refused,
    unknown,  ///< it went out, and nobody says
  };
  AutodiscoverSource source = AutodiscoverSource::domain;
  std::string url;
  Verdict verdict = Verdict::failed;
  std::string sentence;                      ///< for a person; foreign text in it is printable
  std::shared_ptr<const Evidence> evidence;  ///< null where nothing was sent
  Password password = Password::unjudged;
};
std::string_view autodiscover_verdict_name(AutodiscoverStep::Verdict verdict);

struct AutodiscoverResult {
  std::optional<DiscoveredMailbox> mailbox;
  std::vector<AutodiscoverStep> steps;
  /// Hosts that stand and would have to be confirmed, in the order in which they were met.
  std::vector<std::string> unconfirmed;
  bool password_refused() const {
    return !steps.empty() && steps.back().verdict == AutodiscoverStep::Verdict::password_refused;
  }
};

/// What the walk is lent: who may be connected to, and given the password, is decided outside. All block.
struct AutodiscoverDoors {
  /// A session to the URL's host, at an address that was resolved and checked, without a credential.
  std::function<Outcome<Session>(const HttpsUrl& url, Deadline deadline)> open;
  /// Whether the account's password may be shown to this host.
  std::function<bool(const HttpsUrl& url)> confirmed;
  /// What to sign in with there. Only asked for a confirmed host.
  std::function<Outcome<Credential>(const HttpsUrl& url, Deadline deadline)> credential;
  /// An address of the host for one plain request on port 80, checked as any; null: none is sent.
  std::function<Result<SocketAddress>(std::string_view host, Deadline deadline)> plain_address{};
  /// SRV records; null: none are asked for.
  std::function<Result<std::vector<ServiceHost>>(std::string_view name, Deadline deadline)> services{};
};

struct AutodiscoverQuestion {
  std::string address;                     ///< whose mailbox
  std::vector<std::string> scp_urls;       ///< from the directory, best first
  std::chrono::milliseconds each{10'000};  ///< for one candidate
};

/// Asks one candidate after the other until one tells where the mailbox is. The password goes to confirmed hosts only,
/// over https only, and the first that refuses it ends the walk: nothing is tried twice. At most 10 redirects and 32
/// steps. Never fails as such: what went wrong stands in the steps.
AutodiscoverResult discover(const AutodiscoverQuestion& question, const AutodiscoverDoors& doors, Deadline deadline,
                            std::stop_token stop = {});

}  // namespace mailward::ews
