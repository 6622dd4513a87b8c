#pragma once

#include <span>
#include <string_view>

namespace mailward::api {

/// A file of the console, embedded in the program when it was built.
struct ConsoleFile {
  std::string_view path;  ///< as asked for: "/assets/index-1a2b.js", "/index.html"
  std::string_view type;  ///< its media type
  std::string_view tag;   ///< its entity tag, without quotes
  bool named_by_content;  ///< another content would have another path: may be kept for ever
  std::string_view plain;
  std::string_view gzip;
};

/// Empty where the program was built without the console. (Generated: tools/embed_console.py.)
std::span<const ConsoleFile> console_files();
/// The API's description, OpenAPI 3.1, JSON.
std::string_view openapi_document();

}  // namespace mailward::api
