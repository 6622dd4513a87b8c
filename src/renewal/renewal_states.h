#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/result.h"

namespace mailward::renewal {

/// How far a plan is. Each state is written down, durably, before what follows from it is done.
enum class RenewalState : std::uint8_t {
  awaiting_approval,  ///< another administrator must approve it
  ready,              ///< it may be started
  running,            ///< item after item is being renewed
  waiting,            ///< what can be done by itself has been; people, or a retry, are waited for
  finished,           ///< every item is settled
  closed,             ///< a person ended it with what stayed open
  expired,            ///< nobody approved or started it within seven days
};

/// How far one item is.
enum class ItemState : std::uint8_t {
  planned,  ///< nothing has been done about it
  acting,   ///< what is to be done may be under way
  waiting,  ///< a person must do something
  done,     ///< another secret stands in its place, or it is given up
  failed,   ///< it was not renewed; it can be tried again
  gone,     ///< the secret is not held any more
  kept,     ///< it is none that can be replaced
  left,     ///< a person closed the plan before it was renewed
};

struct RenewalStateInfo {
  RenewalState state;
  std::string_view name;  ///< stable: in the database and the API
  bool ended;
  std::string_view meaning;     ///< a sentence for a person
  std::string_view after_kill;  ///< what the next start does
};
struct ItemStateInfo {
  ItemState state;
  std::string_view name;
  bool settled;  ///< nothing is left to be done about it
  std::string_view meaning;
  std::string_view after_kill;
};

const RenewalStateInfo& info_of(RenewalState state);
const ItemStateInfo& info_of(ItemState state);
inline std::string_view name_of(RenewalState state) {
  return info_of(state).name;
}
inline std::string_view name_of(ItemState state) {
  return info_of(state).name;
}
Result<RenewalState> parse_renewal_state(std::string_view name);
Result<ItemState> parse_item_state(std::string_view name);
std::span<const RenewalStateInfo> renewal_states();
std::span<const ItemStateInfo> item_states();

/// Whether one state may follow another: the tables of transitions, which every write of a state is held against.
bool may_follow(RenewalState from, RenewalState to);
bool may_follow(ItemState from, ItemState to);

}  // namespace mailward::renewal
