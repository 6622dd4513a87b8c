#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "db/session.h"
#include "notify/channel.h"
#include "notify/subscription.h"

/// Tables as values. Internal to notify/.
namespace mailward::notify::rows {

/// `lock` is Transaction::lock_rows(), or empty. Errors: unknown_channel.
Result<Channel> channel(db::Session& session, ChannelId id, std::string_view lock = {});
/// By name, in that very spelling.
Result<std::optional<ChannelId>> channel_named(db::Session& session, std::string_view name);
/// By name.
Result<std::vector<Channel>> channels(db::Session& session);
Status insert(db::Transaction& tx, const Channel& channel);
/// What is filled in, the secret and that it rests; the version rises.
Status update(db::Transaction& tx, const Channel& channel);

/// By owner, channel and address; those of `owner` alone where it is given.
Result<std::vector<Subscription>> subscriptions(db::Session& session, std::optional<std::string_view> owner);
/// Errors: unknown_subscription.
Result<Subscription> subscription(db::Session& session, SubscriptionId id);

}  // namespace mailward::notify::rows
