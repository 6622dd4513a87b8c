#include "connections/rotation_states.h"

#include <algorithm>
#include <array>

#include "base/bytes.h"

namespace mailward::connections {

namespace {

using enum RotationState;

constexpr std::array<RotationStateInfo, 9> kStates{{
    {planned, "planned", Door::open, false, "Nothing has been changed yet.", "begins again: nothing was changed"},
    {sealed, "sealed", Door::open, false, "The new password is made and kept; Active Directory has not heard of it.",
     "ends it and drops the new password, which nobody was told"},
    {resetting, "resetting", Door::closed, false, "The new password is on its way to a domain controller.",
     "reads pwdLastSet there: changed, it goes on; unchanged there and on the PDC emulator, it sends the reset again "
     "or drops the new password"},
    {taken, "taken", Door::closed, false, "A domain controller has the new password; it has not been tried yet.",
     "tries the new password at that controller"},
    {promoted, "promoted", Door::open, false, "The new password is in force; the front ends are being tried with it.",
     "goes on with the front ends and the other controllers"},
    {undoing, "undoing", Door::closed, false, "The old password is being set again.", "sets the old password again"},
    {undone, "undone", Door::open, true, "The password of before stays in use.", "nothing"},
    {finished, "finished", Door::open, true, "The new password is in force, and Mailward uses the old one no more.",
     "nothing"},
    {unclear, "unclear", Door::open, true, "Which password is valid cannot be told without a person.", "nothing"},
}};

struct Transition {
  RotationState from;
  RotationState to;
};

constexpr std::array<Transition, 16> kTransitions{{
    {planned, sealed},     // a password was made
    {planned, taken},      // manual, external: it was set elsewhere, and handed over here
    {planned, undone},     // something stands against it, before anything was changed
    {sealed, resetting},   // the door is closed, the reset is sent
    {sealed, undone},      // it was never sent
    {resetting, taken},    // the controller said so, or shows a new pwdLastSet
    {resetting, undone},   // refused, or pwdLastSet has not moved
    {resetting, unclear},  // nobody can be asked any more
    {taken, promoted},     // a controller accepted a sign-in with it
    {taken, undoing},      // it is not accepted where it was taken, and no front end has accepted it
    {taken, undone},       // manual, external: it was refused, the one before stays
    {taken, unclear},      // another password was set in between
    {promoted, finished},
    {promoted, unclear},
    {undoing, undone},   // a controller took the old password again
    {undoing, unclear},  // another password was set in between
}};

}  // namespace

const RotationStateInfo& info_of(RotationState state) {
  return *std::ranges::find(kStates, state, &RotationStateInfo::state);
}

Result<RotationState> parse_rotation_state(std::string_view name) {
  const auto* const found = std::ranges::find(kStates, name, &RotationStateInfo::name);
  if (found != kStates.end()) return found->state;
  return fail(BaseError::malformed, "no state of a rotation: " + printable(name, 40));
}

std::span<const RotationStateInfo> rotation_states() {
  return kStates;
}

bool may_follow(RotationState from, RotationState to) {
  return std::ranges::any_of(kTransitions, [&](const Transition& one) { return one.from == from && one.to == to; });
}

}  // namespace mailward::connections
