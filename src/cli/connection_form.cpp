#include "cli/connection_form.h"

#include <array>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "cli/sending.h"

namespace mailward::cli {

void add_connection_options(CLI::App& command, const std::shared_ptr<ConnectionOptions>& options) {
  const auto text = [&](const char* name, auto& target, const char* type, const char* what) {
    command.add_option(name, target, what)->type_name(type);
  };
  text("--description", options->description, "TEXT", "What people call it");
  text("--ews-url", options->ews_url, "URL", "https://HOST/EWS/Exchange.asmx");
  text("--master-mailbox", options->master_mailbox, "NAME", "The service account: UPN, DOMAIN\\name or SMTP address");
  command.add_option("--authentication", options->authentication, "Allowed ways to sign in: negotiate,ntlm,basic")
      ->type_name("LIST")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(CLI::IsMember({"negotiate", "ntlm", "basic"}));
  text("--trust-file", options->trust_file, "FILE", "The issuing authorities' certificates (PEM); else the system's");
  text("--mailbox-check", options->mailbox_check, "ADDRESS", "A mailbox that the test opens by impersonation");
  text("--refused-mailbox", options->refused_mailbox, "ADDRESS", "A mailbox that impersonation must not open");
  command.add_option("--front-end", options->front_ends, "A front end's own address, HOST[:PORT]; may be repeated")
      ->type_name("ADDRESS")
      ->allow_extra_args(false);
  command
      .add_option("--product", options->products,
                  "A product that uses it: sync_and_recover, internal_email_protect, threat_remediation, "
                  "continuity_monitor; may be repeated")
      ->type_name("NAME")
      ->allow_extra_args(false);
  text("--concurrency", options->concurrency, "N", "Calls in flight at once, 1 to 100 (20)");
  text("--user-agent", options->user_agent, "TEXT", "In place of Mailward's own");
  text("--heartbeat", options->heartbeat_seconds, "SECONDS",
       "Between tests by itself: 0 for none, else 60 to 86400 (300)");
  text("--autodiscover", options->autodiscover, "ADDRESS",
       "The mailbox, or its domain, by which Autodiscover finds the EWS URL; the password may go to its hosts");
  text("--proxy-url", options->proxy_url, "URL", "The proxy on the way: http://HOST:PORT, or https:// by TLS");
  command.add_option("--proxy-sign-in", options->proxy_sign_in, "How the proxy itself is signed in to (none)")
      ->type_name("WAY")
      ->check(CLI::IsMember({"none", "basic", "ntlm", "negotiate"}));
  text("--proxy-user", options->proxy_user, "NAME", "Who signs in to the proxy");
  text("--proxy-trust-file", options->proxy_trust_file, "FILE",
       "The issuing authorities of the proxy's own certificate (PEM); else the system's");
}

void add_proxy_password_options(CLI::App& command, const std::shared_ptr<PasswordOptions>& options) {
  auto* file = command.add_option("--proxy-password-file", options->proxy.file,
                                  "Read the proxy's password from this file (mode 0600)");
  auto* fd = command.add_option("--proxy-password-fd", options->proxy.fd, "Read it from this open file descriptor");
  auto* ask = command.add_flag("--ask-proxy-password", options->proxy.prompt, "Ask for it at the terminal");
  file->type_name("FILE")->excludes(fd)->excludes(ask);
  fd->type_name("N")->check(CLI::NonNegativeNumber)->excludes(ask);
}

void add_clearing_options(CLI::App& command, const std::shared_ptr<ConnectionOptions>& options) {
  constexpr std::array<std::array<const char*, 2>, 8> kClearable{{{"trust", "trust_pem"},
                                                                  {"autodiscover", "autodiscover"},
                                                                  {"proxy", "proxy_url"},
                                                                  {"mailbox-check", "mailbox_check"},
                                                                  {"refused-mailbox", "refused_mailbox"},
                                                                  {"front-ends", "front_ends"},
                                                                  {"products", "products"},
                                                                  {"user-agent", "user_agent"}}};
  for (const auto& [name, member] : kClearable) {
    const auto clear = [options, emptied = std::string(member)](std::int64_t) { options->cleared.push_back(emptied); };
    command.add_flag_function("--clear-" + std::string(name), clear, "Leave it empty");
  }
}

Status fill_in(Json& form, const ConnectionOptions& options) {
  for (const std::string& member : options.cleared) {
    if (member == "proxy_url") {
      for (const char* one : {"proxy_user", "proxy_trust_pem"}) form[one] = "";
      form["proxy_sign_in"] = "none";
    }
    form[member] = member == "front_ends" || member == "products" ? Json::array() : Json("");
  }
  const auto set = [&](const char* member, const auto& value) {
    if (value) form[member] = *value;
  };
  set("description", options.description);
  set("ews_url", options.ews_url);
  set("master_mailbox", options.master_mailbox);
  set("mailbox_check", options.mailbox_check);
  set("refused_mailbox", options.refused_mailbox);
  set("concurrency", options.concurrency);
  set("user_agent", options.user_agent);
  set("heartbeat_seconds", options.heartbeat_seconds);
  set("autodiscover", options.autodiscover);
  set("proxy_url", options.proxy_url);
  set("proxy_sign_in", options.proxy_sign_in);
  set("proxy_user", options.proxy_user);
  if (!options.authentication.empty()) form["authentication"] = options.authentication;
  if (!options.front_ends.empty()) form["front_ends"] = options.front_ends;
  if (!options.products.empty()) form["products"] = options.products;
  if (options.trust_file) {
    MW_TRY(form["trust_pem"], read_certificates(*options.trust_file));
  }
  if (options.proxy_trust_file) {
    MW_TRY(form["proxy_trust_pem"], read_certificates(*options.proxy_trust_file));
  }
  const bool of_proxy = options.proxy_user || options.proxy_sign_in || options.proxy_trust_file;
  if (of_proxy && shown(form, "proxy_url").empty()) {
    return fail(Error(BaseError::malformed, "--proxy-url: the connection has no proxy that this could belong to")
                    .with_remedy("name it: --proxy-url http://HOST:PORT"));
  }
  return {};
}

Json form_of(const Json& connection) {
  constexpr std::array kMembers{
      "description",     "ews_url",    "master_mailbox", "authentication", "trust_pem",      "mailbox_check",
      "refused_mailbox", "front_ends", "products",       "concurrency",    "user_agent",     "heartbeat_seconds",
      "autodiscover",    "proxy_url",  "proxy_sign_in",  "proxy_user",     "proxy_trust_pem"};
  Json form = Json::object();
  for (const char* member : kMembers) {
    if (connection.contains(member)) form[member] = connection.at(member);
  }
  return form;
}

}  // namespace mailward::cli
