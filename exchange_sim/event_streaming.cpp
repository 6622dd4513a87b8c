#include "exchange_sim/event_streaming.h"

#include <memory>
#include <mutex>
#include <shared_mutex>

#include "exchange_sim/notifications.h"
#include "exchange_sim/soap.h"

namespace mailward::exchange_sim {
namespace {

constexpr std::size_t kMostEventsAtOnce = 200;
/// How often a silent connection says that it is alive.
constexpr std::chrono::seconds kHeartbeat{45};
constexpr std::string_view kOperation = "GetStreamingEvents";

class EventStreamer {
 public:
  EventStreamer(SubscriptionBook& book, EventsStream wish, const Build& build, const Clock& clock)
      : book_(book),
        ids_(std::move(wish.ids)),
        number_(book.begin_stream(ids_)),
        held_(std::move(wish.held)),
        build_(build),
        clock_(clock),
        until_(clock.monotonic() + wish.lasts),
        said_(clock.monotonic()) {}

  http::BodyPiece next() {
    http::BodyPiece piece;
    if (!begun_) {
      begun_ = true;
      piece.bytes = status("OK");
    }
    XmlWriter notifications;
    for (const std::string& id : ids_) {
      if (auto error = collect(id, notifications, piece.more)) {
        // What was taken for the others is told: it is not asked for again.
        if (!notifications.str().empty()) piece.bytes += told(notifications.str());
        piece.bytes += failed(id, *error);
        piece.end = true;
        return piece;
      }
    }
    if (!notifications.str().empty()) piece.bytes += told(notifications.str());
    const MonotonicTime now = clock_.monotonic();
    if (piece.bytes.empty() && now - said_ >= kHeartbeat) piece.bytes = status("OK");
    if (now >= until_) {
      piece.bytes += status("Closed");
      piece.end = true;
    }
    if (!piece.bytes.empty()) said_ = now;
    return piece;
  }

 private:
  std::optional<ResponseError> collect(const std::string& id, XmlWriter& xml, bool& more) {
    const auto subscription = book_.find(id);
    if (!subscription) return no_such_subscription();
    const std::shared_lock lock(subscription->mailbox->mutex);
    if (subscription->told < subscription->mailbox->events_forgotten()) {
      return ResponseError{
          .code = "ErrorMissedNotificationEvents", .text = "Notification events may have been missed.", .values = {}};
    }
    const Told found = events_for(*subscription, subscription->told, kMostEventsAtOnce);
    // Microsoft's list of response codes: whoever asks anew takes the subscription over.
    if (!book_.set_told(id, found.reached, number_)) {
      return ResponseError{.code = "ErrorNewEventStreamConnectionOpened",
                           .text = "A new event stream connection was opened for the subscription.",
                           .values = {}};
    }
    more = more || found.more;
    if (found.events.empty()) return std::nullopt;
    // Recorded: m:, where the schema says t:.
    xml.open("m:Notification");
    xml.text("t:SubscriptionId", id);
    write_events(xml, found, Watermarks::none);
    xml.close("m:Notification");
    return std::nullopt;
  }

  std::string envelope(std::string_view message) const {
    return write_streamed_envelope(build_, kOperation,
                                   "<m:ResponseMessages>" + std::string(message) + "</m:ResponseMessages>");
  }

  std::string status(std::string_view status) const {
    XmlWriter xml;
    write_success(xml, kOperation, "<m:ConnectionStatus>" + std::string(status) + "</m:ConnectionStatus>");
    return envelope(xml.str());
  }

  std::string told(const std::string& notifications) const {
    XmlWriter xml;
    write_success(xml, kOperation, "<m:Notifications>" + notifications + "</m:Notifications>");
    return envelope(xml.str());
  }

  std::string failed(const std::string& id, const ResponseError& error) const {
    XmlWriter ids;
    ids.open("m:ErrorSubscriptionIds");
    ids.text("t:SubscriptionId", id);
    ids.close("m:ErrorSubscriptionIds");
    ids.text("m:ConnectionStatus", "Closed");
    XmlWriter xml;
    write_error(xml, kOperation, error, ids.str());
    return envelope(xml.str());
  }

  SubscriptionBook& book_;
  const std::vector<std::string> ids_;
  const std::uint64_t number_;
  const std::shared_ptr<void> held_;
  const Build& build_;
  const Clock& clock_;
  const MonotonicTime until_;
  MonotonicTime said_;
  bool begun_ = false;
};

}  // namespace

std::function<http::BodyPiece(http::Connection&)> stream_events(SubscriptionBook& book, EventsStream wish,
                                                                const Build& build, const Clock& clock) {
  auto streamer = std::make_shared<EventStreamer>(book, std::move(wish), build, clock);
  return [streamer](http::Connection&) { return streamer->next(); };
}

}  // namespace mailward::exchange_sim
