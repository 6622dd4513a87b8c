#include "bench/ews/peers.h"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "bench/processor_time.h"
#include "tests/support/loopback_address.h"
#include "tests/support/paths.h"

namespace mailward::bench {
namespace {

/// Runs a script of bench/ews/ that prints its figures as JSON; secrets go by the environment.
Measured run(const Server& server, const std::string& command) {
  setenv("REQUESTS_CA_BUNDLE", server.ca_file.c_str(), 1);
  setenv("SIM_USER", server.user.c_str(), 1);
  setenv("SIM_PASSWORD", server.password.c_str(), 1);
  const double before = program_time_ms("exchange-sim");
  const std::string line = "/usr/bin/python3 '" + (testing::source_dir() / "bench" / "ews").string() + "/" + command;
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(line.c_str(), "r"), pclose);
  std::string out;
  std::array<char, 4096> piece{};
  while (const std::size_t got = fread(piece.data(), 1, piece.size(), pipe.get())) out.append(piece.data(), got);
  const auto said = nlohmann::json::parse(out, nullptr, false);
  if (!said.is_object()) throw std::runtime_error("no figures from " + command + ": " + out);
  return {.done = said.at("done"),
          .bytes = said.at("bytes"),
          .wall_ms = said.at("wall_ms"),
          .client_ms = said.at("client_ms"),
          .server_ms = program_time_ms("exchange-sim") - before};
}

}  // namespace

Measured by_exchangelib(const Server& server, const std::string& what, const std::string& scheme, int connections,
                        double seconds) {
  setenv("SIM_SCHEME", scheme.c_str(), 1);
  setenv("SIM_CONNECTIONS", std::to_string(connections).c_str(), 1);
  return run(server, "exchangelib_load.py' " + what + " '" + server.url + "' " + std::to_string(seconds));
}

Measured by_davmail(const Server& server) {
  const testing::LoopbackAddress address;
  return run(server, "davmail_load.py' '" + server.url + "' '" + server.ca_file + "' " + address.text());
}

}  // namespace mailward::bench
