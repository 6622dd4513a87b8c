#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace mailward::notify {

enum class NotifyError {
  unknown_kind,  ///< a notice of a kind that kinds.h does not list: a mistake of the room that posts it
  unknown_channel,
  unknown_subscription,
  unknown_notice,
  invalid_form,
  version_conflict,
  already_exists,
  /// The destination changed, and the stored password was not typed for the new one.
  password_must_be_typed,
  /// Something else is being sent by this channel, and did not end in time.
  channel_busy,
  /// A code that confirms nothing: another one, too old, or tried too often.
  wrong_code,
  too_many_codes,  ///< were sent within an hour
  code_not_sent,   ///< the relay did not take it
};
std::string_view error_subject(NotifyError code);
std::string_view error_name(NotifyError code);

/// What is wrong with one field of a form. Field names are those of the API.
struct FieldProblem {
  std::string field;
  std::string problem;  ///< a sentence for a person, which repeats no password
};
/// invalid_form, with all of them in one sentence. `problems` is not empty.
Error form_error(const std::vector<FieldProblem>& problems);

}  // namespace mailward::notify
