#pragma once

#include <concepts>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace mailward {

/// An enumeration that names the errors of one subject. Beside it stand two functions found by argument-dependent
/// look-up: `error_subject(E)`, the subject's constant name ("ews"), and `error_name(E)`, the snake_case name of a
/// value. Both return text that lives as long as the program.
template <typename E>
concept ErrorEnum = std::is_enum_v<E> && requires(E code) {
  { error_subject(code) } -> std::convertible_to<std::string_view>;
  { error_name(code) } -> std::convertible_to<std::string_view>;
};

/// What went wrong: a code of one subject's enumeration, a sentence for a person that says what and where, the remedy
/// where one is known, and the error it came from. A value type, cheap to move. Never holds a secret.
class Error {
 public:
  template <ErrorEnum E>
  Error(E code, std::string message)
      : subject_(error_subject(code)),
        name_(error_name(code)),
        value_(static_cast<int>(code)),
        message_(std::move(message)) {}

  /// Whether this error (not its cause) is `code`.
  template <ErrorEnum E>
  bool is(E code) const {
    return subject_ == error_subject(code) && value_ == static_cast<int>(code);
  }

  std::string_view subject() const { return subject_; }
  /// The code's name within its subject: "unique_violation".
  std::string_view name() const { return name_; }
  const std::string& message() const { return message_; }
  /// What to do about it; empty where that is not known.
  const std::string& remedy() const { return remedy_; }
  /// The error this one came from, or null. Owned by this error.
  const Error* cause() const { return cause_.get(); }

  Error with_remedy(std::string remedy) &&;
  Error caused_by(Error cause) &&;

  /// The message, then ": " and each cause's message, for a log line or a terminal.
  std::string describe() const;

 private:
  std::string_view subject_;
  std::string_view name_;
  int value_;
  std::string message_;
  std::string remedy_;
  std::shared_ptr<const Error> cause_;
};

/// Errors that belong to no subject of their own.
enum class BaseError {
  invalid_argument,
  io,
  not_found,
  timed_out,
  cancelled,
  limit_exceeded,
  refused_destination,
  crypto,
  malformed,
  pool_full,
};
std::string_view error_subject(BaseError code);
std::string_view error_name(BaseError code);

}  // namespace mailward
