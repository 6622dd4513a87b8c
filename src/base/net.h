#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/file.h"
#include "base/result.h"

namespace mailward {

/// An IPv4 or IPv6 address. IPv4 is kept as such; an IPv4-mapped IPv6 address stays IPv6 and says so.
class IpAddress {
 public:
  /// Reads "192.0.2.1", "2001:db8::1" (also in brackets). Errors: malformed.
  static Result<IpAddress> parse(std::string_view text);
  static IpAddress v4(std::array<std::uint8_t, 4> bytes);
  static IpAddress v6(std::array<std::uint8_t, 16> bytes);

  bool is_v4() const { return v4_; }
  /// Network order; the first 4 are meaningful for IPv4.
  const std::array<std::uint8_t, 16>& raw() const { return bytes_; }
  /// Without brackets.
  std::string text() const;
  /// What one customer of a provider has, as a rule: the address itself, of IPv6 its /64 (the rest is zero). An IPv4
  /// address in IPv6's clothes (RFC 4291 2.5.5.2) is one of IPv4.
  IpAddress network() const;
  auto operator<=>(const IpAddress&) const = default;

 private:
  std::array<std::uint8_t, 16> bytes_{};
  bool v4_ = true;
};

/// A block of addresses, "10.0.0.0/8"; a bare address is a block of one.
struct AddressBlock {
  IpAddress network;
  unsigned prefix_bits = 0;
  static Result<AddressBlock> parse(std::string_view text);
  bool contains(const IpAddress& address) const;
  std::string text() const;
};

struct SocketAddress {
  IpAddress ip;
  std::uint16_t port = 0;
  /// "192.0.2.1:443", "[2001:db8::1]:443".
  std::string text() const;
  /// Reads text()'s form. Errors: malformed.
  static Result<SocketAddress> parse(std::string_view text);
  auto operator<=>(const SocketAddress&) const = default;
};

/// Which addresses Mailward may connect to. Loopback, link-local (with the clouds' metadata address), multicast,
/// unspecified, and IPv4 hidden in IPv6 (mapped, 6to4, NAT64 of such) are refused unless a block of `allowed` holds
/// them; when `only_allowed` is set, everything outside `allowed` is refused. Ports other than those listed are
/// refused.
struct DestinationPolicy {
  std::vector<AddressBlock> allowed;
  bool only_allowed = false;
  std::vector<std::uint16_t> ports{443};

  /// Errors: refused_destination, with the setting that would allow it as the remedy.
  Status check(const SocketAddress& address) const;
  /// The same without the ports, for a service whose port is fixed by its protocol (LDAP, Kerberos).
  Status check_address(const IpAddress& address) const;
};

enum class NameError { unknown_host, no_name_server, timed_out, malformed_name };
std::string_view error_subject(NameError code);
std::string_view error_name(NameError code);

struct ResolverSettings {
  /// Empty: those of the system.
  std::vector<std::string> name_servers;
  /// Names fixed by the administrator (split DNS, front ends without a name); asked before DNS and the system's hosts
  /// file. Keys in lower case.
  std::map<std::string, std::vector<IpAddress>, std::less<>> hosts;
};

/// Where a service is offered (an SRV record, RFC 2782).
struct ServiceHost {
  std::string host;  ///< lower case, without the final dot
  std::uint16_t port = 0;
  std::uint16_t priority = 0;
  std::uint16_t weight = 0;
  bool operator==(const ServiceHost&) const = default;
};

/// Looks names up with a deadline (c-ares). Thread-safe. A literal address resolves to itself.
class Resolver {
 public:
  explicit Resolver(ResolverSettings settings);
  ~Resolver();
  /// All addresses in the order to try them, without repeats, at least one. Errors: NameError.
  Result<std::vector<IpAddress>> resolve(std::string_view host, Deadline deadline) const;
  /// The hosts of a service, "_ldap._tcp.dc._msdcs.example.test", in an order to try them: by priority, and among
  /// equals at random by weight (RFC 2782). At least one, at most 64. Errors: NameError; unknown_host where there is
  /// none, or the service is said not to be offered (the host ".").
  Result<std::vector<ServiceHost>> services(std::string_view name, Deadline deadline) const;

 private:
  struct Channel;
  Result<Channel> open_channel() const;
  ResolverSettings settings_;
};

enum class ConnectError { refused, timed_out, unreachable, failed };
std::string_view error_subject(ConnectError code);
std::string_view error_name(ConnectError code);

/// A TCP connection, non-blocking and close-on-exec, made within the deadline. Errors: ConnectError,
/// BaseError::cancelled.
Result<FileDescriptor> connect_tcp(const SocketAddress& address, Deadline deadline, std::stop_token stop = {});

}  // namespace mailward
