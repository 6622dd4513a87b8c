#include "notify/error.h"

#include <utility>

namespace mailward::notify {

std::string_view error_subject(NotifyError) {
  return "notify";
}

std::string_view error_name(NotifyError code) {
  switch (code) {
    case NotifyError::unknown_kind:
      return "unknown_kind";
    case NotifyError::unknown_channel:
      return "unknown_channel";
    case NotifyError::unknown_subscription:
      return "unknown_subscription";
    case NotifyError::unknown_notice:
      return "unknown_notice";
    case NotifyError::invalid_form:
      return "invalid_form";
    case NotifyError::version_conflict:
      return "version_conflict";
    case NotifyError::already_exists:
      return "already_exists";
    case NotifyError::password_must_be_typed:
      return "password_must_be_typed";
    case NotifyError::channel_busy:
      return "channel_busy";
    case NotifyError::wrong_code:
      return "wrong_code";
    case NotifyError::too_many_codes:
      return "too_many_codes";
    case NotifyError::code_not_sent:
      return "code_not_sent";
  }
  std::unreachable();
}

Error form_error(const std::vector<FieldProblem>& problems) {
  std::string sentence;
  for (const FieldProblem& problem : problems) {
    if (!sentence.empty()) sentence += "; ";
    sentence += problem.field + ": " + problem.problem;
  }
  return {NotifyError::invalid_form, std::move(sentence)};
}

}  // namespace mailward::notify
