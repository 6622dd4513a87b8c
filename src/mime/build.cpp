#include "base/digest.h"
#include "mime/composition.h"
#include "mime/inner/gmime.h"

namespace mailward::mime {
namespace {

using inner::cast;
using inner::Owned;

bool one_line(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

Status check(const Composition& composition) {
  bool sound = one_line(composition.subject) && one_line(composition.message_id) && one_line(composition.in_reply_to) &&
               one_line(composition.references);
  for (const auto* list : {&composition.from, &composition.sender, &composition.reply_to, &composition.to,
                           &composition.cc, &composition.bcc}) {
    for (const Address& each : *list) sound = sound && one_line(each.name) && one_line(each.address);
  }
  for (const auto& [name, value] : composition.more_headers) sound = sound && one_line(name) && one_line(value);
  for (const Attachment& each : composition.attachments) {
    sound = sound && one_line(each.name) && one_line(each.content_type) && one_line(each.content_id) &&
            one_line(each.content_location);
  }
  if (sound) return {};
  return fail(MimeError::unbuildable, "a header of the message would hold a line end");
}

std::string addresses(const std::vector<Address>& list) {
  const Owned<InternetAddressList> made(internet_address_list_new());
  for (const Address& each : list) {
    const Owned<InternetAddress> one(
        internet_address_mailbox_new(each.name.empty() ? nullptr : each.name.c_str(), each.address.c_str()));
    internet_address_list_add(made.get(), one.get());
  }
  return inner::taken(internet_address_list_to_string(made.get(), nullptr, TRUE));
}

class Builder {
 public:
  explicit Builder(const Composition& composition) : composition_(composition) {}

  std::string message() {
    const Owned<GMimeObject> content = mixed();
    std::string out;
    const auto header = [&out](std::string_view name, const std::string& value) {
      if (!value.empty()) out += std::string(name) + ": " + value + "\n";
    };
    const std::string date = composition_.date ? date_text(*composition_.date) : std::string();
    if (composition_.date_first) header("Date", date);
    header("From", addresses(composition_.from));
    header("Sender", addresses(composition_.sender));
    header("Reply-To", addresses(composition_.reply_to));
    header("To", addresses(composition_.to));
    header("Cc", addresses(composition_.cc));
    header("Bcc", addresses(composition_.bcc));
    header("Subject", encoded(composition_.subject));
    if (!composition_.date_first) header("Date", date);
    header("Message-ID", composition_.message_id);
    header("In-Reply-To", composition_.in_reply_to);
    header("References", composition_.references);
    for (const auto& [name, value] : composition_.more_headers) header(name, encoded(value));
    out += "MIME-Version: 1.0\n";
    out += inner::taken(g_mime_object_to_string(content.get(), nullptr));
    return with_line_ends(out);
  }

 private:
  static std::string encoded(const std::string& text) {
    return inner::taken(g_mime_utils_header_encode_text(nullptr, text.c_str(), "utf-8"));
  }
  static std::string date_text(Timestamp time) {
    GDateTime* at = g_date_time_new_from_unix_utc(to_micros(time) / 1'000'000);
    if (at == nullptr) return {};
    std::string text = inner::taken(g_mime_utils_header_format_date(at));
    g_date_time_unref(at);
    return text;
  }
  static std::string with_line_ends(const std::string& text) {
    std::string out;
    out.reserve(text.size() + text.size() / 40);
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '\n' && (i == 0 || text[i - 1] != '\r')) out += '\r';
      out += text[i];
    }
    return out;
  }

  Owned<GMimeObject> leaf(const std::string& type, const std::string& content, GMimeContentEncoding encoding) {
    const auto slash = type.find('/');
    const std::string media = slash == std::string::npos ? "application" : type.substr(0, slash);
    const std::string subtype = slash == std::string::npos ? "octet-stream" : type.substr(slash + 1);
    GMimePart* part = g_mime_part_new_with_type(media.c_str(), subtype.c_str());
    const Owned<GMimeStream> stream(g_mime_stream_mem_new_with_buffer(content.data(), content.size()));
    const Owned<GMimeDataWrapper> wrapper(
        g_mime_data_wrapper_new_with_stream(stream.get(), GMIME_CONTENT_ENCODING_DEFAULT));
    g_mime_part_set_content(part, wrapper.get());
    g_mime_part_set_content_encoding(part, encoding);
    return Owned<GMimeObject>(cast<GMimeObject>(part, g_mime_object_get_type()));
  }

