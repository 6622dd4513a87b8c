#include "directory/bind_gate.h"

#include "directory/directory_error.h"

namespace mailward::directory {
namespace {

bool is_refusal(const Error& error) {
  for (auto code : {DirectoryError::bad_password, DirectoryError::unknown_user, DirectoryError::logon_not_allowed,
                    DirectoryError::password_expired, DirectoryError::account_disabled, DirectoryError::account_expired,
                    DirectoryError::must_change_password, DirectoryError::account_locked}) {
    if (error.is(code)) return true;
  }
  return false;
}

}  // namespace

Status BindGate::enter(Deadline deadline, std::stop_token stop) {
  std::unique_lock lock(mutex_);
  bool decided = changed_.wait_until(lock, stop, deadline.moment(), [this] { return standing_ != Standing::trying; });
  if (!decided) {
    if (stop.stop_requested()) return fail(BaseError::cancelled, "cancelled");
    return fail(DirectoryError::timed_out, "the directory reader is still signing in");
  }
  if (standing_ == Standing::refused) {
    return std::unexpected(
        Error(DirectoryError::refused_earlier, "the directory reader was refused and is not tried again")
            .with_remedy("type the reader's password again, or see to its account")
            .caused_by(Error(*refusal_)));
  }
  if (standing_ == Standing::unknown) standing_ = Standing::trying;
  return {};
}

void BindGate::leave(const Status& outcome) {
  {
    std::scoped_lock lock(mutex_);
    if (outcome) {
      standing_ = Standing::good;
    } else if (is_refusal(outcome.error())) {
      standing_ = Standing::refused;
      refusal_ = outcome.error();
    } else if (standing_ == Standing::trying) {
      standing_ = Standing::unknown;
    }
  }
  changed_.notify_all();
}

}  // namespace mailward::directory
