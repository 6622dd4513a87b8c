#include "tests/exchange_sim/store_conversation.h"

namespace mailward::testing {
namespace {

class Attachments : public StoreConversation {
 protected:
  std::string attach(const std::string& id, const std::string& attachment) {
    return ask("<m:CreateAttachment><m:ParentItemId Id=\"" + id + "\"/><m:Attachments>" + attachment +
               "</m:Attachments></m:CreateAttachment>");
  }
  std::string fetch(const std::string& id, const std::string& shape = "") {
    return ask("<m:GetAttachment>" + shape + "<m:AttachmentIds><t:AttachmentId Id=\"" + id +
               "\"/></m:AttachmentIds></m:GetAttachment>");
  }
  std::string detach(const std::string& id) {
    return ask("<m:DeleteAttachment><m:AttachmentIds><t:AttachmentId Id=\"" + id +
               "\"/></m:AttachmentIds></m:DeleteAttachment>");
  }
};

const std::string kFile =
    "<t:FileAttachment><t:Name>a \xE2\x82\xAC.bin</t:Name><t:ContentId>c1</t:ContentId><t:IsInline>false</t:IsInline>"
    "<t:Content>AAEC/w==</t:Content></t:FileAttachment>";
const std::string kItem =
    "<t:ItemAttachment><t:Name>inner</t:Name><t:Message><t:Subject>Inner</t:Subject><t:Body BodyType=\"Text\">deep"
    "</t:Body><t:Attachments><t:FileAttachment><t:Name>n.txt</t:Name><t:Content>aGk=</t:Content></t:FileAttachment>"
    "</t:Attachments></t:Message></t:ItemAttachment>";

TEST_F(Attachments, files_and_items_are_attached_fetched_and_taken_away) {
  const std::string id = made("<t:Message><t:Subject>x</t:Subject></t:Message>");
  const std::string file = attach(id, kFile);
  EXPECT_EQ(element_text(file, "ResponseCode"), "NoError");
  EXPECT_EQ(attribute_of(file, "AttachmentId", "RootItemId"), id);
  const std::string file_id = attribute_of(file, "AttachmentId", "Id");
  const std::string item_id = attribute_of(attach(id, kItem), "AttachmentId", "Id");
  const std::string read = get(id);
  EXPECT_EQ(element_text(read, "HasAttachments"), "true");
  EXPECT_EQ(attributes(read, "AttachmentId", "Id"), (std::vector<std::string>{file_id, item_id}));
  EXPECT_TRUE(texts(read, "Content").empty()) << "metadata only";

  const std::string content = fetch(file_id);
  EXPECT_EQ(element_text(content, "Content"), "AAEC/w==");
  EXPECT_EQ(element_text(content, "Name"), "a \xE2\x82\xAC.bin");
  EXPECT_EQ(element_text(content, "ContentType"), "application/octet-stream");
  const std::string inner = fetch(item_id,
                                  "<m:AttachmentShape><t:IncludeMimeContent>true</t:IncludeMimeContent>"
                                  "</m:AttachmentShape>");
  EXPECT_EQ(element_text(inner, "Subject"), "Inner");
  EXPECT_FALSE(element_text(inner, "MimeContent").empty());
  EXPECT_EQ(element_text(fetch(attributes(inner, "AttachmentId", "Id").at(1)), "Content"), "aGk=");

  const std::string before = attribute_of(read, "ItemId", "ChangeKey");
  const std::string gone = detach(file_id);
  EXPECT_EQ(attribute_of(gone, "RootItemId", "RootItemId"), id);
  EXPECT_NE(attribute_of(gone, "RootItemId", "RootItemChangeKey"), before);
  EXPECT_EQ(element_text(fetch(file_id), "ResponseCode"), "ErrorInvalidAttachmentId");
  EXPECT_EQ(texts(get(id), "AttachmentId").size(), 1U);
}

TEST_F(Attachments, ids_that_are_none_or_anothers_are_refused) {
  EXPECT_EQ(element_text(fetch("bm9uc2Vuc2U="), "ResponseCode"), "ErrorInvalidIdMalformed");
  EXPECT_EQ(element_text(fetch("x"), "ResponseCode"), "ErrorInvalidIdMalformed");
  const std::string id = made("<t:Message><t:Subject>x</t:Subject></t:Message>");
  const std::string file = attribute_of(attach(id, kFile), "AttachmentId", "Id");
  const std::string body =
      "<m:GetAttachment><m:AttachmentIds><t:AttachmentId Id=\"" + file + "\"/></m:AttachmentIds></m:GetAttachment>";
  EXPECT_EQ(code(body, "userb@example.test"), "ErrorItemNotFound");
  move(id, "inbox");
  EXPECT_EQ(element_text(fetch(file), "ResponseCode"), "ErrorItemNotFound") << "the item's id is void, and so is its";
  EXPECT_EQ(fault("<m:GetAttachment><m:AttachmentIds/></m:GetAttachment>"), "ErrorSchemaValidation");
}

TEST_F(Attachments, an_item_comes_with_its_attachments_at_once) {
  const std::string id =
      made("<t:Message><t:Subject>x</t:Subject><t:Attachments>" + kFile + kItem + "</t:Attachments></t:Message>");
  EXPECT_EQ(texts(get(id), "AttachmentId").size(), 2U);
  const std::string copy = attribute_of(move(id, "inbox", "CopyItem"), "ItemId", "Id");
  EXPECT_EQ(element_text(fetch(attributes(get(copy), "AttachmentId", "Id").front()), "Content"), "AAEC/w==");
}

}  // namespace
}  // namespace mailward::testing
