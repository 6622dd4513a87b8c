// ./dev bench rotation: four product-like loads on a simulated Exchange whose accounts live in a real Active Directory,
// while the account's password is renewed: what Mailward's rotation costs them, and what the procedure by hand does.
//
//   rotation-bench [--long] [--json FILE]
//
// Windows of equal length without a rotation tell the noise; what a rotation loses is the calls that a window with one
// has fewer than the median of those without, in the same run.
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include <nlohmann/json.hpp>

#include "bench/processor_time.h"
#include "ews/operations/get_folder.h"
#include "tests/product_support/mailbox_watch.h"
#include "tests/product_support/organisation.h"
#include "tests/support/wait_until.h"

namespace mailward::testing {
namespace {

using Json = nlohmann::ordered_json;
using namespace std::chrono_literals;
using bench::processor_time_ms;
using std::chrono::milliseconds;

constexpr int kInFlight = 27;
constexpr milliseconds kWindow = 3000ms;
constexpr milliseconds kBetweenItems = 20ms;
/// In the second half of the rotations each stream of notifications breaks off after some fifty events.
constexpr const char* kBrokenStreams = R"({"bytes":20000,"values":["GetStreamingEvents"]})";

ews::GetFolder inbox() {
  ews::GetFolder operation;
  operation.shape = ews::BaseShape::id_only;
  operation.folders = {ews::DistinguishedFolder{"inbox", {}}};
  return operation;
}

ews::CallContext in_mailbox() {
  ews::CallContext context;
  context.impersonate = {ews::Impersonation::Kind::smtp_address, "usera@example.test"};
  return context;
}

/// Of the directory: Samba's controller and the winbind that Exchange asks. Their processes give themselves names.
double directory_time_ms() {
  return processor_time_ms("/proc", [](const std::filesystem::path& process, std::string_view) {
    std::error_code gone;
    const auto program = std::filesystem::read_symlink(process / "exe", gone).filename();
    return program == "samba" || program == "winbindd";
  });
}

/// Of the rotation itself and the connection tests that it asks for.
double rotation_time_ms() {
  return processor_time_ms("/proc/self/task", [](const std::filesystem::path&, std::string_view name) {
    return name == "rotations" || name == "tests";
  });
}

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::ranges::sort(values);
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

/// Calls of one kind by many threads, until it goes.
class Loads {
 public:
  /// `call` returns whether the call went well.
  explicit Loads(const std::function<bool(int thread, const std::stop_token&)>& call) {
    for (int i = 0; i < kInFlight; ++i) {
      threads_.emplace_back([this, i, call](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
          const bool well = call(i, stop);
          if (!stop.stop_requested()) ++(well ? succeeded_ : failed_);
        }
      });
    }
  }
  ~Loads() {
    for (std::jthread& one : threads_) one.request_stop();
  }
  Loads(const Loads&) = delete;
  Loads& operator=(const Loads&) = delete;
  std::uint64_t succeeded() const { return succeeded_; }
  std::uint64_t failed() const { return failed_; }
  /// How many calls end well within one window.
  double window() const {
    const std::uint64_t before = succeeded_;
    std::this_thread::sleep_for(kWindow);
    return static_cast<double>(succeeded_ - before);
  }

