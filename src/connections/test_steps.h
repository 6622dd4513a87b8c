#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "connections/failure_class.h"
#include "db/database.h"
#include "work/runs.h"

namespace mailward::connections {

/// Evidence of one step: parsed fields in order. Texts are made printable and cut at 200 characters.
class Facts {
 public:
  Facts& add(std::string_view name, std::string_view value);
  Facts& add(std::string_view name, const std::string& value) { return add(name, std::string_view(value)); }
  Facts& add(std::string_view name, const char* value) { return add(name, std::string_view(value)); }
  Facts& add(std::string_view name, std::int64_t value);
  Facts& add(std::string_view name, bool value);
  std::string json() const;

 private:
  std::vector<std::pair<std::string, std::variant<std::string, std::int64_t, bool>>> fields_;
};

/// Something that a test found wrong or worth saying.
struct Finding {
  FailureClass failure = FailureClass::none;
  std::string sentence;
  Weight weight = Weight::failed;
  std::string remedy;  ///< with its place holders filled in
};

/// Writes a test's steps into its run as they happen. The end of a step is written in one transaction with the
/// beginning of the next, so that a test is not held up by the disk twice a step. For the test's own thread. What fails
/// is logged once; the test goes on, and status() tells.
class StepLog {
 public:
  StepLog(db::Database& database, work::Runs& runs, work::RunId run) : database_(database), runs_(runs), run_(run) {}

  void begin(std::string_view name);
  /// Ends the step begun last; `took` where the caller measured it better than the clock between begin and end.
  void end(work::StepOutcome outcome, const Facts& facts, std::string_view remedy = {},
           std::optional<Duration> took = {});
  /// What the step ended last offers: a JSON object (work::Step::offer). Before the next begins.
  void offer(std::string json);
  void add(std::string_view name, work::StepOutcome outcome, const Facts& facts, std::string_view remedy = {},
           std::optional<Duration> took = {});
  /// Writes what is held back.
  Status flush();
  /// The first thing that went wrong with writing, or success: whether all that was begun is durable.
  const Status& status() const { return status_; }
  work::RunId run() const { return run_; }

 private:
  void write(std::optional<std::string_view> next);

  db::Database& database_;
  work::Runs& runs_;
  work::RunId run_;
  std::int64_t position_ = 0;
  std::optional<work::StepEnd> held_;
  Status status_;
};

}  // namespace mailward::connections
