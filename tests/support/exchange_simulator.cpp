#include "tests/support/exchange_simulator.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>

#include "http/client.h"
#include "http/request.h"
#include "tests/support/loopback_address.h"
#include "tests/support/paths.h"
#include "tests/support/test_ca.h"

namespace mailward::testing {
namespace {

using nlohmann::json;
constexpr auto kControlLimit = std::chrono::seconds(20);

std::string replaced(std::string text, std::string_view what, const std::string& with) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size())) {
    text.replace(at, what.size(), with);
  }
  return text;
}

std::string whole_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

constexpr const char* kKeptOfEach = "6";

/// Where those are kept that no test wants for itself; empty: nowhere.
std::filesystem::path& kept_below() {
  static std::filesystem::path folder;
  return folder;
}

/// A new folder for one simulator's conversations.
std::filesystem::path folder_to_keep() {
  static std::atomic<int> last{0};
  const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
  std::string name = std::to_string(++last);
  if (test != nullptr) name += std::string(".") + test->test_suite_name() + "." + test->name();
  std::ranges::replace(name, '/', '-');
  return kept_below() / name;
}

/// The key of every simulator's certificate: making one of RSA takes longer than all else at its start.
const std::string& server_key() {
  static const std::string key = TestCa::self_signed({.key = KeyKind::rsa_2048}).key;
  return key;
}

/// Where conversations go; or that answers come from files, which are not the simulator's own.
bool says_for_itself(std::string_view config) {
  return config.find("record = ") != std::string_view::npos || config.find("replay = ") != std::string_view::npos;
}

}  // namespace

void keep_conversations(const std::filesystem::path& below) {
  kept_below() = below;
}

struct ExchangeSimulator::State {
  TemporaryFolder folder;
  LoopbackAddress address;
  pid_t pid = -1;
  json ready;
  std::string url;
  std::string host;
  std::string control_url;
  std::vector<FrontEnd> front_ends;

  ~State() {
    if (pid <= 0) return;
    kill(pid, SIGKILL);
    waitpid(pid, nullptr, 0);
  }