 private:
  std::atomic<std::uint64_t> succeeded_{0};
  std::atomic<std::uint64_t> failed_{0};
  std::vector<std::jthread> threads_;
};

const char* product(int thread) {
  static constexpr std::size_t kCount = std::size(connections::kProducts);
  return connections::kProducts[static_cast<std::size_t>(thread) % kCount].data();
}

connections::ServerConnection connect(Organisation& organisation) {
  const auto made = organisation.connect();
  auto form = made.form;
  form.concurrency = kInFlight;
  form.heartbeat_seconds = 0;
  return must(
      organisation.product().ledger().update_connection(made.id, made.version, form, std::nullopt, Product::by()));
}

struct Scheme {
  const char* name;
  connections::Authentication authentication;
};

Json bench_mailward(const Scheme& scheme, int rotations) {
  Organisation organisation({.authentication = scheme.authentication});
  const auto connection = connect(organisation);
  auto& product_under_test = organisation.product();
  organisation.exchange().set_impersonation("EXAMPLE\\svc-mailward", {}, true);
  // Beside the loads a product that listens to two mailboxes, in which something is made all the time.
  const std::vector<std::string> mailboxes{"usera@example.test", "board@example.test"};
  MailboxWatch watch(product_under_test.gate(), connection.id, {.mailboxes = mailboxes});
  watch.await_syncs(mailboxes.size());
  ItemMaker maker(product_under_test.gate(), connection.id, mailboxes, kBetweenItems);
  Loads loads([&](int thread, const std::stop_token& stop) {
    const auto reply = product_under_test.gate().call(connection.id, product(thread), inbox(), in_mailbox(),
                                                      Deadline::after(60s), stop, connections::Repeat::harmless);
    return reply.has_value() && !reply->response.first_error();
  });
  loads.window();  // until every session stands
  std::vector<double> without;
  std::vector<double> with;
  std::vector<double> door;
  std::vector<double> directory;
  std::vector<double> directory_usual;
  std::vector<double> directory_busy;
  std::vector<double> own;
  std::int64_t longest_hold = 0;
  std::uint64_t held = 0;
  for (int i = 0; i < rotations; ++i) {
    if (i == rotations / 2) {
      organisation.exchange().set_fault("truncated_answer", kBrokenStreams);
      organisation.exchange().change_mailbox("board@example.test", R"({"place":"moving"})");
      organisation.exchange().change_mailbox("board@example.test", R"({"place":"here"})");
    }
    double before = directory_time_ms();
    without.push_back(loads.window());
    directory_usual.push_back(directory_time_ms() - before);
    before = directory_time_ms();
    const double own_before = rotation_time_ms();
    const auto run = must(product_under_test.rotations().start({.account = connection.account}, Product::by()));
    with.push_back(loads.window());
    directory_busy.push_back(directory_time_ms() - before);
    own.push_back(rotation_time_ms() - own_before);
    const auto outcome = product_under_test.outcome_of(run);
    if (outcome.result.value("state", "") != "finished") throw std::runtime_error(outcome.text());
    door.push_back(outcome.result["door_closed_ms"].get<double>());
    directory.push_back(outcome.result["directory_ms"].get<double>());
    for (const auto& load : outcome.result["loads"]) {
      longest_hold = std::max(longest_hold, load["longest_hold_ms"].get<std::int64_t>());
      held += load["held"].get<std::uint64_t>();
    }
  }
  const auto made = maker.stop();
  const bool all_known = wait_until([&] { return watch.unknown(made).empty(); }, 30s);
  const double usual = median(without);
  std::vector<double> spread;
  for (const double one : without) spread.push_back(std::abs(one - usual));
  std::vector<double> apart;
  for (std::size_t i = 0; i < door.size(); ++i) apart.push_back(std::max(0.0, door[i] - directory[i]));
  Json json;
  json["scheme"] = scheme.name;
  json["rotations"] = rotations;
  json["calls"] = loads.succeeded();
  json["failed_calls"] = loads.failed();
  json["held_calls"] = held;
  json["longest_hold_ms"] = longest_hold;
  json["door_closed_ms"] = median(door);
  json["door_closed_ms_worst"] = *std::ranges::max_element(door);
  json["door_closed_ms_apart_from_directory"] = median(apart);
  json["calls_a_window"] = usual;
  json["throughput_lost_calls"] = usual - median(with);
  json["noise_calls"] = *std::ranges::max_element(spread);
  json["directory_processor_ms"] = median(directory_busy) - median(directory_usual);
  json["rotation_processor_ms"] = median(own);
  json["bad_password_count"] = organisation.bad_password_count();
  json["events"] = made.size();
  json["events_lost"] = all_known ? 0 : watch.unknown(made).size();
  json["events_by_hint"] = watch.hints();
  json["streams_broken"] = watch.interruptions();
  return json;
}

/// What clients without a gate do: each thread with a session of its own, signing in with the password it has been
/// told, and again after each failure; an administrator resets it and pastes it five seconds later.
Json bench_vendor(int allowed_minutes) {
  SambaDc own({.old_password_minutes = allowed_minutes});
  Organisation organisation({.controller = &own,
                             .lockout_threshold = 1000,
                             .authentication = {.negotiate = false, .ntlm = true, .basic = false}});
  const auto& exchange = organisation.exchange();
  std::mutex mutex;
  std::string password(Organisation::kPassword);
  std::vector<std::unique_ptr<ews::Session>> sessions(kInFlight);
  std::atomic<std::uint64_t> sign_ins{0};
  const auto connect_anew = [&] {
    ews::Endpoint endpoint{.host = exchange.host(),
                           .port = exchange.port(),
                           .address = {IpAddress::parse(exchange.address()).value(), exchange.port()},
                           .trust = CertificateTrust::from_pem(exchange.ca_pem()).value()};
    auto session = std::make_unique<ews::Session>(organisation.product().transport(), std::move(endpoint));
    ews::Credential credential;
    credential.scheme = ews::Scheme::ntlm;
    credential.account = "vendor";
    credential.user = "EXAMPLE\\svc-mailward";
    {
      const std::scoped_lock lock(mutex);
      credential.password = SecretString(password);
    }
    must(session->sign_in_with(std::move(credential)));
    ++sign_ins;
    return session;
  };
  std::vector<int> calls(kInFlight, 0);
  Loads loads([&](int thread, const std::stop_token& stop) {
    auto& session = sessions[static_cast<std::size_t>(thread)];
    // Like any client's, its connections end now and then: after 50 calls.
    if (!session || ++calls[static_cast<std::size_t>(thread)] % 50 == 0) session = connect_anew();
    const auto reply = ews::call(*session, inbox(), in_mailbox(), Deadline::after(30s), stop);
    if (!reply) session.reset();
    return reply.has_value();
  });
  loads.window();
  const std::uint64_t failed_before = loads.failed();
  int worst_count = 0;
  auto& controller = organisation.controller();
  constexpr const char* kRenewed = "Vendor-Renewed-Passw0rd-1!";
  controller.set_password(Organisation::kAccount, kRenewed);
  const auto reset = std::chrono::steady_clock::now();
  while (std::chrono::steady_clock::now() - reset < 5s) {
    std::this_thread::sleep_for(100ms);
    worst_count = std::max(worst_count, organisation.bad_password_count());
  }
  {
    const std::scoped_lock lock(mutex);
    password = kRenewed;
  }
  loads.window();
  Json json;
  json["old_password"] = allowed_minutes == 0 ? "not forgiven" : "forgiven for an hour";
  json["calls"] = loads.succeeded();
  json["failed_calls"] = loads.failed() - failed_before;
  json["sign_ins"] = sign_ins.load();
  json["bad_password_count"] = worst_count;
  return json;
}

int run(bool is_long, const std::string& file) {
  const connections::Authentication negotiate{.negotiate = true, .ntlm = false, .basic = false};
  const connections::Authentication ntlm{.negotiate = false, .ntlm = true, .basic = false};
  const connections::Authentication basic{.negotiate = false, .ntlm = false, .basic = true};
  std::vector<Scheme> schemes{{"NTLM", ntlm}, {"Kerberos", negotiate}};
  if (is_long) schemes.push_back({"Basic", basic});
  const int rotations = is_long ? 20 : 4;
  Json all;
  std::printf(
      "%d calls in flight, four loads; a window is %lld ms; medians of %d rotations.\nAD and own (ms): what of the "
      "processors the directory and the rotation itself have in a window with one; the rest of what is lost are %d new "
      "sign-ins.\n\n",
      kInFlight, static_cast<long long>(kWindow.count()), rotations, kInFlight);
  std::printf("%-10s %8s %8s %8s %10s %12s %14s %15s %7s %8s %8s %8s\n", "", "calls", "failed", "held", "hold (ms)",
              "door (ms)", "without AD (ms)", "lost calls", "noise", "AD (ms)", "own (ms)", "badPwd");
  for (const Scheme& scheme : schemes) {
    const Json one = bench_mailward(scheme, rotations);
    std::printf("%-10s %8llu %8llu %8llu %10lld %5.0f (%5.0f) %15.0f %6.0f of %-6.0f %6.0f %8.0f %8.0f %8d\n",
                scheme.name, one["calls"].get<unsigned long long>(), one["failed_calls"].get<unsigned long long>(),
                one["held_calls"].get<unsigned long long>(), one["longest_hold_ms"].get<long long>(),
                one["door_closed_ms"].get<double>(), one["door_closed_ms_worst"].get<double>(),
                one["door_closed_ms_apart_from_directory"].get<double>(), one["throughput_lost_calls"].get<double>(),
                one["calls_a_window"].get<double>(), one["noise_calls"].get<double>(),
                one["directory_processor_ms"].get<double>(), one["rotation_processor_ms"].get<double>(),
                one["bad_password_count"].get<int>());
    std::fflush(stdout);
    std::printf(
        "%-10s %8llu items made in two mailboxes, %llu unheard of; %llu told by a stream, which broke %llu times\n", "",
        one["events"].get<unsigned long long>(), one["events_lost"].get<unsigned long long>(),
        one["events_by_hint"].get<unsigned long long>(), one["streams_broken"].get<unsigned long long>());
    all["mailward"]["by_scheme"].push_back(one);
  }
  // The worst of the schemes stands for all.
  for (const char* key : {"failed_calls", "door_closed_ms", "door_closed_ms_apart_from_directory", "longest_hold_ms",
                          "throughput_lost_calls", "noise_calls", "bad_password_count", "events_lost"}) {
    double worst = 0;
    for (const Json& one : all["mailward"]["by_scheme"]) worst = std::max(worst, one[key].get<double>());
    all["mailward"][key] = worst;
  }
  std::printf("\nby hand: reset, pasted five seconds later, clients that retry (NTLM)\n");
  for (const int minutes : is_long ? std::vector<int>{60, 0} : std::vector<int>{60}) {
    const Json one = bench_vendor(minutes);
    std::printf("  the old password %s: %llu calls failed, %llu sign-ins, badPwdCount %d\n",
                one["old_password"].get<std::string>().c_str(), one["failed_calls"].get<unsigned long long>(),
                one["sign_ins"].get<unsigned long long>(), one["bad_password_count"].get<int>());
    all["vendor"]["by_policy"].push_back(one);
  }
  for (const char* key : {"failed_calls", "bad_password_count"}) {
    double worst = 0;
    for (const Json& one : all["vendor"]["by_policy"]) worst = std::max(worst, one[key].get<double>());
    all["vendor"][key] = worst;
  }
  std::ofstream(file) << all.dump(2) << "\n";
  std::printf("\n%s\n", file.c_str());
  return 0;
}

}  // namespace
}  // namespace mailward::testing

int main(int argc, char** argv) {
  bool is_long = false;
  std::string file = "rotation-bench.json";
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--long") == 0) is_long = true;
    if (std::strcmp(argv[i], "--json") == 0 && i + 1 < argc) file = argv[++i];
  }
  if (const auto why = mailward::testing::SambaDc::unavailable()) {
    std::fprintf(stderr, "%s\n", why->c_str());
    return 3;
  }
  try {
    return mailward::testing::run(is_long, file);
  } catch (const std::exception& failed) {
    std::fprintf(stderr, "%s\n", failed.what());
    return 1;
  }
}
