#pragma once

namespace mailward::cli {

/// What the program ends with. docs/exit-codes.md and `mailward --help` list them.
enum class ExitCode {
  ok = 0,             ///< done; of a test: healthy
  error = 1,          ///< refused or failed; the message says why
  usage = 2,          ///< the command line cannot be understood
  not_healthy = 3,    ///< the tested connection does not work
  degraded = 4,       ///< the tested connection works, not as it should
  unreachable = 5,    ///< the service does not answer on its socket
  configuration = 6,  ///< the configuration does not hold
  database = 7,  ///< the database cannot be used: newer, in use by another service, read-only, full, damaged; lock lost
  master_key = 8,     ///< the master key is lost, damaged or another one
  socket = 9,         ///< the socket cannot be listened on: another program does, or its folder is not fit
  not_intact = 10,    ///< the audit trail was tampered with
  interrupted = 130,  ///< Ctrl-C or SIGTERM: the run was asked to end
};

constexpr int value_of(ExitCode code) {
  return static_cast<int>(code);
}

}  // namespace mailward::cli
