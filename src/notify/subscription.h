#pragma once

#include <string>
#include <vector>

#include "notify/channel.h"
#include "notify/kinds.h"

namespace mailward::notify {

using SubscriptionId = Id<struct SubscriptionTag>;

/// Who wants which notices, by which channel. One for each owner, channel and address.
struct Subscription {
  SubscriptionId id;
  std::string owner;  ///< a user's id; empty: the house's own
  ChannelId channel;
  std::string channel_name;
  std::string address;             ///< of a relay: whom to write to; empty for a webhook
  bool all = false;                ///< every kind, also those to come
  std::vector<std::string> kinds;  ///< otherwise these
  Severity least = Severity::info;
  Timestamp updated;
  std::string updated_by;
  /// Since when its address is known to be wanted: by a code that was sent to it, or because somebody vouches for it
  /// who may change channels. Until then nothing is sent.
  std::optional<Timestamp> confirmed;

  bool wants(std::string_view kind, Severity severity) const;
};

/// What is filled in.
struct SubscriptionForm {
  std::string owner;
  ChannelId channel;
  std::string address;
  bool all = false;
  std::vector<std::string> kinds;
  Severity least = Severity::info;
  bool vouched = false;  ///< by whoever fills it in, who may: its address needs no code
};
/// Field by field what does not hold for a channel of that kind.
std::vector<FieldProblem> check_form(const SubscriptionForm& form, ChannelKind kind);

}  // namespace mailward::notify
