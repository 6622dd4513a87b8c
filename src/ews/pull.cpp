#include "ews/pull.h"

#include <string>

namespace mailward::ews {
namespace {

constexpr std::size_t kPageLimit = 64U << 10U;

/// Looks at what an answer begins with, and gives it to the reader, or keeps the beginning of a page.
class Intake {
 public:
  Intake(AnswerReader& reader, Evidence& head) : reader_(reader), head_(head) {}

  Outcome<void> take(std::string_view piece, const Evidence& head) {
    if (told_) return give(piece);
    beginning_ += piece;
    head_ = head;
    // Space may stand before the beginning.
    constexpr std::size_t kTold = 64;
    const auto first = beginning_.find_first_not_of(" \t\r\n");
    if (first == std::string::npos || beginning_.size() - first < kTold) return {};
    return tell();
  }

  /// The answer has ended. Nothing where the reader has it; else what is to be judged as a page.
  Outcome<std::optional<std::string>> finish() {
    if (!told_) MW_CHECK(tell());
    if (is_page_) return std::optional(std::move(page_));
    MW_CHECK(reader_.finish());
    return std::optional<std::string>();
  }

 private:
  Outcome<void> tell() {
    told_ = true;
    is_page_ = !may_be_soap(beginning_, head_);
    auto given = give(beginning_);
    beginning_.clear();
    return given;
  }
  Outcome<void> give(std::string_view piece) {
    if (!is_page_) return reader_.feed(piece);
    page_ += piece.substr(0, kPageLimit - page_.size());
    return {};
  }

  AnswerReader& reader_;
  Evidence& head_;
  std::string beginning_;
  std::string page_;
  bool told_ = false;
  bool is_page_ = false;
};

}  // namespace

Outcome<PulledAnswer> pull_soap(Session& session, std::string_view body, const AnswerParts& parts, AnswerTaker taker,
                                const CallContext& context, Deadline deadline, std::stop_token stop,
                                const PullLimits& limits) {
  XmlLimits xml;
  xml.bytes = limits.bytes;
  AnswerReader reader(parts, std::move(taker), xml, limits.kept);
  Evidence head;
  Intake intake(reader, head);
  const Pull pull{.take = [&](std::string_view piece, const Evidence& seen) { return intake.take(piece, seen); },
                  .limit = limits.bytes,
                  .buffer = limits.buffer,
                  .silence = limits.silence};
  MW_TRY(auto answer, session.send(soap_request(body, context), pull, deadline, std::move(stop)));
  if (answer.pulled) {
    auto finished = intake.finish();
    if (!finished) return fail(with_evidence(std::move(finished).error(), std::move(answer.evidence)));
    if (!*finished) return PulledAnswer{.version = reader.version(), .evidence = std::move(answer.evidence)};
    answer.body = std::move(**finished);
  }
  // No 200, or no SOAP: judged as any answer is, which always ends in a failure.
  MW_CHECK(read_answer(answer, parts.operation));
  return fail(
      with_evidence(Failure(EwsError::not_soap, "the answer holds no response messages"), std::move(answer.evidence)));
}

}  // namespace mailward::ews
