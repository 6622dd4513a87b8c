#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "bench/ews/measured.h"
#include "ews/operations/get_item.h"
#include "ews/operations/sync_folder_items.h"
#include "ews/session.h"

/// The same work by our own client.
namespace mailward::bench {

inline constexpr std::size_t kBatch = 10;

/// A session that is not yet connected; `tickets` for Negotiate.
ews::Session session_to(const Server& server, ews::Transport& transport, ews::Scheme scheme,
                        const ews::TicketHandle& tickets, const std::string& service);

/// A small request with a small answer.
std::string small_post();
/// GetItem with MIME of `count` items from `first` on, or of as many as there are.
ews::GetItem batch_of(const std::vector<ews::ItemId>& ids, std::size_t first, std::size_t count);

/// Posts `body` (an operation's element) over and over on each session, one thread each, for `lasts`; answers are not
/// read.
Did ours_posts(std::vector<ews::Session>& sessions, const std::string& body, std::chrono::milliseconds lasts);

/// All items of the inbox, in the order of FindItem.
std::vector<ews::ItemId> inbox_items(ews::Session& session);
/// MIME of all, kBatch at a time, decoded as it arrives; on several sessions each takes the next batch that is left.
Did ours_fetch(std::vector<ews::Session>& sessions, const std::vector<ews::ItemId>& ids);

/// Makes so many folders below the inbox, and tells each one's sync state.
struct Synced {
  ews::FolderId folder;
  std::string state;
};
std::vector<Synced> folders_synced(ews::Session& session, std::size_t count);
/// One SyncFolderItems for each, of which none tells a change.
Did ours_sync(ews::Session& session, const std::vector<Synced>& folders);

}  // namespace mailward::bench
