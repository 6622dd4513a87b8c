#include <algorithm>
#include <tuple>

#include "directory/directory.h"
#include "directory/directory_state.h"

namespace mailward::directory {
namespace {

/// Marks a service connection point whose serviceBindingInformation is Autodiscover's URL (MS-OXDISCO 2.2.1).
constexpr std::string_view kUrlKeyword = "77378F46-2C66-4aa9-A6A6-3E7A48B19596";
constexpr int kPointLimit = 200;
constexpr std::string_view kSite = "site=";

struct Point {
  std::string url;
  bool of_a_site = false;
  std::string made;
};

}  // namespace

Result<std::vector<std::string>> Directory::autodiscover_urls(Deadline deadline, const std::stop_token& stop) const {
  MW_TRY(Session session, state_->open_any(SignIn::reader, deadline, stop));
  MW_TRY(const Entry root, read_root(*session.connection));
  const std::string& configuration = root.first("configurationnamingcontext");
  if (configuration.empty()) {
    return fail(DirectoryError::protocol, "the controller names no configuration; this is no Active Directory");
  }
  MW_TRY(const auto entries,
         session.connection->search(
             {.base = configuration,
              .scope = Scope::subtree,
              .filter = "(&(objectClass=serviceConnectionPoint)(keywords=" + std::string(kUrlKeyword) + "))",
              .attributes = {"serviceBindingInformation", "keywords", "whenCreated"},
              .limit = kPointLimit}));
  std::vector<Point> points;
  for (const Entry& entry : entries) {
    const auto& keywords = entry.all("keywords");
    const bool of_a_site = std::ranges::any_of(keywords, [](const std::string& keyword) {
      return keyword.size() > kSite.size() &&
             std::ranges::equal(keyword.substr(0, kSite.size()), kSite,
                                [](unsigned char a, unsigned char b) { return std::tolower(a) == b; });
    });
    for (const std::string& url : entry.all("servicebindinginformation")) {
      points.push_back({.url = url, .of_a_site = of_a_site, .made = entry.first("whencreated")});
    }
  }
  // This machine is of no site: first those that are for all, then the oldest (MS-OXDISCO 3.1.5.1).
  std::ranges::sort(points, {}, [](const Point& one) { return std::tie(one.of_a_site, one.made, one.url); });
  std::vector<std::string> urls;
  for (Point& point : points) {
    if (std::ranges::find(urls, point.url) == urls.end()) urls.push_back(std::move(point.url));
  }
  return urls;
}

}  // namespace mailward::directory
