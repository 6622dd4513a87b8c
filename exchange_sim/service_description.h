#pragma once

#include <string>

namespace mailward::exchange_sim {

/// /EWS/Services.wsdl: the operations that are served, with their messages and headers (WSDL 1.1, document and
/// literal). What is in a message is not described: the schemas are Microsoft's and not ours to give. `host`: with its
/// port, as the client reached it.
std::string service_description(const std::string& host);

}  // namespace mailward::exchange_sim
