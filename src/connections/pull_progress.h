#pragma once

#include <algorithm>
#include <concepts>
#include <functional>
#include <optional>
#include <utility>

#include "connections/repetition.h"
#include "ews/pull.h"

namespace mailward::connections {

/// An operation that asks for things by a list, and is answered with one response message for each: what was not
/// answered can be asked for by itself.
template <typename Operation>
concept AskedByList = requires(Operation operation) { (operation.*Operation::kList).size(); };

/// What a pulled operation has given so far, over all the tries of it. Its taker sees one answer: messages are counted
/// from the first try on, and no unit is given twice. A value that began and did not end may begin again, with the same
/// place: what it had given then is worth nothing (ews::ValueSink).
template <typename Operation>
class PullProgress : private ews::ValueSink {
 public:
  PullProgress(const Operation& operation, const ews::PullTo<Operation>& to) : operation_(operation), to_(to) {}
  PullProgress(const PullProgress&) = delete;
  PullProgress& operator=(const PullProgress&) = delete;

  std::size_t answered() const { return response_.messages.size(); }

  /// Whether all has been answered up to the message `until`: then nothing is left to ask for, whatever became of the
  /// rest of the answer.
  bool is_done(std::size_t until) const {
    if constexpr (AskedByList<Operation>) {
      return answered() >= std::min(until, (operation_.*Operation::kList).size());
    } else {
      return false;
    }
  }

  /// What is to be asked for now: what has not been answered, up to the message `until`.
  Operation request(std::size_t until) {
    began_ = false;
    tried_units_ = 0;
    Operation rest = operation_;
    if constexpr (AskedByList<Operation>) {
      first_ = answered();
      skip_ = open_units_;
      auto& list = rest.*Operation::kList;
      list.erase(list.begin() + static_cast<std::ptrdiff_t>(std::min(until, list.size())), list.end());
      list.erase(list.begin(), list.begin() + static_cast<std::ptrdiff_t>(std::min(first_, list.size())));
    } else {
      response_ = {};
    }
    return rest;
  }

  /// The takers of one try. `begun` is told once, when the first part of the answer has come.
  ews::PullTo<Operation> taking(std::function<void()> begun) {
    begun_ = std::move(begun);
    ews::PullTo<Operation> to;
    to.unit = [this](std::size_t message, typename Operation::Unit unit) { return take(message, std::move(unit)); };
    to.values = to_.values == nullptr ? nullptr : this;
    to.message = [this](std::size_t) {
      note_begun();
      open_units_ = 0;
      tried_units_ = 0;
    };
    return to;
  }

  typename Operation::Response& response() { return response_; }

  /// The server broke a batch off because it is busy: as a failure, and what it left alone is not answered. Nothing
  /// where it did not, or where what was given cannot be gone on from.
  std::optional<ews::Failure> busy(Timestamp now) {
    const auto at = first_busy(response_, now);
    if (!at || !may_go_on()) return std::nullopt;
    ews::Failure failure = ews::failure_of(response_.messages[*at].status);
    response_.messages.resize(*at);
    return failure;
  }

  /// The taker ended it: that is no failure of the server.
  bool refused() const { return refused_; }
  /// Whether the rest can be asked for without giving anything twice.
  bool may_go_on() const { return !refused_ && (AskedByList<Operation> || !gave_); }

 private:
  void note_begun() {
    if (began_) return;
    began_ = true;
    if (begun_) begun_();
  }
  ews::Outcome<void> judged(ews::Outcome<void> taken) {
    if (!taken) refused_ = true;
    return taken;
  }
  ews::Outcome<void> take(std::size_t message, typename Operation::Unit unit) {
    note_begun();
    const bool again = message == 0 && tried_units_ < skip_;
    ++tried_units_;
    if (again) return {};
    gave_ = true;
    open_units_ = tried_units_;
    return to_.unit ? judged(to_.unit(first_ + message, std::move(unit))) : ews::Outcome<void>{};
  }
  ews::Outcome<void> begin(const ews::ValuePlace& place) override {
    note_begun();
    passing_over_ = place.message == 0 && place.unit < skip_;
    if (passing_over_) return {};
    return judged(to_.values->begin({.message = first_ + place.message, .unit = place.unit, .name = place.name}));
  }
  ews::Outcome<void> bytes(BytesView piece) override {
    return passing_over_ ? ews::Outcome<void>{} : judged(to_.values->bytes(piece));
  }
  ews::Outcome<void> end() override { return passing_over_ ? ews::Outcome<void>{} : judged(to_.values->end()); }

  const Operation& operation_;
  const ews::PullTo<Operation>& to_;
  typename Operation::Response response_;
  std::function<void()> begun_;
  std::size_t first_ = 0;        ///< the message that the try under way began with
  std::size_t skip_ = 0;         ///< units of that message that were given before
  std::size_t open_units_ = 0;   ///< given of the message that has not ended
  std::size_t tried_units_ = 0;  ///< that came of it in this try
  bool began_ = false;
  bool gave_ = false;
  bool refused_ = false;
  bool passing_over_ = false;
};

}  // namespace mailward::connections
