#include "app/backup.h"

#include <cstring>
#include <system_error>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "app/service.h"
#include "base/digest.h"
#include "base/file.h"
#include "db/database.h"

namespace mailward::app {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kSqlite = "sqlite:";
constexpr std::string_view kManifest = "manifest.json";
constexpr std::size_t kLargest = 64U << 20U;
constexpr std::size_t kLargestManifest = 64U << 10U;
constexpr unsigned kMode = S_IRUSR | S_IWUSR;

/// A file of the state that is copied, under the name that it has in the copy.
struct Part {
  const char* name;
  fs::path place;
};

std::optional<fs::path> sqlite_file(const Configuration& configuration) {
  const std::string_view url = configuration.database_url;
  if (!url.starts_with(kSqlite)) return std::nullopt;
  return fs::path(url.substr(kSqlite.size()));
}

std::vector<Part> small_parts(const Configuration& configuration) {
  return {{"recovery.log", configuration.state_dir / "recovery.log"},
          {"generation", configuration.state_dir / "generation"},
          {"audit-head", configuration.audit_head_file}};
}

std::unexpected<Error> io_error(const fs::path& file, const char* doing) {
  return fail(Error(BaseError::io, std::string(doing) + " " + file.string() + " failed: " + std::strerror(errno))
                  .with_remedy("see that there is room, and that this user may read and write there"));
}

/// Mapped, not read: a database may be larger than memory.
Result<std::string> hash_of(const fs::path& file) {
  const FileDescriptor opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat about{};
  if (!opened || fstat(opened.get(), &about) != 0) return io_error(file, "reading");
  const auto size = static_cast<std::size_t>(about.st_size);
  if (size == 0) return to_hex(sha256({}));
  void* mapped = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, opened.get(), 0);
  if (mapped == MAP_FAILED) return io_error(file, "reading");
  std::string hash = to_hex(sha256({static_cast<const std::uint8_t*>(mapped), size}));
  munmap(mapped, size);
  return hash;
}

/// The one that what is written shall belong to.
struct Owner {
  uid_t user;
  gid_t group;
};

/// Root gives what it restores back to whom the folder belongs: the service runs as that user. Nobody where the folder
/// is root's, or this is not root.
std::optional<Owner> owner_to_be(const fs::path& folder) {
  struct stat about{};
  if (::geteuid() != 0 || ::stat(folder.c_str(), &about) != 0 || about.st_uid == 0) return std::nullopt;
  return Owner{about.st_uid, about.st_gid};
}

