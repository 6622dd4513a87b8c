#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ews/answer_reader.h"
#include "ews/operations/attachment.h"
#include "ews/operations/field_path.h"
#include "ews/operations/response.h"

namespace mailward::ews {

/// The content of attachments (MS-OXWSATT 3.1.4.3): one response message for each. Pulled, the content of files and the
/// MIME of attached items are decoded while they arrive.
struct GetAttachment {
  static constexpr std::string_view kName = "GetAttachment";
  using Response = Responses<std::vector<Attachment>>;
  using Unit = Attachment;

  bool mime_content = true;                           ///< of item attachments
  std::vector<FieldPath> additional;                  ///< of item attachments
  std::vector<std::string> ids;                       ///< at least one
  static constexpr auto kList = &GetAttachment::ids;  ///< one response message for each, in this order

  std::string body() const;
  static Outcome<Response> read(XmlElement payload);
  static AnswerParts parts();  ///< values: Content, MimeContent
  static std::vector<Attachment> read_message(XmlElement message);
  static Attachment read_unit(XmlElement element) { return read_attachment(element); }
};

}  // namespace mailward::ews
