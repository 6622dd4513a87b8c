#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ews/operations/ids.h"
#include "ews/operations/notification.h"
#include "ews/operations/response.h"

namespace mailward::ews {

/// Asks to be told of changes (MS-OXWSNTIF 3.1.4.4): by asking again and again (pull), or over an open answer
/// (streaming). All later calls of a subscription must reach the same server: CallContext::prefer_affinity.
struct Subscribe {
  static constexpr std::string_view kName = "Subscribe";
  struct Subscribed {
    std::string id;
    std::string watermark;  ///< of a pull subscription
  };
  using Response = Responses<Subscribed>;

  enum class Way { pull, streaming };
  Way way = Way::streaming;
  std::vector<FolderRef> folders;  ///< empty: all of the mailbox
  std::vector<Event::Kind> events{Event::Kind::created, Event::Kind::deleted,  Event::Kind::modified,
                                  Event::Kind::moved,   Event::Kind::new_mail, Event::Kind::copied};
  std::chrono::minutes timeout{30};  ///< of a pull subscription: how long it lives unasked, 1 to 1,440
  std::string watermark;             ///< of a pull subscription: to go on from; empty: from now

  std::string body() const;
  static Outcome<Response> read(XmlElement payload);
};

}  // namespace mailward::ews
