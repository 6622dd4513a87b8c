#include "kerberos/refusal.h"

#include <array>

#include "kerberos/tickets.h"

namespace mailward::kerberos {
namespace {

/// One element of DER: as much as KERB-ERROR-DATA needs.
struct Element {
  std::uint8_t tag = 0;
  BytesView content;
};

/// Takes the next element off `rest`; nothing when it is not whole.
std::optional<Element> take(BytesView& rest) {
  if (rest.size() < 2) return std::nullopt;
  std::uint8_t tag = rest[0];
  std::size_t length = rest[1];
  std::size_t header = 2;
  if (length >= 0x80) {
    std::size_t octets = length & 0x7fU;
    if (octets == 0 || octets > 3 || rest.size() < 2 + octets) return std::nullopt;
    length = 0;
    for (std::size_t i = 0; i < octets; ++i) length = length << 8U | rest[2 + i];
    header += octets;
  }
  if (rest.size() - header < length) return std::nullopt;
  Element element{tag, rest.subspan(header, length)};
  rest = rest.subspan(header + length);
  return element;
}

constexpr std::uint8_t kSequence = 0x30;
constexpr std::uint8_t kInteger = 0x02;
constexpr std::uint8_t kOctetString = 0x04;
constexpr std::uint8_t kField1 = 0xa1;
constexpr std::uint8_t kField2 = 0xa2;

/// { [1] INTEGER 3, [2] OCTET STRING of 12 bytes }: the status, little-endian, then two words of no meaning here.
std::optional<std::uint32_t> status_in(BytesView fields) {
  auto type = take(fields);
  auto value = take(fields);
  if (!type || !value || type->tag != kField1 || value->tag != kField2) return std::nullopt;
  BytesView type_content = type->content;
  BytesView value_content = value->content;
  auto number = take(type_content);
  auto octets = take(value_content);
  if (!number || !octets || number->tag != kInteger || octets->tag != kOctetString) return std::nullopt;
  if (number->content.size() != 1 || number->content[0] != 3 || octets->content.size() != 12) return std::nullopt;
  BytesView status = octets->content;
  return std::uint32_t{status[0]} | std::uint32_t{status[1]} << 8U | std::uint32_t{status[2]} << 16U |
         std::uint32_t{status[3]} << 24U;
}

struct StatusMeaning {
  std::uint32_t status;
  KerberosError code;
  const char* words;
};
constexpr std::array<StatusMeaning, 12> kStatuses{{
    {0xC0000064, KerberosError::unknown_user, "no such account"},
    {0xC000006A, KerberosError::bad_password, "wrong password"},
    {0xC000006E, KerberosError::not_allowed_now, "an account restriction forbids this sign-in"},
    {0xC000006F, KerberosError::not_allowed_now, "sign-in is not allowed at this hour"},
    {0xC0000070, KerberosError::not_allowed_now, "sign-in is not allowed from this workstation"},
    {0xC0000071, KerberosError::password_expired, "the password has expired"},
    {0xC0000072, KerberosError::account_disabled, "the account is disabled"},
    {0xC000015B, KerberosError::not_allowed_now, "this type of sign-in is not granted"},
    {0xC0000193, KerberosError::account_expired, "the account has expired"},
    {0xC0000224, KerberosError::must_change_password, "the password must be changed at the next sign-in"},
    {0xC0000234, KerberosError::account_locked, "the account is locked"},
    {0xC0000413, KerberosError::not_allowed_now, "an authentication policy forbids this sign-in"},
}};

// RFC 4120 7.5.9, RFC 6806 for 68.
KerberosError meaning(Phase phase, std::uint32_t code) {
  switch (code) {
    case 6:
      return KerberosError::unknown_user;
    case 7:
      return phase == Phase::service ? KerberosError::no_spn : KerberosError::no_kdc_known;
    case 8:
      return phase == Phase::service ? KerberosError::duplicate_spn : KerberosError::other;
    case 12:
      return KerberosError::not_allowed_now;
    case 14:
      return KerberosError::etype_mismatch;
    case 18:
      return KerberosError::account_revoked;
    case 23:
      return KerberosError::password_expired;
    case 24:
      return KerberosError::bad_password;
    case 31:
      return phase == Phase::initial ? KerberosError::bad_password : KerberosError::other;
    case 37:
      return KerberosError::clock_skew;
    case 68:
      return KerberosError::no_kdc_known;
    default:
      return KerberosError::other;
  }
}

constexpr bool says_why(std::uint32_t code) {
  return code == 18 || code == 23 || code == 12 || code == 24;
}

}  // namespace

std::optional<std::uint32_t> nt_status_of(BytesView e_data) {
  auto outer = take(e_data);
  if (!outer || outer->tag != kSequence) return std::nullopt;
  if (auto status = status_in(outer->content)) return status;
  BytesView rest = outer->content;
  while (auto each = take(rest)) {
    if (each->tag != kSequence) continue;
    if (auto status = status_in(each->content)) return status;
  }
  return std::nullopt;
}

Error refusal(Phase phase, std::uint32_t protocol_code, std::optional<std::uint32_t> nt_status,
              const std::string& words) {
  KerberosError code = meaning(phase, protocol_code);
  std::string message = "the controller says: " + printable(words);
  if (nt_status && says_why(protocol_code)) {
    for (const auto& known : kStatuses) {
      if (known.status != *nt_status) continue;
      code = known.code;
      message += std::string(" (") + known.words + ")";
    }
  }
  return {code, message};
}

Error library_refusal(Phase phase, const PrivateContext& context, krb5_error_code code,
                      std::optional<std::uint32_t> nt_status) {
  std::string words = context.words(code);
  if (code >= ERROR_TABLE_BASE_krb5 && code < ERROR_TABLE_BASE_krb5 + 128) {
    return refusal(phase, static_cast<std::uint32_t>(code - ERROR_TABLE_BASE_krb5), nt_status, words);
  }
  switch (code) {
    case KRB5_KDCREP_SKEW:
      return {KerberosError::clock_skew, words};
    case KRB5_PROG_ETYPE_NOSUPP:
    case KRB5_CONFIG_ETYPE_NOSUPP:
    case KRB5_BAD_ENCTYPE:
      return {KerberosError::etype_mismatch, words};
    case KRB5_PREAUTH_FAILED:
      return {KerberosError::etype_mismatch,
              "no way to prove the password that the controller offers is known here: " + words};
    case KRB5_KDCREP_MODIFIED:
    case KRB5KRB_AP_ERR_MODIFIED:
      return {KerberosError::malformed_answer, words};
    default:
      break;
  }
  if (code >= ASN1_BAD_TIMEFORMAT && code <= ASN1_BAD_TIMEFORMAT + 20) return {KerberosError::malformed_answer, words};
  return {KerberosError::other, words};
}

}  // namespace mailward::kerberos
