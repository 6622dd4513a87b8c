#include "ews/soap.h"

#include "ews/soap_fault.h"
#include "ews/soap_head.h"

namespace mailward::ews {
namespace {

std::string_view element_of(Impersonation::Kind kind) {
  switch (kind) {
    case Impersonation::Kind::primary_smtp_address:
      return "t:PrimarySmtpAddress";
    case Impersonation::Kind::smtp_address:
      return "t:SmtpAddress";
    case Impersonation::Kind::principal_name:
      return "t:PrincipalName";
    case Impersonation::Kind::sid:
      return "t:SID";
  }
  return "t:PrimarySmtpAddress";
}

bool is_address(Impersonation::Kind kind) {
  return kind == Impersonation::Kind::primary_smtp_address || kind == Impersonation::Kind::smtp_address;
}

}  // namespace

std::string envelope(std::string_view body, const CallContext& context) {
  XmlWriter writer;
  writer.raw(R"(<?xml version="1.0" encoding="utf-8"?>)");
  writer.open("soap:Envelope").attribute("xmlns:soap", kSoapNamespace).attribute("xmlns:t", kTypesNamespace);
  writer.open("soap:Header");
  // The newest that 2016, 2019 and Subscription Edition all take: 2019 refuses its own name.
  writer.open("t:RequestServerVersion").attribute("Version", "Exchange2016").close();
  if (context.impersonate) {
    writer.open("t:ExchangeImpersonation").open("t:ConnectingSID");
    writer.element(element_of(context.impersonate->kind), context.impersonate->value);
    writer.close().close();
  }
  writer.close();
  writer.open("soap:Body").raw(body).close();
  writer.close();
  return writer.take();
}

HttpRequest soap_request(std::string_view body, const CallContext& context) {
  HttpRequest request;
  request.method = Method::post;
  request.body = envelope(body, context);
  request.request_id = context.request_id;
  request.anchor_mailbox = context.anchor_mailbox;
  if (request.anchor_mailbox.empty() && context.impersonate && is_address(context.impersonate->kind)) {
    request.anchor_mailbox = context.impersonate->value;
  }
  if (!context.public_folder_mailbox.empty()) {
    request.fields.push_back("X-PublicFolderMailbox: " + context.public_folder_mailbox);
  }
  if (context.prefer_affinity) request.fields.emplace_back("X-PreferServerAffinity: true");
  if (!context.affinity_cookie.empty()) request.cookie = "X-BackEndOverrideCookie=" + context.affinity_cookie;
  return request;
}

Outcome<HttpAnswer> send_soap(Session& session, std::string_view body, const CallContext& context, Deadline deadline,
                              std::stop_token stop) {
  return session.send(soap_request(body, context), deadline, std::move(stop));
}

Failure with_evidence(Failure failure, Evidence evidence) {
  failure.evidence = std::make_shared<Evidence>(std::move(evidence));
  return failure;
}

Outcome<Envelope> read_envelope(std::string_view bytes, std::string_view operation) {
  MW_TRY(auto document, XmlDocument::parse(bytes));
  return envelope_of(std::move(document), operation);
}

Outcome<Envelope> envelope_of(XmlDocument document, std::string_view operation) {
  XmlElement root = document.root();
  if (!root.is(kSoapNamespace, "Envelope")) {
    return fail(Failure(EwsError::not_soap, "the answer is XML but no SOAP envelope: " + printable(root.name(), 40)));
  }
  ServerVersion version = read_version(root.child(kSoapNamespace, "Header"));
  XmlElement payload = root.child(kSoapNamespace, "Body").first_child();
  if (!payload) return fail(Failure(EwsError::not_soap, "the SOAP answer has an empty body"));
  if (payload.is(kSoapNamespace, "Fault")) return fail(read_fault(payload));
  if (payload.namespace_uri() != kMessagesNamespace || payload.name() != std::string(operation) + "Response") {
    return fail(Failure(EwsError::not_soap, "the answer is no " + std::string(operation) + "Response but " +
                                                printable(payload.name(), 60)));
  }
  return Envelope{.document = std::move(document), .version = std::move(version), .payload = payload};
}

}  // namespace mailward::ews
