#include "exchange_sim/store_ids.h"

#include <array>
#include <ctime>

#include "base/bytes.h"
#include "base/digest.h"

namespace mailward::exchange_sim {
namespace {

constexpr std::size_t kGuidAt = 4;
constexpr std::size_t kGuidSize = 36;
constexpr std::size_t kFolderTail = 46;
constexpr std::size_t kItemTail = 70;

Bytes stretch(std::string_view seed, std::size_t count) {
  Bytes out;
  for (unsigned i = 0; out.size() < count; ++i) {
    const Sha256 piece = sha256(as_bytes(std::string(seed) + "/" + std::to_string(i)));
    out.insert(out.end(), piece.begin(), piece.end());
  }
  out.resize(count);
  return out;
}

std::string format_time(Timestamp time, const char* pattern) {
  const auto seconds = static_cast<std::time_t>(to_micros(time) / 1'000'000);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 64> text{};
  const std::size_t size = std::strftime(text.data(), text.size(), pattern, &parts);
  return {text.data(), size};
}

}  // namespace

std::string make_store_id(std::string_view mailbox_guid, StoreIdKind kind, std::string_view seed) {
  const std::uint8_t mark = kind == StoreIdKind::folder ? 0x2e : kind == StoreIdKind::item ? 0x46 : 0x10;
  Bytes raw{0x00, 0x03, 0x24, 0x00};
  const BytesView guid = as_bytes(mailbox_guid);
  raw.insert(raw.end(), guid.begin(), guid.end());
  raw.insert(raw.end(), {0x00, mark, 0x00, 0x00, 0x00, 0x00, 0x00});
  const Bytes tail = stretch(seed, kind == StoreIdKind::item ? kItemTail : kFolderTail);
  raw.insert(raw.end(), tail.begin(), tail.end());
  return to_base64(raw);
}

std::string make_change_key(std::string_view seed) {
  Bytes raw{0x01, 0x00, 0x00, 0x00, 0x16, 0x00, 0x00, 0x00};
  const Bytes tail = stretch(std::string("key/") + std::string(seed), 22);
  raw.insert(raw.end(), tail.begin(), tail.end());
  return to_base64(raw);
}

std::string make_guid(std::string_view seed) {
  Bytes raw = stretch(std::string("guid/") + std::string(seed), 16);
  raw[6] = static_cast<std::uint8_t>((raw[6] & 0x0f) | 0x40);
  raw[8] = static_cast<std::uint8_t>((raw[8] & 0x3f) | 0x80);
  const std::string hex = to_hex(raw);
  return hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" + hex.substr(16, 4) + "-" +
         hex.substr(20);
}

std::optional<std::string> mailbox_guid_of(std::string_view id) {
  if (id.size() > 1024) return std::nullopt;
  const auto raw = from_base64(id);
  if (!raw || raw->size() < kGuidAt + kGuidSize) return std::nullopt;
  return std::string(as_text(*raw).substr(kGuidAt, kGuidSize));
}

std::string ews_time(Timestamp time) {
  return format_time(time, "%Y-%m-%dT%H:%M:%SZ");
}
std::string mime_date(Timestamp time) {
  return format_time(time, "%a, %d %b %Y %H:%M:%S +0000");
}
std::string http_date(Timestamp time) {
  return format_time(time, "%a, %d %b %Y %H:%M:%S GMT");
}

}  // namespace mailward::exchange_sim
