#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>
#include <span>

#include "base/bytes.h"
#include "base/net.h"

namespace mailward {
namespace {

/// The IPv4 address that an IPv6 address stands for: mapped (::ffff:0:0/96), compatible (::/96), NAT64 (64:ff9b::/96)
/// and 6to4 (2002::/16). A host could be reached under such a disguise.
std::optional<IpAddress> embedded_v4(const IpAddress& address) {
  const auto& raw = address.raw();
  const auto at = [&](std::size_t i) { return IpAddress::v4({raw[i], raw[i + 1], raw[i + 2], raw[i + 3]}); };
  const auto zero = [&](std::size_t from, std::size_t to) {
    return std::all_of(raw.begin() + static_cast<std::ptrdiff_t>(from), raw.begin() + static_cast<std::ptrdiff_t>(to),
                       [](std::uint8_t byte) { return byte == 0; });
  };
  if (address.is_v4()) return std::nullopt;
  if (zero(0, 10) && raw[10] == 0xFF && raw[11] == 0xFF) return at(12);
  if (zero(0, 12)) return at(12);
  if (raw[0] == 0x00 && raw[1] == 0x64 && raw[2] == 0xFF && raw[3] == 0x9B && zero(4, 12)) return at(12);
  if (raw[0] == 0x20 && raw[1] == 0x02) return at(2);
  return std::nullopt;
}

std::string_view special_kind(const IpAddress& address) {
  const auto& raw = address.raw();
  if (address.is_v4()) {
    if (raw[0] == 127) return "a loopback address";
    if (raw[0] == 169 && raw[1] == 254) return "a link-local address (the clouds' metadata service is there)";
    if (raw[0] == 0) return "an unspecified address";
    if (raw[0] >= 224) return "a multicast, reserved or broadcast address";
    if (raw[0] == 100 && raw[1] == 100 && raw[2] == 100 && raw[3] == 200) return "a cloud's metadata address";
    return {};
  }
  static const IpAddress kUnspecified = IpAddress::v6({});
  std::array<std::uint8_t, 16> loopback{};
  loopback[15] = 1;
  if (address == kUnspecified) return "an unspecified address";
  if (address == IpAddress::v6(loopback)) return "a loopback address";
  if (raw[0] == 0xFE && (raw[1] & 0xC0) == 0x80) return "a link-local address";
  if (raw[0] == 0xFF) return "a multicast address";
  // fd00:ec2::254, where a cloud's metadata service answers over IPv6
  if (raw[0] == 0xFD && raw[1] == 0x00 && raw[2] == 0x0E && raw[3] == 0xC2) return "a cloud's metadata address";
  return {};
}

}  // namespace

IpAddress IpAddress::v4(std::array<std::uint8_t, 4> bytes) {
  IpAddress address;
  std::copy(bytes.begin(), bytes.end(), address.bytes_.begin());
  return address;
}

IpAddress IpAddress::v6(std::array<std::uint8_t, 16> bytes) {
  IpAddress address;
  address.bytes_ = bytes;
  address.v4_ = false;
  return address;
}

Result<IpAddress> IpAddress::parse(std::string_view text) {
  if (text.size() > 2 && text.front() == '[' && text.back() == ']') text = text.substr(1, text.size() - 2);
  const std::string copy(text);
  std::array<std::uint8_t, 4> four{};
  if (inet_pton(AF_INET, copy.c_str(), four.data()) == 1) return v4(four);
  std::array<std::uint8_t, 16> sixteen{};
  if (inet_pton(AF_INET6, copy.c_str(), sixteen.data()) == 1) return v6(sixteen);
  return fail(BaseError::malformed, "\"" + printable(text, 60) + "\" is no IP address");
}

IpAddress IpAddress::network() const {
  if (v4_) return *this;
  constexpr std::array<std::uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
  if (std::ranges::equal(std::span(bytes_).first<12>(), kMapped)) {
    return v4({bytes_[12], bytes_[13], bytes_[14], bytes_[15]});
  }
  auto bytes = bytes_;
  std::ranges::fill(std::span(bytes).last<8>(), std::uint8_t{0});
  return v6(bytes);
}

std::string IpAddress::text() const {
  char buffer[INET6_ADDRSTRLEN]{};
  inet_ntop(v4_ ? AF_INET : AF_INET6, bytes_.data(), buffer, sizeof buffer);
  return buffer;
}

Result<AddressBlock> AddressBlock::parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  MW_TRY(const IpAddress network, IpAddress::parse(text.substr(0, slash)));
  const unsigned longest = network.is_v4() ? 32 : 128;
  unsigned bits = longest;
  if (slash != std::string_view::npos) {
    const std::string_view digits = text.substr(slash + 1);
    const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
    if (error != std::errc() || stop != digits.data() + digits.size() || bits > longest) {
      return fail(BaseError::malformed,
                  fmt::format("\"{}\" is no address block: after the slash a number up to {} is expected",
                              printable(text, 60), longest));
    }
  }
  return AddressBlock{network, bits};
}

