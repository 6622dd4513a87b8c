#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "access/access.h"
#include "renewal/measures.h"
#include "tests/product_support/organisation.h"
#include "tests/support/manual_clock.h"

namespace mailward::testing {

/// An organisation whose recommended measures are read, composed as app/ does it.
class Measured {
 public:
  explicit Measured(const Organisation::Options& options = {})
      : organisation_(options),
        access_(must(access::Access::open(product().database(), product().keyring(), product().trail(), clock_))),
        lines_({.ledger = product().ledger(),
                .readers = product().readers(),
                .resolver = product().resolver(),
                .destinations = product().destinations(),
                .clock = clock_}),
        measures_(std::make_unique<renewal::Measures>(renewal::Measures::Parts{
            .ledger = product().ledger(),
            .lines = lines_,
            .sources = renewal::measure_sources(lines_, *access_, product().database(), clock_),
            .runs = product().runs(),
            .database = product().database(),
            .trail = product().trail(),
            .clock = clock_})) {}

  Organisation& organisation() { return organisation_; }
  Product& product() { return organisation_.product(); }
  SambaDc& dc() { return organisation_.controller(); }
  ExchangeSimulator& exchange() { return organisation_.exchange(); }
  renewal::Measures& measures() { return *measures_; }
  access::Access& access() { return *access_; }
  ManualClock& clock() { return clock_; }

  /// Reads anew, to the end of the run.
  TestOutcome refresh() { return product().outcome_of(must(measures_->refresh(Product::by()))); }
  /// The one line of that id, on that subject where one is given.
  renewal::ListedMeasure line(std::string_view id, std::string_view subject = {}) {
    for (auto& one : must(measures_->list())) {
      if (one.measure.info->id == id && (subject.empty() || one.measure.subject.text() == subject)) {
        return std::move(one);
      }
    }
    throw std::runtime_error("there is no line " + std::string(id));
  }
  /// Everything that a person is shown of it, for searching and for failure messages.
  static std::string text_of(const renewal::ListedMeasure& listed) {
    const Measure& line = listed.measure;
    std::string text = std::string(line.info->id) + " " + std::string(listed.state()) + " (" +
                       std::string(name_of(line.urgency)) + "): " + line.sentence + "\n";
    for (const auto& fact : line.facts) text += "  " + fact.name + ": " + fact.value + "\n";
    for (const auto& ground : line.grounds) text += "  on: " + ground + "\n";
    return text + "  seen: " + line.seen_how + "\n  remedy: " + line.remedy + "\n";
  }

 private:
  ManualClock clock_{Clock::system().now()};
  Organisation organisation_;
  std::unique_ptr<access::Access> access_;
  connections::MeasureLines lines_;
  std::unique_ptr<renewal::Measures> measures_;
};

}  // namespace mailward::testing
