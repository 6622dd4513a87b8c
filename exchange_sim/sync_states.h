#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// What SyncFolderItems, SyncFolderHierarchy and notifications give their clients to keep: base64, opaque to them,
/// checked by us.
namespace mailward::exchange_sim {

enum class SyncKind { items, hierarchy };

/// Changes are told newest first: in the midst of that a client knows what is old and what is new, and not what stands
/// between them.
struct SyncState {
  SyncKind kind = SyncKind::items;
  std::string folder_id;     ///< whose state it is
  std::uint64_t change = 0;  ///< up to which the client knows
  std::uint64_t from = 0;    ///< beyond which it knows again …
  std::uint64_t until = 0;   ///< … up to there; both zero where it knows of nothing newer
};
std::string write_sync_state(const SyncState& state);
/// None where the text is malformed or the state is of another kind or folder.
std::optional<SyncState> read_sync_state(std::string_view text, SyncKind kind, std::string_view folder_id);

std::string write_watermark(std::uint64_t change);
std::optional<std::uint64_t> read_watermark(std::string_view text);

}  // namespace mailward::exchange_sim
