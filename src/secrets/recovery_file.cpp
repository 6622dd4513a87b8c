#include "secrets/recovery_file.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ranges>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/log.h"
#include "db/stored_setting.h"

namespace mailward::secrets {

namespace {

constexpr std::size_t kLargestFile = 64U << 20U;
constexpr std::size_t kLargestGeneration = 256;
constexpr std::string_view kSetting = "generation";
constexpr std::string_view kForm = "mailward-generation-1 ";
constexpr std::string_view kSubKey = "generation";

std::unexpected<Error> io_error(const std::filesystem::path& path, const char* doing) {
  const int code = errno;
  return fail(Error(BaseError::io, std::string(doing) + " " + path.string() + " failed: " + std::strerror(code))
                  .with_remedy(code == ENOSPC ? "make room on the disk that holds it"
                                              : "see that the service's user may write there"));
}

constexpr std::array<std::pair<RecoveryFate, std::string_view>, 3> kMarks{{
    {RecoveryFate::committed, "committed"},
    {RecoveryFate::taken, "taken"},
    {RecoveryFate::dropped, "dropped"},
}};

/// Takes the line for a mark, and notes it at its entry. False where it is none.
bool take_mark(std::string_view line, std::vector<RecoveryEntry>& entries) {
  const auto json = nlohmann::json::parse(line, nullptr, false);
  if (!json.is_object() || !json.contains("mark")) return false;
  try {
    const std::string name = json.at("mark");
    const std::string owner = json.at("owner");
    const std::int64_t number = json.at("number");
    const auto* const mark = std::ranges::find(kMarks, name, &std::pair<RecoveryFate, std::string_view>::second);
    if (json.at("form") != 1 || mark == kMarks.end()) return false;
    for (RecoveryEntry& entry : std::views::reverse(entries)) {
      if (entry.owner != owner || entry.number != number) continue;
      entry.fate = mark->first;
      break;
    }
    return true;
  } catch (const nlohmann::json::exception&) {
    return false;
  }
}

std::string line_of(const RecoveryEntry& entry) {
  const nlohmann::ordered_json json{{"form", 1},
                                    {"at", format_timestamp_exactly(entry.at)},
                                    {"generation", entry.generation},
                                    {"kind", entry.kind},
                                    {"owner", entry.owner},
                                    {"name", entry.name},
                                    {"number", entry.number},
                                    {"key", entry.key_id},
                                    {"sealed", to_hex(entry.sealed)}};
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

std::optional<RecoveryEntry> entry_of(std::string_view line) {
  const auto json = nlohmann::json::parse(line, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  try {
    if (json.at("form") != 1) return std::nullopt;
    const auto at = parse_timestamp(json.at("at").get<std::string>());
    auto sealed = from_hex(json.at("sealed").get<std::string>());
    if (!at || !sealed) return std::nullopt;
    return RecoveryEntry{.at = *at,
                         .generation = json.at("generation"),
                         .kind = json.at("kind"),
                         .owner = json.at("owner"),
                         .name = json.at("name"),
                         .number = json.at("number"),
                         .key_id = json.at("key"),
                         .sealed = *std::move(sealed)};
  } catch (const nlohmann::json::exception&) {
    return std::nullopt;
  }
}

/// A file that is new is durable only with its folder.
Status sync_folder(const std::filesystem::path& file) {
  const FileDescriptor folder(::open(file.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder || fsync(folder.get()) != 0) return io_error(file.parent_path(), "syncing");
  return {};
}

}  // namespace

Status RecoveryFile::append(const RecoveryEntry& entry) {
  return append_line(line_of(entry));
}

Status RecoveryFile::mark(std::string_view owner, std::int64_t number, RecoveryFate fate, Timestamp at) {
  const auto* const name = std::ranges::find(kMarks, fate, &std::pair<RecoveryFate, std::string_view>::first);
  const nlohmann::ordered_json json{{"form", 1},
                                    {"at", format_timestamp_exactly(at)},
                                    {"mark", name == kMarks.end() ? "" : name->second},
                                    {"owner", owner},
                                    {"number", number}};
  return append_line(json.dump() + "\n");
}

Status RecoveryFile::append_line(std::string line) {
  const std::scoped_lock lock(mutex_);
  const FileDescriptor file(::open(path_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (!file) return io_error(path_, "opening");
  struct stat about{};
  if (fstat(file.get(), &about) != 0) return io_error(path_, "looking at");
  // What a crash cut short ends here, so that this entry has a line of its own.
  char last = '\n';
  if (about.st_size > 0 && pread(file.get(), &last, 1, about.st_size - 1) != 1) return io_error(path_, "reading");
  if (last != '\n') line.insert(line.begin(), '\n');
  std::string_view rest = line;
  while (!rest.empty()) {
    const ssize_t written = write(file.get(), rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return io_error(path_, "writing");
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
  if (fdatasync(file.get()) != 0) return io_error(path_, "syncing");
  return about.st_size == 0 ? sync_folder(path_) : Status();
}

Result<std::vector<RecoveryEntry>> RecoveryFile::read() const {
  std::vector<RecoveryEntry> entries;
  const auto text = read_file(path_, kLargestFile);
  if (!text && text.error().is(BaseError::not_found)) return entries;
  if (!text) return fail(text.error());
  std::string_view rest = *text;
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    if (line.empty()) continue;
    if (auto entry = entry_of(line)) {
      entries.push_back(*std::move(entry));
    } else if (!take_mark(line, entries)) {
      log::warn("a line of the recovery file cannot be read", {{"file", path_.string()}});
    }
  }
  return entries;
}

Result<std::int64_t> GenerationFile::of(db::Session& session) {
  MW_TRY(const auto text, db::stored_setting(session, kSetting));
  if (!text) return std::int64_t{0};
  try {
    return std::stoll(*text);
  } catch (const std::exception&) {
    return fail(BaseError::malformed, "the database's generation is no number");
  }
}

Result<std::int64_t> GenerationFile::raise(db::Transaction& tx) {
  MW_TRY(const std::int64_t stands, of(tx));
  MW_CHECK(db::store_setting(tx, kSetting, std::to_string(stands + 1)));
  return stands + 1;
}

Result<std::string> GenerationFile::mac(std::int64_t generation) const {
  MW_TRY(const Sha256 digest, keyring_.keyed_hash(kSubKey, as_bytes(std::to_string(generation))));
  return to_hex(digest);
}

Result<std::optional<std::int64_t>> GenerationFile::read() const {
  const auto text = read_file(path_, kLargestGeneration);
  if (!text && text.error().is(BaseError::not_found)) return std::nullopt;
  if (!text) return fail(text.error());
  std::int64_t generation = -1;
  try {
    if (text->starts_with(kForm)) generation = std::stoll(text->substr(kForm.size()));
  } catch (const std::exception&) {
    generation = -1;
  }
  MW_TRY(const std::string expected, mac(generation));
  if (generation >= 0 && *text == std::string(kForm) + std::to_string(generation) + " " + expected + "\n") {
    return generation;
  }
  return fail(Error(SecretsError::cannot_open, "the file " + path_.string() + " is not the one that was written here")
                  .with_remedy("put back the one that belongs to this database and master key"));
}

Status GenerationFile::note(std::int64_t generation) {
  const std::scoped_lock lock(mutex_);
  MW_TRY(const auto stands, read());
  if (stands && *stands >= generation) return {};
  MW_TRY(const std::string seal, mac(generation));
  return write_file_durably(path_, std::string(kForm) + std::to_string(generation) + " " + seal + "\n",
                            S_IRUSR | S_IWUSR);
}

}  // namespace mailward::secrets
