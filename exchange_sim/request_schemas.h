#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace mailward::exchange_sim {

/// The schemas of EWS as a user brings them: Microsoft's, and so not ours to give. Requests are held to the letter of
/// them. Thread-safe.
class RequestSchemas {
 public:
  /// messages.xsd and types.xsd of that folder, and what these import. Errors: those of reading a file; malformed for
  /// what is no schema.
  static Result<std::unique_ptr<RequestSchemas>> open(const std::filesystem::path& folder);
  ~RequestSchemas();

  struct Violation {
    std::size_t line = 0;  ///< counts from 1
    std::string what;      ///< in libxml2's words
  };
  /// The first of an envelope's body; none for one that is valid, and for what is no envelope.
  std::optional<Violation> violation_in(std::string_view envelope) const;
  /// The text of "messages.xsd", of "types.xsd", and of "xml.xsd" where it is there; the caller does not own it.
  const std::string* find(std::string_view name) const;

 private:
  struct Parsed;
  RequestSchemas() = default;
  std::unique_ptr<const Parsed> parsed_;
  std::map<std::string, std::string, std::less<>> texts_;
};

}  // namespace mailward::exchange_sim