  Owned<GMimeObject> text_leaf(const std::string& type, const std::string& content) {
    Owned<GMimeObject> made = leaf(type, content, GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE);
    g_mime_object_set_content_type_parameter(made.get(), "charset", "utf-8");
    return made;
  }

  Owned<GMimeObject> multipart(const char* subtype, const std::vector<Owned<GMimeObject>>& parts) {
    GMimeMultipart* made = g_mime_multipart_new_with_subtype(subtype);
    const Sha256 hash = sha256(as_bytes(composition_.boundary_seed + "/" + subtype));
    g_mime_multipart_set_boundary(made, ("_000_" + to_hex(hash).substr(0, 32) + "_").c_str());
    for (const auto& part : parts) g_mime_multipart_add(made, part.get());
    return Owned<GMimeObject>(cast<GMimeObject>(made, g_mime_object_get_type()));
  }

  Owned<GMimeObject> body() {
    std::vector<Owned<GMimeObject>> parts;
    if (composition_.text || !composition_.html) {
      parts.push_back(text_leaf("text/plain", composition_.text.value_or("")));
    }
    if (composition_.html) parts.push_back(text_leaf("text/html", *composition_.html));
    if (composition_.scheduling) parts.push_back(calendar(*composition_.scheduling));
    return parts.size() == 1 ? std::move(parts.front()) : multipart("alternative", parts);
  }

  Owned<GMimeObject> calendar(const Scheduling& scheduling) {
    Owned<GMimeObject> made = text_leaf("text/calendar", scheduling.calendar);
    g_mime_object_set_content_type_parameter(made.get(), "method", scheduling.method.c_str());
    return made;
  }

  Owned<GMimeObject> attachment(const Attachment& each) {
    if (each.message) return nested(each);
    Owned<GMimeObject> made = leaf(each.content_type, each.content, GMIME_CONTENT_ENCODING_BASE64);
    if (!each.charset.empty()) g_mime_object_set_content_type_parameter(made.get(), "charset", each.charset.c_str());
    GMimePart* part = cast<GMimePart>(made.get(), g_mime_part_get_type());
    g_mime_object_set_disposition(made.get(), each.inline_part ? "inline" : "attachment");
    if (!each.name.empty()) g_mime_part_set_filename(part, each.name.c_str());
    if (!each.content_id.empty()) g_mime_part_set_content_id(part, each.content_id.c_str());
    if (!each.content_location.empty()) g_mime_part_set_content_location(part, each.content_location.c_str());
    return made;
  }

  Owned<GMimeObject> nested(const Attachment& each) {
    const Owned<GMimeStream> stream(g_mime_stream_mem_new_with_buffer(each.content.data(), each.content.size()));
    const Owned<GMimeParser> parser(g_mime_parser_new_with_stream(stream.get()));
    const Owned<GMimeMessage> message(g_mime_parser_construct_message(parser.get(), nullptr));
    if (message == nullptr) return leaf("application/octet-stream", each.content, GMIME_CONTENT_ENCODING_BASE64);
    return Owned<GMimeObject>(
        cast<GMimeObject>(g_mime_message_part_new_with_message("rfc822", message.get()), g_mime_object_get_type()));
  }

  Owned<GMimeObject> related() {
    std::vector<Owned<GMimeObject>> parts;
    parts.push_back(body());
    for (const Attachment& each : composition_.attachments) {
      if (belongs_to_body(each)) parts.push_back(attachment(each));
    }
    return parts.size() == 1 ? std::move(parts.front()) : multipart("related", parts);
  }

  Owned<GMimeObject> mixed() {
    std::vector<Owned<GMimeObject>> parts;
    parts.push_back(related());
    for (const Attachment& each : composition_.attachments) {
      if (!belongs_to_body(each)) parts.push_back(attachment(each));
    }
    return parts.size() == 1 ? std::move(parts.front()) : multipart("mixed", parts);
  }

  static bool belongs_to_body(const Attachment& each) {
    return each.inline_part && !each.message && !each.content_id.empty();
  }

  const Composition& composition_;
};

}  // namespace

Result<std::string> build(const Composition& composition) {
  inner::start();
  MW_CHECK(check(composition));
  return Builder(composition).message();
}

}  // namespace mailward::mime
