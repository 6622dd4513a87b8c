#include "ews/answer_reader.h"

#include <algorithm>
#include <limits>

#include "ews/base64_reader.h"
#include "ews/soap_fault.h"
#include "ews/soap_head.h"
#include "ews/xml_fragment.h"
#include "ews/xml_scan.h"
#include "ews/xml_token.h"

namespace mailward::ews {
namespace {

constexpr std::size_t kHeadLimit = 1U << 20U;

bool contains(std::span<const std::string_view> names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

Failure not_soap(std::string what) {
  return {EwsError::not_soap, std::move(what)};
}

bool says_error(std::string_view tag) {
  bool error = false;
  each_attribute(tag, [&](std::string_view name, std::string_view value) {
    error = name == "ResponseClass" && value == "Error";
    return name != "ResponseClass";
  });
  return error;
}

/// The answer may have any number of elements: what is kept of it is bounded part by part.
XmlLimits without_counts(XmlLimits limits) {
  limits.elements = std::numeric_limits<std::size_t>::max();
  limits.attributes = std::numeric_limits<std::size_t>::max();
  return limits;
}

/// What a tag costs in a tree, at most.
std::size_t cost_of(std::string_view tag) {
  return 64 + 8 * tag.size();
}

/// A value on its way to the sink.
class Value {
 public:
  Outcome<void> begin(ValueSink& sink, const ValuePlace& place) {
    sink_ = &sink;
    name_ = place.name;
    reader_ = Base64Reader();
    return sink.begin(place);
  }
  bool running() const { return sink_ != nullptr; }
  Outcome<void> add(std::string_view text) {
    bytes_.clear();
    const bool good = reader_.feed(text, bytes_);
    if (!bytes_.empty()) MW_CHECK(sink_->bytes(bytes_));
    if (!good) return fail(broken());
    return {};
  }
  Outcome<void> end() {
    ValueSink& sink = *sink_;
    sink_ = nullptr;
    if (!reader_.finish()) return fail(broken());
    return sink.end();
  }
  Failure broken() const { return malformed_xml(name_ + " holds no base64"); }

 private:
  ValueSink* sink_ = nullptr;
  std::string name_;
  Base64Reader reader_;
  Bytes bytes_;
};

}  // namespace

/// Stands at one of these places, from the envelope inwards: the head and a fault are gathered whole, response messages
/// without their units, units by themselves. What is none of them is passed over.
class AnswerReader::Sink : public XmlSink {
 public:
  Sink(AnswerParts parts, AnswerTaker taker, const XmlLimits& limits, std::size_t kept_limit)
      : parts_(parts),
        taker_(std::move(taker)),
        payload_name_(std::string(parts.operation) + "Response"),
        message_name_(std::string(parts.operation) + "ResponseMessage"),
        whole_(kHeadLimit),
        message_(kept_limit),
        unit_(kept_limit),
        scanner_(*this, without_counts(limits)) {}

  Outcome<void> start(std::string_view tag, std::string_view name, bool empty) override {
    if (value_.running()) return fail(value_.broken());
    path_.open(tag, name);
    MW_CHECK(begin(tag));
    MW_CHECK(gather(tag, cost_of(tag)));
    MW_CHECK(begin_value());
    if (!empty) return {};
    if (value_.running()) MW_CHECK(value_.end());
    return end_element();
  }

  Outcome<void> text(std::string_view escaped) override {
    return value_.running() ? value_.add(escaped) : gather(escaped);
  }
  Outcome<void> reference(std::string_view escaped) override {
    return value_.running() ? value_.add(unescaped(escaped)) : gather(escaped);
  }
  Outcome<void> cdata(std::string_view plain) override {
    if (value_.running()) return value_.add(plain);
    MW_CHECK(gather("<![CDATA["));
    MW_CHECK(gather(plain));
    return gather("]]>");
  }
  Outcome<void> end(std::string_view tag) override {
    if (value_.running()) MW_CHECK(value_.end());
    MW_CHECK(gather(tag));
    return end_element();
  }

  Outcome<void> finished() const {
    if (!had_payload_) return fail(not_soap("the SOAP answer has an empty body"));
    if (!had_messages_) return fail(not_soap("the answer holds no response messages"));
    if (count_ == 0) return fail(not_soap("the answer holds no " + message_name_));
    return {};
  }

  XmlScanner& scanner() { return scanner_; }
  const ServerVersion& version() const { return version_; }
  std::size_t count() const { return count_; }

