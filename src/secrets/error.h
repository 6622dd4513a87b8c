#pragma once

#include <string_view>

#include "base/result.h"

namespace mailward::secrets {

enum class SecretsError {
  /// The database holds sealed data and the key file is not there.
  lost_master_key,
  /// The key file holds another key than the one the database was sealed under.
  wrong_master_key,
  /// Others than its owner may read the key file.
  exposed_key_file,
  /// The key file is there but damaged or of another form.
  malformed_key_file,
  /// Sealed data does not open: it was changed, or purpose or associated data are not those it was sealed with.
  cannot_open,
  unknown_secret,
};
std::string_view error_subject(SecretsError code);
std::string_view error_name(SecretsError code);

}  // namespace mailward::secrets
