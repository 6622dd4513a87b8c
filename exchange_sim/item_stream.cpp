#include "exchange_sim/item_stream.h"

#include "base/digest.h"

namespace mailward::exchange_sim {
namespace {

/// As a real stream begins: a version, then the size of what describes it.
constexpr std::string_view kMagic{"\x01\x00\x00\x00MWIT\x01", 9};
constexpr std::size_t kHash = 32;
constexpr std::size_t kDeepest = 10;

class Writer {
 public:
  explicit Writer(const Mailbox& mailbox) : mailbox_(mailbox) {}

  void number(std::uint64_t value) {
    for (int shift = 56; shift >= 0; shift -= 8) out_ += static_cast<char>(value >> shift);
  }
  void text(std::string_view value) {
    number(value.size());
    out_ += value;
  }
  void time(Timestamp value) { number(static_cast<std::uint64_t>(to_micros(value))); }
  void blob(BlobRef ref) { text(mailbox_.blobs.read(ref)); }

  void item(const Item& item) {  // NOLINT(misc-no-recursion): attachments were read within a depth
    number(static_cast<std::uint64_t>(item.kind));
    text(item.item_class);
    for (const Timestamp each : {item.received, item.sent, item.created, item.modified, item.original_start})
      time(each);
    text(item.modified_by);
    number((item.read ? 1U : 0U) | (item.draft ? 2U : 0U) | (item.submitted ? 4U : 0U) | (item.from_me ? 8U : 0U) |
           (item.unmodified ? 16U : 0U) | (item.associated ? 32U : 0U) | (item.body ? 64U : 0U) |
           (item.body && item.body->html ? 128U : 0U) | (item.mime ? 256U : 0U));
    if (item.body) blob(item.body->text);
    if (item.mime) blob(*item.mime);
    text(item.transport_headers);
    number(item.values().size());
    for (const auto& [id, value] : item.values()) {
      text(field(id).uri);
      text(value.inner);
      text(value.attributes);
    }
    number(item.indexed().size());
    for (const IndexedValue& each : item.indexed()) {
      text(field(each.dictionary).uri);
      text(each.key);
      text(each.part);
      text(each.value.inner);
      text(each.value.attributes);
    }
    number(item.extended().size());
    for (const ExtendedValue& each : item.extended()) {
      text(each.key);
      text(each.xml);
    }
    attachments(item);
    number(item.exceptions.size());
    for (const SeriesException& each : item.exceptions) {
      time(each.original);
      number(each.item ? 1 : 0);
      if (each.item) this->item(*each.item);
    }
  }

  std::string take() { return std::move(out_); }

 private:
  void attachments(const Item& item) {  // NOLINT(misc-no-recursion)
    number(item.attachments_made);
    number(item.attachments.size());
    for (const ItemAttachment& each : item.attachments) {
      number(each.number);
      for (const std::string* part : {&each.name, &each.content_type, &each.content_id, &each.content_location}) {
        text(*part);
      }
      number((each.inline_part ? 1U : 0U) | (each.contact_photo ? 2U : 0U) | (each.item ? 4U : 0U));
      time(each.modified);
      if (each.item) {
        this->item(*each.item);
      } else {
        blob(each.content);
      }
    }
  }

  const Mailbox& mailbox_;
  std::string out_;
};

/// Reads on past an error: what comes then is empty, and good() says so at the end.
class Reader {
 public:
  Reader(std::string_view bytes, const Mailbox& mailbox) : rest_(bytes), mailbox_(mailbox) {}

  bool good() const { return good_; }
  bool at_end() const { return rest_.empty(); }

  std::uint64_t number() {
    constexpr std::size_t kSize = 8;
    if (rest_.size() < kSize) return fail();
    std::uint64_t value = 0;
    for (const char c : rest_.substr(0, kSize)) value = value << 8 | static_cast<unsigned char>(c);
    rest_.remove_prefix(kSize);
    return value;
  }
  /// How many follow, each of at least one number.
  std::uint64_t count() {
    const std::uint64_t value = number();
    return value > rest_.size() ? fail() : value;
  }
  std::string text() {
    const std::uint64_t size = number();
    if (size > rest_.size()) {
      fail();
      return {};
    }
    std::string value(rest_.substr(0, size));
    rest_.remove_prefix(size);
    return value;
  }
  Timestamp time() { return from_micros(static_cast<std::int64_t>(number())); }
  BlobRef blob() { return mailbox_.blobs.add(text()); }

