#include "base/log.h"
#include "connections/course.h"

namespace mailward::connections {
namespace {

/// The names under which a try is written down.
std::vector<std::string> names_of(const Course& course) {
  std::vector<std::string> names{course.input.account};
  if (course.reading.account && !course.reading.account->sid.empty())
    names.push_back("sid:" + course.reading.account->sid);
  return names;
}

void log_failure(const Status& status) {
  if (!status) log::failure("connection_test.refusal_not_kept", status.error());
}

}  // namespace

Result<std::optional<TriedPassword>> Course::recall() const {
  std::optional<TriedPassword> found;
  for (const std::string& name : names_of(*this)) {
    MW_TRY(auto tried, parts.refusals.recall(name, *input.password));
    if (!tried) continue;
    const bool graver = !found || tried->state == TriedPassword::State::refused;
    if (graver) found = std::move(tried);
  }
  return found;
}

Status Course::begin_try() {
  for (const std::string& name : names_of(*this)) {
    MW_CHECK(parts.refusals.begin_try(name, *input.password, reading.pwd_last_set));
  }
  return {};
}

void Course::take_password() {
  if (!password_judged) forget_try();
  password_right = true;
  password_judged = true;
}

void Course::forget_try() {
  for (const std::string& name : names_of(*this)) log_failure(parts.refusals.forget(name, *input.password));
}

void Course::keep_refusal(FailureClass failure) {
  password_judged = true;
  password_refused = true;
  for (const std::string& name : names_of(*this)) {
    log_failure(parts.refusals.refused(name, *input.password, name_of(failure)));
  }
}

}  // namespace mailward::connections
