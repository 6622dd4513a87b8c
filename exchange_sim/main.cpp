#include <malloc.h>
#include <signal.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <ranges>

#include "base/file.h"
#include "base/log.h"
#include "exchange_sim/simulator.h"

namespace mailward::exchange_sim {
namespace {

constexpr std::size_t kNamedFiles = 20;

struct Arguments {
  std::string config;
  bool sample = false;
  std::string state;
  std::string listen;
  std::string control;
  std::string mail;
  std::string record;
  std::size_t record_each = 0;
  std::string replay;
  std::string schemas;
  std::string extended_protection;
  std::vector<std::string> front_ends;
};

Result<Settings> settings_of(const Arguments& arguments) {
  Settings settings;
  if (arguments.sample) {
    settings = sample_settings();
  } else {
    MW_TRY(settings, load_settings(arguments.config));
  }
  if (!arguments.state.empty()) settings.state = arguments.state;
  if (settings.state.empty()) {
    return fail(BaseError::invalid_argument, "no folder for certificates: give --state or `state` in the file");
  }
  if (!arguments.mail.empty()) settings.mail = arguments.mail;
  if (!arguments.record.empty()) settings.record = arguments.record;
  settings.record_each = arguments.record_each;
  if (!arguments.replay.empty()) settings.replay = arguments.replay;
  settings.schemas = arguments.schemas;
  if (!arguments.extended_protection.empty()) {
    settings.directory.extended_protection = *extended_protection_from(arguments.extended_protection);
  }
  if (!arguments.listen.empty()) {
    MW_TRY(const SocketAddress address, parse_listen(arguments.listen));
    if (settings.balancer) {
      settings.balancer = address;
    } else {
      settings.front_ends.front().listen = address;
    }
  }
  if (arguments.front_ends.size() > settings.front_ends.size()) {
    return fail(BaseError::invalid_argument, "more --front-end addresses than front ends");
  }
  for (std::size_t i = 0; i < arguments.front_ends.size(); ++i) {
    MW_TRY(settings.front_ends[i].listen, parse_listen(arguments.front_ends[i]));
  }
  if (!arguments.control.empty()) {
    MW_TRY(settings.control, parse_listen(arguments.control));
  }
  return settings;
}

std::string ready_line(const Reach& reach) {
  nlohmann::json front_ends = nlohmann::json::array();
  for (const auto& server : reach.front_ends) {
    front_ends.push_back({{"name", server.name}, {"address", server.address.text()}, {"url", server.url}});
  }
  nlohmann::json line{{"ready", true},
                      {"host", reach.host},
                      {"url", reach.url},
                      {"front_ends", front_ends},
                      {"control", reach.control},
                      {"ca", std::filesystem::absolute(reach.ca).string()}};
  if (reach.replay) {
    line["replay"] = {{"answers", reach.replay->answers},
                      {"operations", reach.replay->operations},
                      {"left_out", reach.replay->left_out.size()}};
  }
  if (reach.mail) line["mail"] = {{"messages", reach.mail->messages}, {"left_out", reach.mail->left_out}};
  return line.dump();
}

/// Every answer of some hundred kilobytes is made in several strings and freed again. Given back to the kernel each
/// time, they cost four times as much in page faults as in everything else (mallopt(3)).
void keep_freed_memory() {
  constexpr int kMiB = 1 << 20;
  mallopt(M_MMAP_THRESHOLD, 16 * kMiB);
  mallopt(M_TRIM_THRESHOLD, 256 * kMiB);
  mallopt(M_TOP_PAD, 16 * kMiB);
}

/// While mailboxes and mail are loaded there is nothing to put in order.
void leave_at_once(int) {
  _exit(0);
}

/// Until SIGTERM or SIGINT; blocked before any thread starts, so that only this one meets them.
int wait_for_signal(const sigset_t& signals) {
  int caught = 0;
  sigwait(&signals, &caught);
  return caught;
}

int run(const Arguments& arguments) {
  keep_freed_memory();
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  signal(SIGTERM, leave_at_once);
  signal(SIGINT, leave_at_once);
  signal(SIGPIPE, SIG_IGN);
  const auto report = [](const Error& error) {
    std::fprintf(stderr, "exchange-sim: %s\n", error.describe().c_str());
    if (!error.remedy().empty()) std::fprintf(stderr, "  %s\n", error.remedy().c_str());
    return 1;
  };
  auto settings = settings_of(arguments);
  if (!settings) return report(settings.error());
  const std::filesystem::path ready_file = settings->state / "ready.json";
  auto simulator = Simulator::load(*std::move(settings));
  if (!simulator) return report(simulator.error());
  // Only now is the folder ours.
  std::error_code ignored;
  std::filesystem::remove(ready_file, ignored);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  if (const auto served = (*simulator)->serve(); !served) return report(served.error());
  if (const auto& mail = (*simulator)->reach().mail; mail && mail->left_out > 0) {
    std::fprintf(stderr, "exchange-sim: %zu messages loaded, %zu left out, of these:\n", mail->messages,
                 mail->left_out);
    for (const std::string& each : mail->why) std::fprintf(stderr, "  %s\n", each.c_str());
  }
  if (const auto& replay = (*simulator)->reach().replay) {
    std::fprintf(stderr, "exchange-sim: %zu answers to %zu operations, %zu files left out%s\n", replay->answers,
                 replay->operations, replay->left_out.size(), replay->left_out.empty() ? "" : ", of these:");
    for (const auto& each : replay->left_out | std::views::take(kNamedFiles)) {
      std::fprintf(stderr, "  %s\n", each.c_str());
    }
  }
  const std::string line = ready_line((*simulator)->reach());
  if (auto written = write_file_durably(ready_file, line + "\n", 0644); !written) return report(written.error());
  std::printf("%s\n", line.c_str());
  std::fflush(stdout);
  wait_for_signal(signals);
  simulator->reset();
  std::filesystem::remove(ready_file, ignored);
  return 0;
}

}  // namespace
}  // namespace mailward::exchange_sim

