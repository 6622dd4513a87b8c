#pragma once

#include <string_view>

#include "base/error.h"

namespace mailward::renewal {

enum class RenewalError {
  unknown_renewal,
  /// A kind of secret or an age does not hold; the message names it.
  invalid_form,
  /// A plan is open already: the message names it.
  already_open,
  /// Nothing is held of the kinds asked for.
  nothing_to_renew,
  /// The plan's state does not allow it; the message says what it is.
  illegal_transition,
  /// Another administrator must approve first.
  approval_needed,
  /// The approval holds no longer, for its giver left.
  approval_void,
  /// Who asked cannot approve, nor can who does not administer.
  not_the_approver,
};
std::string_view error_subject(RenewalError code);
std::string_view error_name(RenewalError code);

}  // namespace mailward::renewal
