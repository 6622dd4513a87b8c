#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

/// Identifiers in the outward form of Exchange's: base64, the mailbox's GUID as text near the beginning, the rest
/// opaque.
namespace mailward::exchange_sim {

enum class StoreIdKind { folder, item, conversation };

/// Deterministic: the same mailbox, kind and seed give the same id.
std::string make_store_id(std::string_view mailbox_guid, StoreIdKind kind, std::string_view seed);
std::string make_change_key(std::string_view seed);
/// A GUID made from text.
std::string make_guid(std::string_view seed);
/// The mailbox GUID in an id; none where it is not of our making.
std::optional<std::string> mailbox_guid_of(std::string_view id);

/// "2026-01-31T09:05:00Z", as EWS writes times.
std::string ews_time(Timestamp time);
/// RFC 5322.
std::string mime_date(Timestamp time);
/// RFC 9110's IMF-fixdate.
std::string http_date(Timestamp time);

}  // namespace mailward::exchange_sim
