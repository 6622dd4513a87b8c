#include "http/router.h"

#include <algorithm>
#include <cstdlib>

#include "base/log.h"

namespace mailward::http {

namespace {

std::vector<std::string> split(std::string_view path) {
  std::vector<std::string> segments;
  path.remove_prefix(1);
  while (true) {
    const auto slash = path.find('/');
    segments.emplace_back(path.substr(0, slash));
    if (slash == std::string_view::npos) return segments;
    path.remove_prefix(slash + 1);
  }
}

bool is_name(std::string_view segment) {
  return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}
bool is_rest(std::string_view segment) {
  return segment.size() > 5 && segment.front() == '{' && segment.ends_with("...}");
}

enum class Fit { none, named, literal };

/// How well a pattern's segment fits one of the path.
Fit fit(std::string_view pattern, std::string_view segment) {
  if (is_name(pattern)) return segment.empty() ? Fit::none : Fit::named;
  const auto decoded = percent_decode(segment);
  return decoded && *decoded == pattern ? Fit::literal : Fit::none;
}

/// For each segment of the path how it fits; none where the pattern does not match.
std::optional<std::vector<Fit>> fits(const std::vector<std::string>& pattern, const std::vector<std::string>& path) {
  const bool rest = is_rest(pattern.back());
  if (rest ? path.size() < pattern.size() : path.size() != pattern.size()) return std::nullopt;
  std::vector<Fit> result;
  for (std::size_t at = 0; at < pattern.size(); ++at) {
    if (is_rest(pattern[at])) {
      result.push_back(Fit::none);
      break;
    }
    const Fit here = fit(pattern[at], path[at]);
    if (here == Fit::none) return std::nullopt;
    result.push_back(here);
  }
  return result;
}

std::optional<Parameters> parameters_of(const std::vector<std::string>& pattern, const std::vector<std::string>& path) {
  Parameters parameters;
  for (std::size_t at = 0; at < pattern.size(); ++at) {
    if (is_rest(pattern[at])) {
      std::string rest = path[at];
      for (std::size_t more = at + 1; more < path.size(); ++more) rest += "/" + path[more];
      auto decoded = percent_decode(rest);
      if (!decoded) return std::nullopt;
      parameters.emplace_back(pattern[at].substr(1, pattern[at].size() - 5), *std::move(decoded));
      break;
    }
    if (!is_name(pattern[at])) continue;
    auto decoded = percent_decode(path[at]);
    if (!decoded) return std::nullopt;
    parameters.emplace_back(pattern[at].substr(1, pattern[at].size() - 2), *std::move(decoded));
  }
  return parameters;
}

[[noreturn]] void broken(std::string_view what, const std::string& pattern) {
  log::error("router is broken", {{"what", std::string(what)}, {"pattern", pattern}});
  std::abort();
}

}  // namespace

void Router::add(std::string method, std::string pattern, Handler handler, RouteOptions options) {
  if (!pattern.starts_with("/")) broken("a pattern starts with a slash", pattern);
  for (const Route& route : routes_) {
    if (route.method == method && route.pattern == pattern) broken("a pattern is there twice", pattern);
  }
  auto segments = split(pattern);
  routes_.push_back({std::move(method), std::move(pattern), std::move(segments), std::move(handler), options});
}

void Router::set_fallback(Handler handler, RouteOptions options) {
  fallback_ = Route{{}, {}, {}, std::move(handler), options};
}

void Router::set_error_page(std::function<Response(int, std::string_view)> page) {
  error_page_ = std::move(page);
}

Router::Match Router::match(std::string_view method, std::string_view raw_path) const {
  Match match;
  if (!raw_path.starts_with('/')) {
    if (fallback_) match.route = &*fallback_;
    return match;
  }
  const auto path = split(raw_path);
  std::vector<Fit> best;
  std::vector<std::string_view> methods;
  for (const Route& route : routes_) {
    const auto here = fits(route.segments, path);
    if (!here) continue;
    methods.push_back(route.method);
    if (route.method == "GET") methods.emplace_back("HEAD");
    const bool serves = route.method == method || (method == "HEAD" && route.method == "GET");
    if (!serves || (match.route != nullptr && *here <= best)) continue;
    auto parameters = parameters_of(route.segments, path);
    if (!parameters) continue;
    match.route = &route;
    match.path_parameters = *std::move(parameters);
    best = *here;
  }
  if (match.route == nullptr && methods.empty() && fallback_) {
    match.route = &*fallback_;
    return match;
  }
  if (match.route == nullptr) {
    std::ranges::sort(methods);
    const auto repeats = std::ranges::unique(methods);
    methods.erase(repeats.begin(), repeats.end());
    for (const auto name : methods) match.allow += (match.allow.empty() ? "" : ", ") + std::string(name);
  }
  return match;
}

Response Router::error_page(int status, std::string_view explanation) const {
  if (error_page_) {
    Response response = error_page_(status, explanation);
    response.status = status;
    return response;
  }
  return Response::text(status, std::string(explanation) + "\n");
}

}  // namespace mailward::http