int main(int argc, char** argv) {
  CLI::App app(
      "exchange-sim: plays an on-premises Exchange (EWS, sign-in, faults on demand) for tests and the demo.\n"
      "Prints one line of JSON when it is up (also in STATE/ready.json) and runs until SIGTERM or Ctrl-C.");
  mailward::exchange_sim::Arguments arguments;
  auto* config = app.add_option("--config", arguments.config, "a TOML file: exchange_sim/README.md shows one");
  auto* sample = app.add_flag("--sample", arguments.sample, "the built-in sample organisation");
  config->excludes(sample);
  app.add_option("--state", arguments.state, "folder for the CA, the certificates and ready.json");
  app.add_option("--listen", arguments.listen, "ADDRESS:PORT of the balancer, or of the only front end");
  app.add_option("--front-end", arguments.front_ends,
                 "ADDRESS:PORT of each front end, in their order; may be repeated");
  app.add_option("--mail", arguments.mail, "a folder of .eml files or an mbox, loaded into the mailboxes");
  auto* record =
      app.add_option("--record", arguments.record, "a folder in which every request and answer is kept as a file");
  app.add_option("--record-each", arguments.record_each, "of each operation keep only the first so many")
      ->needs(record)
      ->check(CLI::PositiveNumber);
  app.add_option("--replay", arguments.replay, "answers from such a folder (*.response.xml) in place of the store's");
  app.add_option("--schemas", arguments.schemas,
                 "a folder with Microsoft's messages.xsd and types.xsd: requests are held to their letter");
  app.add_option("--extended-protection", arguments.extended_protection,
                 "none, allow or require, in place of the configuration's (the sample requires it)")
      ->check(CLI::IsMember({"none", "allow", "require"}));
  app.add_option("--control", arguments.control, "ADDRESS:PORT of the control API (loopback; port 0: any free one)");
  app.footer(
      "In five minutes:\n"
      "  exchange-sim --sample --state sim --control 127.0.0.1:8440 --extended-protection allow\n"
      "                                     (allow: for clients without channel bindings, as curl is)\n"
      "  curl --cacert sim/ca.pem --ntlm -u 'EXAMPLE\\usera:Sample-Usera-1!' -H 'Content-Type: text/xml' \\\n"
      "       --data-binary @request.xml URL                       (URL: in the line that it printed)\n"
      "  curl -X PUT 127.0.0.1:8440/control/faults/server_busy -d '{\"milliseconds\": 5000}'\n"
      "  a browser at http://127.0.0.1:8440/: mailboxes, messages, what clients did, faults\n"
      "docs/exchange-sim.md tells the rest: accounts, configuration, control API, faults, record and replay.\n"
      "Exit codes: 0 stopped by a signal, 1 could not start, 2 wrong arguments.");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  if (arguments.config.empty() && !arguments.sample) {
    std::fprintf(stderr, "exchange-sim: give --config FILE or --sample (--help tells more)\n");
    return 2;
  }
  return mailward::exchange_sim::run(arguments);
}
