// Mail that flows inside the organisation.
#include "tests/exchange_sim/store_conversation.h"

namespace mailward::testing {
namespace {

class Sending : public StoreConversation {
 protected:
  static std::string to(const std::string& address, const std::string& field = "ToRecipients") {
    return "<t:" + field + "><t:Mailbox><t:EmailAddress>" + address + "</t:EmailAddress></t:Mailbox></t:" + field + ">";
  }
  static std::string how(const std::string& disposition) { return "MessageDisposition=\"" + disposition + "\""; }
  /// Whole items of the folder, newest first.
  std::string newest(const std::string& folder, const std::string& mailbox) {
    const std::string found =
        ask("<m:FindItem Traversal=\"Shallow\"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>"
            "<m:ParentFolderIds>" +
                folder_element(folder) + "</m:ParentFolderIds></m:FindItem>",
            mailbox);
    const std::string id = attribute_of(found, "ItemId", "Id");
    if (id.empty()) return {};
    return ask(
        "<m:GetItem><m:ItemShape><t:BaseShape>AllProperties</t:BaseShape>"
        "<t:IncludeMimeContent>true</t:IncludeMimeContent></m:ItemShape><m:ItemIds>" +
            item_element(id) + "</m:ItemIds></m:GetItem>",
        mailbox);
  }
};

TEST_F(Sending, what_is_sent_and_saved_is_delivered_once_with_received_headers_and_without_blind_copies) {
  const std::string sent = create(
      "<t:Message><t:Subject>Hello B</t:Subject><t:Body BodyType=\"HTML\">&lt;p&gt;hi&lt;/p&gt;</t:Body>"
      "<t:Categories><t:String>Mine</t:String></t:Categories>" +
          to("userb@example.test") + to("userb@example.test", "CcRecipients") +
          to("usera@example.test", "BccRecipients") + "</t:Message>",
      "", how("SendAndSaveCopy"));
  EXPECT_EQ(element_text(sent, "ResponseCode"), "NoError");
  EXPECT_TRUE(texts(sent, "ItemId").empty());
  const std::string copy = newest("sentitems", "usera@example.test");
  EXPECT_EQ(element_text(copy, "Subject"), "Hello B");
  EXPECT_EQ(element_text(copy, "IsDraft"), "false");
  EXPECT_EQ(element_text(copy, "IsFromMe"), "true");
  const std::string there = newest("inbox", "userb@example.test");
  EXPECT_EQ(element_text(there, "Subject"), "Hello B");
  EXPECT_EQ(element_text(there, "IsRead"), "false");
  EXPECT_EQ(element_text(there, "EmailAddress"), "usera@example.test");
  EXPECT_EQ(element_text(there, "Categories"), "");
  EXPECT_EQ(there.find("BccRecipients"), std::string::npos);
  EXPECT_EQ(attributes(there, "InternetMessageHeader", "HeaderName").front(), "Received");
  EXPECT_EQ(element_text(there, "InternetMessageId"), element_text(copy, "InternetMessageId"));
  const std::string mime(as_text(from_base64(element_text(there, "MimeContent")).value()));
  EXPECT_TRUE(mime.starts_with("Received: from ")) << mime;
  EXPECT_EQ(mime.find("Bcc"), std::string::npos);
  EXPECT_EQ(element_text(newest("inbox", "usera@example.test"), "Subject"), "Hello B") << "the blind copy";
  // Once, though named twice.
  const std::string found = ask(
      "<m:FindItem Traversal=\"Shallow\"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape><m:Restriction>"
      "<t:IsEqualTo><t:FieldURI FieldURI=\"item:Subject\"/><t:FieldURIOrConstant><t:Constant Value=\"Hello B\"/>"
      "</t:FieldURIOrConstant></t:IsEqualTo></m:Restriction><m:ParentFolderIds>" +
          folder_element("inbox") + "</m:ParentFolderIds></m:FindItem>",
      "userb@example.test");
  EXPECT_EQ(total(found), "1");
}

TEST_F(Sending, a_message_that_came_as_mime_leaves_as_it_is_but_for_bcc) {
  const std::string bytes =
      "From: usera@example.test\r\nTo: userb@example.test\r\nBcc: board@example.test,\r\n usera@example.test\r\n"
      "Subject: raw\r\nX-Mark: 1\r\n\r\nbody\r\n";
  create("<t:Message><t:MimeContent>" + to_base64(as_bytes(bytes)) + "</t:MimeContent></t:Message>", "",
         how("SendOnly"));
  const std::string there = newest("inbox", "userb@example.test");
  const std::string mime(as_text(from_base64(element_text(there, "MimeContent")).value()));
  EXPECT_NE(
      mime.find("\r\nFrom: usera@example.test\r\nTo: userb@example.test\r\nSubject: raw\r\nX-Mark: 1\r\n\r\nbody"),
      std::string::npos)
      << mime;
  EXPECT_EQ(total(find("sentitems")), "0");
  EXPECT_EQ(total(find("drafts")), "0");
}

TEST_F(Sending, a_draft_is_sent_by_its_id_and_current_change_key) {
  const std::string saved =
      create("<t:Message><t:Subject>draft</t:Subject>" + to("userb@example.test") + "</t:Message>");
  const std::string id = attribute_of(saved, "ItemId", "Id");
  const std::string key = attribute_of(saved, "ItemId", "ChangeKey");
  const auto send = [&](const std::string& item, const std::string& saves, const std::string& more = "") {
    return code("<m:SendItem SaveItemToFolder=\"" + saves + "\"><m:ItemIds>" + item + "</m:ItemIds>" + more +
                "</m:SendItem>");
  };
  EXPECT_EQ(send(item_element(id), "true"), "ErrorChangeKeyRequiredForWriteOperations");
  set_field(id, "<t:FieldURI FieldURI=\"item:Subject\"/>", "<t:Subject>draft 2</t:Subject>");
  EXPECT_EQ(send(item_element(id, key), "true"), "ErrorStaleObject");
  const std::string now = attribute_of(get(id), "ItemId", "ChangeKey");
  EXPECT_EQ(send(item_element(id, now), "false",
                 "<m:SavedItemFolderId>" + folder_element("inbox") + "</m:SavedItemFolderId>"),
            "ErrorInvalidSendItemSaveSettings");
  EXPECT_EQ(send(item_element(id, now), "true"), "NoError");
  EXPECT_EQ(element_text(newest("sentitems", "usera@example.test"), "Subject"), "draft 2");
  EXPECT_EQ(element_text(newest("inbox", "userb@example.test"), "Subject"), "draft 2");
  EXPECT_EQ(total(find("drafts")), "0");
  const std::string lonely = create("<t:Message><t:Subject>x</t:Subject></t:Message>");
  EXPECT_EQ(
      send(item_element(attribute_of(lonely, "ItemId", "Id"), attribute_of(lonely, "ItemId", "ChangeKey")), "true"),
      "ErrorInvalidRecipients");
}

TEST_F(Sending, who_is_unknown_brings_a_report_to_the_sender) {
  create("<t:Message><t:Subject>lost</t:Subject>" + to("nobody@elsewhere.test") + "</t:Message>", "", how("SendOnly"));
  const std::string report = newest("inbox", "usera@example.test");
  EXPECT_EQ(element_text(report, "Subject"), "Undeliverable: lost");
  EXPECT_EQ(element_text(report, "ItemClass"), "REPORT.IPM.Note.NDR");
  EXPECT_NE(item_body(report).find("nobody@elsewhere.test"), std::string::npos);
}

TEST_F(Sending, replies_and_forwards_refer_to_the_message) {
  create("<t:Message><t:Subject>ask</t:Subject><t:Body BodyType=\"Text\">question</t:Body>" + to("userb@example.test") +
             "</t:Message>",
         "", how("SendOnly"));
  const std::string asked = newest("inbox", "userb@example.test");
  const std::string id = attribute_of(asked, "ItemId", "Id");
  const auto respond = [&](const std::string& kind, const std::string& more) {
    return ask("<m:CreateItem MessageDisposition=\"SendAndSaveCopy\"><m:Items><t:" + kind + ">" + more +
                   "<t:ReferenceItemId Id=\"" + id +
                   "\"/><t:NewBodyContent BodyType=\"Text\">answer</t:NewBodyContent></t:" + kind +
                   "></m:Items></m:CreateItem>",
               "userb@example.test");
  };
  EXPECT_EQ(element_text(respond("ReplyToItem", ""), "ResponseCode"), "NoError");
  const std::string answered = newest("inbox", "usera@example.test");
  EXPECT_EQ(element_text(answered, "Subject"), "RE: ask");
  EXPECT_EQ(element_text(answered, "InReplyTo"), element_text(asked, "InternetMessageId"));
  EXPECT_NE(item_body(answered).find("answer\r\n"), std::string::npos);
  EXPECT_EQ(element_text(answered, "ConversationTopic"), "ask");
  EXPECT_EQ(element_text(respond("ForwardItem", to("usera@example.test")), "ResponseCode"), "NoError");
  EXPECT_EQ(element_text(newest("inbox", "usera@example.test"), "Subject"), "FW: ask");
}

TEST_F(Sending, a_meeting_request_reaches_its_attendees) {
  const std::string id = made(
      "<t:CalendarItem><t:Subject>Meet</t:Subject><t:Start>2025-09-01T10:00:00Z</t:Start>"
      "<t:End>2025-09-01T11:00:00Z</t:End><t:RequiredAttendees><t:Attendee><t:Mailbox>"
      "<t:EmailAddress>userb@example.test</t:EmailAddress></t:Mailbox></t:Attendee></t:RequiredAttendees>"
      "</t:CalendarItem>",
      "", "SendMeetingInvitations=\"SendToAllAndSaveCopy\"");
  EXPECT_EQ(element_text(get(id), "MeetingRequestWasSent"), "true");
  EXPECT_EQ(element_text(get(id), "IsMeeting"), "true");
  const std::string request = newest("inbox", "userb@example.test");
  EXPECT_NE(request.find("<t:MeetingRequest>"), std::string::npos);
  EXPECT_EQ(element_text(request, "Start"), "2025-09-01T10:00:00Z");
  EXPECT_EQ(element_text(request, "UID"), element_text(get(id), "UID"));

  const auto respond = [&](const std::string& kind, const std::string& reference) {
    return ask("<m:CreateItem MessageDisposition=\"SendAndSaveCopy\"><m:Items><t:" + kind +
                   "><t:ReferenceItemId Id=\"" + reference + "\"/></t:" + kind + "></m:Items></m:CreateItem>",
               "userb@example.test");
  };
  const std::string accepted = respond("AcceptItem", attribute_of(request, "ItemId", "Id"));
  EXPECT_EQ(element_text(accepted, "ResponseCode"), "NoError");
  const std::string held = newest("calendar", "userb@example.test");
  EXPECT_EQ(attribute_of(held, "ItemId", "Id"), attribute_of(accepted, "ItemId", "Id"));
  EXPECT_EQ(element_text(held, "MyResponseType"), "Accept");
  EXPECT_EQ(element_text(held, "EmailAddress"), "usera@example.test") << "the organiser";
  EXPECT_NE(newest("deleteditems", "userb@example.test").find("<t:MeetingRequest>"), std::string::npos);
  const std::string answer = newest("inbox", "usera@example.test");
  EXPECT_NE(answer.find("<t:MeetingResponse>"), std::string::npos);
  EXPECT_EQ(element_text(answer, "Subject"), "Accepted: Meet");
  EXPECT_EQ(element_text(answer, "ItemClass"), "IPM.Schedule.Meeting.Resp.Pos");
  respond("DeclineItem", attribute_of(held, "ItemId", "Id"));
  EXPECT_EQ(newest("calendar", "userb@example.test"), "");
  EXPECT_EQ(element_text(newest("inbox", "usera@example.test"), "Subject"), "Declined: Meet");
  const std::string message = attribute_of(newest("inbox", "userb@example.test"), "ItemId", "Id");
  EXPECT_EQ(element_text(respond("AcceptItem", message), "ResponseCode"), "ErrorInvalidItemForOperationAcceptItem");
}

// Microsoft: IsRead, IsReadReceiptRequested, SuppressReadReceipt.
TEST_F(Sending, who_asked_to_be_told_that_it_was_read_is_told_once) {
  const auto send = [&](const std::string& subject) {
    create("<t:Message><t:Subject>" + subject + "</t:Subject>" + to("userb@example.test") +
               "<t:IsReadReceiptRequested>true</t:IsReadReceiptRequested></t:Message>",
           "", how("SendOnly"));
    return attribute_of(newest("inbox", "userb@example.test"), "ItemId", "Id");
  };
  const auto read = [&](const std::string& id, bool is_read, const std::string& more = "") {
    const std::string value = is_read ? "true" : "false";
    ask("<m:UpdateItem ConflictResolution=\"AlwaysOverwrite\" MessageDisposition=\"SaveOnly\"" + more +
            "><m:ItemChanges><t:ItemChange>" + item_element(id) +
            "<t:Updates><t:SetItemField><t:FieldURI FieldURI=\"message:IsRead\"/><t:Message><t:IsRead>" + value +
            "</t:IsRead></t:Message></t:SetItemField></t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>",
        "userb@example.test");
  };
  const auto receipts = [&] {
    std::size_t count = 0;
    for (const std::string& subject : texts(find("inbox"), "Subject")) count += subject.starts_with("Read: ") ? 1 : 0;
    return count;
  };
  const std::string id = send("asked");
  EXPECT_EQ(receipts(), 0U);
  read(id, true);
  const std::string receipt = newest("inbox", "usera@example.test");
  EXPECT_EQ(element_text(receipt, "Subject"), "Read: asked");
  EXPECT_EQ(element_text(receipt, "ItemClass"), "REPORT.IPM.Note.IPNRN");
  EXPECT_EQ(element_text(receipt, "EmailAddress"), "userb@example.test");
  read(id, false);
  read(id, true);
  EXPECT_EQ(receipts(), 1U) << "once";
  read(send("suppressed by the change"), true, " SuppressReadReceipts=\"true\"");
  const std::string another = send("suppressed before");
  ask("<m:CreateItem MessageDisposition=\"SaveOnly\"><m:Items><t:SuppressReadReceipt><t:ReferenceItemId Id=\"" +
          another + "\"/></t:SuppressReadReceipt></m:Items></m:CreateItem>",
      "userb@example.test");
  read(another, true);
  EXPECT_EQ(receipts(), 1U);
}

}  // namespace
}  // namespace mailward::testing
