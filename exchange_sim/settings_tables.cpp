#include "exchange_sim/settings_tables.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

namespace mailward::exchange_sim {
namespace {

using nlohmann::json;
using enum ValueKind;

constexpr std::int64_t kMostMessages = 1'000'000;
constexpr std::int64_t kMostBytes = 1LL << 50;
constexpr std::int64_t kYear = 366LL * 24 * 3600;
constexpr std::int64_t kYearMs = kYear * 1000;

constexpr auto kRoot =
    std::to_array<KnownKey>({{.name = "state"}, {.name = "mail"}, {.name = "record"}, {.name = "replay"}});
constexpr auto kExchange = std::to_array<KnownKey>({
    {.name = "domain", .kind = host, .filled = true},
    {.name = "netbios", .kind = host, .filled = true},
    {.name = "host", .kind = host, .filled = true},
    {.name = "build", .one_of = "2010 2013 2016 2019 SE"},
    {.name = "schemes", .kind = texts, .filled = true, .one_of = "Negotiate NTLM Basic"},
    {.name = "extended_protection", .one_of = "none allow require"},
    {.name = "per_request_authentication", .kind = yes_no},
    {.name = "basic_token_s", .kind = whole, .most = kYear},
    {.name = "keytab"},
});
constexpr auto kListen = std::to_array<KnownKey>(
    {{.name = "balancer", .kind = listen, .filled = true}, {.name = "control", .kind = listen, .filled = true}});
constexpr auto kFrontEnd = std::to_array<KnownKey>({
    {.name = "name", .kind = host, .filled = true},
    {.name = "listen", .kind = listen, .filled = true},
    {.name = "certificate"},
    {.name = "key"},
});
constexpr auto kLockout = std::to_array<KnownKey>({
    {.name = "threshold", .kind = whole, .most = 999},
    {.name = "window_s", .kind = whole, .most = kYear},
    {.name = "duration_s", .kind = whole, .most = kYear},
    {.name = "old_password_s", .kind = whole, .most = kYear},
});
constexpr auto kAccount = std::to_array<KnownKey>({
    {.name = "name", .needed = true},
    {.name = "upn", .kind = smtp},
    {.name = "password", .kind = secret, .needed = true},
    {.name = "state", .one_of = "enabled disabled expired password_expired must_change"},
});
constexpr auto kMailbox = std::to_array<KnownKey>({
    {.name = "smtp", .kind = smtp, .needed = true},
    {.name = "name"},
    {.name = "account"},
    {.name = "aliases", .kind = smtps},
    {.name = "upn", .kind = smtp},
    {.name = "sid"},
    {.name = "messages", .kind = whole, .most = kMostMessages},
    {.name = "place", .one_of = "here exchange_online moving gone"},
    {.name = "ews_enabled", .kind = yes_no},
    {.name = "autodiscover"},
    {.name = "archive", .kind = yes_no},
    {.name = "hold", .kind = yes_no},
    {.name = "room", .kind = yes_no},
    {.name = "quota", .kind = whole, .most = kMostBytes},
    {.name = "full_access", .kind = texts},
});
constexpr auto kList = std::to_array<KnownKey>({
    {.name = "smtp", .kind = smtp, .needed = true},
    {.name = "name"},
    {.name = "members", .kind = smtps},
    {.name = "rooms", .kind = yes_no},
});
constexpr auto kJournalRule = std::to_array<KnownKey>({
    {.name = "to", .kind = smtp, .needed = true},
    {.name = "recipient", .kind = smtp},
    {.name = "scope", .one_of = "global internal external"},
});
constexpr auto kPublicFolders = std::to_array<KnownKey>({{.name = "mailbox", .kind = smtp}});
constexpr auto kPublicFolder = std::to_array<KnownKey>({
    {.name = "path", .needed = true},
    {.name = "class", .filled = true},
    {.name = "mailbox", .kind = smtp},
    {.name = "owners", .kind = smtps},
    {.name = "closed", .kind = yes_no},
    {.name = "items", .kind = whole, .most = kMostMessages},
});
constexpr auto kThrottling = std::to_array<KnownKey>({
    {.name = "enabled", .kind = yes_no},
    {.name = "concurrency", .kind = whole, .least = 1},
    {.name = "hanging", .kind = whole, .least = 1},
    {.name = "sync_calls", .kind = whole, .least = 1},
    {.name = "subscriptions", .kind = whole, .least = 1},
    {.name = "burst_ms", .kind = whole, .most = kYearMs},
    {.name = "recharge_ms", .kind = whole, .most = kYearMs},
    {.name = "cutoff_ms", .kind = whole, .most = kYearMs},
    {.name = "cost_ms", .kind = whole, .most = kYearMs},
});
constexpr auto kImpersonation = std::to_array<KnownKey>({
    {.name = "account", .needed = true},
    {.name = "everyone", .kind = yes_no},
    {.name = "mailboxes", .kind = smtps},
});
constexpr auto kDirectory = std::to_array<KnownKey>({
    {.name = "ldap", .kind = ldap, .needed = true},
    {.name = "ca"},
    {.name = "keytab"},
    {.name = "ntlm", .kind = yes_no},
});
constexpr auto kFault = std::to_array<KnownKey>({{.name = "name", .needed = true}});

struct TableOfFile {
  std::string_view name;
  bool many;  ///< [[name]]
  std::span<const KnownKey> keys;
};
constexpr auto kTables = std::to_array<TableOfFile>({
    {"exchange", false, kExchange},
    {"listen", false, kListen},
    {"front_end", true, kFrontEnd},
    {"lockout", false, kLockout},
    {"account", true, kAccount},
    {"mailbox", true, kMailbox},
    {"impersonation", true, kImpersonation},
    {"distribution_list", true, kList},
    {"journal_rule", true, kJournalRule},
    {"public_folders", false, kPublicFolders},
    {"public_folder", true, kPublicFolder},
    {"throttling", false, kThrottling},
    {"directory", false, kDirectory},
    {"fault", true, kFault},
});

std::string title_of(const TableOfFile& table) {
  const std::string name(table.name);
  return table.many ? "[[" + name + "]]" : "[" + name + "]";
}

Status check_entry(const TableOfFile& known, const toml::node& entry) {
  const std::string title = title_of(known);
  if (!known.many) {
    const auto* table = entry.as_table();
    return table == nullptr ? Status(bad(entry, "write it as " + title)) : check_table(*table, title, known.keys);
  }
  const auto* array = entry.as_array();
  if (array == nullptr) return bad(entry, "there may be several: write it as " + title);
  for (const auto& each : *array) {
    const auto* table = each.as_table();
    if (table == nullptr) return bad(each, "write it as " + title);
    // A fault's own keys are checked by whoever knows which it is.
    if (known.name != "fault") MW_CHECK(check_table(*table, title, known.keys));
  }
  return {};
}

}  // namespace

std::unexpected<Error> bad(const toml::node& node, const std::string& what) {
  return fail(BaseError::malformed, "line " + std::to_string(node.source().begin.line) + ": " + what);
}

std::span<const KnownKey> keys_of_table(std::string_view name) {
  const auto found = std::ranges::find(kTables, name, &TableOfFile::name);
  return found == kTables.end() ? std::span<const KnownKey>() : found->keys;
}

json to_json(const toml::node& node) {  // NOLINT(misc-no-recursion): as deep as the file, which the parser limits
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* number = node.as_integer()) return number->get();
  if (const auto* fraction = node.as_floating_point()) return fraction->get();
  if (const auto* yes = node.as_boolean()) return yes->get();
  if (const auto* array = node.as_array()) {
    json all = json::array();
    for (const auto& each : *array) all.push_back(to_json(each));
    return all;
  }
  json all;
  if (const auto* table = node.as_table()) {
    all = json::object();
    for (const auto& [key, value] : *table) all[std::string(key.str())] = to_json(value);
  }
  return all;
}

