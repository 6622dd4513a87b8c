#include "secrets/error.h"

namespace mailward::secrets {

std::string_view error_subject(SecretsError) {
  return "secrets";
}

std::string_view error_name(SecretsError code) {
  switch (code) {
    case SecretsError::lost_master_key:
      return "lost_master_key";
    case SecretsError::wrong_master_key:
      return "wrong_master_key";
    case SecretsError::exposed_key_file:
      return "exposed_key_file";
    case SecretsError::malformed_key_file:
      return "malformed_key_file";
    case SecretsError::cannot_open:
      return "cannot_open";
    case SecretsError::unknown_secret:
      return "unknown_secret";
  }
  return "unknown";
}

}  // namespace mailward::secrets
