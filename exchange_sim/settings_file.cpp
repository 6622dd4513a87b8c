#include <toml++/toml.h>

#include "base/file.h"
#include "exchange_sim/settings.h"

namespace mailward::exchange_sim {
namespace {

constexpr std::size_t kMaxFile = std::size_t{4} * 1024 * 1024;

std::unexpected<Error> bad(const toml::node& node, const std::string& what) {
  return fail(BaseError::malformed, "line " + std::to_string(node.source().begin.line) + ": " + what);
}

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

Status read_exchange(const toml::table& table, Settings& settings) {
  settings.domain = text(table, "domain", settings.domain);
  settings.netbios = text(table, "netbios", settings.netbios);
  settings.host = text(table, "host", settings.host);
  settings.keytab = text(table, "keytab");
  VirtualDirectory& directory = settings.directory;
  directory.build = find_build(text(table, "build", "2019"));
  if (directory.build == nullptr) return bad(table, "build must be 2010, 2013, 2016, 2019 or SE");
  const auto protection = extended_protection_from(text(table, "extended_protection", "none"));
  if (!protection) return bad(table, "extended_protection must be none, allow or require");
  directory.extended_protection = *protection;
  directory.per_request_authentication = table["per_request_authentication"].value_or(false);
  directory.basic_token =
      std::chrono::seconds(table["basic_token_s"].value_or(std::int64_t{directory.basic_token.count()}));
  if (table.contains("schemes")) {
    directory.schemes.clear();
    for (const std::string& name : texts(table, "schemes")) {
      const auto scheme = scheme_from(name);
      if (!scheme) return bad(table, "a scheme is Negotiate, NTLM or Basic, not " + printable(name));
      directory.schemes.push_back(*scheme);
    }
  }
  return {};
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
    if (account.name.empty()) return bad(*table, "an account needs a name, as EXAMPLE\\usera");
    std::string password = text(*table, "password");
    account.password = SecretString::taken_from(password);
    const auto state = account_state_from(text(*table, "state", "enabled"));
    if (!state) {
      return bad(*table, "an account's state is enabled, disabled, expired, password_expired or must_change");
    }
    account.state = *state;
    settings.accounts.push_back(std::move(account));
  }
  return {};
}

Status read_mailboxes(const toml::table& root, Settings& settings) {
  for (const auto* table : tables(root, "mailbox")) {
    const std::string smtp = text(*table, "smtp");
    if (smtp.find('@') == std::string::npos) return bad(*table, "a mailbox needs smtp = \"user@domain\"");
    MailboxPlan mailbox{.smtp = smtp, .display_name = text(*table, "name", smtp), .account = text(*table, "account")};
    mailbox.aliases = texts(*table, "aliases");
    mailbox.upn = text(*table, "upn");
    mailbox.sid = text(*table, "sid");
    mailbox.ews_enabled = (*table)["ews_enabled"].value_or(true);
    mailbox.messages = static_cast<std::size_t>((*table)["messages"].value_or(std::int64_t{3}));
    mailbox.archive = (*table)["archive"].value_or(false);
    mailbox.hold = (*table)["hold"].value_or(false);
    mailbox.room = (*table)["room"].value_or(false);
    mailbox.quota = static_cast<std::uint64_t>((*table)["quota"].value_or(std::int64_t{0}));
    const auto place = mailbox_place_from(text(*table, "place", "here"));
    if (!place) return bad(*table, "place is here, exchange_online, moving or gone");
    mailbox.place = *place;
    settings.mailboxes.push_back(std::move(mailbox));
  }
  for (const auto* table : tables(root, "impersonation")) {
    settings.grants.push_back({.account = text(*table, "account"),
                               .everyone = (*table)["everyone"].value_or(false),
                               .mailboxes = texts(*table, "mailboxes")});
  }
  return {};
}

Status read_directory_objects(const toml::table& root, Settings& settings) {
  for (const auto* table : tables(root, "distribution_list")) {
    const std::string smtp = text(*table, "smtp");
    if (smtp.find('@') == std::string::npos) return bad(*table, "a list needs smtp = \"list@domain\"");
    settings.lists.push_back({.smtp = smtp,
                              .name = text(*table, "name", smtp),
                              .members = texts(*table, "members"),
                              .rooms = (*table)["rooms"].value_or(false)});
  }
  for (const auto* table : tables(root, "journal_rule")) {
    const auto scope = journal_scope_from(text(*table, "scope", "global"));
    if (!scope) return bad(*table, "a journal rule's scope is global, internal or external");
    settings.journal_rules.push_back(
        {.to = text(*table, "to"), .recipient = text(*table, "recipient"), .scope = *scope});
  }
  if (const auto* table = root["public_folders"].as_table()) {
    settings.public_folder_mailbox = text(*table, "mailbox");
  }
  for (const auto* table : tables(root, "public_folder")) {
    const std::string path = text(*table, "path");
    if (path.empty()) return bad(*table, "a public folder needs path = \"Sales/Leads\"");
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
  read_ms("burst_ms", policy.burst);
  read_ms("recharge_ms", policy.recharge);
  read_ms("cutoff_ms", policy.cutoff);
  read_ms("cost_ms", policy.cost);
}

Status read_faults(const toml::table& root, Settings& settings) {
  for (const auto* table : tables(root, "fault")) {
    const auto kind = fault_from(text(*table, "name"));
    if (!kind) return bad(*table, "no such fault: " + printable(text(*table, "name")));
    FaultSetting setting;
    setting.front_end = text(*table, "front_end");
    setting.milliseconds = (*table)["milliseconds"].value_or(std::int64_t{0});
    setting.every = (*table)["every"].value_or(1U);
    setting.limit = (*table)["limit"].value_or(0U);
    setting.status = (*table)["status"].value_or(0);
    setting.bytes = static_cast<std::size_t>((*table)["bytes"].value_or(std::int64_t{0}));
    setting.value = text(*table, "value");
    setting.values = texts(*table, "values");
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

}  // namespace

Result<Settings> load_settings(const std::filesystem::path& path) {
  MW_TRY(const std::string contents, read_file(path, kMaxFile));
  toml::table root;
  try {
    root = toml::parse(contents);
  } catch (const toml::parse_error& error) {
    return fail(BaseError::malformed, path.string() + ": line " + std::to_string(error.source().begin.line) + ": " +
                                          std::string(error.description()));
  }
  Settings settings;
  settings.state = text(root, "state");
  settings.mail = text(root, "mail");
  settings.record = text(root, "record");
  settings.replay = text(root, "replay");
  if (const auto* exchange = root["exchange"].as_table()) MW_CHECK(read_exchange(*exchange, settings));
  MW_CHECK(read_listeners(root, settings));
  MW_CHECK(read_accounts(root, settings));
  MW_CHECK(read_mailboxes(root, settings));
  MW_CHECK(read_directory_objects(root, settings));
  read_throttling(root, settings);
  MW_CHECK(read_faults(root, settings));
  read_directory(root, settings);
  return settings;
}

}  // namespace mailward::exchange_sim
