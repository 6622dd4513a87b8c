#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "audit/trail.h"
#include "base/net.h"
#include "connections/gate.h"
#include "connections/ledger.h"
#include "connections/refusal_memory.h"
#include "connections/rotations.h"
#include "connections/test_runs.h"
#include "ews/transport.h"
#include "secrets/keyring.h"
#include "tests/support/paths.h"
#include "work/runs.h"

namespace mailward::testing {

/// What a connection test ended with.
struct TestOutcome {
  work::RunState state = work::RunState::queued;
  std::string verdict;
  nlohmann::json result;
  std::vector<work::Step> steps;

  /// The outcomes of the steps of that name, in order.
  std::vector<work::StepOutcome> outcomes_of(std::string_view step) const;
  /// Everything a person is shown, for failure messages and for searching it.
  std::string text() const;
};

/// The product's lower half, composed as app/ does it, on an embedded database of its own: books, memory, runs,
/// transport and connection tests. Loopback is allowed; names are what the test says.
class Product {
 public:
  struct Options {
    std::map<std::string, std::vector<std::string>> hosts;  ///< name → addresses
    std::vector<std::uint16_t> ports;                       ///< beside 443
    std::string name_server;                                ///< for other names; empty: one that is not there
    std::string database_url;                               ///< empty: SQLite in a folder of its own
    std::filesystem::path state_dir;                        ///< empty: a folder of its own
    std::chrono::milliseconds hold_limit{10'000};
    std::chrono::milliseconds patience{15'000};
    std::chrono::seconds replication_wait{5};
  };
  explicit Product(Options options);

  /// Runs a test to its end. Throws where it cannot be started.
  TestOutcome test(connections::TestRequest request);
  TestOutcome test_form(connections::ConnectionForm form, std::string_view password,
                        std::optional<connections::DirectoryId> directory = std::nullopt, bool try_again = false);

  /// Runs a rotation to its end.
  TestOutcome rotate(connections::AccountId account, bool dry_run = false);
  /// Waits for the end of a run.
  TestOutcome outcome_of(work::RunId run);

  connections::Rotations& rotations() { return *rotations_; }
  connections::Gate& gate() { return *gate_; }
  secrets::RecoveryFile& recovery() { return *recovery_; }
  /// Whether the database was found to be older than the files beside it, at the last start.
  bool was_older() const { return was_older_; }
  connections::Ledger& ledger() { return *ledger_; }
  connections::TestRuns& tests() { return *tests_; }
  connections::RefusalMemory& refusals() { return *refusals_; }
  work::Runs& runs() { return *runs_; }
  connections::ReaderDoor& readers() { return *readers_; }
  const audit::Trail& trail() { return *trail_; }
  db::Database& database() { return *database_; }
  secrets::Keyring& keyring() { return *keyring_; }
  ews::Transport& transport() { return transport_; }
  const Resolver& resolver() const { return *resolver_; }
  const DestinationPolicy& destinations() const { return destinations_; }
  const std::filesystem::path& folder() const { return options_.state_dir; }
  const Options& options() const { return options_; }
  /// Lets go of the database and all that stands on it, until restart().
  void close();
  static connections::By by() {
    return {.actor = audit::Actor::system("test"), .source = {}, .token = {}, .request_id = "request-of-the-test"};
  }
  /// As after kill -9 of the process: all in memory is gone, what is on disk stays.
  void restart();

 private:
  void open();

  TemporaryFolder folder_;
  Options options_;
  std::unique_ptr<Resolver> resolver_;
  DestinationPolicy destinations_;
  ews::Transport transport_;
  std::unique_ptr<db::Database> database_;
  std::unique_ptr<secrets::Keyring> keyring_;
  std::unique_ptr<audit::Trail> trail_;
  std::unique_ptr<connections::Ledger> ledger_;
  std::unique_ptr<connections::RefusalMemory> refusals_;
  std::unique_ptr<work::Runs> runs_;
  std::unique_ptr<connections::ReaderDoor> readers_;
  std::unique_ptr<connections::ProxyDoor> proxies_;
  std::unique_ptr<connections::TestRuns> tests_;
  std::unique_ptr<connections::Gate> gate_;
  std::unique_ptr<secrets::RecoveryFile> recovery_;
  std::unique_ptr<secrets::GenerationFile> generation_;
  std::unique_ptr<connections::Rotations> rotations_;
  bool was_older_ = false;
};

/// The value, or an exception with the error's words.
template <typename T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().describe());
  if constexpr (!std::is_void_v<T>) return *std::move(result);
}

}  // namespace mailward::testing
