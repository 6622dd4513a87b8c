#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "exchange_sim/balancer.h"
#include "exchange_sim/certificates.h"
#include "exchange_sim/front_end.h"
#include "exchange_sim/mail_files.h"
#include "http/server.h"

namespace mailward::exchange_sim {

/// Where a running simulator is reached.
struct Reach {
  std::string host;  ///< in the certificate
  std::string url;   ///< EWS behind the balancer, or of the first front end where there is none
  struct Server {
    std::string name;
    SocketAddress address;
    std::string url;
  };
  std::vector<Server> front_ends;
  std::string control;
  std::filesystem::path ca;
  std::optional<LoadedMail> mail{};  ///< none: no mail was to be loaded
  struct Replayed {
    std::size_t answers = 0;
    std::size_t operations = 0;
    std::vector<std::string> left_out;  ///< each with the reason
  };
  std::optional<Replayed> replay{};  ///< none: the store answers
};

/// The whole: front ends, balancer, control API. Thread-safe.
class Simulator {
 public:
  /// What is played, all in memory and on disk, as yet without threads and unreachable. Errors: those of its parts,
  /// each with what could not be started.
  static Result<std::unique_ptr<Simulator>> load(Settings settings);
  /// Serves it; once. Errors: as above.
  Status serve();
  ~Simulator();
  Simulator(const Simulator&) = delete;
  Simulator& operator=(const Simulator&) = delete;

  const Reach& reach() const { return reach_; }

  /// What the control API does.
  Status set_fault(FaultKind kind, FaultSetting setting);
  Status clear_fault(FaultKind kind);
  Status clear_faults();
  /// Back to the settings of the start: faults, virtual directory; the request log emptied. Accounts stay.
  Status reset();
  FaultBoard& faults() { return faults_; }
  LiveDirectory& directory() { return directory_; }
  RequestLog& log() { return log_; }
  Organisation& organisation() { return *organisation_; }
  SubscriptionBook& subscriptions() { return subscriptions_; }
  Throttling& throttling() { return throttling_; }
  /// Null where a real directory knows the accounts.
  AccountList* accounts() { return accounts_.get(); }

 private:
  struct Server;
  explicit Simulator(Settings settings);
  Status fill();
  void fill_public_folders();
  Status start_front_end(Server& server);
  /// Brings the listeners in line with the faults that are set.
  Status apply_listener_faults();
  Status apply_to(Server& server);

  Settings settings_;
  std::unique_ptr<Organisation> organisation_;
  SubscriptionBook subscriptions_{Clock::system()};
  Throttling throttling_{Clock::system()};
  std::unique_ptr<Recorder> recorder_;
  std::unique_ptr<Replay> replay_;
  std::unique_ptr<RequestSchemas> schemas_;
  LiveDirectory directory_;
  FaultBoard faults_;
  RequestLog log_;
  std::unique_ptr<AccountList> accounts_;
  std::unique_ptr<AccountSource> active_directory_;
  std::unique_ptr<KerberosAcceptor> kerberos_;
  std::unique_ptr<SignInDoor> door_;
  std::optional<CertificateAuthority> authority_;
  std::mutex mutex_;  ///< over the servers
  std::vector<std::unique_ptr<Server>> servers_;
  std::unique_ptr<Balancer> balancer_;
  std::unique_ptr<http::Server> control_;
  Reach reach_;
};

}  // namespace mailward::exchange_sim
