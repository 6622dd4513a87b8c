#include <algorithm>

#include "base/bytes.h"
#include "mime/inner/gmime.h"
#include "mime/message.h"

namespace mailward::mime {
namespace {

using inner::cast;
using inner::Owned;
using inner::taken;
using inner::text_of;

std::unexpected<Error> too_large(const std::string& what) {
  return fail(MimeError::too_large, "the message has " + what + " than this reader takes");
}

/// UTF-8 whatever came: a library's guess may leave bytes that are none.
std::string as_utf8(std::string text) {
  if (is_utf8(text)) return text;
  const inner::Text valid(g_utf8_make_valid(text.data(), static_cast<gssize>(text.size())));
  return text_of(valid.get());
}

void add_addresses(InternetAddressList* list, std::vector<Address>& found,
                   std::size_t depth) {  // NOLINT(misc-no-recursion)
  constexpr std::size_t kMostGroups = 8;
  if (list == nullptr || depth > kMostGroups) return;
  for (int i = 0; i < internet_address_list_length(list); ++i) {
    InternetAddress* each = internet_address_list_get_address(list, i);
    if (auto* mailbox = cast<InternetAddressMailbox>(each, internet_address_mailbox_get_type())) {
      found.push_back({.name = as_utf8(text_of(internet_address_get_name(each))),
                       .address = as_utf8(text_of(internet_address_mailbox_get_addr(mailbox)))});
    } else if (auto* group = cast<InternetAddressGroup>(each, internet_address_group_get_type())) {
      add_addresses(internet_address_group_get_members(group), found, depth + 1);
    }
  }
}

std::vector<Address> addresses(InternetAddressList* list) {
  std::vector<Address> found;
  add_addresses(list, found, 0);
  return found;
}

std::string content_of(GMimePart* part) {
  GMimeDataWrapper* wrapper = g_mime_part_get_content(part);
  if (wrapper == nullptr) return {};
  const Owned<GMimeStream> memory(g_mime_stream_mem_new());
  g_mime_data_wrapper_write_to_stream(wrapper, memory.get());
  const GByteArray* bytes =
      g_mime_stream_mem_get_byte_array(cast<GMimeStreamMem>(memory.get(), g_mime_stream_mem_get_type()));
  return bytes == nullptr || bytes->len == 0 ? std::string()
                                             : std::string(reinterpret_cast<const char*>(bytes->data), bytes->len);
}

std::string charset_of(GMimeObject* part) {
  return text_of(g_mime_object_get_content_type_parameter(part, "charset"));
}

/// The text in UTF-8, by the charset it claims.
std::string decoded_text(GMimeObject* object, std::string bytes) {
  const std::string charset = charset_of(object);
  if (charset.empty() || lower_case(charset) == "utf-8" || lower_case(charset) == "us-ascii") {
    if (is_utf8(bytes)) return bytes;
  }
  gsize written = 0;
  const char* from = charset.empty() ? "windows-1252" : g_mime_charset_iconv_name(charset.c_str());
  const inner::Text converted(g_convert_with_fallback(bytes.data(), static_cast<gssize>(bytes.size()), "UTF-8", from,
                                                      "\xEF\xBF\xBD", nullptr, &written, nullptr));
  if (converted == nullptr) return as_utf8(std::move(bytes));
  return as_utf8(std::string(converted.get(), written));
}

std::string without_angles(std::string id) {
  if (id.starts_with('<')) id.erase(0, 1);
  if (id.ends_with('>')) id.pop_back();
  return id;
}

enum class Inside { plain, alternative, related };

class Walk {
 public:
  Walk(Message& message, const Limits& limits) : message_(message), limits_(limits) {}

  Status visit(GMimeObject* object, Inside inside, std::size_t depth) {  // NOLINT(misc-no-recursion): depth is bounded
    if (object == nullptr) return {};
    if (++parts_ > limits_.parts) return too_large("more parts");
    if (depth > limits_.depth) return too_large("parts nested deeper");
    if (auto* multipart = cast<GMimeMultipart>(object, g_mime_multipart_get_type())) {
      return visit_all(multipart, object, depth);
    }
    if (auto* nested = cast<GMimeMessagePart>(object, g_mime_message_part_get_type())) {
      message_.attachments.push_back(nested_message(nested, object));
      return {};
    }
    if (auto* part = cast<GMimePart>(object, g_mime_part_get_type())) leaf(part, object, inside);
    return {};
  }

