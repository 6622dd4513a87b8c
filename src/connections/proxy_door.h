#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include "connections/proxy_form.h"
#include "connections/refusal_memory.h"
#include "ews/proxy_try.h"
#include "kerberos/tickets.h"

namespace mailward::connections {

/// What a proxy refused is shown to it no more, but half an hour later where a person asks for that.
enum class WhatWasRefused { stays, may_be_tried };

/// The one door to the proxies' passwords: one that is wrong costs one refused sign-in, however many calls, tests and
/// searches go by its proxy at once. One that this process saw taken is shown once more five minutes later: proxies
/// refuse what is right while their own directory is away, or for one destination alone.
/// - A password is shown to its proxy by one session at a time, so that the first refusal is the only one; nobody shows
///   it after that, sessions at rest that connect again neither.
/// - Until this process has seen it taken, a try is written down before it is made. Found so later, its outcome is
///   unknown (the process was killed, the proxy fell silent): five minutes pass before the next. One that was taken
///   stays proven over a silence, not where the proxy ends the connection without a word.
/// - Of Negotiate's password the KDC is the judge, at whom the same holds; its tickets serve all sessions as long as
///   they hold, or until the proxy refuses one.
/// Another process may cost one attempt more. Thread-safe. Outlives its witnesses.
class ProxyDoor {
 public:
  struct Parts {
    RefusalMemory& refusals;
    const Clock& clock;
  };
  explicit ProxyDoor(Parts parts) : parts_(parts) {}

  /// For sessions that show it. Errors, when it is asked: proxy_refused, proxy_in_doubt, DbError; timed_out and
  /// cancelled while it waits for its turn.
  ews::ProxyWitness witness(const ProxyForm& form, const SecretString& password,
                            WhatWasRefused refused = WhatWasRefused::stays);

  using Ask = std::function<Result<kerberos::Tickets>()>;
  /// Those had before with this password in that realm, else what `ask` gets of the KDC. Errors: those of the witness,
  /// and ask's.
  Result<std::shared_ptr<kerberos::Tickets>> tickets(const ProxyForm& form, const SecretString& password,
                                                     const std::string& realm, const Ask& ask, WhatWasRefused refused,
                                                     Deadline deadline, const std::stop_token& stop);
  /// For sessions that show these: where the proxy refuses one, the next are asked for anew.
  ews::ProxyWitness witness(const std::shared_ptr<kerberos::Tickets>& tickets);

 private:
  class Turn;
  /// Tickets, and what they were had with.
  struct Had {
    SecretString password;
    std::string realm;
    std::shared_ptr<kerberos::Tickets> tickets;
  };
  /// What is known of one user at one proxy.
  struct Key {
    bool alone = false;                  ///< somebody has the turn
    std::optional<SecretString> proven;  ///< taken from this process
    Had had;
  };
  Result<std::unique_ptr<Turn>> begin(const ProxyForm& form, const SecretString& password, WhatWasRefused refused,
                                      Deadline deadline, const std::stop_token& stop);
  /// Under the turn: what is known of it, where that does not forbid to show it.
  Result<std::optional<TriedPassword>> check(const ProxyForm& form, const SecretString& password,
                                             WhatWasRefused refused) const;
  std::shared_ptr<kerberos::Tickets> held(const std::string& name, const SecretString& password,
                                          const std::string& realm);

  Parts parts_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::map<std::string, Key> keys_;
};

}  // namespace mailward::connections
