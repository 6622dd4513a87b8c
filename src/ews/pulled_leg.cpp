#include "ews/pulled_leg.h"

#include "ews/gunzip.h"
#include "ews/leg_failure.h"

namespace mailward::ews {
namespace {

bool is_gzip(const HttpFields& head) {
  const auto encoding = head.get("Content-Encoding");
  return same_ignoring_case(encoding, "gzip") || same_ignoring_case(encoding, "x-gzip");
}

}  // namespace

std::optional<Failure> run_pulled(CurlConnection& connection, Leg& leg, const Pull& pull, Evidence head) {
  std::optional<Failure> failure;
  std::optional<Gunzip> unpack;
  std::uint64_t taken = 0;
  const auto give = [&](std::string_view piece) -> Outcome<void> {
    taken += piece.size();
    if (taken > pull.limit) return fail(Failure(EwsError::answer_too_large, "the answer is too large"));
    return pull.take(piece, head);
  };
  bool begun = false;
  leg.silence = pull.silence;
  leg.first_silence = pull.first_silence;
  leg.take = [&](std::string_view piece) {
    if (!begun) {
      begun = true;
      note_head(leg, head);
      if (is_gzip(leg.head)) unpack.emplace(pull.limit);
    }
    auto took = unpack ? unpack->feed(piece, give) : give(piece);
    const bool well = took.has_value();
    if (!well) failure = std::move(took).error();
    return well;
  };
  connection.run(leg);
  if (!failure && unpack && leg.code == CURLE_OK) {
    if (auto whole = unpack->finish(); !whole) failure = std::move(whole).error();
  }
  return failure;
}

Outcome<void> uncompress(Leg& leg, std::size_t limit) {
  if (leg.taken || !is_gzip(leg.head)) return {};
  Gunzip unpack(limit);
  std::string body;
  MW_CHECK(unpack.feed(leg.answer, [&](std::string_view piece) -> Outcome<void> {
    body += piece;
    return {};
  }));
  MW_CHECK(unpack.finish());
  leg.answer = std::move(body);
  return {};
}

}  // namespace mailward::ews
