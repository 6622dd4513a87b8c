#include "exchange_sim/task_state.h"

#include <charconv>

#include "exchange_sim/item_values.h"
#include "exchange_sim/store_ids.h"

namespace mailward::exchange_sim {
namespace {

constexpr double kWhole = 100;

/// xs:double, "100" as well as "100.0".
double number_of(std::string_view text) {
  double value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

}  // namespace

std::optional<ResponseError> settle_task(Item& task, std::string_view uri, Timestamp now) {
  static const FieldId kStatus = field_id("task:Status");
  static const FieldId kPercent = field_id("task:PercentComplete");
  static const FieldId kDate = field_id("task:CompleteDate");
  if (uri != "task:Status" && uri != "task:PercentComplete" && uri != "task:CompleteDate") return std::nullopt;
  const std::string status = plain_field(task, kStatus);
  const double percent = number_of(plain_field(task, kPercent));
  if (percent < 0 || percent > kWhole) {
    return ResponseError{.code = "ErrorInvalidPercentCompleteValue",
                         .text = "PercentComplete must be between 0 and 100.",
                         .values = {},
                         .path = std::string(uri)};
  }
  const bool whole = percent == kWhole;
  if (uri == "task:CompleteDate" || (uri == "task:Status" ? status == "Completed" : whole)) {
    task.set(kStatus, {.inner = "Completed"});
    task.set(kPercent, {.inner = "100"});
    if (task.find(kDate) == nullptr) task.set(kDate, {.inner = ews_time(now)});
    return std::nullopt;
  }
  task.erase(kDate);
  if (uri == "task:Status" && whole) task.set(kPercent, {.inner = "0"});
  if (uri == "task:PercentComplete" && status == "Completed") {
    task.set(kStatus, {.inner = percent == 0 ? "NotStarted" : "InProgress"});
  }
  return std::nullopt;
}

}  // namespace mailward::exchange_sim
