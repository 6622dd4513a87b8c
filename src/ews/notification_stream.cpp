#include "ews/notification_stream.h"

#include "ews/answer_intake.h"
#include "ews/envelope_stream.h"
#include "ews/operations/unsubscribe.h"

namespace mailward::ews {
namespace {

using Message = ResponseMessage<GetStreamingEvents::Told>;

/// Gives what one response message told.
Outcome<void> give(const Message& message, bool first, std::vector<std::string> lost,
                   const NotificationStream::Take& take) {
  if (!message.status.ok()) {
    // A busy server has lost nothing.
    if (is_throttling(message.status.said.code)) return fail(failure_of(message.status));
    return take({.kind = StreamEvent::Kind::missed, .subscriptions = std::move(lost), .said = message.status.said});
  }
  const auto& told = message.value;
  if (!told.lost.empty()) MW_CHECK(take({.kind = StreamEvent::Kind::missed, .subscriptions = told.lost}));
  if (told.connection == GetStreamingEvents::Connection::ok) {
    MW_CHECK(take({.kind = first ? StreamEvent::Kind::opened : StreamEvent::Kind::alive}));
  }
  for (const Notification& notification : told.notifications) {
    MW_CHECK(take({.kind = StreamEvent::Kind::notification, .notification = notification}));
  }
  // Last: the message that closes may still tell of something, and after it nothing is said to be lost.
  if (told.connection == GetStreamingEvents::Connection::closed) return take({.kind = StreamEvent::Kind::closed});
  return {};
}

/// An error may name the subscriptions that it is about; else it is about all.
std::vector<std::string> named_in(XmlElement payload, const std::vector<std::string>& all) {
  std::vector<std::string> named;
  for (XmlElement message : payload.child("ResponseMessages").children()) {
    for (XmlElement at : message.child("ErrorSubscriptionIds").children("SubscriptionId")) named.push_back(at.text());
  }
  return named.empty() ? all : named;
}

}  // namespace

NotificationStream::NotificationStream(std::string anchor) : anchor_(std::move(anchor)) {}

CallContext NotificationStream::bound(CallContext context) const {
  context.anchor_mailbox = anchor_;
  context.prefer_affinity = true;
  context.affinity_cookie = affinity_;
  return context;
}

Outcome<std::string> NotificationStream::subscribe(Session& session, Subscribe request, const CallContext& context,
                                                   Deadline deadline, std::stop_token stop) {
  request.way = Subscribe::Way::streaming;
  MW_TRY(auto reply, call(session, request, bound(context), deadline, std::move(stop)));
  if (auto failure = reply.response.first_error()) {
    return fail(with_evidence(*std::move(failure), std::move(reply.evidence)));
  }
  std::string id = std::move(reply.response.messages.front().value.id);
  if (id.empty()) {
    Failure nameless(EwsError::not_soap, "the server took the subscription and named no SubscriptionId");
    return fail(with_evidence(std::move(nameless), std::move(reply.evidence)));
  }
  if (auto given = affinity_cookie(reply.evidence); !given.empty()) affinity_ = std::move(given);
  return id;
}

Outcome<void> NotificationStream::unsubscribe(Session& session, const std::string& subscription,
                                              const CallContext& context, Deadline deadline, std::stop_token stop) {
  MW_TRY(auto reply,
         call(session, Unsubscribe{.subscription = subscription}, bound(context), deadline, std::move(stop)));
  if (auto failure = reply.response.first_error()) {
    return fail(with_evidence(*std::move(failure), std::move(reply.evidence)));
  }
  return {};
}

Outcome<void> NotificationStream::listen(Session& session, const Listening& listening, const CallContext& context,
                                         const Take& take, Deadline deadline, std::stop_token stop) {
  const GetStreamingEvents request{.subscriptions = listening.subscriptions, .timeout = listening.timeout};
  bool first = true;
  bool ended = false;
  EnvelopeStream envelopes(GetStreamingEvents::kName, [&](const Envelope& envelope) -> Outcome<void> {
    MW_TRY(auto response, GetStreamingEvents::read(envelope.payload));
    for (const Message& message : response.messages) {
      MW_CHECK(give(message, first, named_in(envelope.payload, listening.subscriptions), take));
      ended = !message.status.ok() || message.value.connection == GetStreamingEvents::Connection::closed;
      first = false;
    }
    return {};
  });
  AnswerIntake intake([&](std::string_view piece) { return envelopes.feed(piece); });
  const Pull pull{.take = [&](std::string_view piece, const Evidence& head) { return intake.take(piece, head); },
                  .silence = listening.silence,
                  .first_silence = listening.silence};
  MW_TRY(auto answer, session.send(soap_request(request.body(), bound(context)), pull, deadline, std::move(stop)));
  if (answer.pulled) {
    auto page = intake.finish();
    if (!page) return fail(with_evidence(std::move(page).error(), std::move(answer.evidence)));
    if (!*page) {
      auto whole = envelopes.finish();
      if (whole && ended) return {};
      Failure cut(EwsError::truncated, "the streaming answer ended without being closed");
      return fail(with_evidence(whole ? std::move(cut) : std::move(whole).error(), std::move(answer.evidence)));
    }
    answer.body = std::move(**page);
  }
  MW_CHECK(read_answer(answer, GetStreamingEvents::kName));
  return fail(with_evidence(Failure(EwsError::not_soap, "the answer is no stream of notifications"),
                            std::move(answer.evidence)));
}

}  // namespace mailward::ews