  std::unique_ptr<Item> item(std::size_t depth) {  // NOLINT(misc-no-recursion): to a depth
    auto made = std::make_unique<Item>();
    Item& item = *made;
    const std::uint64_t kind = number();
    if (depth > kDeepest || kind > static_cast<std::uint64_t>(ItemKind::meeting_cancellation)) fail();
    if (!good_) return made;
    item.kind = static_cast<ItemKind>(kind);
    item.item_class = text();
    for (Timestamp* each : {&item.received, &item.sent, &item.created, &item.modified, &item.original_start}) {
      *each = time();
    }
    item.modified_by = text();
    const std::uint64_t flags = number();
    item.read = (flags & 1U) != 0;
    item.draft = (flags & 2U) != 0;
    item.submitted = (flags & 4U) != 0;
    item.from_me = (flags & 8U) != 0;
    item.unmodified = (flags & 16U) != 0;
    item.associated = (flags & 32U) != 0;
    if ((flags & 64U) != 0) item.body = Body{.html = (flags & 128U) != 0, .text = blob()};
    if ((flags & 256U) != 0) item.mime = blob();
    item.transport_headers = text();
    properties(item);
    attachments(item, depth);
    for (std::uint64_t left = count(); left > 0 && good_; --left) {
      SeriesException exception{.original = time(), .item = nullptr};
      if (number() != 0) exception.item = this->item(depth + 1);
      if (exception.item) {
        exception.item->series_part = SeriesPart::exception;
        exception.item->original_start = exception.original;
      }
      item.exceptions.push_back(std::move(exception));
    }
    return made;
  }

 private:
  std::uint64_t fail() {
    good_ = false;
    rest_ = {};
    return 0;
  }

  std::optional<FieldId> field_named() {
    const auto found = find_field(text());
    if (!found) fail();
    return found;
  }

  void properties(Item& item) {
    for (std::uint64_t left = count(); left > 0 && good_; --left) {
      const auto id = field_named();
      Value value{.inner = text()};
      value.attributes = text();
      if (id) item.set(*id, std::move(value));
    }
    for (std::uint64_t left = count(); left > 0 && good_; --left) {
      const auto id = field_named();
      IndexedValue value{.dictionary = id.value_or(0), .key = text(), .part = {}, .value = {}};
      value.part = text();
      value.value.inner = text();
      value.value.attributes = text();
      if (id) item.set_indexed(std::move(value));
    }
    for (std::uint64_t left = count(); left > 0 && good_; --left) {
      std::string key = text();
      std::string xml = text();
      item.set_extended(std::move(key), std::move(xml));
    }
  }

  void attachments(Item& item, std::size_t depth) {  // NOLINT(misc-no-recursion)
    item.attachments_made = static_cast<std::uint32_t>(number());
    for (std::uint64_t left = count(); left > 0 && good_; --left) {
      ItemAttachment made{.number = static_cast<std::uint32_t>(number()),
                          .name = text(),
                          .content_type = {},
                          .content_id = {},
                          .content_location = {}};
      made.content_type = text();
      made.content_id = text();
      made.content_location = text();
      const std::uint64_t flags = number();
      made.inline_part = (flags & 1U) != 0;
      made.contact_photo = (flags & 2U) != 0;
      made.modified = time();
      if ((flags & 4U) != 0) {
        made.item = this->item(depth + 1);
      } else {
        made.content = blob();
      }
      item.attachments.push_back(std::move(made));
    }
  }

  std::string_view rest_;
  const Mailbox& mailbox_;
  bool good_ = true;
};

}  // namespace

std::string write_item_stream(const ItemView& view) {
  Writer writer(view.mailbox);
  writer.item(view.item);
  std::string out(kMagic);
  out += writer.take();
  const Sha256 hash = sha256(as_bytes(out));
  out += as_text(BytesView(hash));
  return out;
}

std::unique_ptr<Item> read_item_stream(std::string_view bytes, const Mailbox& mailbox) {
  if (bytes.size() < kMagic.size() + kHash || !bytes.starts_with(kMagic)) return nullptr;
  const std::string_view content = bytes.substr(0, bytes.size() - kHash);
  const Sha256 hash = sha256(as_bytes(content));
  if (as_text(BytesView(hash)) != bytes.substr(content.size())) return nullptr;
  Reader reader(content.substr(kMagic.size()), mailbox);
  auto item = reader.item(0);
  if (!reader.good() || !reader.at_end()) return nullptr;
  return item;
}

}  // namespace mailward::exchange_sim
