#pragma once

#include <string_view>

#include "base/result.h"

namespace mailward::db {

/// What can go wrong between us and a database, alike for SQLite and PostgreSQL (result codes and SQLSTATEs are mapped
/// in sqlite_connection.cpp and postgres_connection.cpp).
enum class DbError {
  /// A row with this key stands there already.
  unique_violation,
  /// Any other constraint: NOT NULL, CHECK, foreign key, STRICT type.
  constraint,
  /// The whole transaction must be run again (busy, deadlock, serialisation). Database::transaction does so by itself.
  retry,
  /// The deadline passed, in the queue for a connection or in a statement.
  timed_out,
  cancelled,
  cannot_connect,
  /// The connection broke before COMMIT was sent: nothing of the transaction stands.
  connection_lost,
  /// The connection broke while COMMIT was under way: it may stand or not. Ask the database, never repeat blindly.
  outcome_unknown,
  /// The database was made by a newer program; nothing was touched.
  newer_schema,
  /// A migration that was applied is not the one this program holds; nothing was touched.
  changed_migration,
  /// Opened as a guest and the schema is not the program's; the service must migrate it first.
  old_schema,
  read_only,
  disk_full,
  /// Another service holds this database.
  busy_other_service,
  /// The service lock went with its connection: another service may have the database by now. Nothing more is written.
  lock_lost,
  corrupt,
  /// The caller's mistake: bad settings, wrong number of parameters, text that is not UTF-8 or holds a NUL.
  misuse,
  other,
};
std::string_view error_subject(DbError code);
std::string_view error_name(DbError code);

}  // namespace mailward::db
