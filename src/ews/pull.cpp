#include "ews/pull.h"

#include "ews/answer_intake.h"

namespace mailward::ews {

Outcome<PulledAnswer> pull_soap(Session& session, std::string_view body, const AnswerParts& parts, AnswerTaker taker,
                                const CallContext& context, Deadline deadline, std::stop_token stop,
                                const PullLimits& limits) {
  XmlLimits xml;
  xml.bytes = limits.bytes;
  AnswerReader reader(parts, std::move(taker), xml, limits.kept);
  AnswerIntake intake([&](std::string_view piece) { return reader.feed(piece); });
  const Pull pull{.take = [&](std::string_view piece, const Evidence& head) { return intake.take(piece, head); },
                  .limit = limits.bytes,
                  .silence = limits.silence};
  MW_TRY(auto answer, session.send(soap_request(body, context), pull, deadline, std::move(stop)));
  if (answer.pulled) {
    auto page = intake.finish();
    if (!page) return fail(with_evidence(std::move(page).error(), std::move(answer.evidence)));
    if (!*page) {
      if (auto whole = reader.finish(); !whole) {
        return fail(with_evidence(std::move(whole).error(), std::move(answer.evidence)));
      }
      return PulledAnswer{.version = reader.version(), .evidence = std::move(answer.evidence)};
    }
    answer.body = std::move(**page);
  }
  // No 200, or no SOAP: judged as any answer is, which always ends in a failure.
  MW_CHECK(read_answer(answer, parts.operation));
  return fail(
      with_evidence(Failure(EwsError::not_soap, "the answer holds no response messages"), std::move(answer.evidence)));
}

}  // namespace mailward::ews
