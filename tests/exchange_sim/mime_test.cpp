// Messages in as MIME and out as MIME.
#include <algorithm>
#include <fstream>
#include <iterator>

#include "mime/message.h"
#include "tests/exchange_sim/store_conversation.h"
#include "tests/support/paths.h"

namespace mailward::testing {
namespace {

class MimeItems : public StoreConversation {
 protected:
  std::string put(const std::string& bytes, const std::string& more = "") {
    return made("<t:Message><t:MimeContent CharacterSet=\"UTF-8\">" + to_base64(as_bytes(bytes)) + "</t:MimeContent>" +
                more + "</t:Message>");
  }
  std::string mime(const std::string& id) {
    const std::string read = get(id, "IdOnly", "<t:IncludeMimeContent>true</t:IncludeMimeContent>");
    return std::string(as_text(from_base64(element_text(read, "MimeContent")).value()));
  }
};

const std::string kMessage =
    "Received: from a by b; Mon, 1 Sep 2025 09:00:00 +0000\r\n"
    "From: \"Mueller, A\" <a@other.test>\r\nTo: usera@example.test\r\nSubject: =?utf-8?q?R=C3=A9union?=\r\n"
    "Date: Mon, 1 Sep 2025 11:00:00 +0200\r\nMessage-ID: <m1@other.test>\r\nX-Odd: yes\r\nImportance: high\r\n"
    "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    "--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nHello\r\n"
    "--b\r\nContent-Type: image/png\r\nContent-Disposition: attachment; filename=\"p.png\"\r\n"
    "Content-Transfer-Encoding: base64\r\n\r\nAAEC\r\n"
    "--b\r\nContent-Type: message/rfc822\r\n\r\nFrom: c@other.test\r\nSubject: within\r\n\r\ndeep\r\n--b--\r\n";

TEST_F(MimeItems, what_came_as_mime_is_read_as_properties_and_comes_back_byte_for_byte_until_it_is_edited) {
  const std::string id = put(kMessage);
  const std::string read = get(id);
  EXPECT_EQ(element_text(read, "Subject"), "R\xC3\xA9union");
  EXPECT_EQ(item_body(read), "Hello");
  EXPECT_EQ(element_text(read, "Importance"), "High");
  EXPECT_EQ(element_text(read, "InternetMessageId"), "<m1@other.test>");
  EXPECT_EQ(element_text(read, "DateTimeSent"), "2025-09-01T09:00:00Z");
  EXPECT_EQ(texts(read, "Name").size(), 5U) << "author, sender, recipient; a file, an item" << read;
  EXPECT_EQ(element_text(read, "IsDraft"), "true");
  EXPECT_EQ(mime(id), kMessage);
  EXPECT_EQ(mime(id), kMessage);
  // What leaves the message's own bytes alone.
  set_field(id, "<t:FieldURI FieldURI=\"message:IsRead\"/>", "<t:IsRead>false</t:IsRead>");
  set_field(id, "<t:FieldURI FieldURI=\"item:Categories\"/>", "<t:Categories><t:String>A</t:String></t:Categories>");
  EXPECT_EQ(mime(id), kMessage);
  set_field(id, "<t:FieldURI FieldURI=\"item:Subject\"/>", "<t:Subject>Edited</t:Subject>");
  const std::string first = mime(id);
  const std::string second = mime(id);
  EXPECT_NE(first, second) << "made from properties, each read its own";
  for (const std::string& bytes : {first, second}) {
    const auto message = mime::parse(bytes);
    ASSERT_TRUE(message);
    EXPECT_EQ(message->subject, "Edited");
    EXPECT_EQ(message->text, "Hello");
    EXPECT_EQ(message->message_id, "<m1@other.test>");
    ASSERT_EQ(message->attachments.size(), 2U);
    EXPECT_EQ(message->attachments[0].content, std::string("\0\1\2", 3));
    EXPECT_EQ(message->attachments[1].name, "within");
  }
}

TEST_F(MimeItems, the_switch_makes_every_read_differ) {
  const std::string id = put(kMessage);
  sim().change_mailbox("usera@example.test", R"({"mime_differs":true})");
  EXPECT_NE(mime(id), mime(id));
  sim().change_mailbox("usera@example.test", R"({"mime_differs":false})");
  EXPECT_EQ(mime(id), kMessage);
}

TEST_F(MimeItems, elements_beside_the_mime_go_before_it_and_flags_make_it_no_draft) {
  const std::string id =
      put(kMessage,
          "<t:Subject>Mine</t:Subject><t:ExtendedProperty><t:ExtendedFieldURI PropertyTag=\"0x0E07\" "
          "PropertyType=\"Integer\"/><t:Value>1</t:Value></t:ExtendedProperty>");
  EXPECT_EQ(element_text(get(id), "Subject"), "Mine");
  EXPECT_EQ(element_text(get(id), "IsDraft"), "false");
}

TEST_F(MimeItems, headers_are_given_whole_by_name_and_as_properties) {
  const std::string id = put(kMessage,
                             "<t:ExtendedProperty><t:ExtendedFieldURI PropertyTag=\"0x0E07\" PropertyType=\"Integer\"/>"
                             "<t:Value>1</t:Value></t:ExtendedProperty>");
  const auto names = attributes(get(id), "InternetMessageHeader", "HeaderName");
  EXPECT_NE(std::ranges::find(names, "X-Odd"), names.end());
  const std::string one =
      get(id, "IdOnly",
          "<t:AdditionalProperties><t:IndexedFieldURI FieldURI=\"item:InternetMessageHeader\" FieldIndex=\"x-odd\"/>"
          "<t:ExtendedFieldURI DistinguishedPropertySetId=\"InternetHeaders\" PropertyName=\"X-Odd\" "
          "PropertyType=\"String\"/></t:AdditionalProperties>");
  EXPECT_EQ(texts(one, "InternetMessageHeader"), (std::vector<std::string>{"yes"}));
  EXPECT_EQ(element_text(one, "Value"), "yes");
}

TEST_F(MimeItems, what_is_no_mime_is_refused) {
  const auto tried = [&](const std::string& text) {
    return element_text(create("<t:Message><t:MimeContent>" + text + "</t:MimeContent></t:Message>"), "ResponseCode");
  };
  EXPECT_EQ(tried(""), "ErrorMimeContentInvalid");
}

TEST_F(MimeItems, every_message_of_the_corpus_goes_in_and_comes_back_as_it_was) {
  if (!shared_dir()) GTEST_SKIP() << "../shared is absent: real messages are not tried";
  std::size_t tried = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(*shared_dir() / "corpus")) {
    if (!entry.is_regular_file() || entry.path().filename() == "README.md") continue;
    std::ifstream in(entry.path(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(in), {}};
    if (bytes.size() > 200'000 || !mime::parse(bytes)) continue;
    const SoapCall put_call{.body =
                                "<m:CreateItem MessageDisposition=\"SaveOnly\"><m:Items><t:Message><t:MimeContent>" +
                                to_base64(as_bytes(bytes)) + "</t:MimeContent></t:Message></m:Items></m:CreateItem>"};
    const auto answer = call(sim(), put_call);
    ASSERT_EQ(answer.status, 200) << entry.path();
    ASSERT_EQ(element_text(answer.body, "ResponseCode"), "NoError") << entry.path();
    const std::string id = attribute_of(answer.body, "ItemId", "Id");
    const auto read =
        call(sim(), {.body = "<m:GetItem><m:ItemShape><t:BaseShape>AllProperties</t:BaseShape>"
                             "<t:IncludeMimeContent>true</t:IncludeMimeContent></m:ItemShape><m:ItemIds>" +
                             item_element(id) + "</m:ItemIds></m:GetItem>"});
    ASSERT_EQ(read.status, 200) << entry.path();
    EXPECT_EQ(as_text(from_base64(element_text(read.body, "MimeContent")).value()), bytes) << entry.path();
    ++tried;
  }
  EXPECT_GT(tried, 150U);
}

}  // namespace
}  // namespace mailward::testing
