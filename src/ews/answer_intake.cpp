#include "ews/answer_intake.h"

#include <algorithm>

#include "ews/soap.h"

namespace mailward::ews {
namespace {

constexpr std::size_t kPageLimit = 64U << 10U;
constexpr std::size_t kSpaceLimit = 64U << 10U;
/// What the beginning of an answer must have to be told by.
constexpr std::size_t kTold = 64;

}  // namespace

Outcome<void> AnswerIntake::take(std::string_view piece, const Evidence& head) {
  if (told_) return give(piece);
  if (!head_) head_ = head;
  if (beginning_.empty()) {
    const auto space = std::min(piece.find_first_not_of(" \t\r\n"), piece.size());
    piece.remove_prefix(space);
    space_ += space;
    if (space_ > kSpaceLimit) {
      return fail(Failure(EwsError::not_soap, "the answer begins with more than 64 KiB of white space"));
    }
  }
  beginning_ += piece;
  return beginning_.size() < kTold ? Outcome<void>{} : tell();
}

Outcome<std::optional<std::string>> AnswerIntake::finish() {
  if (!told_) MW_CHECK(tell());
  if (is_page_) return std::optional(std::move(page_));
  return std::optional<std::string>();
}

Outcome<void> AnswerIntake::tell() {
  told_ = true;
  is_page_ = !may_be_soap(beginning_, head_.value_or(Evidence{}));
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
