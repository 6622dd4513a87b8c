#include "ews/proxy_words.h"

#include <algorithm>

#include <fmt/ranges.h>

#include "base/bytes.h"
#include "ews/challenge.h"

namespace mailward::ews {
namespace {

constexpr std::size_t kLongestName = 40;

std::string sentence_of(const SocketAddress& proxy, const ProxyWords& said, std::string_view why) {
  const std::string who = "the proxy " + proxy.text();
  if (said.status == 0 && said.shown) return who + " ended the connection on the sign-in: " + std::string(why);
  if (said.status == 0) return who + " gave no tunnel: " + std::string(why);
  const std::string status = " (HTTP " + std::to_string(said.status) + ")";
  if (said.status == 407 && said.shown) return who + " refused the sign-in" + status;
  if (said.status == 407) {
    return fmt::format("{} wants a sign-in{}{}{}", who, status, said.offers.empty() ? "" : " and offers ",
                       fmt::join(said.offers, ", "));
  }
  if (said.is_about_the_server()) return who + " does not reach the server" + status;
  return who + " gave no tunnel" + status;
}

}  // namespace

std::vector<std::string> proxy_offers(const HttpFields& head) {
  std::vector<std::string> offers;
  for (const Challenge& challenge : challenges_of(head, "Proxy-Authenticate")) {
    auto name = printable(challenge.scheme, kLongestName);
    if (std::ranges::find(offers, name) == offers.end()) offers.push_back(std::move(name));
  }
  return offers;
}

Failure no_tunnel(const SocketAddress& proxy, ProxyWords said, std::string_view why) {
  Failure failure(EwsError::proxy_failed, sentence_of(proxy, said, why));
  failure.proxy = std::move(said);
  return failure;
}

}  // namespace mailward::ews
