#pragma once

#include <any>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exchange_sim/account_source.h"
#include "exchange_sim/kerberos_acceptor.h"
#include "exchange_sim/settings.h"
#include "exchange_sim/token_cache.h"

/// Sign-in as IIS does it: NTLM and Negotiate sign in the connection, Basic each request.
namespace mailward::exchange_sim {

/// What a connection remembers between its requests.
struct ConnectionSignIn {
  struct Handshake {
    Scheme header = Scheme::ntlm;  ///< under which name the client sent it
    std::array<std::uint8_t, 8> server_challenge{};
    Bytes negotiate_bytes;
    Bytes challenge_bytes;
  };
  std::optional<Handshake> handshake;
  std::unique_ptr<KerberosContext> kerberos;
  std::string account;  ///< signed in; empty for nobody
  std::string scheme;
};

struct SignedIn {
  std::string account;
  std::string scheme;  ///< "Basic", "NTLM", "Kerberos"
  std::string answer;  ///< a last WWW-Authenticate value for the client (Negotiate's answer token); may be empty
  bool fresh = false;  ///< this request completed the handshake
};

struct Challenged {
  std::vector<std::string> www_authenticate;
  bool mid_handshake = false;
};

struct SignInOutcome {
  std::optional<SignedIn> signed_in;
  Challenged challenged;
};

class SignInDoor {
 public:
  SignInDoor(AccountSource& accounts, const KerberosAcceptor* kerberos, std::string netbios, std::string domain,
             std::string basic_realm);

  /// Judges one request. `end_point` is the tls-server-end-point binding of the connection's certificate.
  SignInOutcome judge(std::string_view authorization, const VirtualDirectory& directory, std::string_view server_name,
                      const Bytes& end_point, ConnectionSignIn& connection) const;

  /// What a server says that takes NTLM only inside Negotiate: that it chooses NTLM where the client lists it, else a
  /// plain refusal. Nothing where the request is no SPNEGO, which it judges as ever.
  std::optional<Challenged> without_kerberos(std::string_view authorization, const VirtualDirectory& directory) const;

  /// The WWW-Authenticate values of a plain 401, in Exchange's order.
  std::vector<std::string> offers(const VirtualDirectory& directory) const;

 private:
  SignInOutcome basic(std::string_view credentials, const VirtualDirectory& directory,
                      std::string_view server_name) const;
  SignInOutcome ntlm(Scheme header, const Bytes& token, const VirtualDirectory& directory, std::string_view server_name,
                     const Bytes& end_point, ConnectionSignIn& connection) const;
  SignInOutcome kerberos(const Bytes& token, const VirtualDirectory& directory, const Bytes& end_point,
                         ConnectionSignIn& connection) const;
  SignInOutcome refused(const VirtualDirectory& directory) const;

  AccountSource& accounts_;
  const KerberosAcceptor* kerberos_;
  std::string netbios_;
  std::string domain_;
  std::string basic_realm_;
  mutable TokenCache basic_tokens_{Clock::system()};
};

/// "none", "basic", "ntlm_negotiate", "ntlm_authenticate", "negotiate", "other": for the request log.
std::string_view authorization_kind(std::string_view authorization);

}  // namespace mailward::exchange_sim
