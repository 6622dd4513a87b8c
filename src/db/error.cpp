#include "db/error.h"

namespace mailward::db {

std::string_view error_subject(DbError) {
  return "db";
}

std::string_view error_name(DbError code) {
  switch (code) {
    case DbError::unique_violation:
      return "unique_violation";
    case DbError::constraint:
      return "constraint";
    case DbError::retry:
      return "retry";
    case DbError::timed_out:
      return "timed_out";
    case DbError::cancelled:
      return "cancelled";
    case DbError::cannot_connect:
      return "cannot_connect";
    case DbError::connection_lost:
      return "connection_lost";
    case DbError::outcome_unknown:
      return "outcome_unknown";
    case DbError::newer_schema:
      return "newer_schema";
    case DbError::changed_migration:
      return "changed_migration";
    case DbError::old_schema:
      return "old_schema";
    case DbError::read_only:
      return "read_only";
    case DbError::disk_full:
      return "disk_full";
    case DbError::busy_other_service:
      return "busy_other_service";
    case DbError::lock_lost:
      return "lock_lost";
    case DbError::corrupt:
      return "corrupt";
    case DbError::misuse:
      return "misuse";
    case DbError::other:
      return "other";
  }
  return "unknown";
}

}  // namespace mailward::db
