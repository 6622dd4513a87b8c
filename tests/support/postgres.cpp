#include "tests/support/postgres.h"

#include <fcntl.h>
#include <grp.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <vector>

#include "tests/support/wait_until.h"

namespace mailward::testing {

namespace {

/// The newest server installed, where Debian puts it.
std::filesystem::path programs() {
  std::filesystem::path best;
  std::error_code none;
  for (const auto& version : std::filesystem::directory_iterator("/usr/lib/postgresql", none)) {
    const auto folder = version.path() / "bin";
    if (std::filesystem::exists(folder / "initdb") && folder > best) best = folder;
  }
  return best;
}

/// Starts a program as the user `postgres` where we are root, its output into `log`; it dies with the calling thread.
pid_t start(const std::vector<std::string>& command, const std::string& log) {
  const passwd* user = getuid() == 0 ? getpwnam("postgres") : nullptr;
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const pid_t child = fork();
  if (child != 0) return child;
  setpgid(0, 0);
  if (user != nullptr && (setgroups(0, nullptr) != 0 || setgid(user->pw_gid) != 0 || setuid(user->pw_uid) != 0))
    _exit(126);
  // After the change of user, which clears it.
  prctl(PR_SET_PDEATHSIG, SIGQUIT);
  const int out = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  dup2(out, 1);
  dup2(out, 2);
  close(0);
  for (int fd = 3; fd < 256; ++fd) close(fd);
  setenv("LC_ALL", "C", 1);
  execv(arguments[0], arguments.data());
  _exit(127);
}

std::string contents(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

using Connection = std::unique_ptr<PGconn, decltype(&PQfinish)>;

}  // namespace

bool postgres_installed() {
  return !programs().empty();
}

PostgresServer& PostgresServer::shared() {
  static PostgresServer server;
  return server;
}

PostgresServer::PostgresServer() {
  std::string pattern = std::filesystem::temp_directory_path() / "mailward-pg-XXXXXX";
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("cannot make a folder for PostgreSQL");
  folder_ = pattern;
  if (const passwd* user = getuid() == 0 ? getpwnam("postgres") : nullptr; user != nullptr) {
    if (chown(folder_.c_str(), user->pw_uid, user->pw_gid) != 0)
      throw std::runtime_error("cannot give the folder to postgres");
  }
  const std::string log = folder_ + "/log";
  const std::filesystem::path bin = programs();
  const pid_t init = start({bin / "initdb", "-D", folder_ + "/data", "-U", "postgres", "-A", "trust", "-E", "UTF8",
                            "--locale=C", "--no-sync"},
                           log);
  int status = 0;
  waitpid(init, &status, 0);
  if (status != 0) throw std::runtime_error("initdb failed: " + contents(log));
  pid_ = start({bin / "postgres", "-D", folder_ + "/data", "-k", folder_, "-c", "listen_addresses=", "-c", "fsync=off",
                "-c", "full_page_writes=off", "-c", "wal_level=minimal", "-c", "max_wal_senders=0", "-c",
                "max_connections=60", "-c", "shared_buffers=16MB"},
               log);
  const std::string probe = "host='" + folder_ + "' user=postgres dbname=postgres";
  bool ready = false;
  wait_until(
      [&] {
        ready = PQping(probe.c_str()) == PQPING_OK;
        return ready || waitpid(pid_, &status, WNOHANG) != 0;
      },
      std::chrono::seconds(30));
  if (!ready) throw std::runtime_error("PostgreSQL did not start: " + contents(log));
}

PostgresServer::~PostgresServer() {
  if (pid_ > 0) {
    kill(pid_, SIGQUIT);
    waitpid(pid_, nullptr, 0);
  }
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

std::string PostgresServer::fresh_database(const std::string& like) {
  const std::string name = "test_" + std::to_string(++count_);
  std::string command = "CREATE DATABASE " + name;
  if (!like.empty()) {
    const auto slash = like.rfind("/test_");
    command += " TEMPLATE " + like.substr(slash + 1, like.find('?') - slash - 1) + " STRATEGY FILE_COPY";
  }
  run_as_superuser(command);
  std::string host;
  for (const char c : folder_) host += c == '/' ? std::string("%2F") : std::string(1, c);
  return "postgresql://postgres@/" + name + "?host=" + host;
}

std::string PostgresServer::run_as_superuser(const std::string& sql, const std::string& url) {
  const std::string where = url.empty() ? "host='" + folder_ + "' user=postgres dbname=postgres" : url;
  const Connection connection(PQconnectdb(where.c_str()), PQfinish);
  const std::unique_ptr<PGresult, decltype(&PQclear)> answer(PQexec(connection.get(), sql.c_str()), PQclear);
  const ExecStatusType status = PQresultStatus(answer.get());
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
    throw std::runtime_error(std::string("PostgreSQL: ") + PQerrorMessage(connection.get()));
  }
  return PQntuples(answer.get()) > 0 && PQnfields(answer.get()) > 0 ? PQgetvalue(answer.get(), 0, 0) : "";
}

}  // namespace mailward::testing
