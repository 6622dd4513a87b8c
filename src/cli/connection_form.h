#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "cli/command_line.h"
#include "cli/sending.h"

namespace mailward::cli {

/// A server connection's form as options: only what was given is set.
struct ConnectionOptions {
  std::optional<std::string> description;
  std::optional<std::string> ews_url;
  std::optional<std::string> master_mailbox;
  std::vector<std::string> authentication;
  std::optional<std::string> trust_file;
  std::optional<std::string> mailbox_check;
  std::optional<std::string> refused_mailbox;
  std::vector<std::string> front_ends;
  std::vector<std::string> products;
  std::optional<std::uint32_t> concurrency;
  std::optional<std::string> user_agent;
  std::optional<std::uint32_t> heartbeat_seconds;
  std::optional<std::string> autodiscover;
  std::optional<std::string> proxy_url;
  std::optional<std::string> proxy_sign_in;
  std::optional<std::string> proxy_user;
  std::optional<std::string> proxy_trust_file;
  std::vector<std::string> cleared;  ///< members that --clear-… empties
};

void add_connection_options(CLI::App& command, const std::shared_ptr<ConnectionOptions>& options);
/// --ask-proxy-password and its like.
void add_proxy_password_options(CLI::App& command, const std::shared_ptr<PasswordOptions>& options);
/// --clear-mailbox-check and its like, for edit.
void add_clearing_options(CLI::App& command, const std::shared_ptr<ConnectionOptions>& options);
/// Writes what was given into a form. Errors: a trust file that cannot be read.
Status fill_in(Json& form, const ConnectionOptions& options);
/// The members of a stored connection that make its form.
Json form_of(const Json& connection);

}  // namespace mailward::cli
