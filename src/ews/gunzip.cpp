#include "ews/gunzip.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace mailward::ews {
namespace {

constexpr std::size_t kPiece = 64U << 10U;
constexpr std::size_t kPackedPiece = 64U << 10U;
// XML of mailboxes packs to a tenth, of long lists of much the same to a fiftieth. An attachment that is mostly padding
// packs to deflate's own end, a thousandth: the largest that Exchange takes, 150 MB, is 200 MB in base64.
constexpr std::uint64_t kGrowth = 250;
constexpr std::uint64_t kAlwaysAllowed = 256U << 20U;

}  // namespace

struct Gunzip::Inner {
  explicit Inner(std::uint64_t most) : limit(most) {
    constexpr int kGzipOnly = 16 + MAX_WBITS;
    if (inflateInit2(&stream, kGzipOnly) != Z_OK) throw std::runtime_error("zlib cannot be set up");
  }
  ~Inner() { inflateEnd(&stream); }
  Inner(const Inner&) = delete;
  Inner& operator=(const Inner&) = delete;

  std::uint64_t limit;
  std::uint64_t packed = 0;
  std::uint64_t grown = 0;
  z_stream stream{};
  bool begun = false;
  bool member_ended = false;
  std::array<char, kPiece> piece{};
};

Gunzip::Gunzip(std::uint64_t limit) : inner_(std::make_unique<Inner>(limit)) {}
Gunzip::~Gunzip() = default;

Outcome<void> Gunzip::feed(std::string_view packed, const Take& take) {
  Inner& in = *inner_;
  while (!packed.empty()) {
    const auto part = packed.substr(0, kPackedPiece);
    packed.remove_prefix(part.size());
    in.begun = true;
    in.packed += part.size();
    in.stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(part.data()));
    in.stream.avail_in = static_cast<uInt>(part.size());
    for (bool full = true; full || in.stream.avail_in > 0;) {
      // Several members may follow each other (RFC 1952 2.2).
      if (in.member_ended) {
        if (in.stream.avail_in == 0) break;
        inflateReset(&in.stream);
        in.member_ended = false;
      }
      in.stream.next_out = reinterpret_cast<Bytef*>(in.piece.data());
      in.stream.avail_out = static_cast<uInt>(in.piece.size());
      const int ran = inflate(&in.stream, Z_NO_FLUSH);
      if (ran != Z_OK && ran != Z_STREAM_END && ran != Z_BUF_ERROR) {
        return fail(Failure(EwsError::malformed_http, "the answer says that it is gzip, and is not"));
      }
      in.member_ended = ran == Z_STREAM_END;
      const std::size_t came = in.piece.size() - in.stream.avail_out;
      full = in.stream.avail_out == 0;
      in.grown += came;
      if (in.grown > in.limit || (in.grown > kAlwaysAllowed && in.grown / kGrowth > in.packed)) {
        return fail(Failure(EwsError::answer_too_large, "the compressed answer grows beyond what is read"));
      }
      if (came > 0) MW_CHECK(take({in.piece.data(), came}));
    }
  }
  return {};
}

Outcome<void> Gunzip::finish() const {
  if (!inner_->begun || inner_->member_ended) return {};
  return fail(Failure(EwsError::truncated, "the compressed answer was cut off"));
}

}  // namespace mailward::ews
