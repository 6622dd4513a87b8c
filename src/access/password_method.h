#pragma once

#include "access/sign_in_method.h"
#include "db/database.h"

namespace mailward::access {

/// Sign-in by a password that Mailward keeps (as an Argon2id hash, passwords.h). A hash made at another cost is made
/// anew at the next sign-in.
class PasswordMethod final : public SignInMethod {
 public:
  PasswordMethod(db::Database& database, Passwords& passwords) : database_(database), passwords_(passwords) {}
  std::string_view name() const override { return "password"; }
  Result<std::optional<UserId>> prove(const Claim& claim) override;

 private:
  db::Database& database_;
  Passwords& passwords_;
};

}  // namespace mailward::access
