#pragma once

#include <optional>
#include <string_view>

#include "access/passwords.h"
#include "access/user.h"
#include "base/secret.h"

namespace mailward::access {

/// What somebody says who wants to sign in. Views live as long as the call.
struct Claim {
  std::string_view name;  ///< normalised
  const SecretString& password;
  Lane lane = Lane::stranger;
};

/// A way to find out whether a claim is true: one file each behind this interface. `password_method.h` is the one there
/// is; sign-in by a directory (bind over TLS, groups mapped to roles) would be another, which makes or updates the
/// user's row from what the directory says. Throttling, one-time codes, sessions and the trail are SignIn's, for all
/// methods alike. Thread-safe.
class SignInMethod {
 public:
  virtual ~SignInMethod() = default;
  SignInMethod(const SignInMethod&) = delete;
  SignInMethod& operator=(const SignInMethod&) = delete;

  /// "password"; stands in the trail.
  virtual std::string_view name() const = 0;
  /// The user, where the claim is true. Must cost the same time for names that do not exist. Whether the user is
  /// enabled is not asked here. Errors: busy, DbError.
  virtual Result<std::optional<UserId>> prove(const Claim& claim) = 0;

 protected:
  SignInMethod() = default;
};

}  // namespace mailward::access
