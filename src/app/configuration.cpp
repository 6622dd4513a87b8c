#include "app/configuration.h"

#include <algorithm>
#include <array>
#include <utility>

#include <toml++/toml.h>

#include "api/body.h"
#include "audit/head_file.h"
#include "audit/place.h"
#include "base/bytes.h"
#include "base/file.h"

namespace mailward::app {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxFileBytes = 1024 * 1024;
constexpr std::chrono::seconds kLongestVault{300};

/// Where in the file something stands: "mailward.toml:3:7".
std::string place(const fs::path& name, const toml::source_region& source) {
  std::string text = name.string();
  if (source.begin.line > 0)
    text += ":" + std::to_string(source.begin.line) + ":" + std::to_string(source.begin.column);
  return text;
}

/// Reads the tables of one file, remembering which keys it asked for and the first thing that does not hold.
class Reader {
 public:
  Reader(const toml::table& root, const fs::path& name) : root_(root), name_(name) {}

  /// Starts on a table, which may be absent.
  void table(std::string_view table) {
    close_table();
    table_ = table;
    known_.clear();
    tables_.emplace_back(table);
    const toml::node* node = root_.get(table);
    current_ = node == nullptr ? nullptr : node->as_table();
    if (node != nullptr && current_ == nullptr) complain(*node, std::string(table), "a table, [" + table_ + "]");
  }

  const toml::node* key(std::string_view key) {
    known_.emplace_back(key);
    return current_ == nullptr ? nullptr : current_->get(key);
  }
  std::string full(std::string_view key) const { return table_ + "." + std::string(key); }

  std::string text(std::string_view name) {
    const toml::node* node = key(name);
    if (node == nullptr) return {};
    if (const auto value = node->value_exact<std::string>(); value && !value->empty()) return *value;
    complain(*node, full(name), "a text in quotes, not empty");
    return {};
  }
  fs::path path(std::string_view name) {
    const std::string value = text(name);
    return value.empty() ? fs::path() : beside(value);
  }
  fs::path beside(const std::string& path) const { return (name_.parent_path() / path).lexically_normal(); }
  std::chrono::seconds seconds(std::string_view name, std::chrono::seconds otherwise, std::chrono::seconds most) {
    const toml::node* node = key(name);
    if (node == nullptr) return otherwise;
    const auto value = node->value_exact<std::int64_t>();
    if (value && *value >= 1 && *value <= most.count()) return std::chrono::seconds(*value);
    complain(*node, full(name), "a number of seconds from 1 to " + std::to_string(most.count()));
    return otherwise;
  }
  bool flag(std::string_view name, bool otherwise) {
    const toml::node* node = key(name);
    if (node == nullptr) return otherwise;
    if (const auto value = node->value_exact<bool>()) return *value;
    complain(*node, full(name), "true or false");
    return otherwise;
  }
  /// Calls `take(node)` for each element of a list; it returns what was expected in its place, or nothing.
  template <typename Take>
  void list(std::string_view name, std::string_view expected, Take take) {
    const toml::node* node = key(name);
    if (node != nullptr) elements(*node, full(name), expected, take);
  }
  template <typename Take>
  void elements(const toml::node& node, const std::string& what, std::string_view expected, Take take) {
    const toml::array* array = node.as_array();
    if (array == nullptr) return complain(node, what, "a list of " + std::string(expected));
    for (const toml::node& element : *array) {
      if (!take(element)) complain(element, what, std::string(expected));
    }
  }

  void complain(const toml::node& node, const std::string& what, const std::string& expected) {
    refuse(place(name_, node.source()) + ": " + what + ": expected " + expected);
  }

  /// Errors: the first thing that does not hold.
  Status finish() {
    close_table();
    report_unknown(root_, tables_, "");
    if (trouble_.empty()) return {};
    return fail(Error(ConfigurationError::invalid, trouble_).with_remedy("docs/configuration.md lists every setting"));
  }

