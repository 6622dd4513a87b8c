#include "connections/event_imports.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "base/bytes.h"

namespace mailward::connections {
namespace {

using Whose = SignInOrigin::Whose;

bool overlap(const EventImport& a, const EventImport& b) {
  return a.controller == b.controller && a.first <= b.last && b.first <= a.last;
}

std::string counted(std::int64_t count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

/// What a person must know before he takes a file for an answer.
std::string what_it_cannot_say(const EventFile& file, const EventMatch& match, Timestamp first, Timestamp last) {
  const auto taken = file.of_this_server + file.of_exchange + file.of_others;
  if (file.lines == 0) {
    return " There is no event in the file: the log may not keep these (the audit policy's logon events), or may have "
           "been overwritten since.";
  }
  if (taken == 0 && file.other_accounts == static_cast<std::int64_t>(file.lines)) {
    return " None is of this account: was it made by the command of another rotation?";
  }
  if (last < match.since) {
    return fmt::format(
        " All are older than the new password ({}): it says nothing of who uses the old one. Run the command again.",
        format_timestamp(match.since));
  }
  if (first > match.until) {
    return fmt::format(
        " All are from after the hour that is watched (it ended at {}): it does not say who was let in within it with "
        "the old password.",
        format_timestamp(match.until));
  }
  return {};
}

std::string told(const EventFile& file, const EventMatch& match, Timestamp first, Timestamp last, bool replaces) {
  const auto taken = file.of_this_server + file.of_exchange + file.of_others;
  std::string text = fmt::format(
      "{} read: {} of this account since its password was renewed ({} from this server, {} from "
      "Exchange, {} from somebody else)",
      counted(static_cast<std::int64_t>(file.lines), "event", "events"), counted(taken, "sign-in", "sign-ins"),
      file.of_this_server, file.of_exchange, file.of_others);
  if (file.after_hour > 0) text += fmt::format(", {} of them after the hour that is watched", file.after_hour);
  if (file.older > 0) text += fmt::format("; {} older than that", file.older);
  if (file.other_accounts > 0) text += fmt::format("; {} of other accounts", file.other_accounts);
  text += ".";
  if (replaces) text += " It takes the place of what was handed in before of the same controller and time.";
  return text + what_it_cannot_say(file, match, first, last);
}

void count(EventFile& file, const SignInOrigin& origin) {
  const std::int64_t all = origin.let_in + origin.refused;
  if (origin.whose == Whose::this_server) file.of_this_server += all;
  if (origin.whose == Whose::exchange) file.of_exchange += all;
  if (origin.whose == Whose::another) file.of_others += all;
}

}  // namespace

Result<EventFile> take_file(std::vector<EventImport>& imports, const std::vector<SignInEvent>& events,
                            const EventMatch& match, Timestamp now) {
  EventFile file{.lines = events.size()};
  std::map<std::string, std::vector<SignInEvent>> by_controller;
  const std::string name = lower_case(match.sam_account_name);
  for (const SignInEvent& event : events) {
    by_controller[event.controller].push_back(event);
    if (event.account != name) {
      ++file.other_accounts;
    } else if (event.at < match.since) {
      ++file.older;
    } else if (event.at > match.until) {
      ++file.after_hour;
    }
  }
  std::vector<EventImport> fresh;
  for (const auto& [controller, its] : by_controller) {
    EventImport& one = fresh.emplace_back();
    one.controller = controller;
    one.taken = now;
    const auto [first, last] = std::ranges::minmax(its, {}, &SignInEvent::at);
    one.first = first.at;
    one.last = last.at;
    one.origins = origins_of(its, match.sam_account_name, match.since, match.known);
    for (const SignInOrigin& origin : one.origins) count(file, origin);
    if (one.origins.size() > kMostOrigins) {
      one.unlisted = static_cast<std::int64_t>(one.origins.size() - kMostOrigins);
      one.origins.resize(kMostOrigins);
    }
    file.controllers.push_back(controller);
  }
  const auto replaced = std::erase_if(imports, [&](const EventImport& before) {
    return std::ranges::any_of(fresh, [&](const EventImport& one) { return overlap(before, one); });
  });
  if (imports.size() + fresh.size() > kMostImports) {
    return fail(Error(BaseError::limit_exceeded, "200 files were handed in for this rotation, as many as there may be")
                    .with_remedy("hand in a larger piece of time in place of several"));
  }
  Timestamp first;
  Timestamp last;
  if (!fresh.empty()) {
    first = std::ranges::min(fresh, {}, &EventImport::first).first;
    last = std::ranges::max(fresh, {}, &EventImport::last).last;
  }
  file.told = told(file, match, first, last, replaced > 0);
  imports.insert(imports.end(), fresh.begin(), fresh.end());
  std::ranges::sort(imports, {}, [](const EventImport& one) { return std::pair(one.controller, one.first); });
  return file;
}

std::string text_of(const SignInOrigin& origin) {
  const char* whose = "somebody else";
  if (origin.whose == Whose::this_server) whose = "this server";
  if (origin.whose == Whose::exchange) whose = "Exchange, for Mailward or another client of it";
  std::string text =
      fmt::format("{} ({}): {} let in, {} refused, from {} to {}",
                  origin.from.empty() ? "an unnamed origin" : printable(origin.from, 100), whose, origin.let_in,
                  origin.refused, format_timestamp(origin.first), format_timestamp(origin.last));
  const std::int64_t all = origin.let_in + origin.refused;
  if (origin.near_ours == 0) {
    if (origin.whose == Whose::this_server) {
      text += "; Mailward tested and renewed nothing then: a load of it, or another program on this server";
    }
  } else if (origin.near_ours == all) {
    text += "; all of it while Mailward itself signed in";
    if (origin.whose == Whose::another)
      text += ", so this may be how controllers see this server (a translated address)";
  } else {
    text += fmt::format("; {} of it while Mailward itself signed in", origin.near_ours);
  }
  return text;
}

}  // namespace mailward::connections
