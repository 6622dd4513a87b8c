#include <toml++/toml.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "base/file.h"
#include "exchange_sim/autodiscover.h"
#include "exchange_sim/fault_keys.h"
#include "exchange_sim/settings.h"
#include "exchange_sim/settings_tables.h"

namespace mailward::exchange_sim {
namespace {

constexpr std::size_t kMaxFile = std::size_t{4} * 1024 * 1024;

std::string text(const toml::table& table, std::string_view key, std::string_view fallback = {}) {
  return table[key].value<std::string>().value_or(std::string(fallback));
}

std::vector<std::string> texts(const toml::table& table, std::string_view key) {
  std::vector<std::string> found;
  if (const auto* array = table[key].as_array()) {
    for (const auto& node : *array) {
      if (auto value = node.value<std::string>()) found.push_back(*std::move(value));
    }
  }
  return found;
}

std::vector<const toml::table*> tables(const toml::table& table, std::string_view key) {
  std::vector<const toml::table*> found;
  if (const auto* array = table[key].as_array()) {
    for (const auto& node : *array) {
      if (const auto* each = node.as_table()) found.push_back(each);
    }
  }
  return found;
}

void read_exchange(const toml::table& table, Settings& settings) {
  settings.domain = text(table, "domain", settings.domain);
  settings.netbios = text(table, "netbios", settings.netbios);
  settings.host = text(table, "host", settings.host);
  settings.keytab = text(table, "keytab");
  VirtualDirectory& directory = settings.directory;
  directory.build = find_build(text(table, "build", "2019"));
  directory.extended_protection = *extended_protection_from(text(table, "extended_protection", "none"));
  directory.per_request_authentication = table["per_request_authentication"].value_or(false);
  directory.basic_token =
      std::chrono::seconds(table["basic_token_s"].value_or(std::int64_t{directory.basic_token.count()}));
  if (table.contains("schemes")) {
    directory.schemes.clear();
    for (const std::string& name : texts(table, "schemes")) {
      directory.schemes.push_back(*scheme_from(name));
    }
  }
}

Status read_listeners(const toml::table& root, Settings& settings) {
  settings.control = parse_listen("127.0.0.1:0").value();
  if (const auto* listen = root["listen"].as_table()) {
    if (listen->contains("balancer")) {
      MW_TRY(settings.balancer, parse_listen(text(*listen, "balancer")));
    }
    if (listen->contains("control")) {
      MW_TRY(settings.control, parse_listen(text(*listen, "control")));
    }
  }
  for (const auto* table : tables(root, "front_end")) {
    FrontEndSettings front_end;
    front_end.name = text(*table, "name", "EX0" + std::to_string(settings.front_ends.size() + 1));
    MW_TRY(front_end.listen, parse_listen(text(*table, "listen", "127.0.0.1:0")));
    front_end.certificate = text(*table, "certificate");
    front_end.key = text(*table, "key");
    if (front_end.certificate.empty() != front_end.key.empty()) {
      return bad(*table, "[[front_end]] certificate and key go together: give both or neither");
    }
    if (std::ranges::find(settings.front_ends, front_end.name, &FrontEndSettings::name) != settings.front_ends.end()) {
      return bad(*table, "[[front_end]] there is another " + front_end.name);
    }
    settings.front_ends.push_back(std::move(front_end));
  }
  if (settings.front_ends.empty()) {
    settings.front_ends.push_back(
        {.name = "EX01", .listen = parse_listen("127.0.0.1:0").value(), .certificate = {}, .key = {}});
  }
  return {};
}

Status read_accounts(const toml::table& root, Settings& settings) {
  if (const auto* lockout = root["lockout"].as_table()) {
    settings.lockout.threshold = (*lockout)["threshold"].value_or(settings.lockout.threshold);
    settings.lockout.window = std::chrono::seconds((*lockout)["window_s"].value_or(std::int64_t{600}));
    settings.lockout.duration = std::chrono::seconds((*lockout)["duration_s"].value_or(std::int64_t{600}));
    settings.lockout.old_password_allowed =
        std::chrono::seconds((*lockout)["old_password_s"].value_or(std::int64_t{0}));
  }
  for (const auto* table : tables(root, "account")) {
    AccountSettings account;
    account.name = text(*table, "name");
    account.upn = text(*table, "upn");
    if (std::ranges::any_of(settings.accounts,
                            [&](const auto& each) { return equal_ignoring_case(each.name, account.name); })) {
      return bad(*table, "[[account]] there is another " + printable(account.name));
    }
    std::string password = text(*table, "password");
    account.password = SecretString::taken_from(password);
    account.state = *account_state_from(text(*table, "state", "enabled"));
    settings.accounts.push_back(std::move(account));
  }
  return {};
}

const toml::node& node_of(const toml::table& table, std::string_view key) {
  const toml::node* node = table.get(key);
  return node == nullptr ? table : *node;
}

/// Who and what is there by name, so that nothing is said of what is not.
class Names {
 public:
  explicit Names(const Settings& settings) : settings_(settings) {}
  /// An address that is now somebody's.
  Status take(const toml::table& table, const std::string& title, const std::string& smtp) {
    if (addresses_.insert(lower_case(smtp)).second) return {};
    return bad(table, title + " there is another " + printable(smtp));
  }
  /// Empty is none. A real directory knows accounts that are not listed here.
  Status account(const toml::table& table, const std::string& title, const std::string& name) const {
    if (name.empty() || settings_.active_directory) return {};
    if (knows_account(name)) return {};
    return bad(node_of(table, "account"), title + " account: there is no [[account]] " + printable(name));
  }
  /// An account, or a mailbox by its address.
  Status account_or_mailbox(const toml::table& table, const std::string& title, const std::string& key,
                            const std::string& name) const {
    if (name.find('@') != std::string::npos) return mailbox(table, title, key, name);
    if (settings_.active_directory || knows_account(name)) return {};
    return bad(node_of(table, key), title + " " + key + ": there is no [[account]] " + printable(name));
  }
  /// Empty is none.
  Status mailbox(const toml::table& table, const std::string& title, const std::string& key,
                 const std::string& smtp) const {
    const bool known =
        smtp.empty() || std::ranges::any_of(settings_.mailboxes, [&](const auto& each) {
          return equal_ignoring_case(each.smtp, smtp) ||
                 std::ranges::any_of(each.aliases, [&](const auto& alias) { return equal_ignoring_case(alias, smtp); });
        });
    return known ? Status()
                 : bad(node_of(table, key), title + " " + key + ": there is no [[mailbox]] " + printable(smtp));
  }
  /// Members of lists may be elsewhere; of this domain they must be here.
  Status member(const toml::table& table, const std::string& smtp) const {
    const bool foreign = !lower_case(smtp).ends_with("@" + lower_case(settings_.domain));
    if (foreign || addresses_.contains(lower_case(smtp))) return {};
    return bad(node_of(table, "members"),
               "[[distribution_list]] members: there is no mailbox and no list " + printable(smtp));
  }

