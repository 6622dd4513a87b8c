#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <thread>

#include "tests/connections/confusion_matrix.h"

namespace mailward::testing {
namespace {

using connections::ConnectionForm;

constexpr std::string_view kPassword = "Sample-Passw0rd!";

constexpr std::string_view kConfig = R"([exchange]
schemes = ["Negotiate", "NTLM", "Basic"]
extended_protection = "{0}"
[lockout]
threshold = 5
[[front_end]]
name = "EX01"
listen = "{{ADDRESS}}:443"
{1}
[[account]]
name = 'EXAMPLE\svc-mailward'
upn = "svc-mailward@example.test"
password = "Sample-Passw0rd!"
[[mailbox]]
smtp = "usera@example.test"
messages = 3
[[mailbox]]
smtp = "board@example.test"
[[mailbox]]
smtp = "moved@example.test"
place = "exchange_online"
[[impersonation]]
account = 'EXAMPLE\svc-mailward'
mailboxes = ["usera@example.test", "moved@example.test"]
)";

/// An Exchange of one front end (or two) and the product that tests it.
struct World {
  struct Options {
    std::string extended_protection = "require";
    bool second_front_end = false;
    std::vector<std::string> dead_addresses{};  ///< of the EWS host, before the live one
    std::string name_server{};
  };
  World() : World(Options{}) {}
  explicit World(const Options& options)
      : exchange({.config = fmt::format(fmt::runtime(kConfig), options.extended_protection,
                                        options.second_front_end ? "[[front_end]]\nname = \"EX02\"\n" : "")}),
        product(
            {.hosts = {{exchange.host(), addresses(options)}}, .ports = ports(), .name_server = options.name_server}) {}

  std::vector<std::string> addresses(const Options& options) {
    std::vector<std::string> all = options.dead_addresses;
    all.push_back(exchange.address());
    return all;
  }
  std::vector<std::uint16_t> ports() {
    std::vector<std::uint16_t> all = ports_of(exchange);
    const std::string& control = exchange.control_url();
    all.push_back(static_cast<std::uint16_t>(std::stoi(control.substr(control.rfind(':') + 1))));
    return all;
  }
  ConnectionForm form() {
    ConnectionForm form = form_for(exchange);
    if (exchange.front_ends().size() == 1) form.front_ends.clear();
    return form;
  }
  TestOutcome test(std::string_view password = kPassword) { return product.test_form(form(), password); }
  TestOutcome test(ConnectionForm changed, std::string_view password = kPassword) {
    return product.test_form(std::move(changed), password);
  }

  ExchangeSimulator exchange;
  Product product;
};

/// A listener whose queue is full: further connections get no answer, as behind a firewall that drops.
class FullListener {
 public:
  explicit FullListener(const std::string& address) {
    sockaddr_in in{};
    in.sin_family = AF_INET;
    in.sin_port = htons(443);
    inet_pton(AF_INET, address.c_str(), &in.sin_addr);
    listener_.reset(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (::bind(listener_.get(), reinterpret_cast<sockaddr*>(&in), sizeof in) != 0 ||
        ::listen(listener_.get(), 0) != 0) {
      throw std::runtime_error("no listener on " + address);
    }
    for (int i = 0; i < 4; ++i) {
      fillers_.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
      [[maybe_unused]] const int begun = ::connect(fillers_.back().get(), reinterpret_cast<sockaddr*>(&in), sizeof in);
    }
  }

 private:
  FileDescriptor listener_;
  std::vector<FileDescriptor> fillers_;
};

/// A name server that knows no name (RFC 1035 4.1.1: response code 3).
class NoSuchName {
 public:
  NoSuchName() : socket_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in in{};
    in.sin_family = AF_INET;
    in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::bind(socket_.get(), reinterpret_cast<sockaddr*>(&in), sizeof in) != 0)
      throw std::runtime_error("no name server");
    socklen_t length = sizeof in;
    ::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&in), &length);
    address_ = "127.0.0.1:" + std::to_string(ntohs(in.sin_port));
    thread_ = std::jthread([this](const std::stop_token& stop) { answer(stop); });
  }
  const std::string& address() const { return address_; }

 private:
  void answer(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      pollfd polled{socket_.get(), POLLIN, 0};
      if (::poll(&polled, 1, 50) <= 0) continue;
      unsigned char message[512];
      sockaddr_in from{};
      socklen_t length = sizeof from;
      const ssize_t size =
          ::recvfrom(socket_.get(), message, sizeof message, 0, reinterpret_cast<sockaddr*>(&from), &length);
      if (size < 12) continue;
      message[2] = static_cast<unsigned char>(message[2] | 0x84);  // an authoritative answer
      message[3] = 0x83;
      ::sendto(socket_.get(), message, static_cast<std::size_t>(size), 0, reinterpret_cast<sockaddr*>(&from), length);
    }
  }
  FileDescriptor socket_;
  std::string address_;
  std::jthread thread_;
};

