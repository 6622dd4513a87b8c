#include "cli/destinations.h"

#include <algorithm>
#include <array>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "base/digest.h"
#include "cli/connection_form.h"

namespace mailward::cli {

namespace {

constexpr std::size_t kFingerprintDigits = 16;
constexpr std::string_view kSearch = "mailward-search-destination-";
constexpr std::string_view kFirstLine = "mailward-destination-1\n";

struct LineName {
  std::string_view key;
  const char* name;
};
constexpr std::array kLineNames{
    LineName{"confirmed", "confirmed hosts"},
    LineName{"ews", "host"},
    LineName{"front_end", "front ends"},
    LineName{"trust", "trust"},
    LineName{"authentication", "authentication"},
    LineName{"autodiscover", "Autodiscover domain"},
    LineName{"proxy", "proxy"},
    LineName{"proxy_trust", "proxy's trust"},
    LineName{"directory", "directory"},
    LineName{"realm", "Kerberos realm"},
    LineName{"controller", "domain controllers"},
    LineName{"directory_trust", "directory's trust"},
};

/// The values of that line, joined.
std::string line_of(std::string_view destination, std::string_view key) {
  std::string values;
  while (!destination.empty()) {
    const std::size_t end = std::min(destination.find('\n'), destination.size());
    const std::string_view line = destination.substr(0, end);
    destination.remove_prefix(std::min(end + 1, destination.size()));
    if (!line.starts_with(key) || line.substr(key.size(), 1) != "=") continue;
    values.append(values.empty() ? "" : ", ").append(line.substr(key.size() + 1));
  }
  return values;
}

std::string trust_text(const std::string& identity) {
  if (identity == "system") return "the system's authorities";
  constexpr std::size_t kShown = 7 + kFingerprintDigits;  // "sha256:" and as many digits
  return identity.size() > kShown ? identity.substr(0, kShown) + "…" : identity;
}

bool is_new(const PasswordGoal& goal) {
  return !goal.proven && !goal.given_here;
}

std::string text_of(const PasswordGoal& goal, const Terminal& terminal) {
  const char* mark = goal.proven ? "" : "  NEW: no password of this account was accepted there yet";
  return "The password will be sent to '" + goal.connection + "'" + mark + "\n" +
         destination_lines(goal.destination, terminal);
}

std::string brief_list(const std::vector<PasswordGoal>& goals) {
  std::string text;
  for (const PasswordGoal& goal : goals) {
    text += (text.empty() ? "" : "; ") + ("'" + goal.connection + "' at ") + host_of(goal.destination) +
            (goal.proven ? " (" : " (NEW, ") + fingerprint_of(goal.destination) + ")";
  }
  return text;
}

Status agree_with_pins(const std::vector<PasswordGoal>& goals, const std::vector<std::string>& pinned) {
  for (const PasswordGoal& goal : goals) {
    if (std::ranges::find(pinned, fingerprint_of(goal.destination)) != pinned.end()) continue;
    return fail(BaseError::invalid_argument,
                "the password was not sent: --destination does not name where it would "
                "go: " +
                    brief_list({goal}));
  }
  return {};
}

}  // namespace

std::string destination_lines(const std::string& destination, const Terminal& terminal) {
  std::vector<std::pair<std::string, std::string>> lines;
  for (const auto& [key, name] : kLineNames) {
    const std::string value = line_of(destination, key);
    // What a search does not know, and what only a search knows.
    if (value.empty() && (destination.starts_with(kSearch) || key == "confirmed")) continue;
    lines.emplace_back(name, key.ends_with("trust") && !value.empty() ? trust_text(value) : value);
  }
  lines.emplace_back("destination", fingerprint_of(destination));
  return properties(lines, terminal);
}

std::string from_one_line(std::string_view line) {
  std::string destination(kFirstLine);
  for (const char c : line) destination += c == ' ' ? '\n' : c;
  return destination + "\n";
}

std::string host_of(const std::string& destination) {
  return line_of(destination, destination.starts_with(kSearch) ? "confirmed" : "ews");
}

std::string fingerprint_of(const std::string& destination) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(destination.data());
  return to_hex(sha256(BytesView(bytes, destination.size()))).substr(0, kFingerprintDigits);
}

Status agree(const Context& context, const std::vector<PasswordGoal>& goals, const std::vector<std::string>& pinned) {
  for (const PasswordGoal& goal : goals) {
    // With --json, programs read standard error too.
    if (!context.json || person_present()) print_error(text_of(goal, person_present() ? context.terminal : Terminal()));
  }
  if (!pinned.empty()) return agree_with_pins(goals, pinned);
  const bool all_chosen = std::ranges::all_of(goals, &PasswordGoal::chosen);
  const bool any_new = std::ranges::any_of(goals, is_new);
  if (!any_new && all_chosen) return {};
  if (person_present()) {
    if (confirm("Send the password there?")) return {};
    return fail(BaseError::cancelled, "the password was not sent");
  }
  const std::string list = brief_list(goals);
  if (!all_chosen) {
    return fail(
        Error(BaseError::invalid_argument, "the password was not sent: several connections use the account: " + list)
            .with_remedy("name each that it is typed for by --connection"));
  }
  return fail(
      Error(BaseError::invalid_argument,
            "the password was not sent: none was accepted at this destination yet, and nobody can be asked: " + list)
          .with_remedy("if it is to go there, repeat with --destination and what stands in brackets; else find "
                       "out who changed the connection: the audit trail says"));
}

Result<std::string> agree_on_form(Context& context, Json& body, const Json& stands, const PasswordOptions& options) {
  Json form = form_of(body);
  for (const char* member : {"directory", "confirmed"}) {
    if (body.contains(member)) form[member] = body.at(member);
  }
  if (!stands.is_null()) form["connection"] = stands.at("id");
  MW_TRY(const Json answer, context.service.call("POST", "/destinations", form));
  PasswordGoal goal;
  goal.connection = body.contains("description") ? shown(body, "description") : "unsaved";
  goal.destination = shown(answer, "destination");
  goal.proven = answer.value("destination_proven", false);
  // What a command changes on a proven destination, the person has just typed; what stood there unproven, anybody may
  // have written.
  goal.given_here = stands.is_null() || (stands.value("destination_proven", false) &&
                                         stands.at("master_mailbox") == body.at("master_mailbox"));
  body["destination"] = goal.destination;
  const std::string host = host_of(goal.destination);
  const std::string question = "Password of " + shown(body, "master_mailbox");
  // A search for which nobody has confirmed a host yet: but for the proxy, nobody is shown one.
  if (!host.empty() || options.proxy.given()) MW_CHECK(agree(context, {goal}, options.destinations));
  return question + (host.empty() ? ", for nobody yet" : ", to be sent to " + host);
}

void add_destination_option(CLI::App& command, const std::shared_ptr<PasswordOptions>& options) {
  command
      .add_option("--destination", options->destinations,
                  "Send the password only to this destination, and do not ask: the number that is shown before a "
                  "password is sent, and by connection show; may be repeated")
      ->type_name("NUMBER")
      ->allow_extra_args(false);
}

}  // namespace mailward::cli
