#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "access/error.h"
#include "access/refusal_lines.h"
#include "access/sessions.h"
#include "access/sign_in_method.h"
#include "access/source.h"
#include "access/throttle.h"
#include "secrets/secret_store.h"

namespace mailward::access {

namespace rows {
struct StoredUser;
}

/// Signing in, and proving again who one is. Thread-safe; calls wait for their password to be checked.
///
/// Errors: sign_in_refused (alike, and after the same time, for an unknown name, a wrong password, a disabled user, a
/// wrong code), code_required (the password was right), throttled, busy; DbError.
class SignIn {
 public:
  SignIn(db::Database& database, secrets::Keyring& keyring, SignInMethod& method, Sessions& sessions,
         const audit::Trail& trail, RefusalLines& refusals, const Clock& clock);

  /// `code` is the one-time code, if it was typed.
  Attempt<SessionGrant> attempt(std::string_view name, const SecretString& password,
                                const std::optional<std::string>& code, const Source& source,
                                std::string_view request_id);

  /// The user of a session proves anew who he is; the session then counts as confirmed now.
  Attempt<Session> confirm(const Session& session, const SecretString& password, const std::optional<std::string>& code,
                           const Source& source, std::string_view request_id);

  /// Somebody who has no session here proves who he is, for one act that is not the caller's own (an approval). Written
  /// down as a confirmation is.
  Attempt<User> prove(std::string_view name, const SecretString& password, const std::optional<std::string>& code,
                      const Source& source, std::string_view request_id);

  /// For Profile: whether it is the user's password; throttled and written down as a sign-in is. Asks for no code.
  Attempt<void> check_password(const Session& session, const SecretString& password, std::string_view request_id);
  /// The same, and the code of an enrolled user.
  Attempt<void> check_password_and_code(const Session& session, const SecretString& password,
                                        const std::optional<std::string>& code, std::string_view request_id);

  /// How many keys the throttle holds: bounded.
  std::size_t throttled_keys() const { return throttle_.size(); }

 private:
  struct Trial;
  /// What is done in the transaction in which the one-time code is used up.
  using Then = std::function<Status(db::Transaction&, const rows::StoredUser&)>;
  enum class Code { asked, not_asked };

  Attempt<void> pass(const Trial& trial, const Then& then);
  Attempt<void> pass_again(const Session& session, const SecretString& password, const std::optional<std::string>& code,
                           Code asked, std::string_view request_id, const Then& then);
  Status use_code(db::Transaction& tx, const rows::StoredUser& stored, std::string_view code) const;
  /// Tells the trail and gives `refused` back.
  std::unexpected<Refused> refuse(const Trial& trial, std::string_view reason, Refused refused) const;

  db::Database& database_;
  secrets::SecretStore store_;
  SignInMethod& method_;
  Sessions& sessions_;
  const audit::Trail& trail_;
  RefusalLines& refusals_;
  const Clock& clock_;
  Throttle throttle_;
};

}  // namespace mailward::access
