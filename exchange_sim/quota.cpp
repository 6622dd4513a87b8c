#include "exchange_sim/quota.h"

#include "exchange_sim/item_values.h"

namespace mailward::exchange_sim {

ResponseError quota_exceeded() {
  return {.code = "ErrorQuotaExceeded", .text = "The mailbox's quota has been exceeded.", .values = {}};
}

std::optional<ResponseError> refusal_of_quota(const Mailbox& mailbox, const Item& item) {
  if (mailbox.quota == 0 || mailbox.has_room_for(size_of({.mailbox = mailbox, .item = item}))) return std::nullopt;
  return quota_exceeded();
}

}  // namespace mailward::exchange_sim
