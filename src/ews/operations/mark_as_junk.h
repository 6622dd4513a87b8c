#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ews/operations/ids.h"
#include "ews/operations/response.h"

namespace mailward::ews {

/// Puts the senders of messages on the mailbox's blocked list, or takes them off (MS-OXWSCORE, from 2013 on): one
/// response message for each, with the id that a moved item has there.
struct MarkAsJunk {
  static constexpr std::string_view kName = "MarkAsJunk";
  using Response = Responses<std::optional<ItemId>>;

  enum class Verdict { junk, not_junk };
  Verdict verdict = Verdict::junk;
  bool move = true;           ///< to Junk Email, or back to the inbox
  std::vector<ItemId> items;  ///< at least one

  std::string body() const;
  static Outcome<Response> read(XmlElement payload);
};

}  // namespace mailward::ews
