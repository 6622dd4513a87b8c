#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "cli/command_line.h"
#include "cli/password_input.h"

namespace mailward::cli {

/// The options by which a command takes a password; shared by the commands that do.
struct PasswordOptions {
  PasswordSource source;
  bool none = false;                      ///< --no-password: do not ask
  bool as_is = false;                     ///< --password-as-is: no question about odd letters
  PasswordSource proxy{};                 ///< of the connection's proxy
  std::vector<std::string> destinations;  ///< --destination: it may go only there
};
/// `who` completes "Read the password of …".
void add_password_options(CLI::App& command, const std::shared_ptr<PasswordOptions>& options, const std::string& who);

/// Called before a password is read: shows where it will go, and may write into the body what was shown. Returns the
/// prompt. Errors: the person does not want it to go there.
using BeforePassword = std::function<Result<std::string>(Json& body)>;
/// Nothing but a prompt.
BeforePassword prompt_only(std::string question);

/// Sends a form that may go with a password, and has the conversation that a password may need: the service finds it
/// odd (a person is asked whether it is meant so), or wants it typed because its destination changed (a person is asked
/// for it). `member` is the password's member of the body.
Result<Json> send_with_password(Context& context, std::string_view method, const std::string& path, Json body,
                                const PasswordOptions& options, const BeforePassword& before,
                                std::string_view member = "password");

/// The whole text of a file of certificates. Errors: io, limit_exceeded.
Result<std::string> read_certificates(const std::string& file);

}  // namespace mailward::cli
