#pragma once

#include <memory>
#include <string>

#include "exchange_sim/faults.h"
#include "exchange_sim/operations.h"
#include "exchange_sim/organisation.h"
#include "exchange_sim/recorder.h"
#include "exchange_sim/replay.h"
#include "exchange_sim/request_log.h"
#include "exchange_sim/request_schemas.h"
#include "exchange_sim/settings.h"
#include "exchange_sim/sign_in.h"
#include "exchange_sim/subscriptions.h"
#include "exchange_sim/throttling.h"
#include "http/router.h"

/// One front end as seen over HTTP: IIS's and Exchange's answers around the operations.
namespace mailward::exchange_sim {

/// What all front ends share. Outlives them.
struct Organised {
  Organisation& organisation;
  const SignInDoor& door;
  const LiveDirectory& directory;
  FaultBoard& faults;
  RequestLog& log;
  SubscriptionBook& subscriptions;
  Throttling& throttling;
  std::string host;                         ///< "mail.example.test"
  std::string domain;                       ///< "example.test"
  Recorder* recorder = nullptr;             ///< null: nothing is kept
  Replay* replay = nullptr;                 ///< null: the store answers
  const RequestSchemas* schemas = nullptr;  ///< null: the operations' own checks alone
};

/// The name of a front end's listener for what comes by a balancer that opens TLS: its certificate is not the one that
/// the front end binds to.
inline constexpr std::string_view kBehindInspection = "behind_inspection";

class FrontEnd {
 public:
  FrontEnd(std::string name, Organised shared) : name_(std::move(name)), shared_(std::move(shared)) {}
  const std::string& name() const { return name_; }

  http::Reply handle(const http::Request& request, http::Connection& connection) const;
  /// IIS's page for what the HTTP server itself refuses.
  http::Response error_page(int status) const;

 private:
  struct Exchange;  ///< one request on its way to its answer

  http::Response answer(Exchange& exchange) const;
  http::Response ews(Exchange& exchange) const;
  http::Response signed_in(Exchange& exchange) const;
  http::Response operate(Exchange& exchange) const;
  http::Response described(Exchange& exchange) const;
  http::Response replayed(Exchange& exchange) const;
  http::Response autodiscover(Exchange& exchange) const;
  /// Keeps the conversation, where conversations are kept.
  void keep_conversation(Exchange& exchange, const http::Response& response) const;
  void note_unplayed(RequestRecord& record, const std::string& what) const;
  OperationResult run(OperationContext& context, const Operation& operation, const SoapRequest& request) const;
  http::Response health(Exchange& exchange) const;
  std::optional<http::Response> in_front(Exchange& exchange) const;
  std::optional<http::Response> refused_by_exchange(Exchange& exchange) const;
  http::Response unauthorized(const Exchange& exchange, const Challenged& challenged) const;
  http::Response soap(const Exchange& exchange, int status, std::string body) const;
  http::Response iis(int status, std::string content_type, std::string body) const;
  http::Response too_long_head(int status) const;
  /// What a fault makes the store say to this operation.
  std::optional<ResponseError> refused_by_store(std::string_view operation) const;
  void finish(Exchange& exchange, http::Response& response) const;

  std::string name_;
  Organised shared_;
};

}  // namespace mailward::exchange_sim
