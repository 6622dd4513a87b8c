#pragma once

#include <string>
#include <string_view>

#include "exchange_sim/organisation.h"

/// Autodiscover as Exchange answers it, under HTTP 200 whatever it says: "plain old XML" and SOAP.
namespace mailward::exchange_sim {

/// Whether the path is one of Autodiscover's, in any case.
bool is_autodiscover(std::string_view path);

/// The answer to a request of plain old XML (MS-OXDSCLI). `base` is what the client came to:
/// "https://mail.example.test".
std::string answer_pox(const Organisation& organisation, std::string_view request, const std::string& base);
/// The answer to GetUserSettings by SOAP (MS-OXWSADISC).
std::string answer_user_settings(const Organisation& organisation, std::string_view request, const std::string& base);

}  // namespace mailward::exchange_sim
