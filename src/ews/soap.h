#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "ews/failure.h"
#include "ews/server_version.h"
#include "ews/session.h"
#include "ews/xml.h"

namespace mailward::ews {

/// Whose mailbox the account acts in (t:ExchangeImpersonation, MS-OXWSCDATA 2.2.4.8).
struct Impersonation {
  enum class Kind { primary_smtp_address, smtp_address, principal_name, sid };
  Kind kind = Kind::primary_smtp_address;
  std::string value{};
};

/// What goes with one SOAP call beside the operation itself.
struct CallContext {
  std::optional<Impersonation> impersonate{};
  /// X-AnchorMailbox; empty: the impersonated address, where that is an address.
  std::string anchor_mailbox{};
  /// client-request-id; empty: a new one.
  std::string request_id{};
  /// X-PublicFolderMailbox; empty: none. The mailbox that holds a public folder's content.
  std::string public_folder_mailbox{};
  /// X-PreferServerAffinity and, where one was given before, X-BackEndOverrideCookie: calls of one subscription must
  /// reach the server that holds it (affinity_cookie() in evidence.h).
  bool prefer_affinity = false;
  std::string affinity_cookie{};
};

/// An operation's response with what stood around it.
template <typename Response>
struct Reply {
  Response response;
  ServerVersion version;  ///< not known() where the answer had no header
  Evidence evidence;
};

/// The whole envelope: RequestServerVersion Exchange2016, impersonation, and `body`, the operation's element.
std::string envelope(std::string_view body, const CallContext& context);

/// A SOAP answer, checked to be one.
struct Envelope {
  XmlDocument document;
  ServerVersion version;
  XmlElement payload;  ///< the one element inside Body; lives with `document`
};

/// Reads the envelope in `bytes`, whatever the HTTP around it was. Errors: XML's, not_soap, soap_fault, throttled.
Outcome<Envelope> read_envelope(std::string_view bytes, std::string_view operation);

/// The same for a document that is parsed already.
Outcome<Envelope> envelope_of(XmlDocument document, std::string_view operation);

/// Judges an HTTP answer and reads its envelope: everything that is no SOAP answer of `operation` ("GetFolder") becomes
/// the Failure that names it, faults with Exchange's words.
Outcome<Envelope> read_answer(const HttpAnswer& answer, std::string_view operation);

/// The request that carries `body` in its envelope.
HttpRequest soap_request(std::string_view body, const CallContext& context);

/// Whether what an answer begins with may be XML, and is no web page. `beginning` is its first 64 bytes, or all of it.
bool may_be_soap(std::string_view beginning, const Evidence& evidence);

/// Posts the envelope around `body`; the answer still unread. Used by call().
Outcome<HttpAnswer> send_soap(Session& session, std::string_view body, const CallContext& context, Deadline deadline,
                              std::stop_token stop);

/// The failure with the evidence of the call that led to it.
Failure with_evidence(Failure failure, Evidence evidence);

/// Runs one operation of operations/: sends, judges, reads. A response message of class Error is part of the response
/// (a batch may have both); `first_error()` of the response turns it into a Failure.
template <typename Operation>
Outcome<Reply<typename Operation::Response>> call(Session& session, const Operation& operation,
                                                  const CallContext& context, Deadline deadline,
                                                  std::stop_token stop = {}) {
  MW_TRY(auto answer, send_soap(session, operation.body(), context, deadline, stop));
  MW_TRY(auto read, read_answer(answer, Operation::kName));
  auto response = Operation::read(read.payload);
  if (!response) return fail(with_evidence(std::move(response).error(), std::move(answer.evidence)));
  return Reply<typename Operation::Response>{*std::move(response), std::move(read.version), std::move(answer.evidence)};
}

}  // namespace mailward::ews
