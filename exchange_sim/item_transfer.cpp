#include "exchange_sim/item_transfer.h"

#include "exchange_sim/access.h"

namespace mailward::exchange_sim {
namespace {

void keep_search_key(const ItemView& from, Item& made) {
  const ExtendedName search_key{.tag = 0x300b, .type = "Binary"};
  if (auto value = extended_value(from, search_key)) made.set_extended(search_key.key(), *std::move(value));
}

}  // namespace

Item& transfer(const OperationContext& context, const ItemRef& ref, const FolderRef& to, Transfer how) {
  Mailbox& from = *ref.mailbox;
  if (to.mailbox == ref.mailbox && how == Transfer::move) {
    from.move(*ref.item, *to.folder);
    return *ref.item;
  }
  const std::string creator = acting(context, *to.mailbox).smtp;
  if (to.mailbox == ref.mailbox) {
    Item& made = from.copy(*ref.item, *to.folder);
    made.creator = creator;
    return made;
  }
  auto made = ref.item->clone();
  made->creator = creator;
  keep_search_key({.mailbox = from, .item = *ref.item}, *made);
  Item& there = to.mailbox->add(std::move(made), *to.folder, Arrival::copied);
  if (how == Transfer::move) from.dispose(*ref.item, Disposal::hard_delete);
  return there;
}

}  // namespace mailward::exchange_sim
