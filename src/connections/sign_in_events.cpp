#include "connections/sign_in_events.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/error.h"
#include "base/net.h"
#include "connections/powershell.h"

namespace mailward::connections {
namespace {

constexpr std::size_t kMostToldLines = 5;
constexpr std::size_t kLongestField = 300;
constexpr int kKerberosFailed = 4771;
constexpr int kNtlm = 4776;
constexpr int kSignedIn = 4624;
constexpr int kRefused = 4625;

/// The fields of one record (RFC 4180 2), and where it ends.
struct Record {
  std::vector<std::string> fields;
  std::size_t end = 0;
  bool whole = true;
};
Record record_at(std::string_view csv, std::size_t at) {
  Record record;
  std::string field;
  bool quoted = false;
  for (; at < csv.size(); ++at) {
    const char letter = csv[at];
    if (quoted) {
      if (letter != '"') {
        field += letter;
      } else if (at + 1 < csv.size() && csv[at + 1] == '"') {
        field += '"';
        ++at;
      } else {
        quoted = false;
      }
      continue;
    }
    if (letter == '"' && field.empty()) {
      quoted = true;
    } else if (letter == ',') {
      record.fields.push_back(std::exchange(field, {}));
    } else if (letter == '\n') {
      ++at;
      break;
    } else if (letter != '\r') {
      field += letter;
    }
  }
  record.fields.push_back(std::move(field));
  record.end = at;
  record.whole = !quoted;
  return record;
}

/// Where the columns stand.
struct Columns {
  std::size_t time, id, controller, account, from, status;
};
std::optional<Columns> columns_of(const std::vector<std::string>& names) {
  const auto at = [&](std::string_view wanted) {
    return static_cast<std::size_t>(std::ranges::find(names, wanted) - names.begin());
  };
  const Columns found{at("Time"), at("Id"), at("Controller"), at("Account"), at("From"), at("Status")};
  for (const std::size_t one : {found.time, found.id, found.controller, found.account, found.from, found.status}) {
    if (one >= names.size()) return std::nullopt;
  }
  return found;
}

/// .NET's round-trip form has seven decimals; ours reads six.
Result<Timestamp> time_in(std::string text) {
  const auto dot = text.find('.');
  if (dot != std::string::npos) {
    std::size_t digits = dot + 1;
    while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9') ++digits;
    constexpr std::size_t kDecimals = 6;
    if (digits - dot - 1 > kDecimals) text.erase(dot + 1 + kDecimals, digits - dot - 1 - kDecimals);
  }
  return parse_timestamp(text);
}

std::optional<SignInEvent> event_in(const std::vector<std::string>& fields, const Columns& at, std::string& why) {
  const std::size_t last = std::max({at.time, at.id, at.controller, at.account, at.from, at.status});
  if (fields.size() <= last) {
    why = "has " + std::to_string(fields.size()) + " fields";
    return std::nullopt;
  }
  SignInEvent event;
  const auto time = time_in(fields[at.time]);
  if (!time) {
    why = "Time is no time in UTC (2026-01-31T09:05:00Z)";
    return std::nullopt;
  }
  event.at = *time;
  const std::string& id = fields[at.id];
  const auto* const end = id.data() + id.size();
  if (std::from_chars(id.data(), end, event.id).ptr != end ||
      (event.id != kKerberosFailed && event.id != kNtlm && event.id != kSignedIn && event.id != kRefused)) {
    why = "Id is none of 4624, 4625, 4771 and 4776";
    return std::nullopt;
  }
  for (const std::size_t one : {at.controller, at.account, at.from, at.status}) {
    if (fields[one].size() > kLongestField) {
      why = "a field is longer than 300 characters";
      return std::nullopt;
    }
  }
  event.controller = lower_case(fields[at.controller]);
  event.account = lower_case(fields[at.account]);
  event.from = lower_case(fields[at.from]);
  // An IPv4 address as Windows writes it in IPv6's form.
  if (event.from.starts_with("::ffff:")) event.from.erase(0, 7);
  while (event.from.starts_with('\\')) event.from.erase(0, 1);
  if (event.from == "-") event.from.clear();
  const std::string& status = fields[at.status];
  event.let_in = event.id == kSignedIn || (event.id == kNtlm && (status == "0x0" || status == "0"));
  return event;
}

/// An address without its scope ("fe80::1%4"), so that one that is written in two ways is known for one.
std::optional<IpAddress> address_in(std::string_view text) {
  const auto address = IpAddress::parse(text.substr(0, text.find('%')));
  return address ? std::optional(*address) : std::nullopt;
}

bool holds(const std::vector<std::string>& names, std::string_view name) {
  if (const auto address = address_in(name)) {
    return std::ranges::any_of(names, [&](const std::string& one) { return address_in(one) == address; });
  }
  return !name.empty() && std::ranges::any_of(names, [&](const std::string& one) {
    if (address_in(one)) return false;
    const std::string lower = lower_case(one);
    // A workstation is a host's first label.
    return lower == name || (lower.starts_with(name) && lower.size() > name.size() && lower[name.size()] == '.');
  });
}

std::string too_much() {
  return "cut it by time, in PowerShell, where the file lies: " + std::string(cut_by_time()) +
         " ; then hand in each part: they add up";
}

}  // namespace

Result<std::string> event_query(const std::string& controller, const std::string& sam_account_name, Timestamp since) {
  MW_TRY(const auto host, powershell_literal(controller));
  MW_TRY(const auto account, powershell_literal(sam_account_name));
  MW_TRY(const auto file, powershell_literal("sign-ins-" + controller + ".csv"));
  return "Get-WinEvent -ComputerName " + host +
         " -FilterHashtable @{LogName='Security';Id=4624,4625,4771,4776;StartTime=[datetime]'" +
         format_timestamp(since) +
         "'} | ForEach-Object { $d=@{}; ([xml]$_.ToXml()).Event.EventData.Data | ForEach-Object { "
         "$d[$_.Name]=$_.'#text' "
         "}; if ($d.TargetUserName -eq " +
         account +
         ") { [pscustomobject]@{Time=$_.TimeCreated.ToUniversalTime().ToString('o');Id=$_.Id;Controller=$_.MachineName;"
         "Account=$d.TargetUserName;From=$(if($d.IpAddress){$d.IpAddress}else{$d.Workstation});Status=$d.Status} } } | "
         "Export-Csv -NoTypeInformation -Encoding utf8 " +
         file;
}

std::string_view cut_by_time() {
  // The first 15 characters of a time hold the tens of its minutes: 2026-11-29T20:1.
  return "Get-ChildItem sign-ins-*.csv | ForEach-Object { $name=$_.BaseName; Import-Csv $_ | Group-Object "
         "{ $_.Time.Substring(0,15) } | ForEach-Object { $_.Group | Export-Csv -NoTypeInformation -Encoding utf8 "
         "('part-' + $name + '-' + ($_.Name -replace ':','') + '0.csv') } }";
}

Result<std::vector<SignInEvent>> parse_sign_in_events(std::string_view csv) {
  if (csv.size() > kMostEventBytes) {
    return fail(Error(BaseError::limit_exceeded, "the file has more than 900,000 bytes").with_remedy(too_much()));
  }
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  if (csv.starts_with(kByteOrderMark)) csv.remove_prefix(kByteOrderMark.size());
  const std::string remedy = "hand in the file as the command wrote it";
  const Record head = record_at(csv, 0);
  const auto columns = columns_of(head.fields);
  if (!columns) {
    return fail(Error(BaseError::malformed,
                      "the first line does not name the columns Time, Id, Controller, Account, From and Status")
                    .with_remedy(remedy));
  }
  std::vector<SignInEvent> events;
  std::string told;
  std::size_t wrong = 0;
  // Of the file: a field may hold line ends.
  std::size_t line = 1;
  std::size_t begins = 0;
  for (std::size_t at = head.end; at < csv.size();) {
    line += static_cast<std::size_t>(std::ranges::count(csv.substr(begins, at - begins), '\n'));
    begins = at;
    Record record = record_at(csv, at);
    at = record.end;
    if (record.fields.size() == 1 && record.fields.front().empty()) continue;
    std::string why = "ends within quotes";
    const auto event = record.whole ? event_in(record.fields, *columns, why) : std::nullopt;
    if (event) {
      events.push_back(*event);
      if (events.size() > kMostEvents) {
        return fail(Error(BaseError::limit_exceeded, "the file has more than 20,000 events").with_remedy(too_much()));
      }
      continue;
    }
    if (++wrong <= kMostToldLines) told += fmt::format("{}line {} {}", told.empty() ? "" : "; ", line, why);
  }
  if (wrong == 0) return events;
  if (wrong > kMostToldLines) told += fmt::format("; and {} more", wrong - kMostToldLines);
  return fail(Error(BaseError::malformed, fmt::format("{} of {} events do not hold, and nothing was taken: {}", wrong,
                                                      wrong + events.size(), told))
                  .with_remedy(remedy));
}

std::vector<SignInOrigin> origins_of(const std::vector<SignInEvent>& events, std::string_view sam_account_name,
                                     Timestamp since, const Known& known) {
  // How far the controllers' clocks may be from ours.
  constexpr Duration kNear = std::chrono::seconds(10);
  const std::string name = lower_case(sam_account_name);
  std::map<std::string, SignInOrigin> origins;
  for (const SignInEvent& event : events) {
    if (event.account != name || event.at < since) continue;
    const auto [found, is_first] = origins.try_emplace(event.from);
    SignInOrigin& origin = found->second;
    if (is_first) {
      origin.from = event.from;
      origin.first = origin.last = event.at;
      if (holds(known.ours, event.from)) origin.whose = SignInOrigin::Whose::this_server;
      if (holds(known.exchange, event.from)) origin.whose = SignInOrigin::Whose::exchange;
    }
    ++(event.let_in ? origin.let_in : origin.refused);
    origin.near_ours += std::ranges::any_of(known.moments, [&](const auto& one) {
      return one.first - kNear <= event.at && event.at <= one.second + kNear;
    });
    origin.first = std::min(origin.first, event.at);
    origin.last = std::max(origin.last, event.at);
  }
  std::vector<SignInOrigin> all;
  all.reserve(origins.size());
  for (auto& [from, origin] : origins) all.push_back(std::move(origin));
  std::ranges::sort(all, [](const SignInOrigin& a, const SignInOrigin& b) {
    return std::pair(b.let_in + b.refused, std::string_view(a.from)) <
           std::pair(a.let_in + a.refused, std::string_view(b.from));
  });
  return all;
}

}  // namespace mailward::connections
