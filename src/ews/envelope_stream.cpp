#include "ews/envelope_stream.h"

#include <string>

#include "ews/xml_scan.h"
#include "ews/xml_token.h"

namespace mailward::ews {

/// Gathers one document at a time.
class EnvelopeStream::Sink : public XmlSink {
 public:
  Sink(std::string_view operation, Take take, std::size_t limit)
      : operation_(operation),
        take_(std::move(take)),
        limit_(limit),
        scanner_(*this, {}, XmlScanner::Documents::many) {}

  Outcome<void> start(std::string_view tag, std::string_view, bool) override { return add(tag, 64 + 8 * tag.size()); }
  Outcome<void> text(std::string_view escaped) override { return add(escaped); }
  Outcome<void> cdata(std::string_view plain) override {
    MW_CHECK(add("<![CDATA["));
    MW_CHECK(add(plain));
    return add("]]>");
  }
  Outcome<void> end(std::string_view tag) override { return add(tag); }
  Outcome<void> document_end() override {
    std::string whole = std::move(text_);
    text_.clear();
    cost_ = 0;
    MW_TRY(auto document, XmlDocument::of_scanned(std::move(whole)));
    MW_TRY(auto envelope, envelope_of(std::move(document), operation_));
    ++count_;
    return take_(envelope);
  }

  XmlScanner& scanner() { return scanner_; }
  std::size_t count() const { return count_; }

 private:
  Outcome<void> add(std::string_view piece, std::size_t more_cost = 0) {
    cost_ += piece.size() + more_cost;
    if (cost_ > limit_) return fail(refused_xml("one envelope of it is too large"));
    text_ += piece;
    return {};
  }

  std::string operation_;
  Take take_;
  std::size_t limit_;
  std::string text_;
  std::size_t cost_ = 0;
  std::size_t count_ = 0;
  XmlScanner scanner_;
};

EnvelopeStream::EnvelopeStream(std::string_view operation, Take take, std::size_t limit)
    : sink_(std::make_unique<Sink>(operation, std::move(take), limit)) {}
EnvelopeStream::~EnvelopeStream() = default;

Outcome<void> EnvelopeStream::feed(std::string_view bytes) {
  return sink_->scanner().feed(bytes);
}

Outcome<void> EnvelopeStream::finish() {
  return sink_->scanner().finish();
}

std::size_t EnvelopeStream::envelopes() const {
  return sink_->count();
}

}  // namespace mailward::ews
