#include "ews/credential.h"

#include <algorithm>

namespace mailward::ews {

std::string_view scheme_name(Scheme scheme) {
  switch (scheme) {
    case Scheme::negotiate:
      return "Negotiate";
    case Scheme::ntlm:
      return "NTLM";
    case Scheme::basic:
      return "Basic";
  }
  return "";
}

Credential Credential::clone() const {
  Credential copy;
  copy.scheme = scheme;
  copy.user = user;
  if (!password.empty()) copy.password = password.clone();
  copy.tickets = tickets;
  copy.service = service;
  copy.binding = binding;
  copy.account = account;
  return copy;
}

bool survives_basic(std::string_view text) {
  return std::ranges::all_of(text, [](char letter) { return letter >= 0x20 && letter < 0x7f; });
}

}  // namespace mailward::ews
