#include "app/configuration.h"

#include <gtest/gtest.h>

namespace mailward::app {
namespace {

Result<Configuration> parse(std::string_view text) {
  return parse_configuration(text, "/etc/mailward/mailward.toml");
}

struct BadSetting {
  const char* text;
  const char* place;     ///< where it is said to be
  const char* expected;  ///< part of what is said
};

TEST(Configuration, says_where_and_what_is_expected) {
  const BadSetting table[] = {
      {"[server]\nsockte = \"x\"\n", "mailward.toml:2:1", "did you mean server.socket?"},
      {"[servr]\n", "mailward.toml:1:", "did you mean server?"},
      {"[server]\nsocket = 5\n", "mailward.toml:2:10", "a text in quotes"},
      {"[server]\nsocket = \"\"\n", "mailward.toml:2:10", "not empty"},
      {"server = 1\n", "mailward.toml:1:10", "a table"},
      {"[database]\nurl = \"mysql://x\"\n", "mailward.toml:2:7", "sqlite:PATH"},
      {"[network]\nallowed_destinations = [\"10.0.0.0/8\", \"10.0.0.0/99\"]\n", "mailward.toml:2:39", "blocks like"},
      {"[network]\nallowed_destinations = \"10.0.0.0/8\"\n", "mailward.toml:2:24", "a list of"},
      {"[network]\nonly_allowed = \"yes\"\n", "mailward.toml:2:16", "true or false"},
      {"[network]\nallowed_ports = [443, 0]\n", "mailward.toml:2:23", "from 1 to 65535"},
      {"[network]\nvault_seconds = 0\n", "mailward.toml:2:17", "from 1 to 300"},
      {"[network]\nname_servers = [\"ns.example.test\"]\n", "mailward.toml:2:17", "addresses like"},
      {"[network.hosts]\n\"mail.example.test\" = [\"mail\"]\n", "mailward.toml:2:24", "addresses like"},
      {"[network.hosts]\n\"mail.example.test\" = []\n", "mailward.toml:2:23", "at least one address"},
      {"[audit]\nforward = [\"syslog\"]\n", "mailward.toml:2:12", "syslog+tls://HOST"},
      {"[audit]\nforward = [\"file:/a\", \"file:/a\"]\n", "mailward.toml:2:23", "places like"},
      {"[audit]\nforward = [{ to = \"file:/a\", tokn = \"x\" }]\n", "mailward.toml:2:12", "token_file"},
      {"[audit]\nforward = [{ to = \"syslog+tls://h\", token_file = \"x\" }]\n", "mailward.toml:2:12", "https alone"},
      {"[log]\nlevel = \"loud\"\n", "mailward.toml:2:9", "\"debug\""},
      {"[server\n", "mailward.toml:1:", ""},
      {"[server]\nsocket = \"a\"\nsocket = \"b\"\n", "mailward.toml:3:", ""},
  };
  for (const BadSetting& bad : table) {
    const auto configuration = parse(bad.text);
    ASSERT_FALSE(configuration) << bad.text;
    EXPECT_TRUE(configuration.error().is(ConfigurationError::invalid)) << bad.text;
    EXPECT_NE(configuration.error().message().find(bad.place), std::string::npos) << configuration.error().message();
    EXPECT_NE(configuration.error().message().find(bad.expected), std::string::npos) << configuration.error().message();
  }
}

TEST(Configuration, has_a_default_for_everything) {
  const auto configuration = parse("");
  ASSERT_TRUE(configuration) << configuration.error().describe();
  EXPECT_EQ(configuration->state_dir, kDefaultStateDir);
  EXPECT_EQ(configuration->socket, "/var/lib/mailward/run/mailward.sock");
  EXPECT_EQ(configuration->database_url, "sqlite:/var/lib/mailward/mailward.db");
  EXPECT_EQ(configuration->master_key_file, "/var/lib/mailward/master.key");
  EXPECT_EQ(configuration->audit_head_file, "/var/lib/mailward/master.key.audit-head");
  EXPECT_TRUE(configuration->audit_forward.empty());
  EXPECT_EQ(configuration->destinations.ports, std::vector<std::uint16_t>{443});
  EXPECT_FALSE(configuration->destinations.only_allowed);
}

TEST(Configuration, reads_every_setting_relative_to_the_file) {
  const auto configuration = parse(R"(
[server]
state_dir = "state"
socket = "/run/mailward/mailward.sock"
socket_group = "admins"
[database]
url = "sqlite:data/m.db"
password_file = "pw"
[secrets]
master_key_file = "../keys/master.key"
[audit]
head_file = "../keys/head"
forward = ["file:/srv/audit.jsonl", { to = "https://hook.example.test/x", trust_file = "ca.pem", token_file = "token" }]
[network]
allowed_destinations = ["127.0.0.0/8"]
only_allowed = true
allowed_ports = [443, 8443]
vault_seconds = 45
name_servers = ["192.0.2.53", "192.0.2.54:5353"]
[network.hosts]
"Mail.Example.TEST" = ["192.0.2.1", "2001:db8::1"]
[log]
level = "debug"
file = "log"
)");
  ASSERT_TRUE(configuration) << configuration.error().describe();
  EXPECT_EQ(configuration->state_dir, "/etc/mailward/state");
  EXPECT_EQ(configuration->socket, "/run/mailward/mailward.sock");
  EXPECT_EQ(configuration->socket_group, "admins");
  EXPECT_EQ(configuration->database_url, "sqlite:/etc/mailward/data/m.db");
  EXPECT_EQ(configuration->database_password_file, "/etc/mailward/pw");
  EXPECT_EQ(configuration->master_key_file, "/etc/keys/master.key");
  EXPECT_EQ(configuration->audit_head_file, "/etc/keys/head");
  ASSERT_EQ(configuration->audit_forward.size(), 2U);
  EXPECT_EQ(configuration->audit_forward[0].to, "file:/srv/audit.jsonl");
  EXPECT_EQ(configuration->audit_forward[1].to, "https://hook.example.test/x");
  EXPECT_EQ(configuration->audit_forward[1].trust_file, "/etc/mailward/ca.pem");
  EXPECT_EQ(configuration->audit_forward[1].token_file, "/etc/mailward/token");
  EXPECT_TRUE(configuration->destinations.only_allowed);
  EXPECT_EQ(configuration->destinations.ports, (std::vector<std::uint16_t>{443, 8443}));
  EXPECT_EQ(configuration->names.name_servers.size(), 2U);
  EXPECT_EQ(configuration->vault_patience, std::chrono::seconds(45));
  EXPECT_EQ(configuration->names.hosts.at("mail.example.test").size(), 2U);
  EXPECT_EQ(configuration->log_level, log::Level::debug);
  EXPECT_EQ(configuration->log_file, "/etc/mailward/log");
}

TEST(Configuration, the_command_line_goes_before_the_file) {
  const auto configuration = parse_configuration("[server]\nstate_dir = \"a\"\n", "/etc/m.toml",
                                                 {.config = {}, .state_dir = "/b", .socket = "/c"});
  ASSERT_TRUE(configuration);
  EXPECT_EQ(configuration->state_dir, "/b");
  EXPECT_EQ(configuration->socket, "/c");
}

TEST(Configuration, a_group_needs_a_socket_that_it_can_reach) {
  const auto configuration = parse("[server]\nsocket_group = \"admins\"\n");
  ASSERT_FALSE(configuration);
  EXPECT_NE(configuration.error().message().find("server.socket"), std::string::npos);
}

}  // namespace
}  // namespace mailward::app
