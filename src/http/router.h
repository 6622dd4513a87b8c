#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "http/connection.h"
#include "http/request.h"
#include "http/response.h"
#include "http/stream.h"

namespace mailward::http {

using Reply = std::variant<Response, EventStream, StreamedResponse>;
/// A plain blocking function, run on the server's handler pool, never on its io thread. What it throws becomes a 500.
using Handler = std::function<Reply(const Request&, Connection&)>;

struct RouteOptions {
  /// A longer body is answered 413 without being read.
  std::size_t body_limit = std::size_t{1024} * 1024;
};

/// Which handler answers which method and path. Patterns are segments, literal or {name}, as in "/v1/runs/{run}/steps";
/// a name matches one non-empty segment, a last segment {name...} the whole rest. Literal segments go before names. A
/// route for GET answers HEAD. Filled before the server starts, read-only afterwards.
class Router {
 public:
  /// The pattern must start with "/" and not repeat one there is with the same method: a broken invariant otherwise.
  void add(std::string method, std::string pattern, Handler handler, RouteOptions options = {});
  /// Answers paths that no route has, in place of 404.
  void set_fallback(Handler handler, RouteOptions options = {});
  /// Makes the answer where the server itself refuses a request (404, 405, 413, 503, …); by default a line of text. Its
  /// status and the server's headers (Allow, Connection) are kept whatever it returns. Runs on the io thread: must not
  /// block.
  void set_error_page(std::function<Response(int status, std::string_view explanation)> page);

  struct Route {
    std::string method;
    std::string pattern;
    std::vector<std::string> segments;
    Handler handler;
    RouteOptions options;
  };
  struct Match {
    const Route* route = nullptr;  ///< null: 404 if `allow` is empty, else 405
    Parameters path_parameters;
    std::string allow;  ///< the methods that this path has: "GET, HEAD, POST"
  };
  /// `raw_path` is the target's path, not yet decoded, so that an encoded "/" stays within its segment.
  Match match(std::string_view method, std::string_view raw_path) const;
  Response error_page(int status, std::string_view explanation) const;
  const std::vector<Route>& routes() const { return routes_; }

 private:
  std::vector<Route> routes_;
  std::optional<Route> fallback_;
  std::function<Response(int, std::string_view)> error_page_;
};

}  // namespace mailward::http
