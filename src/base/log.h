#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.h"

/// The log: one line an event on standard error, "time level event key=value …", values quoted and escaped where
/// needed. Thread-safe. What is logged never holds a secret; SecretString cannot be passed.
namespace mailward::log {

enum class Level { debug, info, warn, error };
using Field = std::pair<std::string_view, std::string>;
using Fields = std::initializer_list<Field>;

void set_level(Level level);
/// For faces that own the terminal and for tests: lines go to `path` (appended) instead. Errors: io.
bool to_file(const std::string& path);
/// Opens the file of to_file() anew, so that one that was moved away is let go; nothing happens without one. False, and
/// the old file goes on, where it cannot be opened.
bool reopen();

void write(Level level, std::string_view event, Fields fields);
inline void debug(std::string_view event, Fields fields = {}) {
  write(Level::debug, event, fields);
}
inline void info(std::string_view event, Fields fields = {}) {
  write(Level::info, event, fields);
}
inline void warn(std::string_view event, Fields fields = {}) {
  write(Level::warn, event, fields);
}
inline void error(std::string_view event, Fields fields = {}) {
  write(Level::error, event, fields);
}
/// An error with its causes, as error=subject.name and message=….
void failure(std::string_view event, const Error& error);

}  // namespace mailward::log