 private:
  Status visit_all(GMimeMultipart* multipart, GMimeObject* object, std::size_t depth) {  // NOLINT(misc-no-recursion)
    const std::string subtype =
        lower_case(text_of(g_mime_content_type_get_media_subtype(g_mime_object_get_content_type(object))));
    const Inside inside = subtype == "alternative" ? Inside::alternative
                          : subtype == "related"   ? Inside::related
                                                   : Inside::plain;
    const int count = g_mime_multipart_get_count(multipart);
    for (int i = 0; i < count; ++i) MW_CHECK(visit(g_mime_multipart_get_part(multipart, i), inside, depth + 1));
    return {};
  }

  static std::string type_of(GMimeObject* object) {
    GMimeContentType* type = g_mime_object_get_content_type(object);
    return type == nullptr ? "text/plain"
                           : as_utf8(lower_case(text_of(g_mime_content_type_get_media_type(type)) + "/" +
                                                text_of(g_mime_content_type_get_media_subtype(type))));
  }

  static Attachment described(GMimeObject* object, Inside inside) {
    Attachment found;
    found.content_type = type_of(object);
    found.charset = as_utf8(charset_of(object));
    found.content_id = as_utf8(without_angles(text_of(g_mime_object_get_content_id(object))));
    const std::string disposition = lower_case(text_of(g_mime_object_get_disposition(object)));
    found.inline_part =
        disposition == "inline" || (disposition.empty() && inside == Inside::related && !found.content_id.empty());
    return found;
  }

  static Attachment nested_message(GMimeMessagePart* nested, GMimeObject* object) {
    Attachment found = described(object, Inside::plain);
    found.message = true;
    GMimeMessage* message = g_mime_message_part_get_message(nested);
    if (message == nullptr) return found;
    found.name = as_utf8(text_of(g_mime_message_get_subject(message)));
    const Owned<GMimeStream> memory(g_mime_stream_mem_new());
    g_mime_object_write_to_stream(cast<GMimeObject>(message, g_mime_object_get_type()), nullptr, memory.get());
    const GByteArray* bytes =
        g_mime_stream_mem_get_byte_array(cast<GMimeStreamMem>(memory.get(), g_mime_stream_mem_get_type()));
    if (bytes != nullptr && bytes->len > 0) {
      found.content.assign(reinterpret_cast<const char*>(bytes->data), bytes->len);
    }
    return found;
  }

  void leaf(GMimePart* part, GMimeObject* object, Inside inside) {
    Attachment found = described(object, inside);
    found.name = as_utf8(text_of(g_mime_part_get_filename(part)));
    found.content_location = as_utf8(text_of(g_mime_part_get_content_location(part)));
    found.content = content_of(part);
    const bool kept_apart =
        !found.name.empty() || lower_case(text_of(g_mime_object_get_disposition(object))) == "attachment";
    const bool plain = found.content_type == "text/plain";
    const bool html = found.content_type == "text/html";
    std::optional<std::string>* body = plain ? &message_.text : html ? &message_.html : nullptr;
    // A second text behind the first one of another kind (a footer in multipart/mixed) is no body any more.
    const bool free =
        body != nullptr && !*body && (inside == Inside::alternative || (!message_.text && !message_.html));
    if (!kept_apart && free) {
      *body = decoded_text(object, std::move(found.content));
      return;
    }
    message_.attachments.push_back(std::move(found));
  }

