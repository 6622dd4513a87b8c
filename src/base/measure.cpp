#include "base/measure.h"

#include <algorithm>
#include <array>
#include <utility>

namespace mailward {

std::string_view name_of(MeasureOutcome outcome) {
  switch (outcome) {
    case MeasureOutcome::to_do:
      return "to_do";
    case MeasureOutcome::cannot_tell:
      return "cannot_tell";
    case MeasureOutcome::ok:
      return "ok";
    case MeasureOutcome::not_applicable:
      return "not_applicable";
  }
  std::unreachable();
}

std::optional<MeasureOutcome> measure_outcome_named(std::string_view name) {
  constexpr std::array kAll{MeasureOutcome::to_do, MeasureOutcome::cannot_tell, MeasureOutcome::ok,
                            MeasureOutcome::not_applicable};
  for (const MeasureOutcome one : kAll) {
    if (name_of(one) == name) return one;
  }
  return std::nullopt;
}

std::string_view name_of(MeasureUrgency urgency) {
  switch (urgency) {
    case MeasureUrgency::now:
      return "now";
    case MeasureUrgency::soon:
      return "soon";
    case MeasureUrgency::later:
      return "later";
  }
  std::unreachable();
}

std::string_view name_of(MeasureSubject::Kind kind) {
  switch (kind) {
    case MeasureSubject::Kind::connection:
      return "connection";
    case MeasureSubject::Kind::account:
      return "account";
    case MeasureSubject::Kind::installation:
      return "installation";
  }
  std::unreachable();
}

std::string MeasureSubject::text() const {
  std::string text(name_of(kind));
  return id.empty() ? text : text + ":" + id;
}

std::string_view Measure::title() const {
  switch (outcome) {
    case MeasureOutcome::to_do:
      return info->titles.amiss;
    case MeasureOutcome::ok:
      return info->titles.well;
    case MeasureOutcome::cannot_tell:
    case MeasureOutcome::not_applicable:
      return info->titles.topic;
  }
  std::unreachable();
}

Measure& Measure::fact(std::string name, std::string value) & {
  if (!value.empty()) facts.push_back({std::move(name), std::move(value)});
  return *this;
}

Measure& Measure::say(MeasureOutcome what, std::string words) & {
  outcome = what;
  sentence = std::move(words);
  return *this;
}

Measure& Measure::find(std::string ground, std::string words) & {
  if (std::ranges::find(grounds, ground) == grounds.end()) grounds.push_back(std::move(ground));
  sentence = outcome == MeasureOutcome::to_do ? sentence + " " + words : std::move(words);
  outcome = MeasureOutcome::to_do;
  return *this;
}

Measure& Measure::puzzle(std::string words, std::string how_to_tell) & {
  outcome = MeasureOutcome::cannot_tell;
  sentence = std::move(words);
  remedy = std::move(how_to_tell);
  grounds = {"cannot be told"};
  return *this;
}

}  // namespace mailward
