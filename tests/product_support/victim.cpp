#include "tests/product_support/victim.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <sstream>
#include <stdexcept>

#include "tests/support/wait_until.h"

namespace mailward::testing {

bool kills_are_thorough() {
  return std::getenv("MAILWARD_LONG_KILLS") != nullptr;
}

std::vector<std::string> words_of(const char* variable) {
  std::vector<std::string> words;
  const char* text = std::getenv(variable);
  std::istringstream in(text != nullptr ? text : "");
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

Product::Options victims_options() {
  Product::Options options;
  const char* state = std::getenv("MAILWARD_KILL_STATE");
  if (state == nullptr) throw std::runtime_error("a victim is run by run_victim()");
  options.state_dir = state;
  const auto hosts = words_of("MAILWARD_KILL_HOSTS");
  for (std::size_t i = 0; i + 1 < hosts.size(); i += 2) options.hosts[hosts[i]].push_back(hosts[i + 1]);
  for (const std::string& port : words_of("MAILWARD_KILL_PORTS")) {
    options.ports.push_back(static_cast<std::uint16_t>(std::stoi(port)));
  }
  return options;
}

bool run_victim(Product& product, const Victim& victim) {
  product.close();
  std::string hosts;
  for (const auto& [name, addresses] : product.options().hosts) {
    for (const std::string& address : addresses) hosts += name + " " + address + " ";
  }
  std::string ports;
  for (const std::uint16_t port : product.options().ports) ports += std::to_string(port) + " ";
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe");
  const std::string shim = program.parent_path() / "kill_at.so";
  std::vector<std::string> command = victim.before;
  for (const std::string& word : {program.string(), std::string("--gtest_also_run_disabled_tests"),
                                  "--gtest_filter=" + victim.test, std::string("--gtest_brief=1")}) {
    command.push_back(word);
  }
  const pid_t child = fork();
  if (child == 0) {
    setenv("MAILWARD_KILL_STATE", product.folder().c_str(), 1);
    setenv("MAILWARD_KILL_HOSTS", hosts.c_str(), 1);
    setenv("MAILWARD_KILL_PORTS", ports.c_str(), 1);
    // The victim is not of this process's share of the tests.
    unsetenv("GTEST_TOTAL_SHARDS");
    unsetenv("GTEST_SHARD_INDEX");
    // Leaks cannot be looked for under strace, and the shim goes before the sanitizer's library.
    setenv("ASAN_OPTIONS", "detect_leaks=0:verify_asan_link_order=0", 1);
    if (!victim.kill.empty()) setenv("LD_PRELOAD", shim.c_str(), 1);
    for (const auto& [name, value] : victim.environment) setenv(name.c_str(), value.c_str(), 1);
    for (const auto& [name, value] : victim.kill) setenv(name.c_str(), value.c_str(), 1);
    std::vector<char*> argv;
    for (std::string& word : command) argv.push_back(word.data());
    argv.push_back(nullptr);
    execvp(argv[0], argv.data());
    _exit(127);
  }
  int status = 0;
  const bool ended = victim.span && wait_until([&] { return waitpid(child, &status, WNOHANG) == child; }, *victim.span);
  if (victim.span && !ended) kill(child, SIGKILL);
  if (!ended) waitpid(child, &status, 0);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return false;
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) return true;
  throw std::runtime_error("the victim failed by itself: " + std::to_string(status));
}

}  // namespace mailward::testing
