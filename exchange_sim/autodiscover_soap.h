#pragma once

#include <string>
#include <string_view>

#include "exchange_sim/builds.h"
#include "exchange_sim/organisation.h"

/// Autodiscover by SOAP (MS-OXWSADISC): GetUserSettings, and what WCF says to everything else. The shape is that of
/// recorded answers (gautamsi-ews-js, ews-java-api) and of the service's description; the words of refusals are likely,
/// not recorded.
namespace mailward::exchange_sim {

struct AutodiscoverSoapAnswer {
  int status = 200;
  std::string body;       ///< empty with 400: what is no SOAP at all
  std::string operation;  ///< as asked for, "GetUserSettings"; empty where that cannot be told
};
AutodiscoverSoapAnswer answer_autodiscover_soap(const Organisation& organisation, const Build& build,
                                                const std::string& request, const std::string& base);

}  // namespace mailward::exchange_sim
