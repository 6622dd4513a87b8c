#include "exchange_sim/access.h"

#include <algorithm>
#include <set>

#include "exchange_sim/public_folders.h"

namespace mailward::exchange_sim {
namespace {

bool is_member(const Organisation& organisation, std::string_view list, std::string_view user,
               std::set<std::string>& seen) {  // NOLINT(misc-no-recursion): each list once
  const DistributionList* known = organisation.find_list(list);
  if (known == nullptr || !seen.insert(lower_case(list)).second) return false;
  return std::ranges::any_of(known->members, [&](const std::string& member) {
    return equal_ignoring_case(member, user) || is_member(organisation, member, user, seen);
  });
}

FolderRights granted(const OperationContext& context, const PermissionSet& permissions) {
  const std::string_view user = context.mailbox == nullptr ? std::string_view() : context.mailbox->smtp;
  if (const Permission* own = permissions.find(PermissionFor::user, user)) return own->rights;
  std::optional<FolderRights> of_lists;
  for (const Permission& each : permissions.entries) {
    std::set<std::string> seen;
    if (each.who != PermissionFor::user || !is_member(context.organisation, each.user, user, seen)) continue;
    of_lists = of_lists ? of_lists->joined(each.rights) : each.rights;
  }
  if (of_lists) return *of_lists;
  const Permission* everyone = permissions.find(PermissionFor::everyone);
  return everyone == nullptr ? FolderRights{} : everyone->rights;
}

bool is_private(const Item& item) {
  static const FieldId kSensitivity = field_id("item:Sensitivity");
  const Value* value = item.find(kSensitivity);
  return value != nullptr && value->inner == "Private";
}

bool reaches(ItemScope scope, bool owned) {
  return scope == ItemScope::all || (scope == ItemScope::owned && owned);
}

bool is_seen(const FolderRights& rights) {
  return rights.visible || rights.owner || rights.read == ReadDetail::full;
}

bool allows(const FolderRights& rights, FolderUse use) {
  switch (use) {
    case FolderUse::see:
      return true;
    case FolderUse::read:
      return rights.read == ReadDetail::full;
    case FolderUse::add_items:
      return rights.create_items;
    case FolderUse::add_folders:
      return rights.create_subfolders;
    case FolderUse::empty:
      return rights.remove == ItemScope::all;
    case FolderUse::own:
      break;
  }
  return rights.owner;
}

}  // namespace

bool opens(const OperationContext& context, const Mailbox& mailbox) {
  if (&mailbox == context.mailbox) return true;
  if (mailbox.public_folders) return false;
  const std::string_view account = context.mailbox == nullptr ? context.account : context.mailbox->account;
  const std::string_view smtp = context.mailbox == nullptr ? std::string_view() : context.mailbox->smtp;
  return context.organisation.has_full_access(mailbox, account, smtp);
}

bool sees_private(const OperationContext& context, const Mailbox& mailbox) {
  if (mailbox.public_folders || opens(context, mailbox)) return true;
  return context.mailbox != nullptr && std::ranges::any_of(mailbox.delegates, [&](const Delegate& each) {
           return each.sees_private && equal_ignoring_case(each.smtp, context.mailbox->smtp);
         });
}

FolderRights rights_in(const OperationContext& context, const Mailbox& mailbox, const Folder& folder) {
  if (opens(context, mailbox)) return *rights_of_level("Owner");
  return granted(context, folder.permissions);
}

ItemRights rights_on(const OperationContext& context, const Mailbox& mailbox, const Item& item) {
  if (&mailbox == context.mailbox || item.folder == nullptr) return {};
  const FolderRights rights = rights_in(context, mailbox, *item.folder);
  const bool owned = context.mailbox != nullptr && equal_ignoring_case(item.creator, context.mailbox->smtp);
  return {.read = rights.read == ReadDetail::full && may_see(context, mailbox, item),
          .edit = reaches(rights.edit, owned),
          .remove = reaches(rights.remove, owned),
          .sees_private = sees_private(context, mailbox)};
}

ItemView view_of(const OperationContext& context, const Mailbox& mailbox, const Item& item) {
  return {.mailbox = mailbox, .item = item, .rights = rights_on(context, mailbox, item)};
}

bool may_see(const OperationContext& context, const Mailbox& mailbox, const Folder& folder) {
  return is_seen(rights_in(context, mailbox, folder));
}

bool may_see(const OperationContext& context, const Mailbox& mailbox, const Item& item) {
  return &mailbox == context.mailbox || !is_private(item) || sees_private(context, mailbox);
}

std::optional<ResponseError> refusal_of_use(const OperationContext& context, const Mailbox& mailbox,
                                            const Folder& folder, FolderUse use) {
  if (&mailbox == context.mailbox) return std::nullopt;
  const FolderRights rights = rights_in(context, mailbox, folder);
  if (!is_seen(rights)) return item_not_found();
  if (!allows(rights, use)) return access_denied();
  return refusal_of_route(context, mailbox, folder);
}

std::optional<ResponseError> refusal_of_use(const OperationContext& context, const Mailbox& mailbox, const Item& item,
                                            ItemUse use) {
  if (&mailbox == context.mailbox) return std::nullopt;
  const ItemRights rights = rights_on(context, mailbox, item);
  if (!rights.read) return item_not_found();
  if ((use == ItemUse::edit && !rights.edit) || (use == ItemUse::remove && !rights.remove)) return access_denied();
  return refusal_of_route(context, mailbox, *item.folder);
}

const Mailbox& acting(const OperationContext& context, const Mailbox& mailbox) {
  return context.mailbox == nullptr ? mailbox : *context.mailbox;
}

}  // namespace mailward::exchange_sim
