#include "tests/product_support/product.h"

#include "connections/older_database.h"

namespace mailward::testing {

using std::chrono_literals::operator""s;

std::vector<work::StepOutcome> TestOutcome::outcomes_of(std::string_view step) const {
  std::vector<work::StepOutcome> found;
  for (const work::Step& one : steps) {
    if (one.name == step) found.push_back(one.outcome);
  }
  return found;
}

std::string TestOutcome::text() const {
  std::string text = result.dump() + "\n";
  for (const work::Step& step : steps) {
    text += step.name + " " + std::string(work::name_of(step.outcome)) + " " + step.evidence + " " + step.remedy + "\n";
  }
  return text;
}

Product::Product(Options options) : options_(std::move(options)) {
  ResolverSettings settings;
  for (const auto& [name, addresses] : options_.hosts) {
    for (const std::string& address : addresses) settings.hosts[name].push_back(must(IpAddress::parse(address)));
  }
  // Names that the test does not fix must not be asked of anybody.
  settings.name_servers = {options_.name_server.empty() ? "127.0.0.1:9" : options_.name_server};
  resolver_ = std::make_unique<Resolver>(std::move(settings));
  destinations_.allowed = {must(AddressBlock::parse("127.0.0.0/8"))};
  destinations_.ports.insert(destinations_.ports.end(), options_.ports.begin(), options_.ports.end());
  if (options_.state_dir.empty()) options_.state_dir = folder_.path();
  if (options_.database_url.empty()) options_.database_url = "sqlite:" + (options_.state_dir / "mailward.db").string();
  open();
}

void Product::open() {
  database_ = must(db::Database::open({.url = options_.database_url}, db::OpenAs::service));
  keyring_ = must(secrets::Keyring::open(*database_, options_.state_dir / "master.key"));
  trail_ = std::make_unique<audit::Trail>(must(keyring_->sub_key("audit")), Clock::system());
  ledger_ = std::make_unique<connections::Ledger>(*database_, *keyring_, *trail_, Clock::system());
  refusals_ = std::make_unique<connections::RefusalMemory>(*database_, *keyring_, Clock::system());
  runs_ = std::make_unique<work::Runs>(*database_, "test-process-" + random_uuid());
  readers_ = std::make_unique<connections::ReaderDoor>(connections::ReaderDoor::Parts{
      *ledger_, *refusals_, *resolver_, destinations_, Clock::system(), runs_->process()});
  proxies_ = std::make_unique<connections::ProxyDoor>(
      connections::ProxyDoor::Parts{.refusals = *refusals_, .clock = Clock::system()});
  tests_ = std::make_unique<connections::TestRuns>(
      connections::TestRuns::Parts{*ledger_, *refusals_, *keyring_, *trail_, *runs_, transport_, *readers_, *proxies_,
                                   *resolver_, destinations_, Clock::system()});
  gate_ = std::make_unique<connections::Gate>(connections::Gate::Parts{.ledger = *ledger_,
                                                                       .refusals = *refusals_,
                                                                       .readers = *readers_,
                                                                       .proxies = *proxies_,
                                                                       .transport = transport_,
                                                                       .resolver = *resolver_,
                                                                       .destinations = destinations_,
                                                                       .clock = Clock::system(),
                                                                       .process = runs_->process(),
                                                                       .hold_limit = options_.hold_limit,
                                                                       .patience = options_.patience});
  recovery_ = std::make_unique<secrets::RecoveryFile>(options_.state_dir / "recovery.log");
  generation_ = std::make_unique<secrets::GenerationFile>(options_.state_dir / "generation", *keyring_);
  rotations_ = std::make_unique<connections::Rotations>(
      connections::Rotations::Parts{.ledger = *ledger_,
                                    .refusals = *refusals_,
                                    .keyring = *keyring_,
                                    .trail = *trail_,
                                    .runs = *runs_,
                                    .tests = *tests_,
                                    .gate = *gate_,
                                    .readers = *readers_,
                                    .resolver = *resolver_,
                                    .destinations = destinations_,
                                    .clock = Clock::system(),
                                    .recovery = *recovery_,
                                    .generation = *generation_,
                                    .replication_wait = options_.replication_wait,
                                    .source_interval = 0s});
  was_older_ = must(connections::park_if_older(*ledger_, *recovery_, *generation_, *trail_, Clock::system()));
  must(runs_->free_orphaned_leases());
  must(rotations_->resume());
  must(runs_->interrupt_orphans());
}

void Product::close() {
  rotations_.reset();
  generation_.reset();
  recovery_.reset();
  gate_.reset();
  tests_.reset();
  proxies_.reset();
  readers_.reset();
  runs_.reset();
  refusals_.reset();
  ledger_.reset();
  trail_.reset();
  keyring_.reset();
  database_.reset();
}

void Product::restart() {
  close();
  open();
}

TestOutcome Product::test(connections::TestRequest request) {
  return outcome_of(must(tests_->start(std::move(request), by())));
}

TestOutcome Product::rotate(connections::AccountId account, bool dry_run) {
  return outcome_of(must(rotations_->start({.account = account, .dry_run = dry_run}, by())));
}

TestOutcome Product::outcome_of(work::RunId run) {
  const Deadline deadline = Deadline::after(90s);
  std::int64_t seen = 0;
  while (true) {
    const auto changes = must(runs_->wait_for_change(run, seen, deadline));
    seen = changes.seq;
    if (work::ended(changes.run.state)) break;
    if (deadline.expired()) throw std::runtime_error("the connection test did not end");
  }
  const auto all = must(runs_->changes_after(run, 0));
  TestOutcome outcome{all.run.state, {}, nlohmann::json::parse(all.run.result), all.steps};
  outcome.verdict = outcome.result.value("verdict", "");
  return outcome;
}

TestOutcome Product::test_form(connections::ConnectionForm form, std::string_view password,
                               std::optional<connections::DirectoryId> directory, bool try_again) {
  connections::TestRequest request;
  request.form = std::move(form);
  request.directory = directory;
  request.password = connections::TypedPassword{SecretString(password), false};
  request.try_again = try_again;
  return test(std::move(request));
}

}  // namespace mailward::testing
