// Any bytes as an answer that arrives in pieces: the pieces must not matter, and what a reader of whole documents takes
// must give the same items.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "ews/answer_reader.h"
#include "ews/envelope_stream.h"
#include "ews/operations/get_item.h"
#include "ews/soap.h"

namespace {

using namespace mailward::ews;

struct Reading {
  bool whole = false;
  EwsError code{};
  std::string given;  ///< compared where the answer was read to its end
};

Reading read_in_pieces(std::string_view input, std::size_t piece) {
  Reading reading;
  AnswerTaker taker;
  taker.unit = [&](std::size_t message, XmlElement unit) -> Outcome<void> {
    reading.given += std::to_string(message) + read_item(unit).id.id + "\n";
    return {};
  };
  taker.message = [&](std::size_t, XmlElement element) -> Outcome<void> {
    reading.given += std::string(element.attribute("ResponseClass")) + "\n";
    return {};
  };
  AnswerReader reader(GetItem::parts(), taker, {}, 1U << 20U);
  Outcome<void> ended;
  while (ended && !input.empty()) {
    ended = reader.feed(input.substr(0, piece));
    input.remove_prefix(std::min(piece, input.size()));
  }
  if (ended) ended = reader.finish();
  reading.whole = ended.has_value();
  if (!ended) reading.code = ended.error().code;
  return reading;
}

std::size_t stream_in_pieces(std::string_view input, std::size_t piece, bool& whole) {
  EnvelopeStream stream("GetItem", [](const Envelope&) { return Outcome<void>{}; }, 1U << 20U);
  Outcome<void> ended;
  while (ended && !input.empty()) {
    ended = stream.feed(input.substr(0, piece));
    input.remove_prefix(std::min(piece, input.size()));
  }
  if (ended) ended = stream.finish();
  whole = ended.has_value();
  return stream.envelopes();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Reading whole = read_in_pieces(input, input.size() + 1);
  const Reading pieces = read_in_pieces(input, 1 + data[0] % 32U);
  if (whole.whole != pieces.whole || whole.code != pieces.code) std::abort();
  if (whole.whole && whole.given != pieces.given) std::abort();
  // What is taken while it arrives is taken whole too. (The other way a batch may hold a message that is none.)
  if (whole.whole && !read_envelope(input, "GetItem")) std::abort();
  bool at_once = false;
  bool cut = false;
  const auto envelopes = stream_in_pieces(input, input.size() + 1, at_once);
  if (stream_in_pieces(input, 1 + data[0] % 32U, cut) != envelopes || at_once != cut) std::abort();
  return 0;
}
