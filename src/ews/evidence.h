#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/tls.h"
#include "ews/challenge.h"
#include "ews/http_fields.h"

namespace mailward::ews {

/// How much of a call reached the wire, whatever became of it.
enum class Sent {
  nothing,       ///< no byte of any request: safe to begin anew
  sign_in_only,  ///< legs of a sign-in without the request's body: nothing was executed, an attempt may have been
                 ///< counted
  request,       ///< the request or some of it: it may have been executed
};
std::string_view sent_name(Sent sent);

/// Where a sign-in stood when the answer came.
enum class SignInStage {
  none,             ///< sent without credentials, on a connection that is not signed in
  already,          ///< the connection was signed in before
  basic_sent,       ///< Basic went with the request
  negotiate_sent,   ///< the Kerberos token went with the request
  ntlm_type1_sent,  ///< no type 2 came
  ntlm_type3_sent,  ///< a type 2 had come
};
std::string_view sign_in_stage_name(SignInStage stage);

struct SignIn {
  std::optional<Scheme> scheme;
  SignInStage stage = SignInStage::none;
  bool accepted = false;        ///< an answer other than 401 came
  bool binding_sent = false;    ///< a channel binding stood in the token
  std::size_t token_bytes = 0;  ///< Negotiate: how long the value of Authorization was
  bool mutual = false;          ///< Negotiate: the server proved itself by its answering token
  bool persistent = true;       ///< false: the server wants the credential with each request (Persistent-Auth: false)
  std::uint32_t gss_major = 0;  ///< where a token could not be made
  std::uint32_t gss_minor = 0;
};

struct TlsFacts {
  std::string protocol;  ///< "TLSv1.3"
  std::string cipher;
  std::vector<CertificateInfo> chain;  ///< as the server sent it, its own first, at most 10
};

struct CallTimes {
  std::chrono::microseconds connect{};  ///< TCP, where this call connected
  std::chrono::microseconds tls{};      ///< the handshake
  std::chrono::microseconds first_byte{};
  std::chrono::microseconds total{};
};

/// What one call saw on the wire: parsed fields only, foreign text as it came (make it printable before showing it).
struct Evidence {
  int status = 0;                     ///< of the last answer; 0 where none came
  HttpFields head;                    ///< of the last answer
  Offer offer;                        ///< of the last 401 or, where none came in this call, of the session's last
  std::optional<Timestamp> date;      ///< the server's clock
  std::optional<Timestamp> received;  ///< ours when the head came, to compare it with
  std::string request_id;             ///< client-request-id as we sent it
  std::string front_end;              ///< X-FEServer (the first)
  std::string back_end;               ///< X-BEServer or X-CalculatedBETarget
  std::string diagnostic;             ///< X-DiagInfo
  std::string request_id_server;      ///< the server's own request-id
  Sent sent = Sent::nothing;
  SignIn sign_in;
  std::shared_ptr<const TlsFacts> tls;  ///< of the connection used; null where none stood
  unsigned requests = 0;                ///< HTTP requests of this call
  unsigned connects = 0;                ///< TCP connections that it opened
  std::uint64_t body_bytes = 0;         ///< of the answers' bodies, as they came over the wire
  CallTimes times;
};

/// Whether something went out by which the password can be judged: Basic, a ticket, or the last token of NTLM.
bool showed_password(const Evidence& evidence);

/// The value of X-BackEndOverrideCookie that the answer set, or empty: it names the server that holds a subscription.
std::string affinity_cookie(const Evidence& evidence);

}  // namespace mailward::ews
