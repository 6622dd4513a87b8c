#include "tests/product_support/organisation.h"

#include <fmt/format.h>

namespace mailward::testing {
namespace {

constexpr std::string_view kReader = "directory-reader";

std::string configuration(const SambaDc& controller, const std::filesystem::path& keytab) {
  return fmt::format(R"([exchange]
schemes = ["Negotiate", "NTLM", "Basic"]
extended_protection = "require"
[listen]
balancer = "{{ADDRESS}}:443"
[[front_end]]
name = "EX01"
[[front_end]]
name = "EX02"
[[mailbox]]
smtp = "usera@example.test"
[[mailbox]]
smtp = "board@example.test"
[[mailbox]]
smtp = "moved@example.test"
place = "exchange_online"
[[impersonation]]
account = 'EXAMPLE\svc-mailward'
mailboxes = ["usera@example.test", "moved@example.test"]
[directory]
ldap = "ldaps://{}"
ca = "{}"
keytab = "{}"
)",
                     controller.address(), controller.ca_file().string(), keytab.string());
}

}  // namespace

std::vector<std::uint16_t> ports_of(const ExchangeSimulator& simulator) {
  std::vector<std::uint16_t> ports{simulator.port()};
  for (const auto& front_end : simulator.front_ends()) {
    const std::size_t colon = front_end.address.rfind(':');
    ports.push_back(static_cast<std::uint16_t>(std::stoi(front_end.address.substr(colon + 1))));
  }
  return ports;
}

connections::ConnectionForm form_for(const ExchangeSimulator& simulator) {
  connections::ConnectionForm form;
  form.description = "Sample";
  form.ews_url = fmt::format("https://{}:{}/EWS/Exchange.asmx", simulator.host(), simulator.port());
  form.master_mailbox = "EXAMPLE\\svc-mailward";
  form.trust_pem = simulator.ca_pem();
  form.mailbox_check = "usera@example.test";
  form.refused_mailbox = "board@example.test";
  form.products = {"sync_and_recover"};
  for (const auto& front_end : simulator.front_ends()) form.front_ends.push_back(front_end.address);
  return form;
}

Organisation::Organisation(const Options& options)
    : controller_(options.controller != nullptr ? options.controller : &SambaDc::shared()), options_(options) {
  controller_->set_lockout(options.lockout_threshold, std::chrono::minutes(30), std::chrono::minutes(30));
  controller_->create_user(kAccount, kPassword, {.mail = "svc-mailward@example.test"});
  controller_->create_user("exchange-web", "Some-Other-Passw0rd-1!");
  controller_->add_spn("exchange-web", "HTTP/mail.example.test");
  const auto keytab = folder_.path() / "http.keytab";
  controller_->export_keytab("HTTP/mail.example.test", keytab);
  simulator_ = std::make_unique<ExchangeSimulator>(SimulatorOptions{.config = configuration(*controller_, keytab),
                                                                    .environment = controller_->winbind_environment()});
  std::map<std::string, std::vector<std::string>> hosts{{simulator_->host(), {simulator_->address()}},
                                                        {controller_->host(), {controller_->address()}}};
  if (options.second != nullptr) hosts[options.second->host()] = {options.second->address()};
  hosts.insert(options.more_hosts.begin(), options.more_hosts.end());
  for (const char* name : {"example.test", "autodiscover.example.test"}) {
    hosts.try_emplace(name, std::vector{simulator_->address()});
  }
  auto ports = ports_of(*simulator_);
  ports.insert(ports.end(), options.more_ports.begin(), options.more_ports.end());
  product_ = std::make_unique<Product>(Product::Options{.hosts = std::move(hosts),
                                                        .ports = std::move(ports),
                                                        .hold_limit = options.hold_limit,
                                                        .patience = options.patience});
  if (!options.directory) return;
  connections::DirectoryForm form;
  form.name = "Example";
  if (options.realm) form.realm = SambaDc::kRealm;
  form.domain = options.domain;
  form.controllers = {controller_->host()};
  if (options.second != nullptr) form.controllers.push_back(options.second->host());
  form.trust_pem = controller_->ca_pem();
  std::optional<connections::TypedPassword> password;
  if (options.reader) {
    controller_->create_user(kReader, kReaderPassword);
    form.reader = std::string(kReader) + "@example.test";
    password = connections::TypedPassword{SecretString(kReaderPassword), false};
  }
  directory_ = must(product_->ledger().create_directory(form, std::move(password), Product::by())).id;
}

connections::ConnectionForm Organisation::form() const {
  auto form = form_for(*simulator_);
  form.authentication = options_.authentication;
  return form;
}

connections::ServerConnection Organisation::connect() {
  auto& ledger = product_->ledger();
  const auto made = must(ledger.create_connection(
      form(), directory_, connections::TypedPassword{SecretString(kPassword), false}, Product::by()));
  const TestOutcome tested = product_->test({.connection = made.id});
  const std::string state = tested.result.value("state", "");
  if (state != "healthy" && state != "degraded")
    throw std::runtime_error("the new connection does not work: " + tested.text());
  controller_->create_user(kResetter, kResetterPassword);
  controller_->allow_resetting(kResetter, controller_->dn_of(kAccount));
  const auto account = must(ledger.account(made.account));
  must(ledger.set_reset_account(account.id, account.version, std::string(kResetter) + "@example.test",
                                connections::TypedPassword{SecretString(kResetterPassword), false}, Product::by()));
  return must(ledger.connection(made.id));
}

}  // namespace mailward::testing