Scenario with_fault(std::string fault, std::string parameters, std::string verdict, std::string explanation = {}) {
  Scenario scenario{fault, parameters == "{}" ? "" : parameters, std::move(verdict), std::move(explanation), {}};
  scenario.run = [fault = std::move(fault), parameters = std::move(parameters)] {
    World world;
    world.exchange.set_fault(fault, parameters);
    return world.test();
  };
  return scenario;
}

Scenario otherwise(std::string fault, std::string setting, std::string verdict, std::string explanation,
                   std::function<TestOutcome()> run) {
  return {std::move(fault), std::move(setting), std::move(verdict), std::move(explanation), std::move(run)};
}

constexpr const char* kNobodyAsked =
    "Without a directory a 401 is all there is to see: the group is named, with the command that decides.";

void add_reaching(std::vector<Scenario>& all) {
  all.push_back(otherwise("none", "a right connection", "none", "", [] { return World().test(); }));
  all.push_back(otherwise("unknown host", "the name server knows no such name", "unknown_host", "", [] {
    const NoSuchName server;
    World world({.name_server = server.address()});
    ConnectionForm form = world.form();
    form.ews_url = "https://nowhere.example.test/EWS/Exchange.asmx";
    return world.test(form);
  }));
  all.push_back(otherwise("name server down", "", "name_server_failed", "", [] {
    World world;
    ConnectionForm form = world.form();
    form.ews_url = "https://nowhere.example.test/EWS/Exchange.asmx";
    return world.test(form);
  }));
  all.push_back(otherwise("forbidden destination", "the clouds' metadata address", "destination_refused", "", [] {
    World world;
    ConnectionForm form = world.form();
    form.ews_url = "https://169.254.169.254/EWS/Exchange.asmx";
    return world.test(form);
  }));
  all.push_back(with_fault("refused", "{}", "connection_refused"));
  all.push_back(otherwise("no answer on TCP", "as behind a firewall that drops", "connection_timed_out", "", [] {
    World world({.dead_addresses = {}});
    const FullListener full("127.99.0.1");
    ConnectionForm form = world.form();
    form.ews_url = "https://127.99.0.1/EWS/Exchange.asmx";
    return world.test(form);
  }));
  all.push_back(with_fault("hang", "{}", "answer_timed_out"));
  all.push_back(with_fault("reset", "{}", "connection_reset"));
  all.push_back(otherwise("one address dead", "the first of two", "address_dead", "",
                          [] { return World({.dead_addresses = {"127.99.0.2"}}).test(); }));
  for (const auto& [fault, verdict] : std::initializer_list<std::pair<const char*, const char*>>{
           {"certificate_expired", "tls_expired"},
           {"certificate_not_yet_valid", "tls_not_yet_valid"},
           {"certificate_wrong_name", "tls_name_mismatch"},
           {"certificate_untrusted", "tls_untrusted"},
           {"certificate_incomplete_chain", "tls_incomplete_chain"},
           {"certificate_weak_key", "tls_too_weak"},
           // These two are recommended measures, and no trouble yet.
           {"certificate_expiring", "none"},
           {"tls_too_old", "tls_too_old"},
           {"tls_old_offered", "none"}}) {
    all.push_back(with_fault(fault, "{}", verdict));
  }
  all.push_back(otherwise("no TLS", "a port that speaks plain HTTP", "not_tls", "", [] {
    World world;
    ConnectionForm form = world.form();
    const std::string& control = world.exchange.control_url();
    form.ews_url = "https://127.0.0.1" + control.substr(control.rfind(':')) + "/EWS/Exchange.asmx";
    return world.test(form);
  }));
}

