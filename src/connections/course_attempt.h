#pragma once

#include "connections/course.h"
#include "ews/operations/get_server_time_zones.h"
#include "ews/spnego.h"

/// One try of a sign-in, as the parts of the test make it.
namespace mailward::connections {

using SignInReply = ews::Outcome<ews::Reply<ews::GetServerTimeZones::Response>>;

/// The name to send with NTLM and Basic: as typed, but for an address that is no UPN the directory knows a better one.
std::string sign_in_name(const Course& course);

/// The first call that signs in: one that needs no mailbox, so that nothing but the sign-in can fail.
SignInReply attempt(Course& course, ews::Session& session, ews::Scheme scheme,
                    ews::ChannelBinding binding = ews::ChannelBinding::send);
/// The same on a connection of its own: for another scheme or binding, after a refusal on this one.
SignInReply attempt_anew(Course& course, const Target& target, ews::Scheme scheme, ews::ChannelBinding binding);
/// What the server's Negotiate holds, by its own word; nothing where it says none.
std::optional<ews::Mechanism> ask_for_mechanism(Course& course, const Target& target);
/// The same call on a connection of its own without a sign-in: Exchange answers 401. Shows no password.
SignInReply ask_without_sign_in(Course& course, const Target& target);

/// Why a sign-in with a right password does not serve at this address, and what becomes of it.
struct RightRefused {
  Finding finding;
  bool ntlm_serves = false;  ///< tried: the test may go on with it
  bool final = false;        ///< NTLM was refused, or nobody knows: nothing is tried any more
};

/// NTLM in the place of Kerberos, once a test, where it is allowed and offered: the KDC has taken the password, so that
/// one is shown that is right.
void try_ntlm(Course& course, const Target& target, Facts& facts, RightRefused& refused);

/// A Kerberos token was refused: whether the server's Negotiate holds NTLM only, which is asked without a credential.
/// Nothing where it does not say so.
std::optional<RightRefused> explain_by_mechanism(Course& course, Target& target, Facts& facts);
/// After all sign-ins: says where Kerberos was allowed and its realm known, and another scheme signs in, and why. A
/// note where a finding says so already, or where the server does not offer Negotiate anywhere, which is nothing
/// silent.
void tell_fall(Course& course);

/// Whether a failed sign-in by Negotiate may be one of its token's size: refused by HTTP, not by the sign-in.
bool may_be_token_size(const ews::Failure& failure);
/// What a refusal of HTTP means that came for a Kerberos token: the same request without one is asked, and where that
/// passes, NTLM is tried. Nothing where the request does not pass either: then its size is not the token's.
std::optional<RightRefused> explain_token_size(Course& course, Target& target, const ews::Evidence& evidence,
                                               Facts& facts);

}  // namespace mailward::connections
