#include "exchange_sim/named_stores.h"

#include <algorithm>
#include <functional>

#include "exchange_sim/access.h"
#include "exchange_sim/store_ids.h"

namespace mailward::exchange_sim {
namespace {

/// Of the base64 of any id, what holds the whole of the mailbox's GUID: equal beginnings are of one mailbox.
constexpr std::size_t kGuidEnd = 54;

class Search {
 public:
  explicit Search(const OperationContext& context) : context_(context) { add(context.mailbox); }

  void look_into(pugi::xml_node node) {  // NOLINT(misc-no-recursion): the reader bounds the depth
    for (const auto inside : elements(node)) {
      if (is(inside, kTypesNs, "DistinguishedFolderId")) {
        add_default(inside);
        continue;
      }
      for (const auto attribute : inside.attributes()) add_by_id(attribute.value());
      look_into(inside);
    }
  }
  /// Whose settings are meant: m:Mailbox, t:Mailbox or m:MailboxSmtpAddress.
  void look_at_owner(pugi::xml_node body) {
    for (const auto inside : elements(body)) {
      const std::string_view name = local_name(inside);
      if (name == "MailboxSmtpAddress") add(context_.organisation.find_mailbox(text_of(inside)));
      if (name != "Mailbox") continue;
      for (const std::string_view address : {"EmailAddress", "Address"}) {
        add(context_.organisation.find_mailbox(text_of(child(inside, kTypesNs, address))));
      }
    }
  }

  NamedStores take() {
    std::ranges::sort(found_.mailboxes, std::less<>{});
    return std::move(found_);
  }

 private:
  void add(Mailbox* mailbox) {
    if (mailbox == nullptr || std::ranges::find(found_.mailboxes, mailbox) != found_.mailboxes.end()) return;
    found_.mailboxes.push_back(mailbox);
  }
  void add_default(pugi::xml_node node) {
    Mailbox* mailbox = context_.mailbox;
    if (node.attribute("Id").value() == std::string_view("publicfoldersroot")) {
      return add(context_.organisation.public_folders());
    }
    if (const auto named = child(node, kTypesNs, "Mailbox")) {
      mailbox = context_.organisation.find_mailbox(text_of(child(named, kTypesNs, "EmailAddress")));
    }
    if (mailbox == nullptr) return;
    add(mailbox);
    found_.by_default.emplace_back(mailbox, node.attribute("Id").value());
  }
  void add_by_id(std::string_view value) {
    if (value.size() <= kGuidEnd) return;
    const std::string_view beginning = value.substr(0, kGuidEnd);
    if (std::ranges::find(known_, beginning) != known_.end()) return;
    Mailbox* mailbox = context_.organisation.mailbox_of_id(value);
    if (mailbox == nullptr) return;
    known_.push_back(beginning);
    add(mailbox);
  }

  const OperationContext& context_;
  NamedStores found_;
  std::vector<std::string_view> known_;
};

bool is_unmade(const OperationContext& context, const std::pair<Mailbox*, std::string>& named) {
  return named.first->find_distinguished(named.second) == nullptr && opens(context, *named.first);
}

}  // namespace

NamedStores stores_named_by(const OperationContext& context, const SoapRequest& request) {
  Search search(context);
  search.look_at_owner(request.body);
  search.look_into(request.body);
  return search.take();
}

HeldStores::HeldStores(const NamedStores& stores, StoreAccess access) {
  for (const Mailbox* mailbox : stores.mailboxes) {
    if (access == StoreAccess::reads) {
      shared_.emplace_back(mailbox->mutex);
    } else {
      alone_.emplace_back(mailbox->mutex);
    }
  }
}

bool names_unmade_folders(const OperationContext& context, const NamedStores& stores) {
  return !context.mailbox_error &&
         std::ranges::any_of(stores.by_default, [&](const auto& named) { return is_unmade(context, named); });
}

void make_named_folders(const OperationContext& context, const NamedStores& stores) {
  if (context.mailbox_error) return;
  for (const auto& named : stores.by_default) {
    if (is_unmade(context, named)) named.first->ensure_distinguished(named.second);
  }
}

}  // namespace mailward::exchange_sim
