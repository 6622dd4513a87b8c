#include "secrets/master_key.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/digest.h"
#include "base/file.h"

namespace mailward::secrets {

namespace {

constexpr std::string_view kForm = "mailward-master-key-1 ";
constexpr std::size_t kKeySize = 32;
constexpr std::size_t kCheckDigits = 8;
constexpr std::size_t kTextSize = kForm.size() + 2 * kKeySize + 1 + kCheckDigits + 1;

Error io_error(const std::string& what, const std::filesystem::path& path, int code) {
  Error error(BaseError::io, "cannot " + what + " " + path.string() + ": " + std::strerror(code));
  if (code == ENOSPC || code == EDQUOT)
    return std::move(error).with_remedy("Make room on that disk; nothing was changed.");
  if (code == EROFS || code == EACCES || code == EPERM) {
    return std::move(error).with_remedy(
        "The service's user must be able to write in that folder, on a disk that is not read-only.");
  }
  return error;
}

SecretString text_of(const MasterKey& key) {
  std::string text(kForm);
  std::string digits = to_hex(key.bytes.reveal_bytes());
  text += digits;
  wipe(digits);
  text += " " + to_hex(sha256(as_bytes(text))).substr(0, kCheckDigits) + "\n";
  return SecretString::taken_from(text);
}

Status sync_folder_of(const std::filesystem::path& path) {
  const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  const FileDescriptor fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd || ::fsync(fd.get()) != 0) return fail(io_error("sync the folder of", path, errno));
  return {};
}

Status write_all(int fd, std::string_view text, const std::filesystem::path& path) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return fail(io_error("write", path, errno));
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  if (::fsync(fd) != 0) return fail(io_error("sync", path, errno));
  return {};
}

}  // namespace

Bytes MasterKey::id() const {
  const Sha256 digest = hmac_sha256(bytes.reveal_bytes(), as_bytes("mailward master key id 1"));
  return {digest.begin(), digest.begin() + 8};
}

MasterKey random_master_key() {
  Bytes bytes = random_bytes(kKeySize);
  MasterKey key{.bytes = SecretString(BytesView(bytes))};
  wipe(bytes);
  return key;
}

Result<std::optional<MasterKey>> read_master_key(const std::filesystem::path& path) {
  auto text = read_secret_file(path, 4096);
  if (!text && text.error().is(BaseError::not_found)) return std::nullopt;
  if (!text && text.error().is(BaseError::invalid_argument)) {
    return fail(Error(SecretsError::exposed_key_file, "the master key file " + text.error().message())
                    .with_remedy(text.error().remedy() + " (and think of who may have read it: mailward key rotate)"));
  }
  if (!text) return fail(std::move(text).error());
  const auto malformed = [&](std::string_view why) {
    return fail(
        Error(SecretsError::malformed_key_file, "the master key file " + path.string() + " " + std::string(why))
            .with_remedy("Restore the file from your copy of it. Do not make a new one: it would open nothing."));
  };
  const std::string_view all = text->reveal();
  if (!all.starts_with(kForm)) return malformed("is not a master key of this program");
  if (all.size() != kTextSize && all.size() != kTextSize - 1) return malformed("is cut off or too long");
  const std::string_view checked = all.substr(0, kForm.size() + 2 * kKeySize);
  const std::string_view check = all.substr(checked.size() + 1, kCheckDigits);
  if (to_hex(sha256(as_bytes(checked))).substr(0, kCheckDigits) != check)
    return malformed("is damaged: its checksum does not match");
  auto bytes = from_hex(checked.substr(kForm.size()));
  if (!bytes) return malformed("is damaged");
  MasterKey key{.bytes = SecretString(BytesView(*bytes))};
  wipe(*bytes);
  return key;
}

Status write_new_master_key(const std::filesystem::path& path, const MasterKey& key) {
  // Whole under another name first: link() then gives it its name, or fails where that name is taken.
  const std::filesystem::path part = path.string() + ".part-" + random_uuid();
  const FileDescriptor fd(::open(part.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600));
  if (!fd) return fail(io_error("create", path, errno));
  const SecretString text = text_of(key);
  Status done = write_all(fd.get(), text.reveal(), path);
  if (done && ::link(part.c_str(), path.c_str()) != 0) done = fail(io_error("create", path, errno));
  ::unlink(part.c_str());
  MW_CHECK(std::move(done));
  return sync_folder_of(path);
}

Status replace_master_key_file(const std::filesystem::path& from, const std::filesystem::path& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return fail(io_error("rename to", to, errno));
  return sync_folder_of(to);
}

}  // namespace mailward::secrets
