#include "exchange_sim/store_ids.h"

#include <array>
#include <ctime>

#include "base/bytes.h"
#include "base/digest.h"

namespace mailward::exchange_sim {
namespace {

constexpr std::size_t kGuidAt = 4;
constexpr std::size_t kGuidSize = 36;
constexpr std::size_t kFolderTail = 42;
constexpr std::size_t kItemTail = 66;

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

constexpr std::size_t kEntryAt = kGuidAt + kGuidSize + 3;
constexpr std::size_t kItemEntrySize = 4 + kItemTail;
constexpr std::size_t kItemIdSize = kEntryAt + kItemEntrySize;
/// Of an occurrence: two bytes and a time stand before its master's entry id, and the last byte is another.
constexpr std::size_t kOccurrenceIdSize = kEntryAt + 11 + kItemEntrySize;
constexpr std::uint8_t kOccurrenceEnd = 0x10;
/// From the first day of year 1 to that of 1970, in .NET's ticks of 100 ns.
constexpr std::int64_t kTicksBefore1970 = 621'355'968'000'000'000;
constexpr std::size_t kKeySize = 30;
constexpr std::uint8_t kFolderMark = 0x01;
/// Between an item's id and the numbers of the attachments in it.
constexpr std::size_t kNumberSize = 16;
constexpr std::size_t kMostLevels = 16;

/// "CQAAAB…" of a message, "DwAAAB…" of an appointment, as recorded.
std::uint8_t mark_of(ItemKind kind) {
  switch (kind) {
    case ItemKind::calendar_item:
      return 0x0f;
    case ItemKind::contact:
      return 0x11;
    case ItemKind::distribution_list:
      return 0x12;
    case ItemKind::task:
      return 0x13;
    default:
      return 0x09;
  }
}

std::string key(std::uint8_t mark, std::string_view guid, std::uint64_t change) {
  Bytes raw{mark, 0x00, 0x00, 0x00, 0x16, 0x00, 0x00, 0x00};
  const Sha256 hash = sha256(as_bytes(guid));
  raw.insert(raw.end(), hash.begin(), hash.begin() + 14);
  for (int shift = 56; shift >= 0; shift -= 8) raw.push_back(static_cast<std::uint8_t>(change >> shift));
  return to_base64(raw);
}

}  // namespace

std::string make_change_key(ItemKind kind, std::string_view mailbox_guid, std::uint64_t change) {
  return key(mark_of(kind), mailbox_guid, change);
}

std::string make_folder_change_key(std::string_view mailbox_guid, std::uint64_t change) {
  return key(kFolderMark, mailbox_guid, change);
}

std::optional<std::uint64_t> change_of_key(std::string_view change_key) {
  if (change_key.size() > 1024) return std::nullopt;
  const auto raw = from_base64(change_key);
  if (!raw || raw->size() != kKeySize) return std::nullopt;
  std::uint64_t change = 0;
  for (std::size_t i = kKeySize - 8; i < kKeySize; ++i) change = change << 8 | (*raw)[i];
  return change;
}

std::string bare_change_key(ItemKind kind) {
  return to_base64(Bytes{mark_of(kind), 0, 0, 0});
}

std::string bare_folder_key() {
  return to_base64(Bytes{kFolderMark, 0, 0, 0});
}

std::string make_attachment_id(const AttachmentPlace& place) {
  Bytes raw = from_base64(place.item_id).value();
  raw.insert(raw.end(), {0x01, 0x00, 0x12, static_cast<std::uint8_t>(place.numbers.size()), 0x10, 0x00});
  for (const std::uint32_t number : place.numbers) {
    const Bytes cover = stretch(place.item_id + "/" + std::to_string(number), kNumberSize - 4);
    raw.insert(raw.end(), cover.begin(), cover.end());
    for (int shift = 24; shift >= 0; shift -= 8) raw.push_back(static_cast<std::uint8_t>(number >> shift));
  }
  return to_base64(raw);
}

std::optional<AttachmentPlace> read_attachment_id(std::string_view id) {
  if (id.size() > 1024) return std::nullopt;
  const auto raw = from_base64(id);
  constexpr std::size_t kHead = kItemIdSize + 6;
  if (!raw || raw->size() <= kHead || (raw->size() - kHead) % kNumberSize != 0) return std::nullopt;
  const std::size_t levels = (raw->size() - kHead) / kNumberSize;
  if (levels > kMostLevels) return std::nullopt;
  AttachmentPlace place;
  place.item_id = to_base64(BytesView(*raw).first(kItemIdSize));
  for (std::size_t level = 0; level < levels; ++level) {
    const std::size_t end = kHead + (level + 1) * kNumberSize;
    std::uint32_t number = 0;
    for (std::size_t i = end - 4; i < end; ++i) number = number << 8 | (*raw)[i];
    place.numbers.push_back(number);
  }
  return place;
}

std::string make_occurrence_id(std::string_view master_id, Timestamp original) {
  const Bytes master = from_base64(master_id).value();
  Bytes raw(master.begin(), master.begin() + kGuidAt + kGuidSize);
  raw.insert(raw.end(), {0x01, 11 + kItemEntrySize, 0x00, 0x00, 0x08});
  const auto ticks = static_cast<std::uint64_t>(to_micros(original) * 10 + kTicksBefore1970);
  for (int shift = 56; shift >= 0; shift -= 8) raw.push_back(static_cast<std::uint8_t>(ticks >> shift));
  raw.push_back(kItemEntrySize);
  raw.insert(raw.end(), master.begin() + kEntryAt, master.end());
  raw.back() ^= kOccurrenceEnd;
  return to_base64(raw);
}

std::optional<OccurrencePlace> read_occurrence_id(std::string_view id) {
  if (id.size() > 1024) return std::nullopt;
  const auto raw = from_base64(id);
  if (!raw || raw->size() != kOccurrenceIdSize || (*raw)[kGuidAt + kGuidSize] != 0x01) return std::nullopt;
  std::uint64_t ticks = 0;
  for (std::size_t i = kEntryAt + 2; i < kEntryAt + 10; ++i) ticks = ticks << 8 | (*raw)[i];
  Bytes master(raw->begin(), raw->begin() + kGuidAt + kGuidSize);
  master.insert(master.end(), {0x00, kItemEntrySize, 0x00});
  master.insert(master.end(), raw->begin() + kEntryAt + 11, raw->end());
  master.back() ^= kOccurrenceEnd;
  return OccurrencePlace{.master_id = to_base64(master),
                         .original = from_micros((static_cast<std::int64_t>(ticks) - kTicksBefore1970) / 10)};
}

std::optional<Bytes> entry_id_of(std::string_view id) {
  if (id.size() > 1024) return std::nullopt;
  const auto raw = from_base64(id);
  if (!raw || raw->size() <= kEntryAt || raw->size() != kEntryAt + (*raw)[kEntryAt - 2]) return std::nullopt;
  return Bytes(raw->begin() + kEntryAt, raw->end());
}

std::optional<std::string> entry_id_text(std::string_view id) {
  const auto entry = entry_id_of(id);
  if (!entry) return std::nullopt;
  return to_base64(*entry);
}

std::string store_entry_id(std::string_view smtp) {
  // Flags, the provider of wrapped stores, version and flag; the library; flags, the provider of mailboxes, their kind.
  Bytes raw = from_hex("0000000038a1bb1005e5101aa1bb08002b2a56c20000").value();
  const auto add_text = [&](std::string_view text) {
    raw.insert(raw.end(), text.begin(), text.end());
    raw.push_back(0);
  };
  add_text("EMSMDB.DLL");
  raw.insert(raw.end(), 3, 0);
  const Bytes inner = from_hex("000000001b55fa20aa6611cd9bc800aa002fc45a0c000000").value();
  raw.insert(raw.end(), inner.begin(), inner.end());
  const std::string_view name = smtp.substr(0, smtp.find('@'));
  add_text(make_guid(smtp) + std::string(smtp.substr(name.size())));
  add_text("/o=Example/ou=Exchange Administrative Group (FYDIBOHF23SPDLT)/cn=Recipients/cn=" + std::string(name));
  return to_base64(raw);
}

std::string id_of_entry(std::string_view mailbox_guid, BytesView entry) {
  Bytes raw{0x00, 0x03, 0x24, 0x00};
  const BytesView guid = as_bytes(mailbox_guid);
  raw.insert(raw.end(), guid.begin(), guid.end());
  raw.insert(raw.end(), {0x00, static_cast<std::uint8_t>(entry.size()), 0x00});
  raw.insert(raw.end(), entry.begin(), entry.end());
  return to_base64(raw);
}

std::string make_store_id(std::string_view mailbox_guid, StoreIdKind kind, std::string_view seed) {
  const std::uint8_t mark = kind == StoreIdKind::folder ? 0x2e : kind == StoreIdKind::item ? 0x46 : 0x10;
  Bytes raw{0x00, 0x03, 0x24, 0x00};
  const BytesView guid = as_bytes(mailbox_guid);
  raw.insert(raw.end(), guid.begin(), guid.end());
  raw.insert(raw.end(), {0x00, mark, 0x00, 0x00, 0x00, 0x00, 0x00});
  const std::size_t size = kind == StoreIdKind::item ? kItemTail : kind == StoreIdKind::folder ? kFolderTail : 12;
  const Bytes tail = stretch(seed, size);
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
  // strftime would leave out the noughts of a year before 1000.
  constexpr std::size_t kSeconds = 19;
  return format_timestamp(time).substr(0, kSeconds) + "Z";
}
std::string mime_date(Timestamp time) {
  return format_time(time, "%a, %d %b %Y %H:%M:%S +0000");
}
std::string http_date(Timestamp time) {
  return format_time(time, "%a, %d %b %Y %H:%M:%S GMT");
}

}  // namespace mailward::exchange_sim
