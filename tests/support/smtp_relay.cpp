#include "tests/support/smtp_relay.h"

#include <fstream>
#include <iterator>
#include <stdexcept>

#include "tests/support/wait_until.h"

namespace mailward::testing {

namespace {

std::string content_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Never seen half written.
void put(const std::filesystem::path& path, std::string_view text) {
  const std::filesystem::path part = path.string() + ".part";
  std::ofstream(part, std::ios::binary) << text;
  std::filesystem::rename(part, path);
}

}  // namespace

SmtpRelay::SmtpRelay(SmtpRelayOptions options) {
  const auto& dir = folder_.path();
  ca_.issue(options.certificate).write(dir, "relay");
  set_password(options.password);
  std::vector<std::string> command{"/usr/bin/python3",
                                   (source_dir() / "tests" / "support" / "smtp_relay.py").string(),
                                   "--dir",
                                   dir.string(),
                                   "--address",
                                   "127.0.0.1",
                                   "--cert",
                                   (dir / "relay.crt").string(),
                                   "--key",
                                   (dir / "relay.key").string()};
  if (options.implicit_tls) command.emplace_back("--implicit-tls");
  if (!options.starttls) command.emplace_back("--no-starttls");
  if (!options.user.empty()) command.insert(command.end(), {"--user", options.user});
  process_.start(command, {"PATH=/usr/bin:/bin", "PYTHONWARNINGS=ignore"}, dir / "log");
  wait_until([&] { return std::filesystem::exists(dir / "port") || !process_.running(); }, std::chrono::seconds(30));
  if (!std::filesystem::exists(dir / "port")) {
    const std::string log = content_of(dir / "log");
    process_.stop();
    throw std::runtime_error("the SMTP relay does not come up: " + log);
  }
  port_ = static_cast<std::uint16_t>(std::stoi(content_of(dir / "port")));
}

SmtpRelay::~SmtpRelay() {
  process_.stop();
}

void SmtpRelay::set_mood(std::string_view mood) const {
  put(folder_.path() / "mood", mood);
}

void SmtpRelay::set_password(std::string_view password) const {
  put(folder_.path() / "password", password);
}

std::vector<std::string> SmtpRelay::mails() const {
  std::vector<std::string> all;
  for (int number = 1;; ++number) {
    const auto path = folder_.path() / ("mail-" + std::to_string(number));
    if (!std::filesystem::exists(path)) return all;
    all.push_back(content_of(path));
  }
}

std::vector<std::string> SmtpRelay::lines_of(const char* file) const {
  std::vector<std::string> lines;
  std::ifstream input(folder_.path() / file);
  for (std::string line; std::getline(input, line);) lines.push_back(line);
  return lines;
}

std::vector<std::string> SmtpRelay::sign_ins() const {
  return lines_of("sign-ins");
}

std::size_t SmtpRelay::greetings() const {
  return lines_of("connections").size();
}

}  // namespace mailward::testing
