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

/// Notes where the request was routed, for the case that it names public folders or items in them. `routed_to`:
/// X-PublicFolderMailbox or X-AnchorMailbox.
void note_route(OperationContext& context, std::string_view operation, std::string_view routed_to);
/// Why the request does not reach the folder: the caller has no mailbox of his own, or it went to the wrong one for
/// the folder's contents. None for folders of mailboxes.
std::optional<ResponseError> refusal_of_route(const OperationContext& context, const Mailbox& mailbox,
                                              const Folder& folder);
ResponseError not_with_public_folders();

}  // namespace mailward::exchange_sim
