#include "cli/sending.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "base/file.h"

namespace mailward::cli {

namespace {

constexpr std::size_t kMaxCertificates = 512 * 1024;

Error with_hint(Error error, const std::string& code) {
  if (code == "connections.suspicious_password") {
    return std::move(error).with_remedy("type it again, or say --password-as-is if it is meant so");
  }
  return error;
}

}  // namespace

void add_password_options(CLI::App& command, const std::shared_ptr<PasswordOptions>& options, const std::string& who) {
  auto* file = command.add_option("--password-file", options->source.file,
                                  "Read the password of " + who +
                                      " from this file (mode 0600; one line end at its "
                                      "end is not part of it)");
  auto* fd = command.add_option("--password-fd", options->source.fd,
                                "Read it from this open file descriptor (one line end at its end is not part of it)");
  auto* ask = command.add_flag("--ask-password", options->source.prompt, "Ask for it at the terminal");
  auto* none = command.add_flag("--no-password", options->none, "Give none, and do not ask");
  command.add_flag("--password-as-is", options->as_is, "The password is meant so, however odd it looks");
  file->type_name("FILE")->excludes(fd)->excludes(ask)->excludes(none);
  fd->type_name("N")->check(CLI::NonNegativeNumber)->excludes(ask)->excludes(none);
  ask->excludes(none);
}

BeforePassword prompt_only(std::string question) {
  return [question = std::move(question)](Json&) { return Result<std::string>(question); };
}

Result<Json> send_with_password(Context& context, std::string_view method, const std::string& path, Json body,
                                const PasswordOptions& options, const BeforePassword& before, std::string_view member) {
  std::optional<SecretString> password;
  std::optional<SecretString> proxy;
  if (options.source.given() || options.proxy.given()) {
    MW_TRY(const std::string question, before(body));
    MW_TRY(password, read_password(options.source, question));
    MW_TRY(proxy, read_password(options.proxy, "Password for the proxy " + shown(body, "proxy_url")));
  }
  bool confirmed = options.as_is;
  while (true) {
    if (password && confirmed) body["password_confirmed"] = true;
    auto answer = context.service.call(
        method, path, body, {{member, password ? &*password : nullptr}, {"proxy_password", proxy ? &*proxy : nullptr}});
    if (answer || !answer.error().is(ClientError::refused)) return answer;
    const std::string& code = context.service.problem().code;
    if (code == "connections.suspicious_password" && !confirmed && person_present()) {
      print_error(context.service.problem().detail + "\n");
      if (!confirm("Is the password meant so?")) return answer;
      confirmed = true;
      continue;
    }
    const bool must_be_typed = code == "connections.password_must_be_typed" || code == "notify.password_must_be_typed";
    if (must_be_typed && !password && !options.none && person_present()) {
      print_error(context.service.problem().detail + "\n");
      MW_TRY(const std::string question, before(body));
      MW_TRY(password, read_password({.file = {}, .fd = -1, .prompt = true}, question));
      continue;
    }
    return fail(with_hint(std::move(answer).error(), code));
  }
}

Result<std::string> read_certificates(const std::string& file) {
  return read_file(file, kMaxCertificates);
}

}  // namespace mailward::cli
