#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "api/error.h"
#include "base/secret.h"

namespace mailward::api {

/// A request's body: one JSON object whose members a route reads by name. Reading never fails; what does not hold is
/// gathered, and finish() gives all of it at once, with the members that nobody asked for and the known names nearest
/// to theirs. Members called "password" and the like (is_secret_name) are taken into guarded memory while the text is
/// read and stand nowhere else. For one thread.
class Body {
 public:
  static constexpr std::size_t kMaxBytes = 1024UL * 1024;
  static constexpr int kMaxDepth = 16;
  static constexpr int kMaxMembers = 200;      ///< of an object
  static constexpr int kMaxElements = 20'000;  ///< of a list

  /// An empty object, for a request that sent nothing.
  Body();
  ~Body();
  Body(Body&&) noexcept;
  Body& operator=(Body&&) noexcept;

  /// Errors: malformed_body for what is not one JSON object in UTF-8, is nested too deeply, holds too much or names a
  /// member twice; the message says where and repeats nothing of the text.
  static Result<Body> parse(std::string_view text);

  std::string text(std::string_view name, std::string_view otherwise = {});
  std::string required_text(std::string_view name);
  /// The problem names the bounds.
  std::int64_t integer(std::string_view name, std::int64_t least, std::int64_t most, std::int64_t otherwise);
  std::int64_t required_integer(std::string_view name, std::int64_t least, std::int64_t most);
  bool flag(std::string_view name, bool otherwise);
  std::optional<bool> maybe_flag(std::string_view name);
  std::optional<std::vector<std::string>> texts(std::string_view name);
  /// Absent and null are none.
  std::optional<SecretString> secret(std::string_view name);
  SecretString required_secret(std::string_view name);
  /// Whether the member is there and not null.
  bool has(std::string_view name);

  /// For what a route finds wrong itself.
  void add_problem(std::string_view field, std::string detail);
  /// Called when all members have been read: invalid_request with each problem, if there is one.
  std::optional<Failure> finish();

 private:
  const nlohmann::json* member(std::string_view name);
  struct State;
  std::unique_ptr<State> state_;
};

/// The name among `known` that was probably meant, or empty.
std::string nearest_name(std::string_view name, const std::vector<std::string>& known);

}  // namespace mailward::api
