#include "connections/notices.h"

#include <fmt/format.h>

#include "notify/notice.h"

namespace mailward::connections::notices {
namespace {

using notify::Severity;
using std::chrono::days;
using std::chrono::hours;

std::string about(AccountId account) {
  return "account:" + account.text();
}

bool works(ConnectionState state) {
  return state == ConnectionState::healthy || state == ConnectionState::degraded;
}
bool fails(ConnectionState state) {
  return state == ConnectionState::failing || state == ConnectionState::needs_credential;
}

/// What comes nearer each day: told again after `pause`.
Status told_again(db::Transaction& tx, const notify::Notice& notice, Duration pause, Timestamp now) {
  MW_TRY(const auto last, notify::last_posted(tx, notice.kind, notice.subject, now));
  if (last && now - *last < pause) return {};
  return notify::post(tx, notice, now);
}

/// When something ends: "within 24 hours", "in 3 days".
std::string in_days(Duration left) {
  const auto whole = std::chrono::floor<days>(left).count();
  if (whole == 0) return "within 24 hours";
  return whole == 1 ? "in a day" : fmt::format("in {} days", whole);
}

/// "expires in 3 days", or that it has.
std::string expires_in(Duration left) {
  return left < Duration(0) ? "has expired" : "expires " + in_days(left);
}

}  // namespace

Status rotation_ended(db::Transaction& tx, const Rotation& rotation, bool degraded, std::string_view sentence,
                      std::string_view remedy, Timestamp now) {
  const bool well = rotation.state == RotationState::finished;
  notify::Notice notice{.kind = well && !degraded ? "rotation_finished" : "rotation_failed",
                        .subject = about(rotation.account),
                        .title = fmt::format("The password of {} was renewed", rotation.account_name),
                        .text = std::string(sentence)};
  if (degraded) {
    notice.title += ", and not all is as it should be";
    notice.severity = Severity::warning;
  }
  if (!well) {
    notice.title =
        fmt::format("The password of {} was not renewed ({})", rotation.account_name, name_of(rotation.state));
    notice.severity = Severity::alarm;
  }
  if (!remedy.empty()) notice.text += fmt::format("\n\nWhat to do: {}", remedy);
  notice.text += "\n\nHow it went, step by step: mailward rotation show " + rotation.run.text();
  return notify::post(tx, notice, now);
}

Status reminder(db::Transaction& tx, const RotationReminder& reminder, Timestamp now) {
  const Duration left = reminder.deadline - now;
  return notify::post(
      tx,
      {.kind = "rotation_due",
       .subject = about(reminder.account),
       .title =
           left < Duration(0)
               ? fmt::format("The password of {} should have been renewed by hand", reminder.account_name)
               : fmt::format("Renew the password of {} by hand: it is due {}", reminder.account_name, in_days(left)),
       .text =
           fmt::format("What to do: set a new password in Active Directory, then type it: mailward account password "
                       "{}, or Edit Connection in the console.\n\nIt should be done by {}{}. Why Mailward does not "
                       "renew it by itself: mailward schedule",
                       reminder.account.text(), format_timestamp(reminder.deadline),
                       reminder.by_expiry ? ", a week before Active Directory lets it expire" : ""),
       .severity = left < Duration(0) ? Severity::alarm : Severity::warning},
      now);
}

Status wrong_password_seen(db::Transaction& tx, const OldPasswordWatch& watch, std::string_view account_name,
                           const OldPasswordSign& sign, Timestamp now) {
  return notify::post(
      tx,
      {.kind = "old_password_seen",
       .subject = about(watch.account),
       .title = fmt::format("Somebody shows a wrong password of {}", account_name),
       .text = fmt::format(
           "What to do: find who still has the old password, and give it the new one. What is known of it, and the "
           "line that asks each controller's event log: mailward rotation old-password {}\n\n{} (seen at {}, {}). It "
           "is told once after this renewal; what follows is counted there.",
           watch.run.text(), sign.text, sign.controller, format_timestamp(sign.at)),
       .severity = Severity::warning},
      now);
}

Status locked_out(db::Transaction& tx, const OldPasswordWatch& watch, std::string_view account_name,
                  const OldPasswordSign& sign, const OldPasswordSign& lifting, Timestamp now) {
  const bool lifted = lifting.kind == OldPasswordSign::Kind::unlocked;
  return notify::post(
      tx,
      {.kind = "account_locked",
       .subject = about(watch.account),
       .title = lifted ? fmt::format("{} was locked out after its password was renewed; the lock-out is lifted",
                                     account_name)
                       : fmt::format("{} is locked out after its password was renewed", account_name),
       .text = fmt::format("What to do: {}\n\nWho shows it, as far as that can be seen, and the line that asks each "
                           "controller's event log: mailward rotation old-password {}\n\n{} shows the lock-out of {}. "
                           "{}",
                           lifting.text, watch.run.text(), sign.controller, format_timestamp(sign.at),
                           lifted ? "Nothing of Mailward stands still for it."
                                  : "Until it is lifted, or has run out, nobody signs in with the account."),
       .severity = Severity::alarm},
      now);
}

Status state_changed(db::Transaction& tx, const ServerConnection& before, ConnectionState state,
                     std::string_view reason_text, Timestamp now) {
  const bool broke = works(before.state) && fails(state);
  const bool mended = fails(before.state) && works(state);
  if (!broke && !mended) return {};
  const std::string& name = before.form.description;
  return notify::post(tx,
                      {.kind = "connection_state",
                       .subject = "connection:" + before.id.text(),
                       .title = broke ? fmt::format("The connection '{}' has stopped working", name)
                                      : fmt::format("The connection '{}' works again", name),
                       .text = broke ? fmt::format("{}\n\nWhat to do, step by step: mailward connection test {}",
                                                   reason_text, before.id.text())
                                     : fmt::format("It had not worked since {}. Nothing is to be done.",
                                                   format_timestamp(before.state_since)),
                       .severity = broke ? Severity::alarm : Severity::info},
                      now);
}

Status password_expires(db::Transaction& tx, AccountId account, std::string_view account_name,
                        std::optional<Timestamp> expires, Timestamp now) {
  constexpr days kTold{14};
  constexpr days kPressing{3};
  if (!expires || *expires - now > kTold) return {};
  const bool pressing = *expires - now <= kPressing;
  return told_again(
      tx,
      {.kind = "password_expires",
       .subject = about(account),
       .title = fmt::format("The password of {} {}", account_name, expires_in(*expires - now)),
       .text = fmt::format(
           "What to do: mailward account rotate {}\n\n{} {}; from then on nobody signs in with it.", account.text(),
           *expires < now ? "Active Directory has let it expire at" : "Active Directory lets it expire at",
           format_timestamp(*expires)),
       .severity = pressing ? Severity::alarm : Severity::warning},
      pressing ? days(1) : days(7), now);
}

Status certificate_expires(db::Transaction& tx, const ServerConnection& connection, Timestamp until, Timestamp now) {
  constexpr days kTold{30};
  constexpr days kPressing{7};
  if (until - now > kTold) return {};
  const bool pressing = until - now <= kPressing;
  return told_again(
      tx,
      {.kind = "certificate_expires",
       .subject = "connection:" + connection.id.text(),
       .title = fmt::format("A certificate of '{}' {}", connection.form.description, expires_in(until - now)),
       .text = fmt::format("What to do: renew it on the server. Which one it is, and where it was seen: "
                           "mailward connection show {}\n\nIt is valid until {}; then Mailward does not "
                           "connect any more.",
                           connection.id.text(), format_timestamp(until)),
       .severity = pressing ? Severity::alarm : Severity::warning},
      pressing ? days(1) : days(7), now);
}

}  // namespace mailward::connections::notices
