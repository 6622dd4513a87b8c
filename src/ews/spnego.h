#pragma once

#include <optional>
#include <string>

#include "base/bytes.h"
#include "ews/http_fields.h"

/// Asking a server that offers Negotiate what it takes inside (SPNEGO, RFC 4178), without proving anything.
namespace mailward::ews {

enum class Mechanism { kerberos, ntlm, other };

/// The value of Authorization that offers Kerberos before NTLM and carries a token of neither: a server answers which
/// it chooses. It names no account, so that nothing can be refused or counted.
const std::string& mechanism_question();

/// The mechanism that a server's SPNEGO answer chooses (NegTokenResp's supportedMech). Nothing where it names none or
/// is no such answer. Never fails: what cannot be read names none.
std::optional<Mechanism> chosen_mechanism(BytesView answer);
/// The same of the Negotiate challenge in a 401's head.
std::optional<Mechanism> chosen_mechanism(const HttpFields& head);

}  // namespace mailward::ews
