#include "exchange_sim/token_cache.h"

namespace mailward::exchange_sim {
namespace {

constexpr std::size_t kMaxTokens = 4096;
constexpr std::size_t kKeyBytes = 32;

}  // namespace

TokenCache::TokenCache(const Clock& clock) : clock_(clock), mac_key_(random_bytes(kKeyBytes)) {}

Sha256 TokenCache::key(std::string_view server, std::string_view user, const SecretString& password) const {
  std::string text;
  text.reserve(server.size() + user.size() + password.size() + 2);
  text.append(server).append(1, '\0').append(user).append(1, '\0').append(password.reveal());
  const Sha256 digest = hmac_sha256(mac_key_, as_bytes(text));
  wipe(text);
  return digest;
}

std::optional<std::string> TokenCache::find(std::string_view server, std::string_view user,
                                            const SecretString& password, std::chrono::seconds lifetime) {
  const Sha256 wanted = key(server, user, password);
  const std::scoped_lock lock(mutex_);
  const auto found = tokens_.find(wanted);
  if (found == tokens_.end()) return std::nullopt;
  if (clock_.monotonic() < found->second.since + lifetime) return found->second.account;
  tokens_.erase(found);
  return std::nullopt;
}

void TokenCache::keep(std::string_view server, std::string_view user, const SecretString& password,
                      std::string account) {
  const Sha256 made = key(server, user, password);
  const std::scoped_lock lock(mutex_);
  if (tokens_.size() >= kMaxTokens) tokens_.clear();  // who is asked anew is merely slower
  tokens_[made] = {.account = std::move(account), .since = clock_.monotonic()};
}

}  // namespace mailward::exchange_sim
