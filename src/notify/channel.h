#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/id.h"
#include "notify/error.h"
#include "secrets/secret_store.h"

namespace mailward::notify {

using ChannelId = Id<struct ChannelTag>;

enum class ChannelKind : std::uint8_t { relay, webhook };
/// How a relay is spoken to: TLS begun by STARTTLS (RFC 3207), TLS from the first byte (RFC 8314), or none, which is
/// for a relay on this very host alone.
enum class Security : std::uint8_t { starttls, tls, none };
/// How a webhook is shown who sends: not at all, "Authorization: Bearer …", or HMAC-SHA256 over the body.
enum class Proof : std::uint8_t { none, bearer, signature };

/// The names that the API has for them; they live as long as the program.
std::string_view name_of(ChannelKind kind);
std::string_view name_of(Security security);
std::string_view name_of(Proof proof);
std::optional<ChannelKind> channel_kind_named(std::string_view name);
std::optional<Security> security_named(std::string_view name);
std::optional<Proof> proof_named(std::string_view name);

/// What an administrator fills in.
struct ChannelForm {
  std::string name;  ///< 1–100 characters, unlike every other channel's
  ChannelKind kind = ChannelKind::relay;
  // A relay.
  std::string host;
  std::uint16_t port = 587;
  Security security = Security::starttls;
  std::string user;  ///< empty: no sign-in
  std::string from;  ///< the sender's address
  // A webhook.
  std::string url;
  Proof proof = Proof::none;
  // Both.
  std::string trust_pem;  ///< empty: the system's authorities
  bool enabled = true;

  /// Whether a password (bearer secret, key) belongs to it.
  bool takes_secret() const { return kind == ChannelKind::relay ? !user.empty() : proof != Proof::none; }
};

/// The form without outer white space, the host in lower case, and nothing in the fields of the other kind.
ChannelForm tidied(ChannelForm form);
/// Field by field what does not hold; empty when all does.
std::vector<FieldProblem> check_form(const ChannelForm& form);

/// A channel as it stands.
struct Channel {
  ChannelId id;
  std::int64_t version = 0;
  ChannelForm form;
  std::optional<secrets::SecretId> secret;
  /// Since when nothing is sent because the password was refused; until the channel is edited.
  std::optional<Timestamp> resting;
  std::optional<Timestamp> last_accepted;
  std::optional<Timestamp> last_refused;
  std::string last_refusal;
  std::string last_remedy;  ///< what to do about it
  /// Since when a webhook's receiver turns away who sends (401, 403). What is due is kept and tried ever more seldom,
  /// until the channel is edited, or tested well.
  std::optional<Timestamp> turned_away;
  Timestamp created;
  Timestamp updated;
  std::string updated_by;

  /// For logs, the trail and those who only look: a webhook's path may open it, and is left out.
  std::string shown_destination() const;
};

/// Where the channel's password may go, as one canonical text: host, port, security, trust (the authorities' hash) and
/// user; of a webhook the whole URL, trust, and how the secret is used. Errors: invalid_form.
Result<std::string> destination_text(const ChannelForm& form);
/// The associated data that the password is sealed with.
Bytes sealing_context(ChannelId channel, std::string_view destination);
/// What differs between two destinations, for a person: "host, user".
std::string difference(std::string_view before, std::string_view after);

}  // namespace mailward::notify
