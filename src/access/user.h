#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/error.h"
#include "access/rights.h"
#include "audit/actor.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/secret.h"

namespace mailward::access {

using UserId = Id<struct UserTag>;

/// A person (or a program's keeper) who signs in.
struct User {
  UserId id;
  std::int64_t version = 0;  ///< rises with each change that an administrator makes
  std::string name;          ///< in lower case; what is typed to sign in
  std::string display_name;  ///< may be empty
  Roles roles;
  bool reads_content = false;
  bool enabled = true;
  bool totp_enabled = false;
  bool has_password = false;  ///< false from the invitation until it is accepted
  /// The one that he has opens his own profile alone, until he has chosen another.
  bool must_choose_password = false;
  std::optional<Timestamp> last_sign_in;
  Timestamp created;
  Timestamp updated;
  std::string updated_by;  ///< an actor's text form

  Rights rights() const { return rights_of(roles, reads_content); }
  audit::Actor actor() const { return audit::Actor::user(id.text()); }
};

/// What an administrator fills in for a new user.
struct NewUser {
  std::string name;  ///< 1–64 of a–z, 0–9, '.', '_', '@', '-'; capitals are folded; begins with a letter or digit
  std::string display_name;  ///< up to 200 bytes of printable UTF-8
  Roles roles;               ///< at least one
  bool reads_content = false;
};

/// What an administrator may change: all of it stands as given.
struct UserChanges {
  std::string display_name;
  Roles roles;
  bool reads_content = false;
  bool enabled = true;
};

/// Field by field what does not hold; empty when all does.
std::vector<FieldProblem> check_user(const NewUser& form);
std::vector<FieldProblem> check_user(const UserChanges& changes);
std::vector<FieldProblem> check_display_name(std::string_view display_name);

/// The name in the form that is stored and compared. Errors: invalid_form.
Result<std::string> normalised_name(std::string_view name);

/// A one-use way in, shown once. The address that carries it is the API's affair.
struct Invitation {
  SecretString token;  ///< 64 hexadecimal digits
  Timestamp expires_at;
};

}  // namespace mailward::access
