#include "app/failed_start.h"

#include <cstdio>

#include "app/configuration.h"
#include "base/log.h"
#include "db/error.h"
#include "http/server.h"
#include "secrets/error.h"

namespace mailward::app {

using cli::ExitCode;

cli::ExitCode exit_code_of(const Error& error) {
  if (error.subject() == error_subject(ConfigurationError::invalid)) return ExitCode::configuration;
  if (error.subject() == error_subject(db::DbError::other)) return ExitCode::database;
  if (error.subject() == error_subject(http::ServerError::bad_address)) return ExitCode::socket;
  using secrets::SecretsError;
  if (error.is(SecretsError::lost_master_key) || error.is(SecretsError::wrong_master_key) ||
      error.is(SecretsError::malformed_key_file) || error.is(SecretsError::exposed_key_file) ||
      error.is(SecretsError::cannot_open)) {
    return ExitCode::master_key;
  }
  return ExitCode::error;
}

int report_failed_start(const Error& error) {
  std::fprintf(stderr, "mailward: %s\n", error.describe().c_str());
  for (const Error* one = &error; one != nullptr; one = one->cause()) {
    if (one->remedy().empty()) continue;
    std::fprintf(stderr, "  what to do: %s\n", one->remedy().c_str());
    break;
  }
  return cli::value_of(exit_code_of(error));
}

}  // namespace mailward::app
