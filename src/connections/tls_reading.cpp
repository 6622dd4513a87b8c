#include "connections/tls_reading.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "base/tls.h"

namespace mailward::connections {

namespace {

using Json = nlohmann::json;

constexpr std::size_t kMostAddresses = 40;
constexpr std::chrono::seconds kPatience{10};

/// What the host's name leads to, as far as the destination policy lets it.
Status add_addresses(const MeasureParts& parts, const std::string& host, std::uint16_t port, Deadline deadline,
                     std::vector<SocketAddress>& addresses) {
  MW_TRY(const auto found, parts.resolver.resolve(host, deadline));
  for (const IpAddress& ip : found) {
    const SocketAddress address{ip, port};
    MW_CHECK(parts.destinations.check(address));
    const bool known = std::ranges::find(addresses, address) != addresses.end();
    if (!known && addresses.size() < kMostAddresses) addresses.push_back(address);
  }
  return {};
}

Result<std::vector<SocketAddress>> addresses_of(const MeasureParts& parts, const EwsUrl& url,
                                                const ConnectionForm& form, Deadline deadline) {
  std::vector<SocketAddress> addresses;
  MW_CHECK(add_addresses(parts, url.host, url.port, deadline, addresses));
  for (const std::string& front_end : form.front_ends) {
    MW_TRY(const Endpoint endpoint, Endpoint::parse(front_end, url.port));
    MW_CHECK(add_addresses(parts, endpoint.host, endpoint.port, deadline, addresses));
  }
  return addresses;
}

}  // namespace

std::string json_of(const TlsReading& reading) {
  Json json{{"at", to_micros(reading.at)}, {"why_not", reading.why_not}, {"addresses", Json::array()}};
  for (const auto& one : reading.addresses) {
    json["addresses"].push_back(
        {{"address", one.address}, {"old_versions", one.old_versions}, {"why_not", one.why_not}});
  }
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<TlsReading> tls_reading_of(std::string_view text) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return fail(BaseError::malformed, "what was read of TLS is not legible any more");
  TlsReading reading;
  try {
    reading.at = from_micros(json.at("at").get<std::int64_t>());
    json.at("why_not").get_to(reading.why_not);
    for (const Json& one : json.at("addresses")) {
      reading.addresses.push_back({one.at("address").get<std::string>(),
                                   one.at("old_versions").get<std::vector<std::string>>(),
                                   one.at("why_not").get<std::string>()});
    }
  } catch (const Json::exception&) {
    return fail(BaseError::malformed, "what was read of TLS was kept by another version");
  }
  return reading;
}

TlsReading read_tls(const MeasureParts& parts, const ConnectionForm& form, Deadline deadline,
                    const std::stop_token& stop) {
  TlsReading reading;
  reading.at = parts.clock.now();
  const auto url = EwsUrl::parse(form.ews_url);
  const auto addresses = url ? addresses_of(parts, *url, form, deadline.earlier_of(Deadline::after(kPatience)))
                             : Result<std::vector<SocketAddress>>(fail(url.error()));
  if (!addresses) {
    reading.why_not = addresses.error().message();
    return reading;
  }
  for (const SocketAddress& address : *addresses) {
    auto& one = reading.addresses.emplace_back();
    one.address = address.text();
    auto old = old_tls_versions(address, url->host, deadline.earlier_of(Deadline::after(kPatience)), stop);
    if (old) {
      one.old_versions = *std::move(old);
    } else {
      one.why_not = old.error().message();
    }
  }
  return reading;
}

}  // namespace mailward::connections
