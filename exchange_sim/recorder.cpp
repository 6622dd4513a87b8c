#include "exchange_sim/recorder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>

#include "base/file.h"
#include "base/log.h"

namespace mailward::exchange_sim {

namespace fs = std::filesystem;

Result<std::unique_ptr<Recorder>> Recorder::open(const fs::path& folder, std::size_t most_of_each) {
  std::error_code error;
  // What is kept is mail: for nobody else, as far as the folder is made here.
  if (fs::create_directories(folder, error)) fs::permissions(folder, fs::perms::owner_all, error);
  fs::directory_iterator files(folder, error);
  if (error) return fail(BaseError::io, "conversations cannot be kept in " + folder.string() + ": " + error.message());
  std::uint64_t last = 0;
  for (const auto& each : files) {
    const std::string name = each.path().filename().string();
    std::uint64_t number = 0;
    std::from_chars(name.data(), name.data() + name.size(), number);
    last = std::max(last, number);
  }
  return std::unique_ptr<Recorder>(new Recorder(folder, last, most_of_each));
}

fs::path Recorder::keep(std::string_view operation, std::string_view request, std::string_view response) {
  const std::scoped_lock lock(mutex_);
  // What could not be read has no operation, or a name that is none of Exchange's.
  const bool plain = !operation.empty() && std::ranges::all_of(operation, [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
  });
  const std::string what(plain ? operation : "Unreadable");
  if (++kept_[what] > most_of_each_ && most_of_each_ > 0) return {};
  const std::string name = fmt::format("{:06}.{}", ++last_, what);
  append(folder_ / (name + ".request.xml"), request);
  fs::path file = folder_ / (name + ".response.xml");
  append(file, response);
  return file;
}

void Recorder::keep_more(const fs::path& file, std::string_view piece) {
  if (file.empty()) return;
  const std::scoped_lock lock(mutex_);
  append(file, piece);
}

void Recorder::append(const fs::path& file, std::string_view bytes) {
  if (failed_) return;
  const FileDescriptor out(::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600));
  while (out && !bytes.empty()) {
    const ssize_t wrote = ::write(out.get(), bytes.data(), bytes.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) break;
    bytes.remove_prefix(static_cast<std::size_t>(wrote));
  }
  if (out && bytes.empty()) return;
  failed_ = true;
  log::warn("recording_ended", {{"file", file.string()}});
}

}  // namespace mailward::exchange_sim
