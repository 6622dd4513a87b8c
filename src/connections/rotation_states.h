#pragma once

#include <span>
#include <string_view>

#include "base/result.h"

namespace mailward::connections {

/// How far a rotation is. Each state is written down, durably, before what follows from it is done.
enum class RotationState {
  planned,    ///< nothing has changed anywhere
  sealed,     ///< the new password stands as pending and in the recovery file; the directory has not heard of it
  resetting,  ///< the reset may be on its way: whether a controller has taken it is not known
  taken,      ///< a controller has the new password, as it said or shows
  promoted,   ///< a controller has accepted a sign-in with it: it is the active one
  undoing,    ///< the old password is being set again
  undone,     ///< the old password stands, as the directory shows
  finished,
  unclear,  ///< which password is valid cannot be told without a person
};

/// What the sign-in door of the account is while a rotation stands so.
enum class Door { open, closed };

struct RotationStateInfo {
  RotationState state;
  std::string_view name;  ///< stable: in the database and the API
  Door door;
  bool ended;
  std::string_view meaning;     ///< a sentence for a person
  std::string_view after_kill;  ///< what the next start does
};

const RotationStateInfo& info_of(RotationState state);
inline std::string_view name_of(RotationState state) {
  return info_of(state).name;
}
Result<RotationState> parse_rotation_state(std::string_view name);
std::span<const RotationStateInfo> rotation_states();

/// Whether one state may follow another: the table of transitions, which every write of a state is held against.
bool may_follow(RotationState from, RotationState to);

}  // namespace mailward::connections
