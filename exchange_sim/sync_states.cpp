#include "exchange_sim/sync_states.h"

#include "base/bytes.h"
#include "base/digest.h"

namespace mailward::exchange_sim {
namespace {

constexpr std::uint8_t kVersion = 2;
constexpr std::size_t kFolderMark = 12;
constexpr std::size_t kCheck = 6;
constexpr std::size_t kNumber = 8;

void append_number(Bytes& out, std::uint64_t number) {
  for (int shift = 56; shift >= 0; shift -= 8) out.push_back(static_cast<std::uint8_t>(number >> shift));
}

std::uint64_t number_at(const Bytes& raw, std::size_t at) {
  std::uint64_t number = 0;
  for (std::size_t i = at; i < at + kNumber; ++i) number = number << 8 | raw[i];
  return number;
}

/// What stands before it, sealed: a state that was changed by hand is no state.
std::string sealed(Bytes raw) {
  const Sha256 hash = sha256(raw);
  raw.insert(raw.end(), hash.begin(), hash.begin() + kCheck);
  return to_base64(raw);
}

std::optional<Bytes> opened(std::string_view text, std::size_t size) {
  if (text.size() > 1024) return std::nullopt;
  auto raw = from_base64(text);
  if (!raw || raw->size() != size + kCheck) return std::nullopt;
  const Sha256 hash = sha256(BytesView(*raw).first(size));
  for (std::size_t i = 0; i < kCheck; ++i) {
    if ((*raw)[size + i] != hash.at(i)) return std::nullopt;
  }
  raw->resize(size);
  return *std::move(raw);
}

Bytes head_of(SyncKind kind, std::string_view folder_id) {
  Bytes raw{0x48, 0x34, kVersion, kind == SyncKind::items ? std::uint8_t{1} : std::uint8_t{2}};
  const Sha256 folder = sha256(as_bytes(folder_id));
  raw.insert(raw.end(), folder.begin(), folder.begin() + kFolderMark);
  return raw;
}

}  // namespace

std::string write_sync_state(const SyncState& state) {
  Bytes raw = head_of(state.kind, state.folder_id);
  for (const std::uint64_t number : {state.change, state.from, state.until}) append_number(raw, number);
  return sealed(std::move(raw));
}

std::optional<SyncState> read_sync_state(std::string_view text, SyncKind kind, std::string_view folder_id) {
  const Bytes head = head_of(kind, folder_id);
  const auto raw = opened(text, head.size() + 3 * kNumber);
  if (!raw || !std::equal(head.begin(), head.end(), raw->begin())) return std::nullopt;
  return SyncState{.kind = kind,
                   .folder_id = std::string(folder_id),
                   .change = number_at(*raw, head.size()),
                   .from = number_at(*raw, head.size() + kNumber),
                   .until = number_at(*raw, head.size() + 2 * kNumber)};
}

std::string write_watermark(std::uint64_t change) {
  Bytes raw{0x01, 0x00, 0x00, 0x00};
  append_number(raw, change);
  return sealed(std::move(raw));
}

std::optional<std::uint64_t> read_watermark(std::string_view text) {
  constexpr std::size_t kHead = 4;
  const auto raw = opened(text, kHead + kNumber);
  if (!raw) return std::nullopt;
  return number_at(*raw, kHead);
}

}  // namespace mailward::exchange_sim
