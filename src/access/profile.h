#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "access/passwords.h"
#include "access/sign_in.h"
#include "access/user.h"

namespace mailward::access {

/// A one-time code secret that is pending until a code of it was given.
struct TotpEnrolment {
  SecretString secret;  ///< base 32, for typing
  SecretString uri;     ///< "otpauth://…", for a QR code
};

/// What a user does to his own: needs a session and no right. Each change stands in the audit trail. Thread-safe.
class Profile {
 public:
  Profile(db::Database& database, secrets::Keyring& keyring, Passwords& passwords, SignIn& sign_in,
          const audit::Trail& trail, const Clock& clock);

  /// Errors: invalid_form.
  Result<User> set_display_name(const Session& session, std::string_view display_name, std::string_view request_id);
  /// Ends the user's other sessions. Errors: weak_password, and those of SignIn (sign_in_refused for a wrong current
  /// password).
  Attempt<void> change_password(const Session& session, const SecretString& current, const SecretString& wanted,
                                std::string_view request_id);

  /// Makes a secret, pending; replaces a pending one. An enrolled user keeps using the old one until the new is proven,
  /// and must give a code of the old one too. Errors: those of SignIn.
  Attempt<TotpEnrolment> begin_totp(const Session& session, const SecretString& password, std::string_view request_id,
                                    const std::optional<std::string>& code = std::nullopt);
  /// The pending secret comes into force. Errors: no_totp (nothing is pending), wrong_code.
  Attempt<User> prove_totp(const Session& session, std::string_view code, std::string_view request_id);
  /// Errors: no_totp, totp_enforced, and those of SignIn.
  Attempt<User> drop_totp(const Session& session, const SecretString& password, const std::optional<std::string>& code,
                          std::string_view request_id);

 private:
  static Status check_droppable(db::Session& session, const User& user);

  db::Database& database_;
  secrets::SecretStore store_;
  Passwords& passwords_;
  SignIn& sign_in_;
  const audit::Trail& trail_;
  const Clock& clock_;
};

}  // namespace mailward::access
