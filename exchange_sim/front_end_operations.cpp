#include <algorithm>
#include <mutex>
#include <shared_mutex>

#include "exchange_sim/front_end_exchange.h"

/// What a front end does with a signed-in request: envelope, version, caller, and the operation under its mailbox's
/// lock.
namespace mailward::exchange_sim {
namespace {

SoapFault server_busy(const FaultSetting& setting) {
  SoapFault fault;
  fault.code = "ErrorServerBusy";
  fault.message = "The server cannot service this request right now. Try again later.";
  fault.values = {{"BackOffMilliseconds", std::to_string(setting.milliseconds)}};
  return fault;
}

SoapFault too_many_connections() {
  SoapFault fault;
  fault.code = "ErrorExceededConnectionCount";
  fault.message =
      "You have exceeded the available concurrent connections for your account.  Try again once your other requests "
      "have "
      "completed.";
  fault.values = {{"Policy", "MaxConcurrency"},
                  {"MaxConcurrencyLimit", "27"},
                  {"ErrorMessage",
                   "This operation exceeds the throttling budget for policy part 'MaxConcurrency', policy value '27',  "
                   "Budget type: 'Ews'.  Suggested backoff time 0 ms."}};
  return fault;
}

SoapFault plain_fault(std::string code, std::string message) {
  SoapFault fault;
  fault.code = std::move(code);
  fault.message = std::move(message);
  return fault;
}

}  // namespace

http::Response FrontEnd::operate(Exchange& exchange) const {
  FaultBoard& faults = shared_.faults;
  if (faults.strike(FaultKind::internal_fault, name_)) return soap(exchange, 500, write_internal_fault());
  if (faults.strike(FaultKind::connection_count, name_)) {
    return soap(exchange, 500, write_fault(too_many_connections()));
  }
  const auto busy = faults.strike(FaultKind::server_busy, name_);
  if (busy && busy->value != "response") return soap(exchange, 500, write_fault(server_busy(*busy)));

  auto request = read_soap(exchange.request.body);
  if (!request) return soap(exchange, 500, write_fault(request.error()));
  exchange.record.operation = request->operation.substr(0, 100);
  switch (judge_request_version(*exchange.directory.build, request->server_version)) {
    case VersionVerdict::invalid_request:
      return soap(exchange, 500, write_fault(plain_fault("ErrorInvalidRequest", "The request is invalid.")));
    case VersionVerdict::invalid_server_version:
      return soap(exchange, 500,
                  write_fault(plain_fault("ErrorInvalidServerVersion", "The specified server version is invalid.")));
    case VersionVerdict::accepted:
      break;
  }
  const Operation* operation = find_operation(request->operation);
  if (operation == nullptr || namespace_of(request->body) != kMessagesNs) {
    const std::string violation = "Could not find schema information for the element '" +
                                  std::string(namespace_of(request->body)) + ":" + request->operation + "'.";
    return soap(exchange, 500, write_fault(schema_violation(request->xml, request->body, violation)));
  }
  auto context = resolve_caller(shared_.organisation, exchange.who->account, *request);
  if (!context) return soap(exchange, 500, write_fault(context.error()));
  if (busy) {
    context->mailbox_error = ResponseError{.code = "ErrorServerBusy",
                                           .text = "The server cannot service this request right now. Try again later.",
                                           .values = {{"BackOffMilliseconds", std::to_string(busy->milliseconds)}}};
  }
  if (auto refusal = refused_by_store(operation->name)) context->mailbox_error = std::move(refusal);
  context->subscriptions = &shared_.subscriptions;
  const OperationResult inner = run(*context, *operation, *request);
  if (!inner) return soap(exchange, 500, write_fault(inner.error()));
  for (const Submission& each : context->outbox) deliver(shared_.organisation, each);
  if (!context->stream) return soap(exchange, 200, write_envelope(*exchange.directory.build, operation->name, *inner));
  exchange.stream = std::move(context->stream);
  http::Response head = soap(exchange, 200, "");
  // Recorded: no Content-Type.
  head.headers.remove("Content-Type");
  head.headers.add("X-NoBuffering", "1");
  return head;
}

/// Under the mailbox's lock, as the operation wants it.
OperationResult FrontEnd::run(OperationContext& context, const Operation& operation, const SoapRequest& request) const {
  if (context.mailbox == nullptr) return operation.handler(context, request);
  if (operation.access == StoreAccess::reads) {
    const std::shared_lock lock(context.mailbox->mutex);
    if (!names_unmade_folders(context, request)) return operation.handler(context, request);
  }
  const std::unique_lock lock(context.mailbox->mutex);
  if (!context.mailbox_error) make_named_folders(context, request);
  return operation.handler(context, request);
}

std::optional<ResponseError> FrontEnd::refused_by_store(std::string_view operation) const {
  FaultBoard& faults = shared_.faults;
  if (operation == "CreateItem" && faults.strike(FaultKind::mailbox_full, name_)) {
    return ResponseError{.code = "ErrorQuotaExceeded", .text = "The mailbox's quota has been exceeded.", .values = {}};
  }
  const auto refused = faults.peek(FaultKind::operation_refused, name_);
  if (!refused || std::ranges::find(refused->values, operation) == refused->values.end()) return std::nullopt;
  if (!faults.strike(FaultKind::operation_refused, name_)) return std::nullopt;
  return ResponseError{.code = refused->value.empty() ? "ErrorAccessDenied" : refused->value,
                       .text = "Access is denied. Check credentials and try again.",
                       .values = {}};
}

}  // namespace mailward::exchange_sim
