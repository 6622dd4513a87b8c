#include "audit/head_file.h"

#include <algorithm>
#include <charconv>
#include <sstream>

#include "base/file.h"

namespace mailward::audit {

namespace {

constexpr std::string_view kForm = "mailward-audit-head-1";
constexpr std::string_view kPurpose = "head file";
constexpr std::size_t kMostBytes = 4096;
constexpr unsigned kMode = 0600;

std::string sealed_part(const HeadNote& note) {
  return std::string(kForm) + " " + std::to_string(note.head.number) + " " + to_hex(note.head.mac) + " " +
         std::to_string(to_micros(note.noted));
}

std::optional<std::int64_t> number_in(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 0) return std::nullopt;
  return number;
}

std::optional<Sha256> digest_in(std::string_view text) {
  const auto bytes = from_hex(text);
  Sha256 digest{};
  if (!bytes || bytes->size() != digest.size()) return std::nullopt;
  std::ranges::copy(*bytes, digest.begin());
  return digest;
}

}  // namespace

std::filesystem::path head_file_beside(const std::filesystem::path& master_key_file) {
  return master_key_file.string() + ".audit-head";
}

Result<std::optional<HeadNote>> read_head_file(const std::filesystem::path& file, const Trail& trail) {
  const auto text = read_file(file, kMostBytes);
  if (!text && text.error().is(BaseError::not_found)) return std::nullopt;
  const auto broken = [&](std::string_view why) {
    return fail(Error(AuditError::broken_head_file, file.string() + " " + std::string(why))
                    .with_remedy("keep it as it is and verify the trail against an anchor; only then move it away"));
  };
  if (!text && text.error().is(BaseError::limit_exceeded)) return broken("is no note of an audit trail's head");
  if (!text) return fail(text.error());
  std::istringstream words(*text);
  std::string form;
  std::string number;
  std::string mac;
  std::string noted;
  std::string seal;
  words >> form >> number >> mac >> noted >> seal;
  const auto head_number = number_in(number);
  const auto head_mac = digest_in(mac);
  const auto moment = number_in(noted);
  const auto stands = digest_in(seal);
  if (form != kForm || !head_number || !head_mac || !moment || !stands) {
    return broken("is no note of an audit trail's head, or a damaged one");
  }
  const HeadNote note{.head = {.number = *head_number, .mac = *head_mac}, .noted = from_micros(*moment)};
  if (!equal_digests(trail.seal_of(kPurpose, as_bytes(sealed_part(note))), *stands)) {
    return broken("was changed from outside, or belongs to another trail");
  }
  return note;
}

Status write_head_file(const std::filesystem::path& file, const HeadNote& note, const Trail& trail) {
  const std::string part = sealed_part(note);
  return write_file_durably(file, part + " " + to_hex(trail.seal_of(kPurpose, as_bytes(part))) + "\n", kMode);
}

}  // namespace mailward::audit
