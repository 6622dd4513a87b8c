#include "ews/server_version.h"

namespace mailward::ews {

std::string_view product_name(ServerProduct product) {
  switch (product) {
    case ServerProduct::unknown:
      return "an unknown Exchange";
    case ServerProduct::exchange_2007:
      return "Exchange 2007";
    case ServerProduct::exchange_2010:
      return "Exchange 2010";
    case ServerProduct::exchange_2013:
      return "Exchange 2013";
    case ServerProduct::exchange_2016:
      return "Exchange 2016";
    case ServerProduct::exchange_2019:
      return "Exchange 2019";
    case ServerProduct::exchange_se:
      return "Exchange Server Subscription Edition";
    case ServerProduct::exchange_online:
      return "Exchange Online";
  }
  return "";
}

std::string ServerVersion::text() const {
  return std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(build) + "." +
         std::to_string(revision);
}

ServerProduct ServerVersion::product() const {
  constexpr unsigned kFirstSubscriptionEdition = 2562;
  if (major == 8) return ServerProduct::exchange_2007;
  if (major == 14) return ServerProduct::exchange_2010;
  if (major != 15) return ServerProduct::unknown;
  switch (minor) {
    case 0:
      return ServerProduct::exchange_2013;
    case 1:
      return ServerProduct::exchange_2016;
    case 2:
      return build >= kFirstSubscriptionEdition ? ServerProduct::exchange_se : ServerProduct::exchange_2019;
    case 20:
      return ServerProduct::exchange_online;
    default:
      return ServerProduct::unknown;
  }
}

bool ServerVersion::supported() const {
  ServerProduct what = product();
  return what == ServerProduct::exchange_2016 || what == ServerProduct::exchange_2019 ||
         what == ServerProduct::exchange_se;
}

}  // namespace mailward::ews
