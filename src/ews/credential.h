#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/secret.h"

struct gss_cred_id_struct;

namespace mailward::ews {

/// How to sign in, strongest first. Negotiate means Kerberos inside SPNEGO: this client never falls to NTLM inside it,
/// which would cost a second failed attempt.
enum class Scheme { negotiate, ntlm, basic };
std::string_view scheme_name(Scheme scheme);  ///< "Negotiate", "NTLM", "Basic"

/// GSSAPI's handle (gss_cred_id_t) on a ticket cache that already holds the service ticket, kept alive with whatever
/// owns it: `std::shared_ptr<gss_cred_id_struct>(owner, handle)`. Made by kerberos/.
using TicketHandle = std::shared_ptr<gss_cred_id_struct>;

/// Whether Kerberos and NTLM tokens carry the TLS channel binding. `omit` is for finding out whether a server demands
/// it, `falsify` (Negotiate alone) for finding out whether it looks: it sends the binding to a channel that is not this
/// one.
enum class ChannelBinding { send, omit, falsify };

/// What one session signs in with. Movable, not copyable.
struct Credential {
  Scheme scheme = Scheme::ntlm;
  /// NTLM and Basic: DOMAIN\user, user@domain.test or user, as it is to be sent.
  std::string user;
  /// NTLM and Basic.
  SecretString password;
  /// Negotiate. (For NTLM the session keeps gss-ntlmssp's credential here, made at the first sign-in.)
  TicketHandle tickets;
  /// Negotiate: the service's principal with its realm, "HTTP/mail.example.test@EXAMPLE.TEST". Its ticket is in
  /// `tickets`, so that making a token asks no network.
  std::string service;
  ChannelBinding binding = ChannelBinding::send;
  /// Whose connection it becomes: sessions are never lent to another account. The account's id, not a secret.
  std::string account;

  Credential clone() const;
};

/// Whether Basic carries this text unharmed to any server: only ASCII does. Others go as UTF-8 (RFC 7617 2.1), which
/// IIS may read in the system's code page.
bool survives_basic(std::string_view text);

}  // namespace mailward::ews
