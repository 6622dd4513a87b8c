#pragma once

#include <optional>
#include <string>
#include <vector>

#include "exchange_sim/operations.h"

/// Public folders as Exchange has had them since 2013: one hierarchy, and mailboxes of their own for what is in it.
/// Here all of it is one store; which mailbox holds a folder's contents decides whither requests must be routed.
namespace mailward::exchange_sim {

/// What a public folder is made from.
struct PublicFolderPlan {
  std::string path;                 ///< "Sales/Leads": what stands above is made too
  std::string folder_class;         ///< "IPF.Note"
  std::string mailbox;              ///< whose contents it holds; empty: the hierarchy's own
  std::vector<std::string> owners;  ///< with the right Owner, by their addresses; empty: everybody
  bool closed = false;              ///< the rights of all others: None; else Author
  std::size_t items = 0;            ///< sample posts
};

void make_public_folders(Mailbox& store, const std::vector<PublicFolderPlan>& plans);

/// A request that names public folders, or items in them, works in their store: the context's mailbox becomes that. The
/// caller must have a mailbox himself. `routed_to`: X-PublicFolderMailbox or X-AnchorMailbox.
void route_to_public_folders(OperationContext& context, const SoapRequest& request, std::string_view routed_to);

/// Whether the caller knows of the folder at all.
bool may_see(const OperationContext& context, const Folder& folder);
/// Why the caller may not do that in the folder, or sent it to the wrong mailbox for its contents. None for folders of
/// mailboxes.
std::optional<ResponseError> refusal_of_public(const OperationContext& context, const Folder& folder);
ResponseError not_with_public_folders();

}  // namespace mailward::exchange_sim