  Message& message_;
  const Limits& limits_;
  std::size_t parts_ = 0;
};

/// GMime keeps the Content- fields with the outermost part and all others with the message: here they stand as they
/// came.
Status read_headers(GMimeMessage* parsed, Message& message, const Limits& limits) {
  std::vector<GMimeHeader*> found;
  for (GMimeObject* owner :
       {cast<GMimeObject>(parsed, g_mime_object_get_type()), g_mime_message_get_mime_part(parsed)}) {
    if (owner == nullptr) continue;
    GMimeHeaderList* list = g_mime_object_get_header_list(owner);
    const int count = g_mime_header_list_get_count(list);
    if (static_cast<std::size_t>(count) > limits.headers) return too_large("more headers");
    for (int i = 0; i < count; ++i) {
      GMimeHeader* header = g_mime_header_list_get_header_at(list, i);
      if (g_mime_header_get_offset(header) >= 0) found.push_back(header);  // else the library's own
    }
  }
  std::ranges::sort(found, {}, g_mime_header_get_offset);
  std::size_t bytes = 0;
  for (GMimeHeader* header : found) {
    std::string raw = text_of(g_mime_header_get_raw_value(header));
    while (raw.ends_with('\n') || raw.ends_with('\r')) raw.pop_back();
    if (raw.starts_with(' ')) raw.erase(0, 1);
    bytes += raw.size();
    if (bytes > limits.header_bytes) return too_large("longer headers");
    message.headers.push_back({.name = as_utf8(text_of(g_mime_header_get_name(header))),
                               .value = as_utf8(text_of(g_mime_header_get_value(header))),
                               .raw = std::move(raw)});
  }
  return {};
}

std::string with_angles(const std::string& id) {
  return id.empty() || id.starts_with('<') ? id : "<" + id + ">";
}

}  // namespace

std::string_view error_subject(MimeError) {
  return "mime";
}

std::string_view error_name(MimeError code) {
  switch (code) {
    case MimeError::too_large:
      return "too_large";
    case MimeError::no_message:
      return "no_message";
    case MimeError::unbuildable:
      break;
  }
  return "unbuildable";
}

std::string_view Message::header(std::string_view name) const {
  const std::string wanted = lower_case(name);
  const auto found = std::ranges::find_if(headers, [&](const Header& one) { return lower_case(one.name) == wanted; });
  return found == headers.end() ? std::string_view() : std::string_view(found->value);
}

Result<Message> parse(std::string_view bytes, const Limits& limits) {
  inner::start();
  if (bytes.size() > limits.bytes) return too_large("more bytes");
  // Not copied: the stream only reads, and does not outlive `bytes`.
  const Owned<GMimeStream> stream(g_mime_stream_mem_new_with_buffer(bytes.data(), bytes.size()));
  const Owned<GMimeParser> parser(g_mime_parser_new_with_stream(stream.get()));
  const Owned<GMimeMessage> parsed(g_mime_parser_construct_message(parser.get(), nullptr));
  if (parsed == nullptr) return fail(MimeError::no_message, "these bytes are no message");
  Message message;
  MW_CHECK(read_headers(parsed.get(), message, limits));
  if (message.headers.empty()) return fail(MimeError::no_message, "these bytes have no header");
  message.subject = as_utf8(text_of(g_mime_message_get_subject(parsed.get())));
  message.from = addresses(g_mime_message_get_from(parsed.get()));
  message.sender = addresses(g_mime_message_get_sender(parsed.get()));
  message.reply_to = addresses(g_mime_message_get_reply_to(parsed.get()));
  message.to = addresses(g_mime_message_get_to(parsed.get()));
  message.cc = addresses(g_mime_message_get_cc(parsed.get()));
  message.bcc = addresses(g_mime_message_get_bcc(parsed.get()));
  message.message_id = with_angles(as_utf8(text_of(g_mime_message_get_message_id(parsed.get()))));
  message.in_reply_to = std::string(message.header("In-Reply-To"));
  message.references = std::string(message.header("References"));
  if (GDateTime* date = g_mime_message_get_date(parsed.get())) {
    message.date = from_micros(g_date_time_to_unix(date) * 1'000'000);
  }
  Walk walk(message, limits);
  MW_CHECK(walk.visit(g_mime_message_get_mime_part(parsed.get()), Inside::plain, 0));
  return message;
}

}  // namespace mailward::mime
