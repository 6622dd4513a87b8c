#include "exchange_sim/quota.h"

#include "exchange_sim/item_values.h"

namespace mailward::exchange_sim {

std::optional<ResponseError> refusal_of_quota(const Mailbox& mailbox, const Item& item) {
  if (mailbox.quota == 0 || mailbox.has_room_for(size_of({.mailbox = mailbox, .item = item}))) return std::nullopt;
  return ResponseError{.code = "ErrorQuotaExceeded", .text = "The mailbox's quota has been exceeded.", .values = {}};
}

}  // namespace mailward::exchange_sim
