#pragma once

#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>

#include "audit/trail.h"
#include "base/net.h"
#include "base/secret.h"
#include "base/tls.h"

namespace mailward::audit {

/// A place that Mailward can add to but not rewrite.
class Place {
 public:
  virtual ~Place() = default;
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

  /// Sends the entries in order; when it returns well, the place has them as surely as its protocol can tell. Blocks
  /// until then. Errors: not_taken and those of the system, with the place; then any of them may have arrived.
  virtual Status take(std::span<const Link> entries, Deadline deadline, const std::stop_token& stop) = 0;

 protected:
  Place() = default;
};

enum class PlaceKind { file, syslog_tls, syslog_tcp, syslog_udp, syslog_socket, webhook };

/// Where that is, as the administrator wrote it.
struct PlaceAddress {
  PlaceKind kind = PlaceKind::file;
  std::string text;  ///< as written
  std::string path;  ///< of a file or socket
  std::string host;  ///< of the others; an IPv6 address without brackets
  std::uint16_t port = 0;

  /// "file:/PATH", "syslog+tls://HOST[:6514]", "syslog+tcp://HOST[:601]", "syslog+udp://HOST[:514]", "syslog:/dev/log",
  /// "https://HOST[:443]/PATH". Errors: bad_place, with what is expected.
  static Result<PlaceAddress> parse(std::string_view text);
  /// For logs and people: a webhook's path may be a secret and is left out.
  std::string shown() const;
};

struct PlaceSettings {
  PlaceAddress address;
  CertificateTrust trust = CertificateTrust::system();
  SecretString token;  ///< a webhook's bearer token; empty: none
};

/// `resolver` must outlive it.
std::unique_ptr<Place> make_place(PlaceSettings settings, const Resolver& resolver);

// The kinds. Internal to audit/.
std::unique_ptr<Place> make_file_place(const PlaceAddress& address);
std::unique_ptr<Place> make_syslog_place(PlaceSettings settings, const Resolver& resolver);
std::unique_ptr<Place> make_webhook_place(PlaceSettings settings, const Resolver& resolver);

}  // namespace mailward::audit
