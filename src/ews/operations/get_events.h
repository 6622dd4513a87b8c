#pragma once

#include <string>
#include <string_view>

#include "ews/operations/notification.h"
#include "ews/operations/response.h"

namespace mailward::ews {

/// What a pull subscription has noticed since a watermark (MS-OXWSNTIF 3.1.4.1). ErrorMissedNotificationEvents,
/// ErrorInvalidWatermark, ErrorEventNotFound, ErrorExpiredSubscription: begun anew, and what was missed is found by a
/// sync.
struct GetEvents {
  static constexpr std::string_view kName = "GetEvents";
  using Response = Responses<Notification>;

  std::string subscription;
  std::string watermark;

  std::string body() const;
  static Outcome<Response> read(XmlElement payload);
};

}  // namespace mailward::ews