 private:
  bool knows_account(const std::string& name) const {
    return std::ranges::any_of(settings_.accounts,
                               [&](const auto& each) { return equal_ignoring_case(each.name, name); });
  }

  const Settings& settings_;
  std::set<std::string> addresses_;
};

Status read_mailboxes(const toml::table& root, Names& names, Settings& settings) {
  for (const auto* table : tables(root, "mailbox")) {
    const std::string smtp = text(*table, "smtp");
    MW_CHECK(names.take(*table, "[[mailbox]]", smtp));
    MailboxPlan mailbox{.smtp = smtp, .display_name = text(*table, "name", smtp), .account = text(*table, "account")};
    mailbox.aliases = texts(*table, "aliases");
    mailbox.upn = text(*table, "upn");
    mailbox.sid = text(*table, "sid");
    mailbox.ews_enabled = (*table)["ews_enabled"].value_or(true);
    mailbox.autodiscover = text(*table, "autodiscover");
    if (!mailbox.autodiscover.empty() && !is_autodiscover_target(mailbox.autodiscover)) {
      return bad(node_of(*table, "autodiscover"), "[[mailbox]] autodiscover: an address or an https URL is expected");
    }
    mailbox.messages = static_cast<std::size_t>((*table)["messages"].value_or(std::int64_t{3}));
    mailbox.archive = (*table)["archive"].value_or(false);
    mailbox.hold = (*table)["hold"].value_or(false);
    mailbox.room = (*table)["room"].value_or(false);
    mailbox.quota = static_cast<std::uint64_t>((*table)["quota"].value_or(std::int64_t{0}));
    mailbox.place = *mailbox_place_from(text(*table, "place", "here"));
    mailbox.full_access = texts(*table, "full_access");
    MW_CHECK(names.account(*table, "[[mailbox]]", mailbox.account));
    for (const std::string& each : mailbox.aliases) MW_CHECK(names.take(*table, "[[mailbox]]", each));
    settings.mailboxes.push_back(std::move(mailbox));
  }
  for (const auto* table : tables(root, "mailbox")) {
    for (const std::string& each : texts(*table, "full_access")) {
      MW_CHECK(names.account_or_mailbox(*table, "[[mailbox]]", "full_access", each));
    }
  }
  for (const auto* table : tables(root, "impersonation")) {
    settings.grants.push_back({.account = text(*table, "account"),
                               .everyone = (*table)["everyone"].value_or(false),
                               .mailboxes = texts(*table, "mailboxes")});
    MW_CHECK(names.account(*table, "[[impersonation]]", settings.grants.back().account));
    for (const std::string& each : settings.grants.back().mailboxes) {
      MW_CHECK(names.mailbox(*table, "[[impersonation]]", "mailboxes", each));
    }
  }
  return {};
}

Status read_directory_objects(const toml::table& root, Names& names, Settings& settings) {
  for (const auto* table : tables(root, "distribution_list")) {
    const std::string smtp = text(*table, "smtp");
    MW_CHECK(names.take(*table, "[[distribution_list]]", smtp));
    settings.lists.push_back({.smtp = smtp,
                              .name = text(*table, "name", smtp),
                              .members = texts(*table, "members"),
                              .rooms = (*table)["rooms"].value_or(false)});
  }
  for (const auto* table : tables(root, "distribution_list")) {
    for (const std::string& each : texts(*table, "members")) MW_CHECK(names.member(*table, each));
  }
  for (const auto* table : tables(root, "journal_rule")) {
    settings.journal_rules.push_back({.to = text(*table, "to"),
                                      .recipient = text(*table, "recipient"),
                                      .scope = *journal_scope_from(text(*table, "scope", "global"))});
    MW_CHECK(names.mailbox(*table, "[[journal_rule]]", "to", settings.journal_rules.back().to));
  }
  if (const auto* table = root["public_folders"].as_table()) {
    settings.public_folder_mailbox = text(*table, "mailbox");
  }
  for (const auto* table : tables(root, "public_folder")) {
    const std::string path = text(*table, "path");
    for (const std::string& owner : texts(*table, "owners")) {
      MW_CHECK(names.mailbox(*table, "[[public_folder]]", "owners", owner));
    }
    settings.public_folders.push_back({.path = path,
                                       .folder_class = text(*table, "class", "IPF.Note"),
                                       .mailbox = text(*table, "mailbox"),
                                       .owners = texts(*table, "owners"),
                                       .closed = (*table)["closed"].value_or(false),
                                       .items = (*table)["items"].value_or(std::size_t{0})});
  }
  return {};
}

void read_throttling(const toml::table& root, Settings& settings) {
  const auto* table = root["throttling"].as_table();
  if (table == nullptr) return;
  ThrottlingPolicy& policy = settings.throttling;
  const auto read_ms = [&](std::string_view key, std::chrono::milliseconds& value) {
    value = std::chrono::milliseconds((*table)[key].value_or(std::int64_t{value.count()}));
  };
  policy.enabled = (*table)["enabled"].value_or(true);
  policy.concurrency = (*table)["concurrency"].value_or(policy.concurrency);
  policy.hanging = (*table)["hanging"].value_or(policy.hanging);
  policy.sync_calls = (*table)["sync_calls"].value_or(policy.sync_calls);
  policy.subscriptions = (*table)["subscriptions"].value_or(policy.subscriptions);
  read_ms("burst_ms", policy.burst);
  read_ms("recharge_ms", policy.recharge);
  read_ms("cutoff_ms", policy.cutoff);
  read_ms("cost_ms", policy.cost);
}

Status read_faults(const toml::table& root, Settings& settings) {
  for (const auto* table : tables(root, "fault")) {
    const std::string name = text(*table, "name");
    const auto kind = fault_from(name);
    if (!kind) {
      const toml::node* at = table->get("name");
      if (at == nullptr) return bad(*table, "[[fault]] name is missing (known: " + listed(all_fault_names()) + ")");
      return bad(*at, "[[fault]] name: " + not_known(name, all_fault_names()));
    }
    std::vector<KnownKey> keys = keys_of_fault(*kind);
    keys.push_back({.name = "name"});
    MW_CHECK(check_table(*table, "[[fault]] " + name + ":", keys));
    FaultSetting setting = fault_setting_of(to_json(*table));
    const auto& servers = settings.front_ends;
    if (!setting.front_end.empty() &&
        std::ranges::find(servers, setting.front_end, &FrontEndSettings::name) == servers.end()) {
      std::vector<std::string_view> known;
      for (const auto& each : servers) known.push_back(each.name);
      return bad(*table->get("front_end"), "[[fault]] front_end: " + not_known(setting.front_end, known));
    }
    if (*kind == FaultKind::tls_inspection && !settings.balancer) {
      return bad(*table, "[[fault]] tls_inspection needs a balancer ([listen]): it is what opens TLS");
    }
    settings.faults.emplace_back(*kind, std::move(setting));
  }
  return {};
}

void read_directory(const toml::table& root, Settings& settings) {
  const auto* table = root["directory"].as_table();
  if (table == nullptr) return;
  DirectorySettings directory;
  directory.ldap_url = text(*table, "ldap");
  directory.ldap_ca = text(*table, "ca");
  directory.keytab = text(*table, "keytab");
  directory.ntlm = (*table)["ntlm"].value_or(true);
  settings.active_directory = std::move(directory);
}

std::string_view line_of(std::string_view contents, std::size_t number) {
  for (; number > 1 && !contents.empty(); --number)
    contents.remove_prefix(std::min(contents.find('\n'), contents.size() - 1) + 1);
  return contents.substr(0, contents.find('\n'));
}

Result<Settings> settings_of(const toml::table& root) {
  MW_CHECK(check_tables(root));
  Settings settings;
  settings.state = text(root, "state");
  settings.mail = text(root, "mail");
  settings.record = text(root, "record");
  settings.replay = text(root, "replay");
  if (const auto* exchange = root["exchange"].as_table()) read_exchange(*exchange, settings);
  read_directory(root, settings);
  MW_CHECK(read_listeners(root, settings));
  MW_CHECK(read_accounts(root, settings));
  Names names(settings);
  MW_CHECK(read_mailboxes(root, names, settings));
  MW_CHECK(read_directory_objects(root, names, settings));
  read_throttling(root, settings);
  MW_CHECK(read_faults(root, settings));
  return settings;
}

}  // namespace

Result<Settings> load_settings(const std::filesystem::path& path) {
  MW_TRY(const std::string contents, read_file(path, kMaxFile));
  toml::table root;
  try {
    root = toml::parse(contents);
  } catch (const toml::parse_error& error) {
    Error found(BaseError::malformed, path.string() + ": line " + std::to_string(error.source().begin.line) + ": " +
                                          std::string(error.description()));
    const std::string_view line = line_of(contents, error.source().begin.line);
    if (line.find('\\') == std::string_view::npos) return fail(std::move(found));
    return fail(std::move(found).with_remedy("write a text with a backslash in single quotes: 'EXAMPLE\\usera'"));
  }
  auto settings = settings_of(root);
  if (settings) return settings;
  return fail(BaseError::malformed, path.string() + ": " + settings.error().describe());
}

}  // namespace mailward::exchange_sim
