#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "exchange_sim/item_values.h"

namespace mailward::exchange_sim {

/// What ExportItems gives: the whole item, attachments and exceptions too, as bytes that nobody but UploadItems
/// understands (of a real server's too: they hold MAPI properties, ours hold the store's), with a hash at their end.
std::string write_item_stream(const ItemView& view);

/// The item again, in no folder; null where the bytes are damaged, cut off or not ours.
std::unique_ptr<Item> read_item_stream(std::string_view bytes, const Mailbox& mailbox);

}  // namespace mailward::exchange_sim