  void start(const SimulatorOptions& options) {
    std::vector<std::string> arguments{(bin_dir() / "exchange-sim").string(), "--state",
                                       (folder.path() / "state").string()};
    if (options.config.empty()) {
      arguments.emplace_back("--sample");
    } else {
      const auto config = folder.path() / "exchange-sim.toml";
      std::ofstream(config) << replaced(options.config, "{ADDRESS}", address.text());
      arguments.insert(arguments.end(), {"--config", config.string()});
    }
    if (!options.record.empty()) {
      arguments.insert(arguments.end(), {"--record", options.record.string()});
    } else if (!kept_below().empty() && !says_for_itself(options.config)) {
      arguments.insert(arguments.end(), {"--record", folder_to_keep().string(), "--record-each", kKeptOfEach});
    }
    if (!options.schemas.empty()) arguments.insert(arguments.end(), {"--schemas", options.schemas.string()});
    std::filesystem::create_directories(folder.path() / "state");
    std::ofstream(folder.path() / "state" / "server.key") << server_key();
    std::array<int, 2> out{};
    if (pipe2(out.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe for exchange-sim");
    const auto log = folder.path() / "exchange-sim.log";
    const int error = open(log.c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
    if (error < 0) throw std::runtime_error("no log for exchange-sim");
    std::vector<std::string> variables;
    for (char** each = environ; *each != nullptr; ++each) variables.emplace_back(*each);
    for (const auto& [name, value] : options.environment) {
      std::erase_if(variables, [&](const std::string& each) { return each.starts_with(name + "="); });
      variables.push_back(name + "=" + value);
    }
    std::vector<char*> argv;
    for (std::string& each : arguments) argv.push_back(each.data());
    argv.push_back(nullptr);
    std::vector<char*> envp;
    for (std::string& each : variables) envp.push_back(each.data());
    envp.push_back(nullptr);
    const pid_t parent = getpid();
    pid = fork();
    if (pid == 0) {
      setpgid(0, 0);
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      if (getppid() != parent) _exit(127);
      dup2(out[1], STDOUT_FILENO);
      dup2(error, STDERR_FILENO);
      execve(argv[0], argv.data(), envp.data());
      _exit(127);
    }
    close(out[1]);
    close(error);
    const std::string line = first_line(out[0], options.start_limit);
    close(out[0]);
    if (line.empty()) throw std::runtime_error("exchange-sim did not start: " + whole_file(log));
    ready = json::parse(line);
  }

  static std::string first_line(int from, std::chrono::seconds limit) {
    std::string line;
    const auto end = std::chrono::steady_clock::now() + limit;
    while (line.find('\n') == std::string::npos) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
      pollfd waiting{.fd = from, .events = POLLIN, .revents = 0};
      if (left.count() <= 0 || poll(&waiting, 1, static_cast<int>(left.count())) <= 0) return {};
      std::array<char, 4096> buffer{};
      const ssize_t got = read(from, buffer.data(), buffer.size());
      if (got <= 0) return {};
      line.append(buffer.data(), static_cast<std::size_t>(got));
    }
    return line;
  }
};

ExchangeSimulator::ExchangeSimulator(const SimulatorOptions& options) : state_(std::make_unique<State>()) {
  state_->start(options);
  state_->url = state_->ready.at("url");
  state_->host = state_->ready.at("host");
  state_->control_url = state_->ready.at("control");
  for (const auto& each : state_->ready.at("front_ends")) {
    state_->front_ends.push_back({.name = each.at("name"), .address = each.at("address"), .url = each.at("url")});
  }
}

ExchangeSimulator::~ExchangeSimulator() = default;

const std::string& ExchangeSimulator::url() const {
  return state_->url;
}
const std::vector<ExchangeSimulator::FrontEnd>& ExchangeSimulator::front_ends() const {
  return state_->front_ends;
}
const std::string& ExchangeSimulator::host() const {
  return state_->host;
}
const std::string& ExchangeSimulator::address() const {
  return state_->address.text();
}
const std::string& ExchangeSimulator::control_url() const {
  return state_->control_url;
}

std::uint16_t ExchangeSimulator::port() const {
  const auto colon = state_->url.find(':', std::string_view("https://").size());
  return static_cast<std::uint16_t>(std::stoi(state_->url.substr(colon + 1)));
}

std::filesystem::path ExchangeSimulator::ca_file() const {
  return state_->ready.at("ca").get<std::string>();
}
std::string ExchangeSimulator::ca_pem() const {
  return whole_file(ca_file());
}

std::string ExchangeSimulator::control(std::string_view method, std::string_view path, std::string_view body) const {
  http::Client client({});
  const auto answer = client.call({.method = std::string(method),
                                   .url = state_->control_url + std::string(path),
                                   .headers = {},
                                   .body = std::string(body)},
                                  Deadline::after(kControlLimit));
  if (!answer) throw std::runtime_error("control API: " + answer.error().describe());
  if (answer->status != 200) {
    throw std::runtime_error("control API: " + std::string(path) + ": " + std::to_string(answer->status) + " " +
                             answer->body);
  }
  return answer->body;
}

void ExchangeSimulator::set_fault(std::string_view name, std::string_view parameters) {
  control("PUT", "/control/faults/" + std::string(name), parameters);
}
void ExchangeSimulator::clear_fault(std::string_view name) {
  control("DELETE", "/control/faults/" + std::string(name));
}
void ExchangeSimulator::clear_faults() {
  control("DELETE", "/control/faults");
}
void ExchangeSimulator::reset() {
  control("POST", "/control/reset");
}
void ExchangeSimulator::change_directory(std::string_view parameters) {
  control("PATCH", "/control/directory", parameters);
}

SimulatedAccount ExchangeSimulator::account(std::string_view name) const {
  const json found = json::parse(control("GET", "/control/accounts/" + http::percent_encode(name)));
  return {.state = found.at("state"),
          .locked = found.at("locked"),
          .bad_password_count = found.at("bad_password_count"),
          .bad_passwords_seen = found.at("bad_passwords_seen"),
          .sign_ins = found.at("sign_ins")};
}

void ExchangeSimulator::set_password(std::string_view account, std::string_view password) {
  control("POST", "/control/accounts/" + http::percent_encode(account) + "/password",
          json{{"password", password}}.dump());
}
void ExchangeSimulator::set_account_state(std::string_view account, std::string_view state) {
  control("PATCH", "/control/accounts/" + http::percent_encode(account), json{{"state", state}}.dump());
}
void ExchangeSimulator::unlock(std::string_view account) {
  control("PATCH", "/control/accounts/" + http::percent_encode(account), R"({"unlock":true})");
}
void ExchangeSimulator::change_mailbox(std::string_view smtp, std::string_view parameters) {
  control("PATCH", "/control/mailboxes/" + http::percent_encode(smtp), parameters);
}
void ExchangeSimulator::set_impersonation(std::string_view account, const std::vector<std::string>& mailboxes,
                                          bool everyone) {
  control("PUT", "/control/impersonation/" + http::percent_encode(account),
          json{{"mailboxes", mailboxes}, {"everyone", everyone}}.dump());
}

std::vector<SeenRequest> ExchangeSimulator::requests(std::uint64_t since) const {
  const json found = json::parse(control("GET", "/control/requests?since=" + std::to_string(since)));
  std::vector<SeenRequest> seen;
  for (const json& each : found.at("requests")) {
    seen.push_back({.number = each.at("number"),
                    .front_end = each.at("front_end"),
                    .connection = each.at("connection"),
                    .method = each.at("method"),
                    .path = each.at("path"),
                    .user_agent = each.at("user_agent"),
                    .client_request_id = each.at("client_request_id"),
                    .anchor_mailbox = each.at("anchor_mailbox"),
                    .authorization = each.at("authorization"),
                    .account = each.at("account"),
                    .scheme = each.at("scheme"),
                    .operation = each.at("operation"),
                    .body_bytes = each.at("body_bytes"),
                    .status = each.at("status")});
  }
  return seen;
}

pid_t ExchangeSimulator::pid() const {
  return state_->pid;
}

std::uint64_t ExchangeSimulator::request_count() const {
  return json::parse(control("GET", "/control/requests?since=18446744073709551615")).at("count");
}

}  // namespace mailward::testing
