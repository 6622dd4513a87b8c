#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "ews/operations/notification.h"
#include "ews/operations/response.h"

namespace mailward::ews {

/// Opens the answer over which streaming subscriptions tell what they notice (MS-OXWSNTIF 3.1.4.2). The answer is many
/// envelopes, one behind the other, of which this reads one: NotificationStream reads them as they come.
struct GetStreamingEvents {
  static constexpr std::string_view kName = "GetStreamingEvents";
  enum class Connection { unsaid, ok, closed };
  struct Told {
    std::vector<Notification> notifications;
    std::vector<std::string> lost;  ///< subscriptions that the server does not know any more
    Connection connection = Connection::unsaid;
  };
  using Response = Responses<Told>;

  std::vector<std::string> subscriptions;  ///< at least one, all of one server
  std::chrono::minutes timeout{30};        ///< how long the answer stays open, 1 to 30

  std::string body() const;
  static Outcome<Response> read(XmlElement payload);
  static Told read_message(XmlElement message);
};

}  // namespace mailward::ews
