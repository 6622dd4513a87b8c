#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The real exchange-sim program, started from build/<preset>/bin for a test.
namespace mailward::testing {

struct SimulatorOptions {
  /// A TOML file's text (exchange_sim/README.md), without `state`. "{ADDRESS}" in it becomes the loopback address that
  /// this simulator has for itself, on which every port is free: listen = "{ADDRESS}:443". Empty: the sample
  /// organisation (accounts of exchange_sim's sample_settings(): EXAMPLE\svc-mailward with "Sample-Passw0rd!", and so
  /// on), Extended Protection required, two front ends behind a balancer.
  std::string config;
  /// NAME, value: added to the program's environment (SambaDc::winbind_environment()).
  std::vector<std::pair<std::string, std::string>> environment;
  /// Every conversation is kept there (schema_verdict() in tests/support/kept_conversations.h). Empty: the first ones
  /// of each operation where keep_conversations() says.
  std::filesystem::path record{};
  /// A folder of schemas to which it holds requests; empty: none.
  std::filesystem::path schemas{};
  /// How long it may take until it is up.
  std::chrono::seconds start_limit{20};
};

/// From now on simulators keep the first conversations of each operation, in a folder each below this one, named after
/// the test that runs.
void keep_conversations(const std::filesystem::path& below);

/// One request as a front end saw it.
struct SeenRequest {
  std::uint64_t number = 0;
  std::string front_end;
  std::uint64_t connection = 0;
  std::string method;
  std::string path;
  std::string user_agent;
  std::string client_request_id;
  std::string anchor_mailbox;
  std::string authorization;  ///< "none", "basic", "ntlm_negotiate", "ntlm_authenticate", "negotiate", "other"
  std::string account;        ///< signed in; empty for nobody
  std::string scheme;         ///< "Basic", "NTLM", "Kerberos"
  std::string operation;
  std::size_t body_bytes = 0;
  int status = 0;
};

struct SimulatedAccount {
  std::string state;
  bool locked = false;
  int bad_password_count = 0;  ///< as AD counts: back to 0 with a success
  int bad_passwords_seen = 0;  ///< every wrong password since the start
  int sign_ins = 0;
};

/// Up in well under a second; dies with this object and with the process. Throws std::runtime_error where something
/// fails. One thread at a time, and the one that made it must outlive it (PR_SET_PDEATHSIG).
class ExchangeSimulator {
 public:
  explicit ExchangeSimulator(const SimulatorOptions& options = {});
  ~ExchangeSimulator();
  ExchangeSimulator(const ExchangeSimulator&) = delete;
  ExchangeSimulator& operator=(const ExchangeSimulator&) = delete;

  struct FrontEnd {
    std::string name;
    std::string address;  ///< "127.0.0.1:40123"
    std::string url;
  };

  /// EWS behind the balancer, or of the only front end: "https://127.0.0.1:40123/EWS/Exchange.asmx".
  const std::string& url() const;
  const std::vector<FrontEnd>& front_ends() const;
  /// The name in the certificate ("mail.example.test"), beside localhost, 127.0.0.1 and the addresses listened on.
  const std::string& host() const;
  /// The port of url().
  std::uint16_t port() const;
  /// The loopback address of its own.
  const std::string& address() const;
  std::filesystem::path ca_file() const;
  std::string ca_pem() const;
  const std::string& control_url() const;

  /// `parameters` is a JSON object: R"({"milliseconds":500,"front_end":"EX02"})". Names: exchange_sim/README.md.
  void set_fault(std::string_view name, std::string_view parameters = "{}");
  void clear_fault(std::string_view name);
  void clear_faults();
  /// Faults and virtual directory as at the start, the request log empty; accounts stay as they are.
  void reset();
  /// R"({"schemes":["NTLM"],"extended_protection":"require","build":"2016","per_request_authentication":true})".
  void change_directory(std::string_view parameters);

  SimulatedAccount account(std::string_view name) const;
  void set_password(std::string_view account, std::string_view password);
  void set_account_state(std::string_view account, std::string_view state);
  void unlock(std::string_view account);
  /// R"({"place":"exchange_online"})", R"({"ews_enabled":false})".
  void change_mailbox(std::string_view smtp, std::string_view parameters);
  void set_impersonation(std::string_view account, const std::vector<std::string>& mailboxes, bool everyone = false);

  std::vector<SeenRequest> requests(std::uint64_t since = 0) const;
  std::uint64_t request_count() const;

  /// The program's own, for what /proc tells of it.
  pid_t pid() const;

  /// Any call of the control API; the answer's body. Throws for a status other than 200.
  std::string control(std::string_view method, std::string_view path, std::string_view body = {}) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace mailward::testing
