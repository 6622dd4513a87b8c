#include "exchange_sim/accounts.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <array>
#include <cctype>

namespace mailward::exchange_sim {
namespace {

constexpr std::array<std::pair<AccountState, std::string_view>, 5> kStateNames{{
    {AccountState::enabled, "enabled"},
    {AccountState::disabled, "disabled"},
    {AccountState::expired, "expired"},
    {AccountState::password_expired, "password_expired"},
    {AccountState::must_change, "must_change"},
}};

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

bool same_hash(const ntlm::Hash16& a, const ntlm::Hash16& b) {
  return CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace

std::string_view account_state_name(AccountState state) {
  const auto found = std::ranges::find(kStateNames, state, &std::pair<AccountState, std::string_view>::first);
  return found->second;
}

std::optional<AccountState> account_state_from(std::string_view name) {
  const auto found = std::ranges::find(kStateNames, name, &std::pair<AccountState, std::string_view>::second);
  if (found == kStateNames.end()) return std::nullopt;
  return found->first;
}

AccountList::AccountList(const std::vector<AccountSettings>& accounts, LockoutPolicy policy, const Clock& clock)
    : policy_(policy), clock_(clock) {
  for (const AccountSettings& settings : accounts) {
    Account account{.name = settings.name, .upn = settings.upn, .state = settings.state};
    account.hash = ntlm::nt_hash(settings.password.reveal());
    account.password_last_set = clock.now();
    accounts_.emplace(lower(settings.name), std::move(account));
  }
}

AccountList::Account* AccountList::find(std::string_view user) {
  return const_cast<Account*>(std::as_const(*this).find(user));  // NOLINT: the const form does the work
}

const AccountList::Account* AccountList::find(std::string_view user) const {
  const std::string wanted = lower(user);
  if (const auto found = accounts_.find(wanted); found != accounts_.end()) return &found->second;
  for (const auto& [key, account] : accounts_) {
    const bool bare = key.substr(key.find('\\') + 1) == wanted;
    if (bare || (!account.upn.empty() && lower(account.upn) == wanted)) return &account;
  }
  return nullptr;
}

std::optional<std::string> AccountList::judge(std::string_view user,
                                              const std::function<bool(const ntlm::Hash16&)>& proves) {
  const std::scoped_lock lock(mutex_);
  Account* account = find(user);
  if (account == nullptr) return std::nullopt;
  const Timestamp now = clock_.now();
  const bool right = proves(account->hash);
  const bool old_one = !right && account->previous_hash && proves(*account->previous_hash);
  const bool old_allowed = old_one && now - account->password_last_set < policy_.old_password_allowed;
  if (!right && !old_one) ++account->bad_seen;
  if (account->locked(policy_, now)) return std::nullopt;
  if (account->locked_at) {
    account->locked_at.reset();
    account->bad_count = 0;
  }
  if (!right && !old_one && policy_.threshold > 0) {
    if (account->last_bad && now - *account->last_bad > policy_.window) account->bad_count = 0;
    account->last_bad = now;
    if (++account->bad_count >= policy_.threshold) account->locked_at = now;
  }
  if (!right && !old_allowed) return std::nullopt;
  if (account->state != AccountState::enabled) return std::nullopt;
  account->bad_count = 0;
  ++account->sign_ins;
  return account->name;
}

std::optional<std::string> AccountList::check_password(std::string_view user, const SecretString& password) {
  const ntlm::Hash16 given = ntlm::nt_hash(password.reveal());
  return judge(user, [&](const ntlm::Hash16& stored) { return same_hash(given, stored); });
}

std::optional<std::string> AccountList::check_ntlm(const NtlmAttempt& attempt) {
  const ntlm::Authenticate& message = attempt.message;
  const std::string user = message.domain.empty() || message.user.find('@') != std::string::npos
                               ? message.user
                               : message.domain + "\\" + message.user;
  return judge(user, [&](const ntlm::Hash16& stored) {
    if (!ntlm::verify_v2(message, attempt.server_challenge, stored)) return false;
    const auto pairs = ntlm::response_pairs(message);
    if (!pairs) return false;
    const ntlm::AvPair* flags = ntlm::find(*pairs, ntlm::AvId::flags);
    const bool mic_promised = flags != nullptr && !flags->value.empty() && (flags->value[0] & 2) != 0;
    if (!mic_promised) return true;
    if (!message.mic) return false;
    const auto mic = ntlm::compute_mic(message, stored, attempt.negotiate_bytes, attempt.challenge_bytes,
                                       attempt.authenticate_bytes);
    return same_hash(mic, *message.mic);
  });
}

std::optional<std::string> AccountList::canonical_name(std::string_view user) {
  const std::scoped_lock lock(mutex_);
  if (const Account* account = find(user)) return account->name;
  const auto at = user.find('@');
  const Account* account = at == std::string_view::npos ? nullptr : find(user.substr(0, at));
  if (account == nullptr) return std::nullopt;
  return account->name;
}

std::optional<AccountView> AccountList::view(std::string_view user) const {
  const std::scoped_lock lock(mutex_);
  const Account* account = find(user);
  if (account == nullptr) return std::nullopt;
  return AccountView{.name = account->name,
                     .upn = account->upn,
                     .state = account->state,
                     .locked = account->locked(policy_, clock_.now()),
                     .bad_password_count = account->bad_count,
                     .bad_passwords_seen = account->bad_seen,
                     .sign_ins = account->sign_ins,
                     .password_last_set = account->password_last_set};
}

std::vector<AccountView> AccountList::all() const {
  std::vector<std::string> names;
  {
    const std::scoped_lock lock(mutex_);
    for (const auto& [key, account] : accounts_) names.push_back(key);
  }
  std::vector<AccountView> views;
  for (const std::string& name : names) {
    if (auto found = view(name)) views.push_back(*std::move(found));
  }
  return views;
}

bool AccountList::reset_password(std::string_view user, const SecretString& password) {
  const std::scoped_lock lock(mutex_);
  Account* account = find(user);
  if (account == nullptr) return false;
  account->previous_hash = account->hash;
  account->hash = ntlm::nt_hash(password.reveal());
  account->password_last_set = clock_.now();
  if (account->state == AccountState::password_expired || account->state == AccountState::must_change) {
    account->state = AccountState::enabled;
  }
  return true;
}

bool AccountList::set_state(std::string_view user, AccountState state) {
  const std::scoped_lock lock(mutex_);
  Account* account = find(user);
  if (account == nullptr) return false;
  account->state = state;
  return true;
}

bool AccountList::unlock(std::string_view user) {
  const std::scoped_lock lock(mutex_);
  Account* account = find(user);
  if (account == nullptr) return false;
  account->locked_at.reset();
  account->bad_count = 0;
  return true;
}

}  // namespace mailward::exchange_sim
