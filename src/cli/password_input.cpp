#include "cli/password_input.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include <fcntl.h>
#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include "base/file.h"

namespace mailward::cli {

namespace {

constexpr std::size_t kMaxBytes = 4096;
/// Between two pieces of one paste; nobody types a line that fast.
constexpr int kPasteGapMs = 30;
constexpr std::array kEnding{SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};

volatile std::sig_atomic_t g_caught = 0;

/// Exactly one, as Unix or Windows writes it.
std::string_view without_line_end(std::string_view text) {
  if (!text.ends_with('\n')) return text;
  text.remove_suffix(text.ends_with("\r\n") ? 2 : 1);
  return text;
}

void note_signal(int signal) {
  g_caught = signal;
}

/// The terminal without echo; put back at the end, also when a signal ends the typing: signals are noted, and raised
/// again once the terminal is as it was. They come only while it waits, so that none is missed just before.
class Unseen {
 public:
  explicit Unseen(int terminal) : terminal_(terminal) {
    g_caught = 0;
    sigset_t ending;
    sigemptyset(&ending);
    for (const int signal : kEnding) sigaddset(&ending, signal);
    pthread_sigmask(SIG_BLOCK, &ending, &mask_);
    struct sigaction action{};
    action.sa_handler = note_signal;
    sigemptyset(&action.sa_mask);
    for (std::size_t i = 0; i < kEnding.size(); ++i) sigaction(kEnding.at(i), &action, &before_.at(i));
    tcgetattr(terminal_, &shown_);
    hidden_ = shown_;
    hidden_.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    hidden_.c_lflag |= ECHONL;
    tcsetattr(terminal_, TCSAFLUSH, &hidden_);
  }
  ~Unseen() {
    tcsetattr(terminal_, TCSAFLUSH, &shown_);
    for (std::size_t i = 0; i < kEnding.size(); ++i) sigaction(kEnding.at(i), &before_.at(i), nullptr);
    pthread_sigmask(SIG_SETMASK, &mask_, nullptr);
    if (g_caught != 0) std::raise(g_caught);
  }
  Unseen(const Unseen&) = delete;
  Unseen& operator=(const Unseen&) = delete;

  /// Waits until something can be read. Errors: cancelled by a signal.
  Status wait() const {
    pollfd ready{.fd = terminal_, .events = POLLIN, .revents = 0};
    while (g_caught == 0 && ppoll(&ready, 1, nullptr, &mask_) < 0) {
    }
    return g_caught == 0 ? Status() : fail(BaseError::cancelled, "no password was typed");
  }

  /// Whether the line that was just read is the first of several: nobody types the next one that fast, it was pasted.
  /// From then on what follows can be read without its line end.
  bool more_was_pasted() {
    hidden_.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHONL);
    tcsetattr(terminal_, TCSANOW, &hidden_);
    pollfd ready{.fd = terminal_, .events = POLLIN, .revents = 0};
    return poll(&ready, 1, kPasteGapMs) > 0;
  }

 private:
  int terminal_;
  termios shown_{};
  termios hidden_{};
  sigset_t mask_{};
  std::array<struct sigaction, kEnding.size()> before_{};
};

void say(int terminal, const std::string& text) {
  // A terminal that does not take the question shows that by itself.
  [[maybe_unused]] const auto written = write(terminal, text.data(), text.size());
}

/// Until the end of the input; of a terminal, until the end of the line, and of the lines pasted with it.
Result<SecretString> read_all(int fd, Unseen* terminal, const std::string& what) {
  std::array<char, kMaxBytes + 1> buffer{};
  std::size_t size = 0;
  Status trouble;
  while (size < buffer.size()) {
    if (terminal != nullptr) trouble = terminal->wait();
    if (!trouble) break;
    const ssize_t got = read(fd, buffer.data() + size, buffer.size() - size);
    if (got < 0) {
      if (errno == EINTR) continue;
      trouble = fail(BaseError::io, what + ": " + std::strerror(errno));
      break;
    }
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
    if (terminal != nullptr && !terminal->more_was_pasted()) break;
  }
  if (trouble && size == buffer.size()) {
    trouble = fail(BaseError::limit_exceeded, what + " holds more than " + std::to_string(kMaxBytes) + " bytes");
  }
  std::string_view text(buffer.data(), size);
  text = without_line_end(text);
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
  Unseen unseen(terminal.get());
  return read_all(terminal.get(), &unseen, "the terminal");
}

}  // namespace

Result<std::optional<SecretString>> read_password(const PasswordSource& source, const std::string& question) {
  if (!source.file.empty()) {
    MW_TRY(const SecretString whole, read_secret_file(source.file, kMaxBytes));
    std::string_view text = whole.reveal();
    text = without_line_end(text);
    return SecretString(text);
  }
  if (source.fd >= 0) {
    MW_TRY(SecretString secret, read_all(source.fd, nullptr, "descriptor " + std::to_string(source.fd)));
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

Status agree_to_delete(const std::string& what, bool yes) {
  if (yes || confirm("Delete " + what + "?")) return {};
  return fail(Error(BaseError::cancelled, "nothing was deleted").with_remedy("say --yes in a script"));
}

}  // namespace mailward::cli