bool AddressBlock::contains(const IpAddress& address) const {
  if (address.is_v4() != network.is_v4()) return false;
  for (unsigned bit = 0; bit < prefix_bits; bit += 8) {
    const unsigned left = std::min(prefix_bits - bit, 8u);
    const unsigned mask = (0xFF00u >> left) & 0xFFu;
    if (((address.raw()[bit / 8] ^ network.raw()[bit / 8]) & mask) != 0) return false;
  }
  return true;
}

std::string AddressBlock::text() const {
  return fmt::format("{}/{}", network.text(), prefix_bits);
}

std::string SocketAddress::text() const {
  return ip.is_v4() ? fmt::format("{}:{}", ip.text(), port) : fmt::format("[{}]:{}", ip.text(), port);
}

Result<SocketAddress> SocketAddress::parse(std::string_view text) {
  const auto malformed = [&] {
    return fail(
        BaseError::malformed,
        fmt::format("\"{}\" is no address with a port, like 192.0.2.1:443 or [2001:db8::1]:443", printable(text, 60)));
  };
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return malformed();
  std::string_view host = text.substr(0, colon);
  const bool in_brackets = host.starts_with('[') && host.ends_with(']');
  if (in_brackets) host = host.substr(1, host.size() - 2);
  const auto ip = IpAddress::parse(host);
  const std::string_view digits = text.substr(colon + 1);
  std::uint16_t port = 0;
  const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (!ip || ip->is_v4() == in_brackets || error != std::errc() || stop != digits.data() + digits.size()) {
    return malformed();
  }
  return SocketAddress{*ip, port};
}

Status DestinationPolicy::check_address(const IpAddress& address) const {
  const auto allows = [this](const IpAddress& candidate) {
    return std::ranges::any_of(allowed, [&](const AddressBlock& block) { return block.contains(candidate); });
  };
  if (allows(address)) return {};
  const auto refuse = [](std::string message, const IpAddress& which) {
    return fail(
        Error(BaseError::refused_destination, std::move(message))
            .with_remedy(fmt::format("if it is meant, add \"{}\" to network.allowed_destinations in the configuration",
                                     which.text())));
  };
  if (const auto hidden = embedded_v4(address)) {
    if (!special_kind(*hidden).empty() || only_allowed) {
      return refuse(fmt::format("{} hides {}, which is refused as a destination", address.text(), hidden->text()),
                    address);
    }
  }
  if (const auto kind = special_kind(address); !kind.empty()) {
    return refuse(fmt::format("{} is {}, which is refused as a destination", address.text(), kind), address);
  }
  if (only_allowed) return refuse(address.text() + " is outside the allowed destinations", address);
  return {};
}

Status DestinationPolicy::check(const SocketAddress& address) const {
  MW_CHECK(check_address(address.ip));
  if (std::ranges::find(ports, address.port) != ports.end()) return {};
  return fail(Error(BaseError::refused_destination, fmt::format("port {} is not among the allowed ports", address.port))
                  .with_remedy(fmt::format("if it is meant, add {} to network.allowed_ports in the configuration",
                                           address.port)));
}

}  // namespace mailward