Status check_table(const toml::table& table, std::string_view title, std::span<const KnownKey> keys) {
  const auto complaint = complaint_about(to_json(table), keys);
  if (!complaint) return {};
  const toml::node* at = table.get(complaint->key);
  return bad(at == nullptr ? table : *at, std::string(title) + " " + complaint->what);
}

Status check_tables(const toml::table& root) {
  toml::table plain;
  for (const auto& [key, entry] : root) {
    const auto known = std::ranges::find(kTables, key.str(), &TableOfFile::name);
    if (known != kTables.end()) {
      MW_CHECK(check_entry(*known, entry));
      continue;
    }
    if (std::ranges::find(kRoot, key.str(), &KnownKey::name) != kRoot.end()) continue;
    std::vector<std::string_view> names;
    for (const KnownKey& each : kRoot) names.push_back(each.name);
    for (const TableOfFile& each : kTables) names.push_back(each.name);
    return bad(entry, not_known(key.str(), names));
  }
  for (const KnownKey& key : kRoot) {
    if (const auto* entry = root.get(key.name)) plain.insert(key.name, *entry);
  }
  const auto complaint = complaint_about(to_json(plain), kRoot);
  return complaint ? Status(bad(*root.get(complaint->key), complaint->what)) : Status();
}

}  // namespace mailward::exchange_sim
