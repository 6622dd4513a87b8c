#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

namespace mailward::testing {

/// The real `mailward` at a terminal of its own, with a person who reads and types.
class TerminalSession {
 public:
  /// Throws std::runtime_error where there is no terminal to be had.
  explicit TerminalSession(const std::vector<std::string>& arguments);
  ~TerminalSession();
  TerminalSession(const TerminalSession&) = delete;
  TerminalSession& operator=(const TerminalSession&) = delete;

  /// Waits until that text appears after all that was seen so far.
  bool sees(std::string_view text, std::chrono::milliseconds limit = std::chrono::seconds(20));
  /// In one piece, as a paste comes; "\x03" is Ctrl-C.
  void type(std::string_view keys) const;
  /// Whether what is typed is shown.
  bool echoes() const;
  /// Waits until the program ends; its exit code (128 + the signal's number where one ended it), -1 where it does not.
  int await_end(std::chrono::milliseconds limit = std::chrono::seconds(20));
  /// All that was shown.
  const std::string& shown() const { return shown_; }

 private:
  void read_what_there_is(std::chrono::milliseconds wait);

  int person_ = -1;
  int terminal_ = -1;  ///< kept open, so that it outlives the program
  pid_t pid_ = -1;
  std::string shown_;
  std::size_t seen_ = 0;
};

}  // namespace mailward::testing
