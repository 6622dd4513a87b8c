#include "api/console_pages.h"

#include <algorithm>
#include <string>

#include "api/console_files.h"

namespace mailward::api {

namespace {

constexpr std::string_view kFirstDocument = "/index.html";
/// Scripts, styles and data from this service alone, no inline script, nothing in a frame.
constexpr std::string_view kContentSecurityPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src "
    "'self'; "
    "manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const ConsoleFile* find(std::string_view path) {
  const auto files = console_files();
  const auto found = std::ranges::find(files, path, &ConsoleFile::path);
  return found == files.end() ? nullptr : &*found;
}

/// A page's path has no dot in its last segment; a file's has.
bool names_a_page(std::string_view path) {
  return path.substr(path.rfind('/') + 1).find('.') == std::string_view::npos;
}

http::Response not_built() {
  return http::Response::text(404,
                              "This program was built without the console: run ./dev build, which builds it first.\n");
}

}  // namespace

void harden(http::Headers& headers) {
  headers.set("Content-Security-Policy", std::string(kContentSecurityPolicy));
  headers.set("X-Content-Type-Options", "nosniff");
  headers.set("Referrer-Policy", "no-referrer");
  headers.set("Cross-Origin-Opener-Policy", "same-origin");
  headers.set("Cross-Origin-Resource-Policy", "same-origin");
  headers.set("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=()");
}

http::Response console_page(const http::Request& request) {
  if (console_files().empty()) return not_built();
  const ConsoleFile* file = find(request.path);
  if (file == nullptr && names_a_page(request.path)) file = find(kFirstDocument);
  if (file == nullptr) return http::Response::text(404, "There is no such file.\n");
  const std::string tag = "\"" + std::string(file->tag) + "\"";
  http::Response response;
  response.headers.set("ETag", tag);
  response.headers.set("Vary", "Accept-Encoding");
  response.headers.set("Cache-Control", file->named_by_content ? "public, max-age=31536000, immutable" : "no-cache");
  if (request.headers.has_token("If-None-Match", tag)) {
    response.status = 304;
    return response;
  }
  response.headers.set("Content-Type", std::string(file->type));
  if (request.headers.has_token("Accept-Encoding", "gzip")) {
    response.headers.set("Content-Encoding", "gzip");
    response.body = std::string(file->gzip);
  } else {
    response.body = std::string(file->plain);
  }
  return response;
}

}  // namespace mailward::api
