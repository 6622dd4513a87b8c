#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "ews/failure.h"
#include "ews/soap.h"

namespace mailward::ews {

/// Reads an answer that is many SOAP envelopes, one behind the other without a separator, as GetStreamingEvents sends
/// it: each is given as soon as its last byte is there. One thread.
class EnvelopeStream {
 public:
  using Take = std::function<Outcome<void>(const Envelope& envelope)>;
  /// `operation` is what each envelope must be an answer of. `limit`: bytes that one envelope may take in memory.
  EnvelopeStream(std::string_view operation, Take take, std::size_t limit = 8U << 20U);
  ~EnvelopeStream();
  EnvelopeStream(const EnvelopeStream&) = delete;
  EnvelopeStream& operator=(const EnvelopeStream&) = delete;

  /// Errors: XML's, not_soap, soap_fault, throttled, the taker's. After one, nothing more may be fed.
  Outcome<void> feed(std::string_view bytes);
  /// The answer has ended. Errors: truncated where it did so within an envelope.
  Outcome<void> finish();
  /// Envelopes so far.
  std::size_t envelopes() const;

 private:
  class Sink;
  std::unique_ptr<Sink> sink_;
};

}  // namespace mailward::ews
