#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "http/inner/framing.h"

namespace mailward::http {

/// Reads a chunked body (RFC 9112 7.1) from pieces of any size, byte by byte but for the data. Extensions are refused;
/// trailers are checked and dropped: nothing here wants them, and merged into the head they would be a way to smuggle.
class ChunkedBody {
 public:
  enum class Stage { reading, done, refused };

  /// Takes bytes from the front of `input`, up to the body's end, and appends the data to `body`, which never grows
  /// beyond `limit`. Returns how many bytes it took.
  std::size_t feed(std::string_view input, std::string& body, std::size_t limit);
  Stage stage() const { return stage_; }
  const Refusal& refusal() const { return refusal_; }

 private:
  enum class Expects { size, size_end, data, data_cr, data_lf, trailer, trailer_end };

  void take_framing(char letter, std::size_t room);
  void take_size(char letter);
  void end_size(char letter, std::size_t room);
  void take_trailer(char letter);
  void end_trailer(char letter);
  void refuse(Refusal refusal);

  Stage stage_ = Stage::reading;
  Refusal refusal_;
  Expects expects_ = Expects::size;
  std::uint64_t left_ = 0;  ///< of this chunk
  unsigned digits_ = 0;
  std::string trailer_;
  std::size_t trailer_bytes_ = 0;
};

}  // namespace mailward::http