 private:
  void refuse(std::string why) {
    if (trouble_.empty()) trouble_ = std::move(why);
  }
  void close_table() {
    if (current_ != nullptr) report_unknown(*current_, known_, table_ + ".");
  }
  void report_unknown(const toml::table& table, const std::vector<std::string>& known, const std::string& prefix) {
    for (const auto& [key, node] : table) {
      if (std::ranges::find(known, key.str()) != known.end()) continue;
      const std::string meant = api::nearest_name(key.str(), known);
      refuse(place(name_, key.source()) + ": there is no setting " + prefix + printable(key.str(), 60) +
             (meant.empty() ? std::string() : "; did you mean " + prefix + meant + "?"));
    }
  }

  const toml::table& root_;
  const fs::path& name_;
  std::string table_;
  const toml::table* current_ = nullptr;
  std::vector<std::string> known_;
  std::vector<std::string> tables_;
  std::string trouble_;
};

/// "none", or an address with its port.
Result<std::optional<SocketAddress>> parse_listen(std::string_view text) {
  if (text == "none") return std::nullopt;
  MW_TRY(const auto address, SocketAddress::parse(text));
  return address;
}

void read_server(Reader& reader, Configuration& configuration, std::string& listen) {
  reader.table("server");
  if (fs::path state_dir = reader.path("state_dir"); !state_dir.empty()) configuration.state_dir = std::move(state_dir);
  configuration.socket = reader.path("socket");
  configuration.socket_group = reader.text("socket_group");
  listen = reader.text("listen");
  if (!listen.empty() && !parse_listen(listen)) {
    reader.complain(*reader.key("listen"), "server.listen", "\"ADDRESS:PORT\", like \"0.0.0.0:8443\", or \"none\"");
  }
  reader.list("names", "host names like \"mailward.example.test\"", [&](const toml::node& node) {
    std::string name = node.value_or(std::string());
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    constexpr std::string_view kOfNames = "abcdefghijklmnopqrstuvwxyz0123456789.-";
    if (name.empty() || name.size() > 253 || name.find_first_not_of(kOfNames) != std::string::npos) return false;
    configuration.host_names.push_back(std::move(name));
    return true;
  });
  configuration.certificate = reader.path("certificate");
  configuration.certificate_key = reader.path("certificate_key");
  if (configuration.certificate.empty() != configuration.certificate_key.empty()) {
    const std::string_view given = configuration.certificate.empty() ? "certificate_key" : "certificate";
    reader.complain(*reader.key(given), "server." + std::string(given),
                    "both server.certificate and server.certificate_key, or neither");
  }
}

void read_network(Reader& reader, Configuration& configuration) {
  reader.table("network");
  reader.list("allowed_destinations", "addresses or blocks like \"10.0.0.0/8\"", [&](const toml::node& node) {
    const auto block = AddressBlock::parse(node.value_or(std::string()));
    if (block) configuration.destinations.allowed.push_back(*block);
    return block.has_value();
  });
  configuration.destinations.only_allowed = reader.flag("only_allowed", false);
  configuration.vault_patience = reader.seconds("vault_seconds", configuration.vault_patience, kLongestVault);
  std::vector<std::uint16_t> ports;
  reader.list("allowed_ports", "port numbers from 1 to 65535", [&](const toml::node& node) {
    const auto port = node.value_exact<std::int64_t>();
    if (!port || *port < 1 || *port > 65'535) return false;
    ports.push_back(static_cast<std::uint16_t>(*port));
    return true;
  });
  if (!ports.empty()) configuration.destinations.ports = ports;
  reader.list("name_servers", "addresses like \"192.0.2.53\" or \"192.0.2.53:5353\"", [&](const toml::node& node) {
    const auto server = node.value_exact<std::string>();
    if (!server || server->empty()) return false;
    const std::string_view address = std::string_view(*server).substr(
        0, std::ranges::count(*server, ':') == 1 ? server->find(':') : std::string::npos);
    if (!IpAddress::parse(address) && !server->starts_with('[')) return false;
    configuration.names.name_servers.push_back(*server);
    return true;
  });
  const toml::node* hosts = reader.key("hosts");
  if (hosts == nullptr) return;
  if (!hosts->is_table()) return reader.complain(*hosts, "network.hosts", "a table, [network.hosts]");
  for (const auto& [name, addresses] : *hosts->as_table()) {
    std::string host(name.str());
    std::ranges::transform(host, host.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    auto& list = configuration.names.hosts[host];
    reader.elements(addresses, "network.hosts." + printable(host, 80), "addresses like \"192.0.2.1\"",
                    [&](const toml::node& node) {
                      const auto address = IpAddress::parse(node.value_or(std::string()));
                      if (address) list.push_back(*address);
                      return address.has_value();
                    });
    if (list.empty()) reader.complain(addresses, "network.hosts." + printable(host, 80), "at least one address");
  }
}

/// "syslog+tls://HOST", or { to = "…", trust_file = "…", token_file = "…" }.
std::optional<ForwardSetting> forward_setting(const Reader& reader, const toml::node& node) {
  ForwardSetting setting;
  if (const toml::table* table = node.as_table()) {
    for (const auto& [key, value] : *table) {
      const auto text = value.value_exact<std::string>();
      if (!text || text->empty()) return std::nullopt;
      if (key.str() == "to") {
        setting.to = *text;
      } else if (key.str() == "trust_file") {
        setting.trust_file = reader.beside(*text);
      } else if (key.str() == "token_file") {
        setting.token_file = reader.beside(*text);
      } else {
        return std::nullopt;
      }
    }
  } else {
    setting.to = node.value_or(std::string());
  }
  const auto address = audit::PlaceAddress::parse(setting.to);
  if (!address) return std::nullopt;
  if (!setting.token_file.empty() && address->kind != audit::PlaceKind::webhook) return std::nullopt;
  return setting;
}

void read_audit(Reader& reader, Configuration& configuration) {
  reader.table("audit");
  configuration.audit_head_file = reader.path("head_file");
  constexpr std::string_view kExpected =
      "places like \"file:/PATH\", \"syslog+tls://HOST\", \"syslog+tcp://HOST\", \"syslog+udp://HOST\", "
      "\"syslog:/dev/log\", \"https://HOST/PATH\", or { to = \"…\", trust_file = \"…\", token_file = \"…\" } (the "
      "last for https alone)";
  reader.list("forward", kExpected, [&](const toml::node& node) {
    auto setting = forward_setting(reader, node);
    const auto same = [&](const ForwardSetting& other) { return setting && other.to == setting->to; };
    if (!setting || std::ranges::any_of(configuration.audit_forward, same)) return false;
    configuration.audit_forward.push_back(*std::move(setting));
    return true;
  });
}

void read_log(Reader& reader, Configuration& configuration) {
  reader.table("log");
  const toml::node* level = reader.key("level");
  if (level != nullptr) {
    constexpr std::array kLevels{std::pair{"debug", log::Level::debug}, std::pair{"info", log::Level::info},
                                 std::pair{"warn", log::Level::warn}, std::pair{"error", log::Level::error}};
    const std::string named = level->value_or(std::string());
    const auto* const found = std::ranges::find_if(kLevels, [&](const auto& one) { return named == one.first; });
    if (found == kLevels.end()) {
      reader.complain(*level, "log.level", "\"debug\", \"info\", \"warn\" or \"error\"");
    } else {
      configuration.log_level = found->second;
    }
  }
  configuration.log_file = reader.path("file").string();
}

void read_database(Reader& reader, Configuration& configuration, const fs::path& name) {
  reader.table("database");
  configuration.database_url = reader.text("url");
  constexpr std::string_view kSqlite = "sqlite:";
  if (configuration.database_url.starts_with(kSqlite)) {
    const fs::path file = (name.parent_path() / configuration.database_url.substr(kSqlite.size())).lexically_normal();
    configuration.database_url = std::string(kSqlite) + file.string();
  } else if (!configuration.database_url.empty() && !configuration.database_url.starts_with("postgresql://") &&
             !configuration.database_url.starts_with("postgres://")) {
    reader.complain(*reader.key("url"), "database.url", "\"sqlite:PATH\" or \"postgresql://USER@HOST/NAME\"");
  }
  configuration.database_password_file = reader.path("password_file");
}

Result<Configuration> completed(Configuration configuration, std::string listen, const Overrides& overrides) {
  if (!overrides.listen.empty()) listen = overrides.listen;
  auto address = parse_listen(listen.empty() ? kDefaultListen : listen);
  if (!address) {
    return fail(Error(ConfigurationError::invalid, "--listen " + printable(listen, 80) + ": no address with a port")
                    .with_remedy("say ADDRESS:PORT, like 127.0.0.1:8443 or [::1]:8443, or none"));
  }
  configuration.listen = *address;
  if (!overrides.state_dir.empty()) configuration.state_dir = fs::absolute(overrides.state_dir).lexically_normal();
  if (!overrides.socket.empty()) configuration.socket = fs::absolute(overrides.socket).lexically_normal();
  if (configuration.socket.empty()) {
    if (!configuration.socket_group.empty()) {
      return fail(
          Error(ConfigurationError::invalid,
                "with server.socket_group, server.socket must be set too: the state folder is closed to a group")
              .with_remedy("say socket = \"/run/mailward/mailward.sock\""));
    }
    configuration.socket = configuration.state_dir / "run" / "mailward.sock";
  }
  if (configuration.database_url.empty()) {
    configuration.database_url = "sqlite:" + (configuration.state_dir / "mailward.db").string();
  }
  if (configuration.master_key_file.empty()) configuration.master_key_file = configuration.state_dir / "master.key";
  if (configuration.audit_head_file.empty()) {
    configuration.audit_head_file = audit::head_file_beside(configuration.master_key_file);
  }
  return configuration;
}

}  // namespace

std::string_view error_subject(ConfigurationError) {
  return "configuration";
}

std::string_view error_name(ConfigurationError code) {
  switch (code) {
    case ConfigurationError::unreadable:
      return "unreadable";
    case ConfigurationError::invalid:
      return "invalid";
  }
  std::unreachable();
}

Result<Configuration> parse_configuration(std::string_view text, const fs::path& name, const Overrides& overrides) {
  toml::table root;
  try {
    root = toml::parse(text, name.string());
  } catch (const toml::parse_error& error) {
    return fail(Error(ConfigurationError::invalid,
                      place(name, error.source()) + ": " + printable(std::string(error.description()), 300))
                    .with_remedy("the file must be TOML; docs/configuration.md has an example"));
  }
  Configuration configuration;
  Reader reader(root, name);
  std::string listen;
  read_server(reader, configuration, listen);
  read_database(reader, configuration, name);
  reader.table("secrets");
  configuration.master_key_file = reader.path("master_key_file");
  read_audit(reader, configuration);
  read_network(reader, configuration);
  read_log(reader, configuration);
  MW_CHECK(reader.finish());
  return completed(std::move(configuration), std::move(listen), overrides);
}

Result<Configuration> read_configuration(const Overrides& overrides) {
  if (overrides.config.empty()) return completed(Configuration(), {}, overrides);
  auto text = read_file(overrides.config, kMaxFileBytes);
  if (!text) {
    return fail(Error(ConfigurationError::unreadable, "the configuration cannot be read").caused_by(text.error()));
  }
  return parse_configuration(*text, fs::absolute(overrides.config), overrides);
}

}  // namespace mailward::app
