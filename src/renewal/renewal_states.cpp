#include "renewal/renewal_states.h"

#include <algorithm>
#include <array>

#include "base/bytes.h"

namespace mailward::renewal {

namespace {

constexpr std::array<RenewalStateInfo, 7> kRenewals{{
    {RenewalState::awaiting_approval, "awaiting_approval", false,
     "Another administrator than the one who asked must approve it.", "waits on, seven days from when it was made"},
    {RenewalState::ready, "ready", false, "It may be started; nothing has been changed.",
     "waits on, seven days from when it was made"},
    {RenewalState::running, "running", false, "One secret after another is being renewed.",
     "goes on with the item that it was at"},
    {RenewalState::waiting, "waiting", false, "What can be renewed by itself is; the rest waits for a person.",
     "looks whether people have renewed what it waits for"},
    {RenewalState::finished, "finished", true, "Everything in the plan is settled.", "nothing"},
    {RenewalState::closed, "closed", true, "A person ended it; the report says what stayed open.", "nothing"},
    {RenewalState::expired, "expired", true, "Nobody approved or started it within seven days.", "nothing"},
}};

constexpr std::array<ItemStateInfo, 8> kItems{{
    {ItemState::planned, "planned", false, "Its turn has not come.", "takes it in its turn"},
    {ItemState::acting, "acting", false, "It is being renewed.",
     "looks what has come of it: a rotation is found by its run and followed; another master key or recovery key than "
     "before is taken for the new one; what may be done twice is done again"},
    {ItemState::waiting, "waiting", false, "A person must renew it; that is noticed by itself.", "waits on"},
    {ItemState::done, "done", true, "It is renewed.", "nothing"},
    {ItemState::failed, "failed", false, "It was not renewed; it can be tried again.",
     "nothing, until it is tried again"},
    {ItemState::gone, "gone", true, "It is not held any more.", "nothing"},
    {ItemState::kept, "kept", true, "It cannot be replaced, and stays.", "nothing"},
    {ItemState::left, "left", true, "It was not renewed: the plan was ended before.", "nothing"},
}};

template <typename State>
struct Transition {
  State from;
  State to;
};

constexpr std::array<Transition<RenewalState>, 12> kRenewalTransitions{{
    {RenewalState::awaiting_approval, RenewalState::ready},    // approved
    {RenewalState::awaiting_approval, RenewalState::closed},   // given up
    {RenewalState::awaiting_approval, RenewalState::expired},  // seven days
    {RenewalState::ready, RenewalState::awaiting_approval},    // the approver left, or approval is demanded since
    {RenewalState::ready, RenewalState::running},              // started
    {RenewalState::ready, RenewalState::closed},
    {RenewalState::ready, RenewalState::expired},
    {RenewalState::running, RenewalState::waiting},   // people are needed, or something failed
    {RenewalState::running, RenewalState::finished},  // all is settled
    {RenewalState::waiting, RenewalState::running},   // what failed is tried again
    {RenewalState::waiting, RenewalState::finished},  // the last one was renewed by its person
    {RenewalState::waiting, RenewalState::closed},
}};

constexpr std::array<Transition<ItemState>, 16> kItemTransitions{{
    {ItemState::planned, ItemState::acting},   // its intent, before any effect
    {ItemState::planned, ItemState::waiting},  // nothing is to be done but by a person
    {ItemState::planned, ItemState::gone},
    {ItemState::planned, ItemState::failed},  // it could not be looked at
    {ItemState::planned, ItemState::kept},
    {ItemState::planned, ItemState::left},  // the plan was closed
    {ItemState::acting, ItemState::done},
    {ItemState::acting, ItemState::failed},
    {ItemState::acting, ItemState::waiting},  // our part is done, a person's is left
    {ItemState::acting, ItemState::gone},
    {ItemState::waiting, ItemState::done},  // seen to be renewed
    {ItemState::waiting, ItemState::gone},
    {ItemState::waiting, ItemState::left},
    {ItemState::failed, ItemState::planned},  // tried again
    {ItemState::failed, ItemState::left},
    {ItemState::failed, ItemState::done},  // a person has renewed it meanwhile
}};

template <typename State, typename Table>
bool stands_in(const Table& table, State from, State to) {
  return std::ranges::any_of(table, [&](const auto& one) { return one.from == from && one.to == to; });
}

}  // namespace

const RenewalStateInfo& info_of(RenewalState state) {
  return *std::ranges::find(kRenewals, state, &RenewalStateInfo::state);
}

const ItemStateInfo& info_of(ItemState state) {
  return *std::ranges::find(kItems, state, &ItemStateInfo::state);
}

Result<RenewalState> parse_renewal_state(std::string_view name) {
  const auto* const found = std::ranges::find(kRenewals, name, &RenewalStateInfo::name);
  if (found != kRenewals.end()) return found->state;
  return fail(BaseError::malformed, "no state of a plan: " + printable(name, 40));
}

Result<ItemState> parse_item_state(std::string_view name) {
  const auto* const found = std::ranges::find(kItems, name, &ItemStateInfo::name);
  if (found != kItems.end()) return found->state;
  return fail(BaseError::malformed, "no state of a plan's item: " + printable(name, 40));
}

std::span<const RenewalStateInfo> renewal_states() {
  return kRenewals;
}

std::span<const ItemStateInfo> item_states() {
  return kItems;
}

bool may_follow(RenewalState from, RenewalState to) {
  return stands_in(kRenewalTransitions, from, to);
}

bool may_follow(ItemState from, ItemState to) {
  return stands_in(kItemTransitions, from, to);
}

}  // namespace mailward::renewal
