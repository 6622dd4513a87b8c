#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "connections/measures.h"

/// Which TLS versions a connection's addresses take, as it is kept. Internal to connections/.
namespace mailward::connections {

struct TlsReading {
  Timestamp at;
  struct Address {
    std::string address;
    std::vector<std::string> old_versions;  ///< before TLS 1.2
    std::string why_not;                    ///< why it could not be asked; empty where it was
  };
  std::vector<Address> addresses;
  std::string why_not;  ///< why no address was asked
};

std::string json_of(const TlsReading& reading);
/// Errors: malformed for what json_of() did not write.
Result<TlsReading> tls_reading_of(std::string_view json);

/// Shakes hands with each address of the EWS URL and of the front ends; signs in nowhere.
TlsReading read_tls(const MeasureParts& parts, const ConnectionForm& form, Deadline deadline,
                    const std::stop_token& stop);

}  // namespace mailward::connections
