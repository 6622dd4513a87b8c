#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "base/secret.h"
#include "ews/credential.h"

using SSL = struct ssl_st;

namespace mailward::ews {

/// The channel binding of the connection's server certificate. Errors: crypto.
Result<Bytes> channel_binding_of(SSL* ssl);

/// "Basic " and the credentials (RFC 7617), UTF-8.
SecretString basic_authorization(const Credential& credential);

/// gss-ntlmssp's credential of user and password. Made once for a session: version 1.2 loses some 6 KB each time.
/// Errors: token_failed.
Result<TicketHandle> acquire_ntlm(const Credential& credential);

/// One GSSAPI context: NTLM by gss-ntlmssp, or Kerberos inside SPNEGO. For one thread at a time. It blocks for well
/// under a millisecond: NTLM computes, and Kerberos finds its ticket in the cache.
class TokenMaker {
 public:
  /// Prepares the context, with `credential.tickets` for either scheme. Errors: token_failed.
  static Result<TokenMaker> begin(const Credential& credential, const std::string& host);
  TokenMaker(TokenMaker&&) noexcept;
  TokenMaker& operator=(TokenMaker&&) noexcept;
  ~TokenMaker();

  /// The scheme's name and the next token, as Authorization wants it. `answer` is the server's token, empty at first;
  /// `binding` is empty for none. Errors: token_failed with GSSAPI's words.
  Result<SecretString> next(BytesView answer, BytesView binding);
  /// Takes the server's last token in. True where it proves that the server holds the service's key.
  bool accept(BytesView answer, BytesView binding);

  bool established() const;
  std::uint32_t major() const;  ///< of the last call that failed, 0 before
  std::uint32_t minor() const;

 private:
  struct State;
  explicit TokenMaker(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace mailward::ews
