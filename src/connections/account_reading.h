#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "connections/measures.h"
#include "directory/account.h"

/// What the directory showed of an account for its recommended measures, as it is kept. Internal to connections/.
namespace mailward::connections {

struct AccountReading {
  Timestamp at;
  std::string controller;
  std::string reader;  ///< who read it
  /// Why nothing was seen, and what to do about it; empty where something was.
  std::string why_not;
  std::string remedy;

  std::string name;  ///< sAMAccountName
  std::string dn;
  bool flags_shown = false;
  bool never_expires = false;
  bool must_change = false;
  bool password_expired = false;
  bool no_preauthentication = false;
  bool not_delegated = false;
  bool trusted_for_delegation = false;
  bool des_only = false;
  bool password_not_required = false;
  bool reversible_password = false;
  std::optional<Timestamp> password_set;
  std::optional<Timestamp> password_expires;
  std::optional<std::int64_t> admin_count;
  std::vector<std::string> workstations;
  std::vector<std::string> encryption_types;
  std::vector<std::string> service_names;
  /// Attributes that the reader may not read.
  std::vector<std::string> hidden;
  std::optional<std::vector<std::string>> privileged_groups;
  struct Setter {
    std::string sid;
    std::string name;
    std::string reason;
  };
  std::optional<std::vector<Setter>> setters;
  std::string setters_why_not;
  std::string setters_remedy;

  bool hides(std::string_view attribute) const;
};

std::string json_of(const AccountReading& reading);
/// Errors: malformed for what json_of() did not write.
Result<AccountReading> account_reading_of(std::string_view json);

/// Reads it through the account's directory reader, and never as the account itself. What cannot be read stands in the
/// reading. Errors: DbError, SecretsError.
Result<AccountReading> read_account(const MeasureParts& parts, const ServiceAccount& account, Deadline deadline,
                                    const std::stop_token& stop);

}  // namespace mailward::connections
