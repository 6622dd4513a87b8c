#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "exchange_sim/field_table.h"

/// Identifiers in the outward form of Exchange's: base64, the mailbox's GUID as text near the beginning, the rest
/// opaque.
namespace mailward::exchange_sim {

enum class StoreIdKind { folder, item, conversation };

/// Deterministic: the same mailbox, kind and seed give the same id.
std::string make_store_id(std::string_view mailbox_guid, StoreIdKind kind, std::string_view seed);
/// A GUID made from text.
std::string make_guid(std::string_view seed);
/// The mailbox GUID in an id; none where it is not of our making.
std::optional<std::string> mailbox_guid_of(std::string_view id);

/// A change key holds the number of the change: equal keys are the same version.
std::string make_change_key(ItemKind kind, std::string_view mailbox_guid, std::uint64_t change);
std::string make_folder_change_key(std::string_view mailbox_guid, std::uint64_t change);
/// Its number; none where it is bare or no change key.
std::optional<std::uint64_t> change_of_key(std::string_view change_key);
/// The kind's mark alone, as events and parent folders have it: "CQAAAA==".
std::string bare_change_key(ItemKind kind);
std::string bare_folder_key();

/// An attachment's id: its item's, and a number for each level of attachments it lies in.
struct AttachmentPlace {
  std::string item_id;
  std::vector<std::uint32_t> numbers;
};
std::string make_attachment_id(const AttachmentPlace& place);
std::optional<AttachmentPlace> read_attachment_id(std::string_view id);

/// An occurrence's id: its master's, and when it would have begun by the series.
struct OccurrencePlace {
  std::string master_id;
  Timestamp original{};
};
std::string make_occurrence_id(std::string_view master_id, Timestamp original);
std::optional<OccurrencePlace> read_occurrence_id(std::string_view id);

/// What MAPI calls the entry id of a folder or item, within its id; none for what is no such id.
std::optional<Bytes> entry_id_of(std::string_view id);
std::string id_of_entry(std::string_view mailbox_guid, BytesView entry);
/// PidTagEntryId, as properties and ConvertId's EntryId have it: base64 of the entry id; none for what is no such id.
std::optional<std::string> entry_id_text(std::string_view id);
/// PidTagStoreEntryId of a mailbox by its primary address, base64 (MS-OXCDATA 2.2.4.3).
std::string store_entry_id(std::string_view smtp);

/// "2026-01-31T09:05:00Z", as EWS writes times.
std::string ews_time(Timestamp time);
/// RFC 5322.
std::string mime_date(Timestamp time);
/// RFC 9110's IMF-fixdate.
std::string http_date(Timestamp time);

}  // namespace mailward::exchange_sim
