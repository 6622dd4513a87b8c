#pragma once

#include <mutex>
#include <shared_mutex>
#include <string>
#include <utility>
#include <vector>

#include "exchange_sim/operations.h"

/// The mailboxes into which a request looks, known before it is carried out: whoever holds several holds them in one
/// order, so that no two requests wait for each other.
namespace mailward::exchange_sim {

struct NamedStores {
  std::vector<Mailbox*> mailboxes;                           ///< each once, in the order in which they are held
  std::vector<std::pair<Mailbox*, std::string>> by_default;  ///< default folders by their names
};

/// The caller's own mailbox, those whose folders, items and attachments the request names by their ids or by a
/// t:Mailbox, and the public folders' where it names these.
NamedStores stores_named_by(const OperationContext& context, const SoapRequest& request);

/// The mutexes of these mailboxes, all shared or all alone.
class HeldStores {
 public:
  HeldStores(const NamedStores& stores, StoreAccess access);

 private:
  std::vector<std::shared_lock<std::shared_mutex>> shared_;
  std::vector<std::unique_lock<std::shared_mutex>> alone_;
};

/// Default folders that the request names and that Exchange makes when their owner first asks for them. Whether any is
/// to be made: they are then held alone, and make_named_folders() is called.
bool names_unmade_folders(const OperationContext& context, const NamedStores& stores);
void make_named_folders(const OperationContext& context, const NamedStores& stores);

}  // namespace mailward::exchange_sim