 private:
  /// Begins to gather where a part begins.
  Outcome<void> begin(std::string_view tag) {
    switch (path_.depth()) {
      case 1:
        if (path_.is(kSoapNamespace, "Envelope")) return {};
        return fail(not_soap("the answer is XML but no SOAP envelope: " + printable(path_.name(), 40)));
      case 2:
        in_body_ = !had_body_ && path_.is(kSoapNamespace, "Body");
        had_body_ = had_body_ || in_body_;
        if (path_.is(kSoapNamespace, "Header")) whole_.begin(path_);
        return {};
      case 3:
        return in_body_ && !had_payload_ ? begin_payload() : Outcome<void>{};
      case 4:
        in_messages_ = in_payload_ && path_.is(kMessagesNamespace, "ResponseMessages");
        had_messages_ = had_messages_ || in_messages_;
        return {};
      case 5:
        if (in_messages_ && path_.is(kMessagesNamespace, message_name_)) {
          if (count_ >= parts_.messages) return fail(not_soap("the answer holds more messages than were asked for"));
          message_.begin(path_);
          in_error_ = says_error(tag);
          units_ = 0;
        }
        return {};
      default:
        break;
    }
    if (message_.gathering() && !unit_.gathering() && contains(parts_.units_in, path_.name(1))) unit_.begin(path_);
    return {};
  }

  Outcome<void> begin_payload() {
    had_payload_ = true;
    if (path_.is(kSoapNamespace, "Fault")) {
      whole_.begin(path_);
      return {};
    }
    if (path_.is(kMessagesNamespace, payload_name_)) {
      in_payload_ = true;
      return {};
    }
    return fail(not_soap("the answer is no " + payload_name_ + " but " + printable(path_.name(), 60)));
  }

  Outcome<void> begin_value() {
    if (taker_.values == nullptr || !message_.gathering() || in_error_ || path_.depth() < 6) return {};
    if (!contains(parts_.values, path_.name())) return {};
    return value_.begin(*taker_.values, {.message = count_, .unit = units_, .name = path_.name()});
  }

  Outcome<void> gather(std::string_view piece, std::size_t more_cost = 0) {
    if (unit_.gathering()) return unit_.add(piece, more_cost);
    if (message_.gathering()) return message_.add(piece, more_cost);
    if (whole_.gathering()) return whole_.add(piece, more_cost);
    return {};
  }

  /// Gives the part that ends with the innermost element.
  Outcome<void> end_element() {
    const std::size_t depth = path_.depth();
    if (unit_.gathering() && unit_.ends_at(depth)) {
      MW_TRY(auto document, unit_.take());
      if (!in_error_ && taker_.unit) MW_CHECK(taker_.unit(count_, document.root().first_child()));
      ++units_;
    } else if (message_.gathering() && message_.ends_at(depth)) {
      MW_TRY(auto document, message_.take());
      if (taker_.message) MW_CHECK(taker_.message(count_, document.root().first_child()));
      ++count_;
    } else if (whole_.gathering() && whole_.ends_at(depth)) {
      MW_TRY(auto document, whole_.take());
      const XmlElement element = document.root().first_child();
      if (element.is(kSoapNamespace, "Fault")) return fail(read_fault(element));
      version_ = read_version(element);
    } else if (depth == 3) {
      in_payload_ = false;
    }
    path_.close();
    return {};
  }

  AnswerParts parts_;
  AnswerTaker taker_;
  std::string payload_name_;
  std::string message_name_;
  XmlPath path_;
  XmlFragment whole_;
  XmlFragment message_;
  XmlFragment unit_;
  Value value_;
  ServerVersion version_;
  std::size_t count_ = 0;
  std::size_t units_ = 0;
  bool in_body_ = false;
  bool had_body_ = false;
  bool in_payload_ = false;
  bool in_messages_ = false;
  bool in_error_ = false;
  bool had_payload_ = false;
  bool had_messages_ = false;
  XmlScanner scanner_;
};

AnswerReader::AnswerReader(AnswerParts parts, AnswerTaker taker, const XmlLimits& limits, std::size_t kept_limit)
    : sink_(std::make_unique<Sink>(parts, std::move(taker), limits, kept_limit)) {}
AnswerReader::~AnswerReader() = default;

Outcome<void> AnswerReader::feed(std::string_view bytes) {
  return sink_->scanner().feed(bytes);
}

Outcome<void> AnswerReader::finish() {
  MW_CHECK(sink_->scanner().finish());
  return sink_->finished();
}

const ServerVersion& AnswerReader::version() const {
  return sink_->version();
}

std::size_t AnswerReader::messages() const {
  return sink_->count();
}

}  // namespace mailward::ews
