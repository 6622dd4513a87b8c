#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace mailward::ews {

enum class ServerProduct {
  unknown,
  exchange_2007,
  exchange_2010,
  exchange_2013,
  exchange_2016,
  exchange_2019,
  exchange_se,  ///< Subscription Edition: 15.2 from build 2562 on
  exchange_online,
};
std::string_view product_name(ServerProduct product);  ///< "Exchange 2019"

/// ServerVersionInfo of the SOAP header. Only the build numbers mean something: the schema's name is the same on
/// several products. A fault has none.
struct ServerVersion {
  unsigned major = 0;
  unsigned minor = 0;
  unsigned build = 0;
  unsigned revision = 0;
  std::string schema;  ///< "V2017_07_11"; not an order

  bool known() const { return major != 0; }
  std::string text() const;  ///< "15.2.1544.9"
  ServerProduct product() const;
  bool supported() const;  ///< 2016, 2019, Subscription Edition
};

}  // namespace mailward::ews
