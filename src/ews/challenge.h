#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ews/credential.h"
#include "ews/http_fields.h"

namespace mailward::ews {

/// One challenge of a WWW-Authenticate field (RFC 9110 11.6.1): a scheme with either a token or parameters.
struct Challenge {
  std::string scheme;                                           ///< as spelt
  std::string token;                                            ///< token68: NTLM's and Negotiate's answer
  std::vector<std::pair<std::string, std::string>> parameters;  ///< names in lower case, quotes undone
};

/// Reads one field's value, which may list several challenges. Never fails: what cannot be read ends the list. At most
/// 32 challenges of 64 parameters.
std::vector<Challenge> parse_challenges(std::string_view value);

/// All challenges of a head, in order.
std::vector<Challenge> challenges_of(const HttpFields& fields, std::string_view field_name = "WWW-Authenticate");

/// What a server offers for signing in.
struct Offer {
  std::vector<Scheme> schemes;      ///< those that we know, strongest first, no repeats
  std::vector<std::string> others;  ///< schemes that we do not speak ("Bearer", "Digest"), made printable
  std::string basic_realm;
  bool offers(Scheme scheme) const;
};
Offer offer_of(const HttpFields& fields);

}  // namespace mailward::ews
