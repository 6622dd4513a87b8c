#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "exchange_sim/item_values.h"
#include "mime/message.h"

/// Items from MIME and MIME from items, as Exchange does it: a message that came as MIME comes back byte for byte until
/// it is edited; all else is made from properties, and two reads differ.
namespace mailward::exchange_sim {

/// As GetItem gives it with IncludeMimeContent. Appointments are iCalendar, contacts vCard.
std::string mime_of(const ItemView& view);
/// The message without its Bcc header, as it leaves.
std::string outgoing_mime(const ItemView& view);

/// Fills the item (properties, bodies, attachments, nested messages) from a message and keeps its bytes. The item is
/// then no draft and not read; its folder, id and changes are the store's. Errors: mime's.
Status fill_from_mime(Item& item, const Mailbox& mailbox, const std::string& bytes);

struct InternetHeader {
  std::string name;
  std::string value;
};
/// The header section as it stood on its way, folded and encoded (PidTagTransportMessageHeaders, MS-OXOMSG 2.2.1.61);
/// the first 256 KiB of it.
std::string transport_head(const ItemView& view);
/// Of what was sent or came in, decoded.
std::vector<InternetHeader> headers_of(const ItemView& view);

}  // namespace mailward::exchange_sim