/// Whole or not at all, and durable. A part that an earlier try has left, or a link that somebody put there, is not
/// written through.
Status copy_durably(const fs::path& from, const fs::path& to, const std::optional<Owner>& owner = std::nullopt) {
  const fs::path part = to.string() + ".part";
  std::error_code error;
  fs::remove(part, error);
  fs::copy_file(from, part, error);
  if (error) {
    return fail(Error(BaseError::io, "copying " + from.string() + " failed: " + error.message())
                    .with_remedy("see that there is room, and that this user may read and write there"));
  }
  const FileDescriptor copied(::open(part.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!copied || fchmod(copied.get(), kMode) != 0) return io_error(part, "making");
  if (owner && fchown(copied.get(), owner->user, owner->group) != 0) return io_error(part, "giving away");
  if (fsync(copied.get()) != 0) return io_error(part, "syncing");
  if (::rename(part.c_str(), to.c_str()) != 0) return io_error(to, "making");
  const FileDescriptor folder(::open(to.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return folder && fsync(folder.get()) == 0 ? Status() : io_error(to.parent_path(), "syncing");
}

std::unexpected<Error> cannot_make(const fs::path& folder, const std::string& why) {
  return fail(Error(BaseError::io, "the folder " + folder.string() + " cannot be made: " + why)
                  .with_remedy("name one that is not there yet, in a folder that may be written to"));
}

/// The first number after the form's name, a generation or a number of audit entries; 0 for what is no such file.
std::int64_t number_in(const std::string& text) {
  const std::size_t space = text.find(' ');
  try {
    return space == std::string::npos ? 0 : std::stoll(text.substr(space + 1));
  } catch (const std::exception&) {
    return 0;
  }
}

/// Whether what stands there must stay: it knows more than the copy.
Result<bool> knows_more(const Part& part, const fs::path& copied) {
  std::error_code error;
  if (!fs::exists(part.place, error)) return false;
  MW_TRY(const std::string there, read_file(part.place, kLargest));
  MW_TRY(const std::string here, read_file(copied, kLargest));
  if (there == here) return true;
  const std::string_view name = part.name;
  // A head that is ahead of the restored trail says that entries are gone: that is what it is for.
  if (name == "generation" || name == "audit-head") return number_in(there) > number_in(here);
  return there.starts_with(here) || (name == "recovery.log" && !here.starts_with(there));
}

/// Before anything is made: where the database is not, nothing can be copied.
Status check_database_is_there(const Configuration& configuration) {
  const auto database = sqlite_file(configuration);
  std::error_code error;
  if (!database || fs::exists(*database, error) || error) return {};
  return fail(Error(db::DbError::cannot_connect, "there is no database at " + database->string())
                  .with_remedy("say where the service keeps it: --state-dir DIR, or its configuration: --config FILE"));
}

/// Neither a database may stand there, nor what SQLite would play back over the one that is put there.
Status check_no_database(const fs::path& database) {
  std::error_code error;
  if (fs::exists(database, error)) {
    return fail(Error(BaseError::invalid_argument, "a database stands there: " + database.string())
                    .with_remedy("stop the service and move it away, with its -wal and -shm; the recovery file and the "
                                 "generation file stay where they are"));
  }
  for (const char* suffix : {"-wal", "-shm", "-journal"}) {
    const fs::path left = database.string() + suffix;
    if (!fs::exists(fs::symlink_status(left, error))) continue;
    return fail(Error(BaseError::invalid_argument, "a database that stood there has left " + left.string() +
                                                       ", which would be played back over the restored one")
                    .with_remedy("see that no service runs, and move it away to where its database is"));
  }
  return {};
}

/// The files of a backup, into a folder that is there and empty; the manifest last.
Status fill(const Configuration& configuration, const std::string& config_file, const fs::path& folder,
            const Clock& clock, CopyReport& report) {
  std::error_code error;
  nlohmann::ordered_json files = nlohmann::ordered_json::object();
  const auto add = [&](const std::string& name) -> Status {
    MW_TRY(const std::string hash, hash_of(folder / name));
    files[name] = hash;
    report.files.push_back({name, "SHA-256 " + hash});
    return {};
  };
  if (sqlite_file(configuration)) {
    MW_TRY(const auto database, db::Database::open({.url = configuration.database_url}, db::OpenAs::guest, clock));
    MW_CHECK(database->copy_to(folder / "mailward.db"));
    MW_CHECK(add("mailward.db"));
  } else {
    report.notes.emplace_back(
        "The database is PostgreSQL's: copy it before anything else changes, with pg_dump --format=custom.");
  }
  for (const Part& part : small_parts(configuration)) {
    if (!fs::exists(part.place, error)) continue;
    MW_CHECK(copy_durably(part.place, folder / part.name));
    MW_CHECK(add(part.name));
  }
  if (!config_file.empty()) {
    MW_CHECK(copy_durably(config_file, folder / "mailward.toml"));
    MW_CHECK(add("mailward.toml"));
  }
  const nlohmann::ordered_json manifest{
      {"form", "mailward-backup-1"}, {"made", format_timestamp(clock.now())}, {"version", kVersion}, {"files", files}};
  return write_file_durably(folder / kManifest, manifest.dump(2) + "\n", kMode);
}

}  // namespace

std::string CopyReport::text() const {
  std::string all;
  for (const File& one : files) all += "  " + one.name + "  " + one.what + "\n";
  for (const std::string& one : notes) all += one + "\n";
  return all;
}

std::string CopyReport::json() const {
  nlohmann::ordered_json json{{"files", nlohmann::ordered_json::array()}, {"notes", notes}};
  for (const File& one : files) json["files"].push_back({{"name", one.name}, {"what", one.what}});
  return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

Result<CopyReport> make_backup(const Configuration& configuration, const std::string& config_file,
                               const fs::path& folder, const Clock& clock) {
  MW_CHECK(check_database_is_there(configuration));
  std::error_code error;
  if (!fs::create_directory(folder, error) || error) {
    return cannot_make(folder, error ? error.message() : std::string("it is there already"));
  }
  fs::permissions(folder, fs::perms::owner_all, error);
  CopyReport report;
  if (Status filled = fill(configuration, config_file, folder, clock, report); !filled) {
    // All in it was made here; half a backup would only be in the way of the next one.
    fs::remove_all(folder, error);
    return std::unexpected(std::move(filled).error());
  }
  report.notes.push_back("The master key (" + configuration.master_key_file.string() +
                         ") is not in it: nothing opens without it. Keep a copy of it elsewhere.");
  return report;
}

Result<CopyReport> restore_backup(const Configuration& configuration, const fs::path& folder) {
  const auto text = read_file(folder / kManifest, kLargestManifest);
  if (!text) {
    return fail(Error(BaseError::invalid_argument, folder.string() + " holds no manifest: it is no backup")
                    .with_remedy("name the folder that mailward backup has made")
                    .caused_by(text.error()));
  }
  const auto manifest = nlohmann::json::parse(*text, nullptr, false);
  const bool whole = manifest.is_object() && manifest.value("form", "") == "mailward-backup-1" &&
                     manifest.contains("files") && manifest["files"].is_object();
  if (!whole) return fail(BaseError::malformed, "the manifest in " + folder.string() + " cannot be read");
  // Every hash first: nothing is put in place of a copy that was damaged.
  for (const auto& [name, hash] : manifest["files"].items()) {
    if (name.find('/') != std::string::npos || !hash.is_string()) {
      return fail(BaseError::malformed, "the manifest names a file that cannot be one of a backup");
    }
    MW_TRY(const std::string found, hash_of(folder / name));
    if (found != hash.get<std::string>()) {
      return fail(Error(BaseError::malformed, "the file " + name + " in the backup was damaged or changed")
                      .with_remedy("take another backup; nothing was restored"));
    }
  }
  const auto has = [&](const char* name) { return manifest["files"].contains(name); };
  std::error_code error;
  const auto database = sqlite_file(configuration);
  if (database) MW_CHECK(check_no_database(*database));
  fs::create_directories(configuration.state_dir, error);
  if (error) return cannot_make(configuration.state_dir, error.message());
  fs::permissions(configuration.state_dir, fs::perms::owner_all, error);
  const std::optional<Owner> owner = owner_to_be(configuration.state_dir);
  CopyReport report;
  for (const Part& part : small_parts(configuration)) {
    if (!has(part.name)) continue;
    MW_TRY(const bool stays, knows_more(part, folder / part.name));
    if (stays) {
      report.files.push_back({part.name, "left as it is: it knows as much as the copy, or more"});
      continue;
    }
    MW_CHECK(copy_durably(folder / part.name, part.place, owner));
    report.files.push_back({part.name, "restored"});
  }
  if (has("mailward.toml")) {
    const fs::path beside = configuration.state_dir / "mailward.toml.restored";
    MW_CHECK(copy_durably(folder / "mailward.toml", beside, owner));
    report.files.push_back({"mailward.toml", "restored as " + beside.string()});
  }
  // Last, so that a kill before it leaves no database, and the restore can be repeated.
  if (database && has("mailward.db")) {
    MW_CHECK(copy_durably(folder / "mailward.db", *database, owner));
    report.files.push_back({"mailward.db", "restored"});
  }
  if (!owner && ::geteuid() == 0) {
    report.notes.push_back(
        "What was restored belongs to root: where the service runs as another user, give it to that "
        "one: chown -R USER: " +
        configuration.state_dir.string());
  }
  if (!fs::exists(configuration.master_key_file, error)) {
    report.notes.push_back("Put the master key into " + configuration.master_key_file.string() +
                           " (mode 0600) before the service is started.");
  }
  return report;
}

}  // namespace mailward::app
