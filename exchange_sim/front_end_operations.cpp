#include <algorithm>
#include <cstdio>

#include "exchange_sim/front_end_exchange.h"
#include "exchange_sim/local_times.h"
#include "exchange_sim/named_stores.h"
#include "exchange_sim/public_folders.h"
#include "exchange_sim/schema_versions.h"

/// What a front end does with a signed-in request: envelope, version, caller, and the operation under its mailbox's
/// lock.
namespace mailward::exchange_sim {
namespace {

constexpr std::string_view kBusy = "The server cannot service this request right now. Try again later.";

SoapFault server_busy(std::int64_t back_off_ms) {
  SoapFault fault;
  fault.code = "ErrorServerBusy";
  fault.message = kBusy;
  fault.values = {{"BackOffMilliseconds", std::to_string(back_off_ms)}};
  return fault;
}

/// The other shape (recorded: thunderbird-ews-rs, of concurrent sync calls).
ResponseError server_busy_message(std::int64_t back_off_ms, const std::string& more) {
  return {.code = "ErrorServerBusy",
          .text = std::string(kBusy) + more,
          .values = {{"BackOffMilliseconds", std::to_string(back_off_ms)}}};
}

ResponseError too_many_syncs(const ThrottledBy& refusal) {
  const std::string back_off = std::to_string(refusal.back_off.count());
  return server_busy_message(refusal.back_off.count(),
                             ", This operation exceeds the throttling budget for policy part 'ConcurrentSyncCalls', "
                             "policy value '" +
                                 std::to_string(refusal.limit) + "',  Budget type: 'Ews'.  Suggested backoff time " +
                                 back_off + " ms.");
}

SoapFault too_many_connections(std::string_view policy, unsigned limit) {
  const std::string number = std::to_string(limit);
  SoapFault fault;
  fault.code = "ErrorExceededConnectionCount";
  fault.message =
      "You have exceeded the available concurrent connections for your account.  Try again once your other requests "
      "have "
      "completed.";
  fault.values = {
      {"Policy", std::string(policy)},
      {"MaxConcurrencyLimit", number},
      {"ErrorMessage", "This operation exceeds the throttling budget for policy part '" + std::string(policy) +
                           "', policy value '" + number + "',  Budget type: 'Ews'.  Suggested backoff time 0 ms."}};
  return fault;
}

/// None where the refusal stands in the response message.
std::optional<SoapFault> fault_of(const ThrottledBy& refusal) {
  switch (refusal.what) {
    case Throttled::budget:
      return server_busy(refusal.back_off.count());
    case Throttled::concurrency:
      return too_many_connections("MaxConcurrency", refusal.limit);
    case Throttled::hanging:
      return too_many_connections("HangingConnectionLimit", refusal.limit);
    case Throttled::sync_calls:
      break;
  }
  return std::nullopt;
}

}  // namespace

http::Response FrontEnd::operate(Exchange& exchange) const {
  FaultBoard& faults = shared_.faults;
  if (faults.strike(FaultKind::internal_fault, name_)) return soap(exchange, 500, write_internal_fault());
  if (faults.strike(FaultKind::connection_count, name_)) {
    return soap(exchange, 500, write_fault(too_many_connections("MaxConcurrency", 27)));
  }
  const auto busy = faults.strike(FaultKind::server_busy, name_);
  if (busy && busy->value != "response") return soap(exchange, 500, write_fault(server_busy(busy->milliseconds)));

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
  const bool known = namespace_of(request->body) == kMessagesNs;
  if (known && is_unserved_operation(request->operation)) {
    note_unplayed(exchange.record, request->operation);
    return soap(exchange, 500, write_fault(plain_fault("ErrorInvalidRequest", "The request is invalid.")));
  }
  if (operation == nullptr || !known) {
    const std::string violation = "Could not find schema information for the element '" +
                                  std::string(namespace_of(request->body)) + ":" + request->operation + "'.";
    return soap(exchange, 500, write_fault(schema_violation(request->xml, request->body, violation)));
  }
  if (const auto fault = check_operation_attributes(*request)) return soap(exchange, 500, write_fault(*fault));
  if (shared_.schemas != nullptr) {
    if (const auto violation = shared_.schemas->violation_in(exchange.request.body)) {
      return soap(exchange, 500, write_fault(unreadable(violation->what, {.line = violation->line, .position = 1})));
    }
  }
  if (const auto fault = beyond_its_schema(*exchange.directory.build, *request)) {
    return soap(exchange, 500, write_fault(*fault));
  }
  resolve_local_times(*request);
  auto context = resolve_caller(shared_.organisation, exchange.who->account, *request);
  if (!context) return soap(exchange, 500, write_fault(context.error()));
  if (busy) context->mailbox_error = server_busy_message(busy->milliseconds, "");
  if (auto refusal = refused_by_store(operation->name)) context->mailbox_error = std::move(refusal);
  const std::string key = context->mailbox != nullptr ? context->mailbox->smtp : exchange.who->account;
  auto [permit, refusal] = shared_.throttling.enter(key, operation->name);
  if (refusal) {
    if (const auto fault = fault_of(*refusal)) return soap(exchange, 500, write_fault(*fault));
    context->mailbox_error = too_many_syncs(*refusal);
  }
  std::string_view routed_to = exchange.request.headers.get("X-PublicFolderMailbox");
  if (routed_to.empty()) routed_to = exchange.request.headers.get("X-AnchorMailbox");
  note_route(*context, operation->name, routed_to);
  exchange.permit = std::move(permit);
  context->subscriptions = &shared_.subscriptions;
  if (const auto policy = shared_.throttling.policy(); policy.enabled) {
    context->most_subscriptions = policy.subscriptions;
  }
  const OperationResult inner = run(*context, *operation, *request);
  if (!context->note.empty()) note_unplayed(exchange.record, context->note);
  if (!inner) return soap(exchange, 500, write_fault(inner.error()));
  for (const Submission& each : context->outbox) deliver(shared_.organisation, each);
  if (!context->stream) {
    const std::string usual = std::string(operation->name) + "Response";
    const ResponseElement element{.name = operation->response.empty() ? usual : operation->response,
                                  .response_class = context->response_class};
    return soap(exchange, 200, write_envelope(*exchange.directory.build, element, *inner));
  }
  exchange.stream = std::move(context->stream);
  exchange.stream->held = std::move(exchange.permit);
  http::Response head = soap(exchange, 200, "");
  // Recorded: no Content-Type.
  head.headers.remove("Content-Type");
  head.headers.add("X-NoBuffering", "1");
  return head;
}

/// In the request log, and once for each name on the standard error: the client gets what Exchange would send.
void FrontEnd::note_unplayed(RequestRecord& record, const std::string& what) const {
  record.note = "not played";
  if (shared_.log.is_new(what)) {
    std::fprintf(stderr, "exchange-sim: %s was asked for and is not played here (README.md, \"Not yet\")\n",
                 what.c_str());
  }
}

/// Under the locks of all mailboxes that it names, as the operation wants them.
OperationResult FrontEnd::run(OperationContext& context, const Operation& operation, const SoapRequest& request) const {
  if (operation.access == StoreAccess::none) return operation.handler(context, request);
  const NamedStores stores = stores_named_by(context, request);
  if (operation.access == StoreAccess::reads) {
    const HeldStores held(stores, StoreAccess::reads);
    if (!names_unmade_folders(context, stores)) return operation.handler(context, request);
  }
  const HeldStores held(stores, StoreAccess::writes);
  make_named_folders(context, stores);
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
