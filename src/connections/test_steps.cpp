#include "connections/test_steps.h"

#include <nlohmann/json.hpp>

#include "base/bytes.h"
#include "base/log.h"

namespace mailward::connections {

Facts& Facts::add(std::string_view name, std::string_view value) {
  if (!value.empty()) fields_.emplace_back(std::string(name), printable(value));
  return *this;
}

Facts& Facts::add(std::string_view name, std::int64_t value) {
  fields_.emplace_back(std::string(name), value);
  return *this;
}

Facts& Facts::add(std::string_view name, bool value) {
  fields_.emplace_back(std::string(name), value);
  return *this;
}

std::string Facts::json() const {
  nlohmann::ordered_json object = nlohmann::ordered_json::object();
  for (const auto& [name, value] : fields_) {
    std::visit([&](const auto& held) { object[name] = held; }, value);
  }
  return object.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

void StepLog::begin(std::string_view name) {
  write(name);
}

void StepLog::end(work::StepOutcome outcome, const Facts& facts, std::string_view remedy,
                  std::optional<Duration> took) {
  held_ = work::StepEnd{.outcome = outcome, .evidence = facts.json(), .remedy = std::string(remedy), .took = took};
}

void StepLog::offer(std::string json) {
  if (held_) held_->offer = std::move(json);
}

void StepLog::add(std::string_view name, work::StepOutcome outcome, const Facts& facts, std::string_view remedy,
                  std::optional<Duration> took) {
  begin(name);
  end(outcome, facts, remedy, took);
}

Status StepLog::flush() {
  write(std::nullopt);
  return status_;
}

void StepLog::write(std::optional<std::string_view> next) {
  if (!held_ && !next) return;
  const Status written = database_.transaction([&](db::Transaction& tx) -> Status {
    if (held_) MW_CHECK(runs_.finish_step(tx, run_, position_, *held_));
    if (next) {
      MW_TRY(position_, runs_.begin_step(tx, run_, *next));
    }
    return {};
  });
  held_.reset();
  if (!written && status_) {
    log::failure("connection_test.step_not_kept", written.error());
    status_ = written;
  }
}

}  // namespace mailward::connections
