#include "exchange_sim/replay.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <expected>

#include "base/file.h"
#include "exchange_sim/operations.h"

namespace mailward::exchange_sim {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kEnding = ".response.xml";
constexpr std::size_t kLargest = std::size_t{256} * 1024 * 1024;

bool is_letter(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0;
}

/// "000007.GetFolder.response.xml" → "GetFolder"; empty for any other name.
std::string operation_in_name(const std::string& name) {
  const auto digits = name.find_first_not_of("0123456789");
  if (digits == 0 || digits == std::string::npos || name[digits] != '.') return {};
  const std::string operation = name.substr(digits + 1, name.size() - digits - 1 - kEnding.size());
  return std::ranges::all_of(operation, is_letter) ? operation : std::string();
}

/// Of the first element whose name ends with "Response". Not by a parser: what is kept may be broken on purpose.
std::string operation_in_text(std::string_view text) {
  constexpr std::string_view kResponse = "Response";
  for (auto at = text.find('<'); at != std::string_view::npos; at = text.find('<', at + 1)) {
    std::string_view name = text.substr(at + 1, text.find_first_of(" \t\r\n/>", at + 1) - at - 1);
    if (const auto colon = name.find(':'); colon != std::string_view::npos) name.remove_prefix(colon + 1);
    if (name.ends_with(kResponse) && name.size() > kResponse.size() && std::ranges::all_of(name, is_letter)) {
      return std::string(name.substr(0, name.size() - kResponse.size()));
    }
  }
  return {};
}

/// What is in a regular file, or why it is no answer. A link may lead anywhere, a pipe waits for its writer.
std::expected<std::string, std::string> read_answer(const fs::path& file) {
  const FileDescriptor in(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!in) return std::unexpected(errno == ELOOP ? "it is a link" : std::generic_category().message(errno));
  struct stat facts{};
  if (fstat(in.get(), &facts) != 0 || !S_ISREG(facts.st_mode)) return std::unexpected("it is no regular file");
  if (facts.st_size == 0) return std::unexpected("it is empty");
  if (static_cast<std::size_t>(facts.st_size) > kLargest) return std::unexpected("it is larger than 256 MiB");
  std::string text(static_cast<std::size_t>(facts.st_size), '\0');
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t got = ::read(in.get(), text.data() + done, text.size() - done);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    done += static_cast<std::size_t>(got);
  }
  text.resize(done);
  return text;
}

/// Requests and answers of GetUserAvailability are named differently.
bool is_operation(const std::string& name) {
  return find_operation(name) != nullptr || find_operation(name + "Request") != nullptr || is_unserved_operation(name);
}

bool is_fault(std::string_view text) {
  return text.find("Fault>") != std::string_view::npos && operation_in_text(text).empty();
}

/// A few requests' elements are not their operation's name: GetUserAvailabilityRequest asks for GetUserAvailability.
std::string_view operation_of(std::string_view element) {
  constexpr std::string_view kRequest = "Request";
  if (element.ends_with(kRequest)) element.remove_suffix(kRequest.size());
  return element;
}

}  // namespace

Result<std::unique_ptr<Replay>> Replay::open(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code error;
  for (auto each = fs::recursive_directory_iterator(folder, error);
       !error && each != fs::recursive_directory_iterator(); each.increment(error)) {
    if (each->path().filename().string().ends_with(kEnding)) files.push_back(each->path());
  }
  std::ranges::sort(files);
  std::unique_ptr<Replay> replay(new Replay());
  for (const fs::path& file : files) {
    const auto text = read_answer(file);
    if (!text) {
      replay->left_out_.push_back(file.string() + ": " + text.error());
      continue;
    }
    std::string operation = operation_in_name(file.filename().string());
    if (operation.empty()) operation = operation_in_text(*text);
    if (is_operation(operation)) {
      replay->kept_[std::string(operation_of(operation))].files.push_back(file);
    } else {
      replay->left_out_.push_back(file.string() + ": it tells no operation of EWS");
    }
  }
  if (replay->kept_.empty()) {
    return fail(Error(BaseError::not_found, "no recorded answer (*.response.xml) in " + folder.string())
                    .with_remedy("make some with --record DIR"));
  }
  return replay;
}

std::optional<Replay::Answer> Replay::next(std::string_view element) {
  const std::string_view operation = operation_of(element);
  fs::path file;
  {
    const std::scoped_lock lock(mutex_);
    const auto found = kept_.find(operation);
    if (found == kept_.end()) return std::nullopt;
    Kept& kept = found->second;
    file = kept.files[kept.next++ % kept.files.size()];
  }
  Answer answer{.body = read_answer(file).value_or("")};
  if (is_fault(answer.body)) answer.status = 500;
  return answer;
}

std::size_t Replay::operations() const {
  const std::scoped_lock lock(mutex_);
  return kept_.size();
}

std::size_t Replay::answers() const {
  const std::scoped_lock lock(mutex_);
  std::size_t count = 0;
  for (const auto& [operation, kept] : kept_) count += kept.files.size();
  return count;
}

}  // namespace mailward::exchange_sim
