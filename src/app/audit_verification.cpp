#include "app/audit_verification.h"

#include <optional>

#include "audit/verification.h"
#include "db/database.h"
#include "secrets/keyring.h"

namespace mailward::app {

namespace {

namespace fs = std::filesystem;

constexpr std::chrono::hours kPatience{2};

bool on_postgres(const std::string& database) {
  return database.starts_with("postgresql://") || database.starts_with("postgres://");
}

Result<fs::path> key_file_of(const OfflineVerification& wanted) {
  if (!wanted.master_key.empty()) return wanted.master_key;
  if (on_postgres(wanted.database)) {
    return fail(Error(BaseError::invalid_argument, "where is the master key of that database?")
                    .with_remedy("name it: --master-key FILE"));
  }
  return fs::path(wanted.database).parent_path() / "master.key";
}

}  // namespace

Result<std::string> verify_offline(const OfflineVerification& wanted, const Clock& clock) {
  MW_TRY(const fs::path key_file, key_file_of(wanted));
  const std::string url = on_postgres(wanted.database) ? wanted.database : "sqlite:" + wanted.database;
  MW_TRY(const auto database, db::Database::open({.url = url}, db::OpenAs::reader, clock));
  MW_TRY(SecretString key, secrets::Keyring::existing_sub_key(*database, key_file, "audit"));
  const audit::Trail trail(std::move(key), clock);
  std::optional<audit::Anchor> anchor;
  if (!wanted.anchor.empty()) {
    MW_TRY(anchor, audit::Anchor::read(wanted.anchor, trail));
  }
  audit::Witnesses witnesses{.head_file = wanted.head_file, .anchor = anchor ? &*anchor : nullptr};
  if (wanted.without_head_file) {
    witnesses.head_file.clear();
  } else if (witnesses.head_file.empty()) {
    witnesses.head_file = audit::head_file_beside(key_file);
  }
  MW_TRY(const auto verification,
         audit::verify(trail, *database, witnesses, {.deadline = Deadline::after(kPatience, clock)}));
  return audit::json_text(verification);
}

}  // namespace mailward::app
