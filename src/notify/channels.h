#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/by.h"
#include "audit/trail.h"
#include "base/clock.h"
#include "base/secret.h"
#include "db/database.h"
#include "notify/channel.h"
#include "notify/subscription.h"
#include "secrets/keyring.h"
#include "secrets/secret_store.h"

namespace mailward::notify {

using audit::By;

/// The books of channels and subscriptions. Every change stands in the audit trail. Thread-safe.
class Channels {
 public:
  static constexpr std::size_t kMostChannels = 50;
  static constexpr std::size_t kMostSubscriptions = 1000;  ///< of all
  static constexpr std::size_t kMostOfOwner = 20;

  /// All must outlive it.
  Channels(db::Database& database, secrets::Keyring& keyring, const audit::Trail& trail, const Clock& clock);

  /// By name.
  Result<std::vector<Channel>> list() const;
  /// By id or name. Errors: unknown_channel.
  Result<Channel> find(std::string_view id_or_name) const;
  /// `password` where the form takes one: a relay's, the bearer secret or the signature's key. Errors: invalid_form,
  /// already_exists.
  Result<Channel> create(const ChannelForm& form, const std::optional<SecretString>& password, const By& by);
  /// All of the form stands as given; without `password` the stored one stays, as long as its destination does. A
  /// channel that rested tries again. Errors: unknown_channel, version_conflict, invalid_form, already_exists,
  /// password_must_be_typed.
  Result<Channel> update(ChannelId id, std::int64_t version, const ChannelForm& form,
                         const std::optional<SecretString>& password, const By& by);
  /// With its subscriptions and what still waits to be sent by it. Errors: unknown_channel, version_conflict.
  Status remove(ChannelId id, std::int64_t version, const By& by);

  /// The password, for the destination that the channel names; nothing where it takes none. Errors:
  /// password_must_be_typed where one is wanted and none is stored; SecretsError where the row was changed under it.
  Result<std::optional<SecretString>> open_secret(const Channel& channel) const;

  /// One owner's, or all.
  Result<std::vector<Subscription>> subscriptions(std::optional<std::string_view> owner) const;
  /// Errors: unknown_subscription.
  Result<Subscription> subscription(SubscriptionId id) const;
  /// In place of the one of the same owner, channel and address, if there is one. Where nobody vouches for the address
  /// it is confirmed as before, or as another subscription of the same owner has it. Errors: invalid_form,
  /// unknown_channel.
  Result<Subscription> subscribe(const SubscriptionForm& form, const By& by);
  /// A new code for it, in place of the one before; it opens for kCodeLife. Errors: unknown_subscription,
  /// too_many_codes.
  Result<SecretString> make_code(SubscriptionId id) const;
  /// Errors: unknown_subscription, wrong_code.
  Result<Subscription> confirm(SubscriptionId id, const SecretString& code, const By& by);
  static constexpr std::chrono::minutes kCodeLife{30};
  static constexpr int kMostCodeTries = 5;
  static constexpr int kMostCodesAnHour = 5;  ///< of one owner, and to one address
  /// What waits for it is dropped with it, where nobody else wants it there. Errors: unknown_subscription.
  Status unsubscribe(SubscriptionId id, const By& by);

  /// All subscriptions of somebody who is no longer there.
  Status forget_owner(std::string_view owner, const By& by);

  /// Writes into the trail that somebody tested the channel.
  Status note_test(db::Transaction& tx, const Channel& channel, const std::string& to, bool accepted,
                   const By& by) const;

 private:
  Status store_secret(db::Transaction& tx, Channel& channel, const SecretString& password, const By& by) const;
  Status drop_secret(db::Transaction& tx, Channel& channel) const;
  Status append(db::Transaction& tx, const By& by, std::string_view action, std::string_view kind,
                const std::string& id, const std::string& details, std::string_view outcome = "ok") const;

  db::Database& database_;
  secrets::Keyring& keyring_;
  mutable secrets::SecretStore store_;
  const audit::Trail& trail_;
  const Clock& clock_;
};

}  // namespace mailward::notify