void add_in_front(std::vector<Scenario>& all) {
  all.push_back(with_fault("forms_login", R"({"status":440})", "forms_sign_in"));
  all.push_back(with_fault("forms_login", R"({"status":302})", "forms_sign_in"));
  all.push_back(with_fault("portal_page", "{}", "portal_page"));
  all.push_back(with_fault("redirect", R"({"value":"https://elsewhere.example.test/ews/"})", "redirected"));
  all.push_back(with_fault("body_too_large", "{}", "request_too_large"));
  all.push_back(with_fault("http_status", R"({"status":503})", "server_unavailable"));
  all.push_back(with_fault("http_status", R"({"status":502})", "server_unavailable"));
  all.push_back(with_fault("http_status", R"({"status":500})", "server_error"));
  all.push_back(with_fault("healthcheck_down", "{}", "out_of_service"));
  all.push_back(otherwise("wrong path", "", "not_exchange", "", [] {
    World world;
    ConnectionForm form = world.form();
    form.ews_url = "https://" + world.exchange.host() + "/nothing/here.asmx";
    return world.test(form);
  }));
  all.push_back(with_fault("latency", R"({"milliseconds":300})", "none",
                           "A slow server is a healthy one; each step shows its time."));
  all.push_back(with_fault("reset_answer", "{}", "connection_reset"));
  all.push_back(with_fault("truncated_answer", R"({"bytes":300})", "malformed_answer",
                           "Cut off within its head, an answer is no more than a connection that was broken off."));
  all.push_back(with_fault("malformed_answer", R"({"value":"xml"})", "malformed_answer"));
  all.push_back(with_fault("malformed_answer", R"({"value":"head"})", "malformed_answer"));
  all.push_back(with_fault("clock_skew", R"({"milliseconds":600000})", "clock_skew"));
  for (const char* fault : {R"({"front_end":"EX02","status":503})"}) {
    all.push_back(otherwise("http_status", "one front end of two", "front_end_broken", "", [fault] {
      World world({.second_front_end = true});
      world.exchange.set_fault("http_status", fault);
      return world.test();
    }));
  }
  all.push_back(otherwise("certificate_expired", "one front end of two", "front_end_broken", "", [] {
    World world({.second_front_end = true});
    world.exchange.set_fault("certificate_expired", R"({"front_end":"EX02"})");
    return world.test();
  }));
}

void add_signing_in(std::vector<Scenario>& all) {
  all.push_back(
      otherwise("schemes offered", "Basic only, where NTLM and Kerberos are allowed", "scheme_not_allowed", "", [] {
        World world;
        world.exchange.change_directory(R"({"schemes":["Basic"]})");
        return world.test();
      }));
  all.push_back(otherwise("schemes offered", "Negotiate only, and no realm is known", "kdc_unreachable", "", [] {
    World world;
    world.exchange.change_directory(R"({"schemes":["Negotiate"]})");
    return world.test();
  }));
  all.push_back(otherwise("mistyped password", "a line end was pasted with it", "password_suspicious", "",
                          [] { return World().test("Sample-Passw0rd!\n"); }));
  all.push_back(otherwise("no password", "none is stored or typed", "password_missing", "", [] {
    World world;
    connections::TestRequest request;
    request.form = world.form();
    return world.product.test(std::move(request));
  }));
  all.push_back(otherwise("wrong password", "pressed twice", "refused_before", "", [] {
    World world;
    world.test("Never-Right-1");
    return world.test("Never-Right-1");
  }));
  all.push_back(otherwise("wrong password", "no directory", "bad_password", kNobodyAsked,
                          [] { return World().test("Never-Right-1"); }));
  for (const auto& [state, verdict] :
       std::initializer_list<std::pair<const char*, const char*>>{{"disabled", "account_disabled"},
                                                                  {"expired", "account_expired"},
                                                                  {"password_expired", "password_expired"},
                                                                  {"must_change", "must_change_password"}}) {
    all.push_back(otherwise(std::string("account ") + state, "no directory", verdict, kNobodyAsked, [state] {
      World world;
      world.exchange.set_account_state("EXAMPLE\\svc-mailward", state);
      return world.test();
    }));
  }
  all.push_back(with_fault("unauthorized_under_load", "{}", "refused_right_password", kNobodyAsked));
  all.push_back(with_fault("legacy_auth_blocked", "{}", "refused_right_password", kNobodyAsked));
  all.push_back(with_fault("reencrypting_balancer", "{}", "extended_protection", kNobodyAsked));
}

void add_exchange(std::vector<Scenario>& all) {
  all.push_back(with_fault("user_agent_blocked", R"({"values":["Mailward/*"]})", "ews_not_allowed"));
  all.push_back(with_fault("user_agent_not_allowed", R"({"values":["Outlook/*"]})", "ews_not_allowed"));
  all.push_back(with_fault("ews_disabled", "{}", "ews_not_allowed"));
  all.push_back(with_fault("server_busy", R"({"value":"fault","milliseconds":5000})", "throttled"));
  all.push_back(with_fault("server_busy", R"({"value":"response","milliseconds":5000})", "throttled"));
  all.push_back(with_fault("connection_count", "{}", "throttled"));
  all.push_back(with_fault("internal_fault", "{}", "exchange_error"));
  all.push_back(with_fault("server_too_old", "{}", "server_too_old"));
  all.push_back(otherwise("build", "Exchange 2013", "server_too_old", "", [] {
    World world;
    world.exchange.change_directory(R"({"build":"2013"})");
    return world.test();
  }));
  for (const char* build : {"2016", "2019", "SE"}) {
    all.push_back(otherwise("build", std::string("Exchange ") + build, "none", "", [build] {
      World world;
      world.exchange.change_directory(fmt::format(R"({{"build":"{}"}})", build));
      return world.test();
    }));
  }
  all.push_back(otherwise("no impersonation right", "", "impersonation_denied", "", [] {
    World world;
    world.exchange.set_impersonation("EXAMPLE\\svc-mailward", {});
    return world.test();
  }));
  all.push_back(otherwise("scope too wide", "the refused mailbox is inside it", "scope_too_wide", "", [] {
    World world;
    world.exchange.set_impersonation("EXAMPLE\\svc-mailward", {}, true);
    return world.test();
  }));
  const auto mailbox_check = [](std::string address) {
    return [address = std::move(address)] {
      World world;
      ConnectionForm form = world.form();
      form.mailbox_check = address;
      return world.test(form);
    };
  };
  constexpr const char* kSameAnswer =
      "Exchange gives both the same response code (ErrorNonExistentMailbox); only a directory can tell.";
  all.push_back(otherwise("unknown mailbox check address", "no directory", "mailbox_unknown", kSameAnswer,
                          mailbox_check("nobody@example.test")));
  all.push_back(otherwise("mailbox moved to Exchange Online", "no directory", "mailbox_moved", kSameAnswer,
                          mailbox_check("moved@example.test")));
}

TestOutcome deep_test(World& world) {
  connections::TestRequest request;
  request.form = world.form();
  request.password = connections::TypedPassword{SecretString(kPassword), false};
  request.deep = true;
  return world.product.test(std::move(request));
}

Scenario deep_with_fault(const std::string& fault, std::string parameters, std::string setting, std::string verdict) {
  const auto run = [fault, parameters = std::move(parameters)] {
    World world;
    world.exchange.set_fault(fault, parameters);
    return deep_test(world);
  };
  return otherwise(fault, std::move(setting), std::move(verdict), "", run);
}

void add_deep(std::vector<Scenario>& all) {
  all.push_back(otherwise("none", "deep test", "none", "", [] {
    World world;
    return deep_test(world);
  }));
  all.push_back(deep_with_fault("mailbox_full", "{}", "deep test", "mailbox_full"));
  all.push_back(deep_with_fault("operation_refused", R"({"values":["CreateFolder"]})", "deep test: making a folder",
                                "write_refused"));
  all.push_back(deep_with_fault("operation_refused",
                                R"({"values":["CreateItem"],"value":"ErrorCreateItemAccessDenied"})",
                                "deep test: making an item", "write_refused"));
  all.push_back(
      deep_with_fault("operation_refused", R"({"values":["MoveItem"]})", "deep test: moving it", "write_refused"));
  all.push_back(
      deep_with_fault("operation_refused", R"({"values":["DeleteItem"]})", "deep test: deleting it", "write_refused"));
  all.push_back(deep_with_fault("operation_refused", R"({"values":["DeleteFolder"]})",
                                "deep test: deleting the folders", "leftovers_remain"));
}

}  // namespace

std::vector<Scenario> simulator_scenarios() {
  std::vector<Scenario> all;
  add_reaching(all);
  add_in_front(all);
  add_signing_in(all);
  add_exchange(all);
  add_deep(all);
  return all;
}

}  // namespace mailward::testing
