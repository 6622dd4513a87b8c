#include "cli/password_input.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include "base/file.h"

namespace mailward::cli {

namespace {

constexpr std::size_t kMaxBytes = 4096;
constexpr std::array kEnding{SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};

volatile std::sig_atomic_t g_caught = 0;

void note_signal(int signal) {
  g_caught = signal;
}

/// The terminal without echo; put back at the end, also when a signal ends the typing: signals are noted, and raised
/// again once the terminal is as it was.
class Unseen {
 public:
  explicit Unseen(int terminal) : terminal_(terminal) {
    g_caught = 0;
    struct sigaction action{};
    action.sa_handler = note_signal;  // without SA_RESTART: read() returns
    sigemptyset(&action.sa_mask);
    for (std::size_t i = 0; i < kEnding.size(); ++i) sigaction(kEnding.at(i), &action, &before_.at(i));
    tcgetattr(terminal_, &shown_);
    termios hidden = shown_;
    hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    hidden.c_lflag |= ECHONL;
    tcsetattr(terminal_, TCSAFLUSH, &hidden);
  }
  ~Unseen() {
    tcsetattr(terminal_, TCSAFLUSH, &shown_);
    for (std::size_t i = 0; i < kEnding.size(); ++i) sigaction(kEnding.at(i), &before_.at(i), nullptr);
    if (g_caught != 0) std::raise(g_caught);
  }
  Unseen(const Unseen&) = delete;
  Unseen& operator=(const Unseen&) = delete;

 private:
  int terminal_;
  termios shown_{};
  std::array<struct sigaction, kEnding.size()> before_{};
};

void say(int terminal, const std::string& text) {
  // A terminal that does not take the question shows that by itself.
  [[maybe_unused]] const auto written = write(terminal, text.data(), text.size());
}

/// Until the end of the input, or of the line where `one_line`.
Result<SecretString> read_all(int fd, bool one_line, const std::string& what) {
  std::array<char, kMaxBytes + 1> buffer{};
  std::size_t size = 0;
  Status trouble;
  while (size < buffer.size()) {
    const ssize_t got = read(fd, buffer.data() + size, one_line ? 1 : buffer.size() - size);
    if (got < 0) {
      if (errno == EINTR && !(one_line && g_caught != 0)) continue;
      trouble = errno == EINTR ? Status(fail(BaseError::cancelled, "no password was typed"))
                               : Status(fail(BaseError::io, what + ": " + std::strerror(errno)));
      break;
    }
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
    if (one_line && buffer.at(size - 1) == '\n') break;
  }
  if (trouble && size == buffer.size()) {
    trouble = fail(BaseError::limit_exceeded, what + " holds more than " + std::to_string(kMaxBytes) + " bytes");
  }
  std::string_view text(buffer.data(), size);
  if (text.ends_with('\n')) text.remove_suffix(1);
  SecretString secret(text);
  wipe(buffer.data(), buffer.size());
  MW_CHECK(trouble);
  return secret;
}

Result<SecretString> typed(const std::string& question) {
  const FileDescriptor terminal(open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY));
  if (!terminal) {
    return fail(Error(BaseError::io, "a password is needed, and there is no terminal to ask at")
                    .with_remedy("give it by --password-file FILE or --password-fd N"));
  }
  say(terminal.get(), question + ": ");
  const Unseen unseen(terminal.get());
  return read_all(terminal.get(), true, "the terminal");
}

}  // namespace

Result<std::optional<SecretString>> read_password(const PasswordSource& source, const std::string& question) {
  if (!source.file.empty()) {
    MW_TRY(const SecretString whole, read_secret_file(source.file, kMaxBytes));
    std::string_view text = whole.reveal();
    if (text.ends_with('\n')) text.remove_suffix(1);
    return SecretString(text);
  }
  if (source.fd >= 0) {
    MW_TRY(SecretString secret, read_all(source.fd, false, "descriptor " + std::to_string(source.fd)));
    return secret;
  }
  if (!source.prompt) return std::nullopt;
  MW_TRY(SecretString secret, typed(question));
  return secret;
}

bool person_present() {
  return isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1;
}

bool confirm(const std::string& question) {
  if (!person_present()) return false;
  say(STDERR_FILENO, question + " [y/N] ");
  std::array<char, 64> answer{};
  const ssize_t got = read(STDIN_FILENO, answer.data(), answer.size());
  return got > 0 && (answer[0] == 'y' || answer[0] == 'Y');
}

}  // namespace mailward::cli
