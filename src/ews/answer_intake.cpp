#include "ews/answer_intake.h"

#include "ews/soap.h"

namespace mailward::ews {
namespace {

constexpr std::size_t kPageLimit = 64U << 10U;

}  // namespace

Outcome<void> AnswerIntake::take(std::string_view piece, const Evidence& head) {
  if (told_) return give(piece);
  beginning_ += piece;
  head_ = head;
  // Space may stand before the beginning.
  constexpr std::size_t kTold = 64;
  const auto first = beginning_.find_first_not_of(" \t\r\n");
  if (first == std::string::npos || beginning_.size() - first < kTold) return {};
  return tell();
}

Outcome<std::optional<std::string>> AnswerIntake::finish() {
  if (!told_) MW_CHECK(tell());
  if (is_page_) return std::optional(std::move(page_));
  return std::optional<std::string>();
}

Outcome<void> AnswerIntake::tell() {
  told_ = true;
  is_page_ = !may_be_soap(beginning_, head_);
  auto given = give(beginning_);
  beginning_.clear();
  return given;
}

Outcome<void> AnswerIntake::give(std::string_view piece) {
  if (!is_page_) return feed_(piece);
  page_ += piece.substr(0, kPageLimit - page_.size());
  return {};
}

}  // namespace mailward::ews
