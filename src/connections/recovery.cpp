#include "connections/recovery.h"

#include <algorithm>
#include <ranges>

namespace mailward::connections {
namespace {

using secrets::RecoveryEntry;
using secrets::RecoveryFate;

constexpr std::string_view kKind = "service_account";

/// Active Directory may have it.
bool may_be_in_force(const RecoveryEntry& entry) {
  return entry.fate == RecoveryFate::committed || entry.fate == RecoveryFate::taken;
}

std::string described(const RecoveryEntry& entry) {
  return "number " + std::to_string(entry.number) + " of " + format_timestamp(entry.at) + ", sealed to the key " +
         entry.key_id;
}

/// What the half opens beside the one that was wanted: for a person who has to choose.
std::string older_ones(const std::vector<RecoveryEntry>& entries, const RecoveryEntry& wanted,
                       const SecretString& private_half) {
  std::string numbers;
  for (const RecoveryEntry& entry : std::views::reverse(entries)) {
    if (entry.number == wanted.number || !secrets::RecoveryKey::open_sealed(entry.sealed, private_half)) continue;
    numbers += (numbers.empty() ? "" : ", ") + std::to_string(entry.number);
  }
  return numbers.empty() ? std::string() : "; it opens older ones (number " + numbers + "), which were replaced since";
}

}  // namespace

Result<SecretString> recovered_password(const secrets::RecoveryFile& recovery, const ServiceAccount& account,
                                        const SecretString& private_half, std::optional<std::int64_t> number) {
  MW_TRY(auto entries, recovery.read());
  std::erase_if(entries, [&](const RecoveryEntry& one) {
    return one.kind != kKind || one.owner != account.id.text() || (number && one.number != *number);
  });
  auto newest = std::ranges::find_if(std::views::reverse(entries), may_be_in_force);
  if (newest == entries.rend() && number) newest = entries.rbegin();
  if (newest == entries.rend()) {
    return fail(Error(secrets::SecretsError::unknown_secret,
                      "the recovery file " + recovery.path().filename().string() + " has no password of " +
                          account.name + (number ? " of the number " + std::to_string(*number) : std::string()))
                    .with_remedy("put the newest recovery.log into the state folder, or type the password"));
  }
  auto secret = secrets::RecoveryKey::open_sealed(newest->sealed, private_half);
  if (secret) return secret;
  if (secret.error().is(BaseError::malformed)) {
    return fail(form_error({{"private_half", secret.error().message() + "; " + secret.error().remedy()}}));
  }
  return fail(form_error({{"private_half", "it does not open the newest password of " + account.name + " (" +
                                               described(*newest) + ")" + older_ones(entries, *newest, private_half) +
                                               "; give the private half of that key; nothing was changed"}}));
}

Status seal_for_recovery(const Ledger& ledger, secrets::RecoveryFile& recovery, const secrets::RecoveryKey& key,
                         const Clock& clock) {
  MW_TRY(const auto entries, recovery.read());
  MW_TRY(const auto accounts, ledger.accounts());
  MW_TRY(const std::int64_t generation,
         ledger.database().read([](db::Session& session) { return secrets::GenerationFile::of(session); }));
  for (const ServiceAccount& account : accounts) {
    const CredentialVersion* active = account.active();
    if (active == nullptr || active->is_typed()) continue;
    const bool is_sealed = std::ranges::any_of(entries, [&](const RecoveryEntry& one) {
      return one.owner == account.id.text() && one.number == active->number && one.key_id == key.id() &&
             may_be_in_force(one);
    });
    if (is_sealed) continue;
    MW_TRY(const SecretString password, ledger.open_version(account, *active));
    MW_CHECK(recovery.append({.at = clock.now(),
                              .generation = generation,
                              .kind = std::string(kKind),
                              .owner = account.id.text(),
                              .name = account.name,
                              .number = active->number,
                              .key_id = key.id(),
                              .sealed = key.seal(password)}));
    MW_CHECK(recovery.mark(account.id.text(), active->number, RecoveryFate::taken, clock.now()));
  }
  return {};
}

}  // namespace mailward::connections
