#include "exchange_sim/sign_in.h"

#include <algorithm>
#include <array>

#include "base/digest.h"

namespace mailward::exchange_sim {
namespace {

constexpr std::size_t kMaxToken = std::size_t{96} * 1024;

struct Authorization {
  std::string scheme;
  std::string_view rest;
};

Authorization split(std::string_view header) {
  const auto space = header.find(' ');
  Authorization parts{.scheme = lower_case(header.substr(0, space)), .rest = {}};
  if (space != std::string_view::npos) parts.rest = header.substr(space + 1);
  while (parts.rest.starts_with(' ')) parts.rest.remove_prefix(1);
  return parts;
}

ntlm::AvPair text_pair(ntlm::AvId id, const std::string& text) {
  return {.id = id, .value = to_utf16le(text).value_or(Bytes{})};
}

ntlm::AvPair timestamp_pair() {
  constexpr std::uint64_t kUnixInFiletime = 116444736000000000ULL;
  const auto micros = static_cast<std::uint64_t>(to_micros(Clock::system().now()));
  const std::uint64_t filetime = kUnixInFiletime + micros * 10;
  Bytes value(8);
  for (unsigned i = 0; i < 8; ++i) value[i] = static_cast<std::uint8_t>(filetime >> (8 * i) & 0xff);
  return {.id = ntlm::AvId::timestamp, .value = std::move(value)};
}

/// Whether the binding in a type 3 message satisfies the setting.
bool binding_satisfies(const ntlm::Authenticate& message, ExtendedProtection setting, const Bytes& end_point) {
  if (setting == ExtendedProtection::none) return true;
  const auto pairs = ntlm::response_pairs(message);
  if (!pairs) return false;
  const ntlm::AvPair* sent = ntlm::find(*pairs, ntlm::AvId::channel_bindings);
  const bool missing = sent == nullptr || std::ranges::all_of(sent->value, [](std::uint8_t b) { return b == 0; });
  if (missing) return setting == ExtendedProtection::allow;
  return std::ranges::equal(sent->value, ntlm::channel_binding_hash(end_point));
}

SignInOutcome accept(std::string account, std::string scheme, std::string answer = {}) {
  return {
      .signed_in =
          SignedIn{
              .account = std::move(account), .scheme = std::move(scheme), .answer = std::move(answer), .fresh = true},
      .challenged = {}};
}

}  // namespace

SignInDoor::SignInDoor(AccountSource& accounts, const KerberosAcceptor* kerberos, std::string netbios,
                       std::string domain, std::string basic_realm)
    : accounts_(accounts),
      kerberos_(kerberos),
      netbios_(std::move(netbios)),
      domain_(std::move(domain)),
      basic_realm_(std::move(basic_realm)) {}

std::vector<std::string> SignInDoor::offers(const VirtualDirectory& directory) const {
  std::vector<std::string> values;
  values.reserve(directory.schemes.size());
  for (const Scheme scheme : directory.schemes) {
    values.push_back(scheme == Scheme::basic ? "Basic realm=\"" + basic_realm_ + "\""
                                             : std::string(scheme_name(scheme)));
  }
  return values;
}

SignInOutcome SignInDoor::refused(const VirtualDirectory& directory) const {
  return {.signed_in = std::nullopt, .challenged = {.www_authenticate = offers(directory), .mid_handshake = false}};
}

SignInOutcome SignInDoor::judge(std::string_view authorization, const VirtualDirectory& directory,
                                std::string_view server_name, const Bytes& end_point,
                                ConnectionSignIn& connection) const {
  if (authorization.empty()) {
    if (connection.account.empty()) {
      connection.handshake.reset();
      return refused(directory);
    }
    return {
        .signed_in = SignedIn{.account = connection.account, .scheme = connection.scheme, .answer = {}, .fresh = false},
        .challenged = {}};
  }
  const Authorization parts = split(authorization);
  const auto scheme = scheme_from(parts.scheme);
  if (!scheme || std::ranges::find(directory.schemes, *scheme) == directory.schemes.end()) return refused(directory);
  if (*scheme == Scheme::basic) return basic(parts.rest, directory, server_name);
  if (parts.rest.size() > kMaxToken) return refused(directory);
  const auto token = from_base64(parts.rest);
  connection.account.clear();
  if (!token || token->empty()) {
    connection.handshake.reset();
    return refused(directory);
  }
  SignInOutcome outcome = ntlm::message_type(*token) != 0
                              ? ntlm(*scheme, *token, directory, server_name, end_point, connection)
                              : kerberos(*token, directory, end_point, connection);
  if (outcome.signed_in && !directory.per_request_authentication) {
    connection.account = outcome.signed_in->account;
    connection.scheme = outcome.signed_in->scheme;
  }
  return outcome;
}

std::optional<Challenged> SignInDoor::without_kerberos(std::string_view authorization,
                                                       const VirtualDirectory& directory) const {
  const Authorization parts = split(authorization);
  if (parts.scheme != "negotiate" || parts.rest.size() > kMaxToken) return std::nullopt;
  const auto token = from_base64(parts.rest);
  if (!token || token->empty() || ntlm::message_type(*token) != 0) return std::nullopt;
  // NTLMSSP's object identifier among the client's mechanisms, which stand at the token's beginning.
  constexpr auto kNtlmSsp =
      std::to_array<std::uint8_t>({0x06, 0x0a, 0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x02, 0x0a});
  constexpr std::size_t kMechanisms = 120;
  const auto head = BytesView(*token).first(std::min(token->size(), kMechanisms));
  Challenged challenged{.www_authenticate = offers(directory), .mid_handshake = false};
  if (std::ranges::search(head, kNtlmSsp).empty()) return challenged;
  Bytes answer{0xa1, 0x15, 0x30, 0x13, 0xa0, 0x03, 0x0a, 0x01, 0x01, 0xa1, 0x0c};  // accept-incomplete, and NTLM
  answer.insert(answer.end(), kNtlmSsp.begin(), kNtlmSsp.end());
  for (std::string& offer : challenged.www_authenticate) {
    if (offer == scheme_name(Scheme::negotiate)) offer += " " + to_base64(answer);
  }
  challenged.mid_handshake = true;
  return challenged;
}

SignInOutcome SignInDoor::basic(std::string_view credentials, const VirtualDirectory& directory,
                                std::string_view server_name) const {
  auto decoded = from_base64(credentials);
  if (!decoded) return refused(directory);
  std::string text(as_text(*decoded));
  wipe(*decoded);
  // IIS reads Basic as ISO 8859-1 unless it is UTF-8; what is neither comes out as a wrong password.
  const auto colon = text.find(':');
  if (colon == std::string::npos) return refused(directory);
  const std::string user = text.substr(0, colon);
  const SecretString password(std::string_view(text).substr(colon + 1));
  wipe(text);
  auto account = basic_tokens_.find(server_name, user, password, directory.basic_token);
  if (!account) {
    account = accounts_.check_password(user, password);
    if (!account) return refused(directory);
    basic_tokens_.keep(server_name, user, password, *account);
  }
  return accept(*std::move(account), "Basic");
}

SignInOutcome SignInDoor::ntlm(Scheme header, const Bytes& token, const VirtualDirectory& directory,
                               std::string_view server_name, const Bytes& end_point,
                               ConnectionSignIn& connection) const {
  if (ntlm::message_type(token) == 1) {
    const auto negotiate = ntlm::parse_negotiate(token);
    if (!negotiate) return refused(directory);
    ntlm::Challenge challenge;
    challenge.flags = ntlm::kNegotiateUnicode | ntlm::kRequestTarget | ntlm::kNegotiateNtlm |
                      ntlm::kNegotiateAlwaysSign | ntlm::kTargetTypeDomain | ntlm::kNegotiateExtendedSessionSecurity |
                      ntlm::kNegotiateTargetInfo | ntlm::kNegotiateVersion;
    challenge.flags |= negotiate->flags &
                       (ntlm::kNegotiateSign | ntlm::kNegotiate128 | ntlm::kNegotiate56 | ntlm::kNegotiateKeyExchange);
    fill_random(challenge.server_challenge);
    challenge.target_name = netbios_;
    const std::string computer(server_name);
    challenge.target_info = {text_pair(ntlm::AvId::nb_domain_name, netbios_),
                             text_pair(ntlm::AvId::nb_computer_name, computer),
                             text_pair(ntlm::AvId::dns_domain_name, domain_),
                             text_pair(ntlm::AvId::dns_computer_name, lower_case(computer) + "." + domain_),
                             text_pair(ntlm::AvId::dns_tree_name, domain_),
                             timestamp_pair()};
    const Bytes bytes = ntlm::build_challenge(challenge);
    connection.handshake = ConnectionSignIn::Handshake{.header = header,
                                                       .server_challenge = challenge.server_challenge,
                                                       .negotiate_bytes = token,
                                                       .challenge_bytes = bytes};
    SignInOutcome outcome = refused(directory);
    outcome.challenged.mid_handshake = true;
    for (std::string& offer : outcome.challenged.www_authenticate) {
      if (offer == scheme_name(header)) offer += " " + to_base64(bytes);
    }
    return outcome;
  }
  if (!connection.handshake || ntlm::message_type(token) != 3) return refused(directory);
  const ConnectionSignIn::Handshake handshake = *std::move(connection.handshake);
  connection.handshake.reset();
  auto message = ntlm::parse_authenticate(token);
  if (!message || message->nt_response.empty()) return refused(directory);
  NtlmAttempt attempt{.message = *std::move(message),
                      .server_challenge = handshake.server_challenge,
                      .negotiate_bytes = handshake.negotiate_bytes,
                      .challenge_bytes = handshake.challenge_bytes,
                      .authenticate_bytes = token};
  auto account = accounts_.check_ntlm(attempt);
  // Windows checks the binding after the password: a wrong binding does not hide a wrong password from the counters.
  if (!account || !binding_satisfies(attempt.message, directory.extended_protection, end_point)) {
    return refused(directory);
  }
  return accept(*std::move(account), "NTLM");
}

SignInOutcome SignInDoor::kerberos(const Bytes& token, const VirtualDirectory& directory, const Bytes& end_point,
                                   ConnectionSignIn& connection) const {
  if (kerberos_ == nullptr) return refused(directory);
  if (!connection.kerberos) connection.kerberos = std::make_unique<KerberosContext>();
  const KerberosStep step = kerberos_->accept(*connection.kerberos, token, directory.extended_protection, end_point);
  const std::string answer = step.answer.empty() ? std::string() : "Negotiate " + to_base64(step.answer);
  if (step.state == KerberosStep::State::more) {
    SignInOutcome outcome{.signed_in = std::nullopt,
                          .challenged = {.www_authenticate = {answer}, .mid_handshake = true}};
    return outcome;
  }
  connection.kerberos.reset();
  if (step.state == KerberosStep::State::refused) return refused(directory);
  auto account = accounts_.canonical_name(step.principal);
  if (!account) return refused(directory);
  return accept(*std::move(account), "Kerberos", answer);
}

std::string_view authorization_kind(std::string_view authorization) {
  if (authorization.empty()) return "none";
  const Authorization parts = split(authorization);
  if (parts.scheme == "basic") return "basic";
  if (parts.rest.starts_with("TlRMTVNTUAAB")) return "ntlm_negotiate";
  if (parts.rest.starts_with("TlRMTVNTUAAD")) return "ntlm_authenticate";
  return parts.scheme == "negotiate" ? "negotiate" : "other";
}

}  // namespace mailward::exchange_sim
