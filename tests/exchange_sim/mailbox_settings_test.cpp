// What a mailbox's owner sets: user configuration, rules, out of office, delegates.
#include "tests/exchange_sim/store_conversation.h"

namespace mailward::testing {
namespace {

class MailboxSettings : public StoreConversation {
 protected:
  static std::string configuration(const std::string& parts, const std::string& name = "Setting") {
    return "<m:UserConfiguration><t:UserConfigurationName Name=\"" + name +
           "\"><t:DistinguishedFolderId Id=\"inbox\"/></t:UserConfigurationName>" + parts + "</m:UserConfiguration>";
  }
  std::string get_configuration(const std::string& properties, const std::string& name = "Setting") {
    return ask("<m:GetUserConfiguration><m:UserConfigurationName Name=\"" + name +
               "\"><t:DistinguishedFolderId Id=\"inbox\"/></m:UserConfigurationName><m:UserConfigurationProperties>" +
               properties + "</m:UserConfigurationProperties></m:GetUserConfiguration>");
  }

  /// A rule of usera's.
  static std::string rule(const std::string& conditions, const std::string& actions, int priority = 1,
                          const std::string& id = "") {
    return "<t:Rule>" + (id.empty() ? "" : "<t:RuleId>" + id + "</t:RuleId>") +
           "<t:DisplayName>Rule</t:DisplayName><t:Priority>" + std::to_string(priority) +
           "</t:Priority><t:IsEnabled>true</t:IsEnabled>" +
           (conditions.empty() ? "" : "<t:Conditions>" + conditions + "</t:Conditions>") +
           (actions.empty() ? "" : "<t:Actions>" + actions + "</t:Actions>") + "</t:Rule>";
  }
  std::string update_rules(const std::string& operations, const std::string& mailbox = "usera@example.test") {
    return ask("<m:UpdateInboxRules><m:RemoveOutlookRuleBlob>false</m:RemoveOutlookRuleBlob><m:Operations>" +
                   operations + "</m:Operations></m:UpdateInboxRules>",
               mailbox);
  }
  void add_rule(const std::string& xml, const std::string& mailbox = "usera@example.test") {
    const std::string answer = update_rules("<t:CreateRuleOperation>" + xml + "</t:CreateRuleOperation>", mailbox);
    EXPECT_EQ(element_text(answer, "ResponseCode"), "NoError") << answer;
  }
  std::string get_rules() {
    return ask("<m:GetInboxRules><m:MailboxSmtpAddress>usera@example.test</m:MailboxSmtpAddress></m:GetInboxRules>");
  }
  static std::string subject_holds(const std::string& text) {
    return "<t:ContainsSubjectStrings><t:String>" + text + "</t:String></t:ContainsSubjectStrings>";
  }
  /// A message from userb.
  void mail(const std::string& subject, const std::string& more = "", const std::string& to = "usera@example.test") {
    const std::string answer =
        ask("<m:CreateItem MessageDisposition=\"SendOnly\"><m:Items><t:Message><t:Subject>" + subject +
                "</t:Subject><t:ToRecipients><t:Mailbox><t:EmailAddress>" + to +
                "</t:EmailAddress></t:Mailbox></t:ToRecipients>" + more + "</t:Message></m:Items></m:CreateItem>",
            "userb@example.test");
    EXPECT_EQ(element_text(answer, "ResponseCode"), "NoError") << answer;
  }
  std::string with_subject(const std::string& folder, const std::string& subject,
                           const std::string& mailbox = "usera@example.test") {
    return ask(
        "<m:FindItem Traversal=\"Shallow\"><m:ItemShape><t:BaseShape>AllProperties</t:BaseShape></m:ItemShape>"
        "<m:Restriction><t:IsEqualTo><t:FieldURI FieldURI=\"item:Subject\"/><t:FieldURIOrConstant>"
        "<t:Constant Value=\"" +
            subject + "\"/></t:FieldURIOrConstant></t:IsEqualTo></m:Restriction><m:ParentFolderIds>" +
            folder_element(folder) + "</m:ParentFolderIds></m:FindItem>",
        mailbox);
  }
  std::string set_oof(const std::string& state, const std::string& from = "2020-01-01T00:00:00Z",
                      const std::string& until = "2020-01-02T00:00:00Z") {
    return ask(
        "<m:SetUserOofSettingsRequest><t:Mailbox><t:Address>usera@example.test</t:Address></t:Mailbox>"
        "<t:UserOofSettings><t:OofState>" +
        state + "</t:OofState><t:ExternalAudience>None</t:ExternalAudience><t:Duration><t:StartTime>" + from +
        "</t:StartTime><t:EndTime>" + until +
        "</t:EndTime></t:Duration><t:InternalReply><t:Message>Back on Monday &amp; later</t:Message>"
        "</t:InternalReply><t:ExternalReply><t:Message/></t:ExternalReply></t:UserOofSettings>"
        "</m:SetUserOofSettingsRequest>");
  }
  std::string get_oof() {
    return ask(
        "<m:GetUserOofSettingsRequest><t:Mailbox><t:Address>usera@example.test</t:Address></t:Mailbox>"
        "</m:GetUserOofSettingsRequest>");
  }
};

TEST_F(MailboxSettings, user_configuration_is_kept_in_an_associated_item_and_comes_back_part_by_part) {
  const std::string entry =
      "<t:DictionaryEntry><t:DictionaryKey><t:Type>String</t:Type><t:Value>phone</t:Value></t:DictionaryKey>"
      "<t:DictionaryValue><t:Type>Integer32</t:Type><t:Value>42</t:Value></t:DictionaryValue></t:DictionaryEntry>"
      "<t:DictionaryEntry><t:DictionaryKey><t:Type>String</t:Type><t:Value>on</t:Value></t:DictionaryKey>"
      "<t:DictionaryValue><t:Type>Boolean</t:Type><t:Value>true</t:Value></t:DictionaryValue></t:DictionaryEntry>";
  const std::string wish = configuration("<t:Dictionary>" + entry +
                                         "</t:Dictionary><t:XmlData>PGE+w6Q8L2E+</t:XmlData>"
                                         "<t:BinaryData>AAEC</t:BinaryData>");
  std::string written = wish;
  written.replace(written.find(">true<"), 6, ">1<");
  EXPECT_EQ(code("<m:CreateUserConfiguration>" + written + "</m:CreateUserConfiguration>"), "NoError");
  EXPECT_EQ(code("<m:CreateUserConfiguration>" + wish + "</m:CreateUserConfiguration>"), "ErrorItemSave");
  const std::string all = get_configuration("All");
  EXPECT_NE(all.find(entry), std::string::npos) << all;
  EXPECT_EQ(element_text(all, "XmlData"), "PGE+w6Q8L2E+");
  EXPECT_EQ(element_text(all, "BinaryData"), "AAEC");
  EXPECT_EQ(texts(get_configuration("Dictionary"), "XmlData").size(), 0U);
  EXPECT_EQ(code("<m:UpdateUserConfiguration>" + configuration("<t:BinaryData>BAUG</t:BinaryData>") +
                 "</m:UpdateUserConfiguration>"),
            "NoError");
  EXPECT_EQ(element_text(get_configuration("BinaryData"), "BinaryData"), "BAUG");
  EXPECT_EQ(element_text(get_configuration("XmlData"), "XmlData"), "PGE+w6Q8L2E+") << "what was not named stays";
  const std::string item = get(attribute_of(all, "ItemId", "Id"));
  EXPECT_EQ(element_text(item, "ItemClass"), "IPM.Configuration.Setting");
  EXPECT_EQ(element_text(item, "IsAssociated"), "true");
  const std::string named =
      "<m:DeleteUserConfiguration><m:UserConfigurationName Name=\"setting\"><t:DistinguishedFolderId Id=\"inbox\"/>"
      "</m:UserConfigurationName></m:DeleteUserConfiguration>";
  EXPECT_EQ(code(named), "NoError");
  EXPECT_EQ(code(named), "ErrorItemNotFound");
  EXPECT_EQ(element_text(get_configuration("All"), "ResponseCode"), "ErrorItemNotFound");
}

TEST_F(MailboxSettings, rules_are_kept_changed_deleted_and_refused_with_what_is_wrong) {
  EXPECT_TRUE(texts(get_rules(), "Rule").empty());
  add_rule(rule(subject_holds("b"), "<t:MarkAsRead>true</t:MarkAsRead>", 2));
  add_rule(rule(subject_holds("a &amp; a"), "<t:MarkAsRead>true</t:MarkAsRead>", 1));
  const std::string both = get_rules();
  EXPECT_EQ(texts(both, "Priority"), (std::vector<std::string>{"1", "2"}));
  EXPECT_EQ(texts(both, "String"), (std::vector<std::string>{"a & a", "b"}));
  const auto ids = texts(both, "RuleId");
  update_rules("<t:SetRuleOperation>" + rule("", "<t:Delete>true</t:Delete>", 3, ids[0]) + "</t:SetRuleOperation>");
  EXPECT_EQ(texts(get_rules(), "RuleId"), (std::vector<std::string>{ids[1], ids[0]}));
  const std::string refused = update_rules(
      "<t:DeleteRuleOperation><t:RuleId>" + ids[0] +
      "</t:RuleId></t:DeleteRuleOperation><t:DeleteRuleOperation><t:RuleId>AAAA</t:RuleId></t:DeleteRuleOperation>"
      "<t:CreateRuleOperation>" +
      rule("", "") + "</t:CreateRuleOperation>");
  EXPECT_EQ(element_text(refused, "ResponseCode"), "ErrorInboxRulesValidationError");
  EXPECT_EQ(texts(refused, "ErrorCode"), (std::vector<std::string>{"RuleNotFound", "MissingAction"}));
  EXPECT_EQ(texts(refused, "OperationIndex"), (std::vector<std::string>{"1", "2"}));
  EXPECT_EQ(texts(get_rules(), "RuleId").size(), 2U) << "all or none";
  update_rules("<t:DeleteRuleOperation><t:RuleId>" + ids[0] + "</t:RuleId></t:DeleteRuleOperation>");
  EXPECT_EQ(texts(get_rules(), "RuleId"), (std::vector<std::string>{ids[1]}));
  EXPECT_EQ(code("<m:GetInboxRules><m:MailboxSmtpAddress>userb@example.test</m:MailboxSmtpAddress></m:GetInboxRules>"),
            "ErrorAccessDenied");
}

TEST_F(MailboxSettings, rules_keep_folders_by_their_ids) {
  add_rule(rule(subject_holds("x"), "<t:MoveToFolder><t:DistinguishedFolderId Id=\"junkemail\"/></t:MoveToFolder>", 1));
  const std::string kept = get_rules();
  const std::string junk =
      attribute_of(ask("<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape><m:FolderIds>"
                       "<t:DistinguishedFolderId Id=\"junkemail\"/></m:FolderIds></m:GetFolder>"),
                   "FolderId", "Id");
  EXPECT_EQ(attribute_of(kept, "FolderId", "Id"), junk) << kept;
  EXPECT_EQ(attribute_of(kept, "FolderId", "ChangeKey"), "AQAAAA==");
  EXPECT_EQ(kept.find("DistinguishedFolderId"), std::string::npos);
  mail("x");
  EXPECT_EQ(total(with_subject("junkemail", "x")), "1");
}

TEST_F(MailboxSettings, rules_move_copy_mark_and_delete_what_is_delivered) {
  const std::string there = make_folder("There");
  const std::string here = make_folder("Here");
  add_rule(rule(subject_holds("moved"),
                "<t:AssignCategories><t:String>Red</t:String></t:AssignCategories><t:CopyToFolder>" +
                    folder_element(here) + "</t:CopyToFolder><t:MarkAsRead>true</t:MarkAsRead><t:MoveToFolder>" +
                    folder_element(there) + "</t:MoveToFolder><t:StopProcessingRules>true</t:StopProcessingRules>",
                1));
  add_rule(rule("", "<t:MarkImportance>High</t:MarkImportance>", 2));
  add_rule(rule(subject_holds("delete") +
                    "<t:FromAddresses><t:Address><t:EmailAddress>USERB@example.test</t:EmailAddress></t:Address>"
                    "</t:FromAddresses>",
                "<t:Delete>true</t:Delete>", 3));
  add_rule(rule("<t:SentCcMe>true</t:SentCcMe>", "<t:PermanentDelete>true</t:PermanentDelete>", 4));
  mail("Moved away");
  const std::string moved = with_subject(there, "Moved away");
  EXPECT_EQ(total(moved), "1");
  EXPECT_EQ(element_text(moved, "IsRead"), "true");
  EXPECT_EQ(texts(moved, "String"), (std::vector<std::string>{"Red"}));
  EXPECT_EQ(element_text(moved, "Importance"), "Normal") << "no rule after the one that stops";
  EXPECT_EQ(total(with_subject(here, "Moved away")), "1");
  EXPECT_EQ(total(with_subject("inbox", "Moved away")), "0");
  mail("delete me");
  EXPECT_EQ(element_text(with_subject("deleteditems", "delete me"), "Importance"), "High");
  mail("plain");
  EXPECT_EQ(total(with_subject("inbox", "plain")), "1");
  mail("copied in",
       "<t:CcRecipients><t:Mailbox><t:EmailAddress>usera@example.test</t:EmailAddress></t:Mailbox></t:CcRecipients>",
       "userb@example.test");
  EXPECT_EQ(total(with_subject("inbox", "copied in")), "0");
  EXPECT_EQ(total(with_subject("inbox", "copied in", "userb@example.test")), "1");
}

TEST_F(MailboxSettings, rules_send_on_and_an_exception_or_an_unknown_action_keeps_them_away) {
  const auto to_board = [](const std::string& action) {
    return "<t:" + action + "><t:Address><t:EmailAddress>board@example.test</t:EmailAddress></t:Address></t:" + action +
           ">";
  };
  sim().set_impersonation(kServiceAccount, {}, true);
  add_rule(rule(subject_holds("redirect"), to_board("RedirectToRecipients"), 1));
  add_rule(rule(subject_holds("forward"), to_board("ForwardToRecipients"), 2));
  add_rule(rule(subject_holds("wrapped"), to_board("ForwardAsAttachmentToRecipients"), 3));
  add_rule(rule("", "<t:Delete>true</t:Delete>" + to_board("SendSMSAlertToRecipients"), 4));
  std::string excepted = rule(subject_holds("secret"), "<t:Delete>true</t:Delete>", 5);
  excepted.insert(excepted.find("<t:Actions>"), "<t:Exceptions>" + subject_holds("not") + "</t:Exceptions>");
  add_rule(excepted);
  mail("redirect it");
  const std::string redirected = with_subject("inbox", "redirect it", "board@example.test");
  EXPECT_EQ(total(redirected), "1");
  EXPECT_EQ(element_text(redirected, "EmailAddress"), "userb@example.test") << "its sender stays";
  EXPECT_EQ(total(with_subject("inbox", "redirect it")), "1") << "it is redirected beside being kept";
  mail("forward it");
  EXPECT_EQ(element_text(with_subject("inbox", "FW: forward it", "board@example.test"), "EmailAddress"),
            "usera@example.test");
  mail("wrapped up");
  EXPECT_EQ(element_text(with_subject("inbox", "FW: wrapped up", "board@example.test"), "HasAttachments"), "true");
  mail("secret");
  mail("not secret");
  EXPECT_EQ(total(with_subject("inbox", "secret")), "0");
  EXPECT_EQ(total(with_subject("inbox", "not secret")), "1");
}

TEST_F(MailboxSettings, a_rule_answers_with_its_template_and_no_answer_is_answered) {
  const std::string reply_template = made(
      "<t:Message><t:ItemClass>IPM.Note.Rules.ReplyTemplate.Microsoft</t:ItemClass><t:Subject>Noted</t:Subject>"
      "<t:Body BodyType=\"Text\">we are on it</t:Body></t:Message>");
  const auto answering = [](const std::string& id) {
    return rule(subject_holds("help"), "<t:ServerReplyWithMessage Id=\"" + id + "\"/>");
  };
  EXPECT_EQ(element_text(update_rules("<t:CreateRuleOperation>" + answering("AAAA") + "</t:CreateRuleOperation>"),
                         "ErrorCode"),
            "InvalidValue");
  add_rule(answering(reply_template));
  mail("help me");
  mail("something else");
  EXPECT_EQ(total(with_subject("inbox", "help me")), "1");
  const std::string found = with_subject("inbox", "Noted", "userb@example.test");
  EXPECT_EQ(total(found), "1");
  EXPECT_EQ(element_text(found, "EmailAddress"), "usera@example.test");
  const std::string answer =
      ask("<m:GetItem><m:ItemShape><t:BaseShape>AllProperties</t:BaseShape></m:ItemShape><m:ItemIds>" +
              item_element(attribute_of(found, "ItemId", "Id")) + "</m:ItemIds></m:GetItem>",
          "userb@example.test");
  EXPECT_NE(item_body(answer).find("we are on it"), std::string::npos) << answer;
  // Two who answer all that comes do not answer each other for ever.
  const std::string theirs =
      attribute_of(ask("<m:CreateItem MessageDisposition=\"SaveOnly\"><m:Items><t:Message><t:Subject>And yours"
                       "</t:Subject></t:Message></m:Items></m:CreateItem>",
                       "userb@example.test"),
                   "ItemId", "Id");
  add_rule(rule("", "<t:ServerReplyWithMessage Id=\"" + theirs + "\"/>"), "userb@example.test");
  mail("help again");
  EXPECT_EQ(total(with_subject("inbox", "And yours")), "0");
  EXPECT_EQ(total(with_subject("inbox", "Noted", "userb@example.test")), "2");
}

TEST_F(MailboxSettings, rules_that_send_to_each_other_come_to_an_end) {
  const std::string to = "<t:RedirectToRecipients><t:Address><t:EmailAddress>";
  add_rule(rule("", to + "userb@example.test</t:EmailAddress></t:Address></t:RedirectToRecipients>"));
  add_rule(rule("", to + "usera@example.test</t:EmailAddress></t:Address></t:RedirectToRecipients>"),
           "userb@example.test");
  mail("circle");
  const int seen = std::stoi(total(with_subject("inbox", "circle")));
  EXPECT_GE(seen, 1);
  EXPECT_LE(seen, 3);
}

TEST_F(MailboxSettings, who_is_out_of_office_answers_each_sender_once_and_only_in_the_time_that_was_set) {
  EXPECT_EQ(element_text(get_oof(), "OofState"), "Disabled");
  mail("before");
  EXPECT_EQ(total(with_subject("inbox", "Automatic reply: before", "userb@example.test")), "0");
  EXPECT_EQ(element_text(set_oof("Enabled"), "ResponseCode"), "NoError");
  const std::string kept = get_oof();
  EXPECT_EQ(element_text(kept, "OofState"), "Enabled");
  EXPECT_EQ(texts(kept, "Message").front(), "Back on Monday & later");
  mail("first");
  mail("second");
  const std::string reply = with_subject("inbox", "Automatic reply: first", "userb@example.test");
  EXPECT_EQ(total(reply), "1");
  EXPECT_EQ(element_text(reply, "ItemClass"), "IPM.Note.Rules.OofTemplate.Microsoft");
  EXPECT_EQ(total(with_subject("inbox", "Automatic reply: second", "userb@example.test")), "0");
  set_oof("Scheduled");
  mail("late");
  EXPECT_EQ(total(with_subject("inbox", "Automatic reply: late", "userb@example.test")), "0") << "it is over";
  set_oof("Scheduled", "2020-01-01T00:00:00Z", "2999-01-01T00:00:00Z");
  mail("now");
  EXPECT_EQ(total(with_subject("inbox", "Automatic reply: now", "userb@example.test")), "1");
  EXPECT_EQ(element_text(set_oof("Scheduled", "2021-01-01T00:00:00Z", "2020-01-01T00:00:00Z"), "ResponseCode"),
            "ErrorInvalidScheduledOofDuration");
  EXPECT_EQ(code("<m:GetUserOofSettingsRequest><t:Mailbox><t:Address>userb@example.test</t:Address></t:Mailbox>"
                 "</m:GetUserOofSettingsRequest>"),
            "ErrorAccessDenied");
}

TEST_F(MailboxSettings, two_who_are_out_of_office_do_not_answer_each_other_for_ever) {
  set_oof("Enabled");
  ask("<m:SetUserOofSettingsRequest><t:Mailbox><t:Address>userb@example.test</t:Address></t:Mailbox>"
      "<t:UserOofSettings><t:OofState>Enabled</t:OofState><t:ExternalAudience>None</t:ExternalAudience>"
      "<t:InternalReply><t:Message>me too</t:Message></t:InternalReply></t:UserOofSettings>"
      "</m:SetUserOofSettingsRequest>",
      "userb@example.test");
  mail("hello");
  EXPECT_EQ(total(with_subject("inbox", "Automatic reply: hello", "userb@example.test")), "1");
  EXPECT_EQ(total(with_subject("inbox", "Automatic reply: Automatic reply: hello")), "0");
}

TEST_F(MailboxSettings, delegates_are_added_shown_changed_and_removed) {
  const std::string owner = "<m:Mailbox><t:EmailAddress>usera@example.test</t:EmailAddress></m:Mailbox>";
  const auto user = [](const std::string& smtp, const std::string& level) {
    return "<t:DelegateUser><t:UserId><t:PrimarySmtpAddress>" + smtp +
           "</t:PrimarySmtpAddress></t:UserId><t:DelegatePermissions><t:CalendarFolderPermissionLevel>" + level +
           "</t:CalendarFolderPermissionLevel></t:DelegatePermissions><t:ViewPrivateItems>true</t:ViewPrivateItems>"
           "</t:DelegateUser>";
  };
  const auto add = [&](const std::string& users) {
    return ask("<m:AddDelegate>" + owner + "<m:DelegateUsers>" + users +
               "</m:DelegateUsers><m:DeliverMeetingRequests>DelegatesAndMe</m:DeliverMeetingRequests></m:AddDelegate>");
  };
  const auto all = [&] { return ask("<m:GetDelegate IncludePermissions=\"true\">" + owner + "</m:GetDelegate>"); };
  EXPECT_TRUE(texts(all(), "DelegateUser").empty());
  const std::string added = add(user("userb@example.test", "Author") + user("nobody@example.test", "None") +
                                user("usera@example.test", "None"));
  EXPECT_EQ(texts(added, "ResponseCode"),
            (std::vector<std::string>{"NoError", "NoError", "ErrorDelegateNoUser", "ErrorDelegateCannotAddOwner"}));
  EXPECT_EQ(texts(add(user("userb@example.test", "Editor")), "ResponseCode").back(), "ErrorDelegateAlreadyExists");
  std::string shown = all();
  EXPECT_EQ(element_text(shown, "DisplayName"), "User B");
  EXPECT_EQ(element_text(shown, "CalendarFolderPermissionLevel"), "Author");
  EXPECT_EQ(element_text(shown, "InboxFolderPermissionLevel"), "None");
  EXPECT_EQ(element_text(shown, "ViewPrivateItems"), "true");
  EXPECT_EQ(element_text(shown, "DeliverMeetingRequests"), "DelegatesAndMe");
  ask("<m:UpdateDelegate>" + owner + "<m:DelegateUsers>" + user("userb@example.test", "Editor") +
      "</m:DelegateUsers></m:UpdateDelegate>");
  EXPECT_EQ(element_text(all(), "CalendarFolderPermissionLevel"), "Editor");
  const std::string remove = "<m:RemoveDelegate>" + owner +
                             "<m:UserIds><t:UserId><t:PrimarySmtpAddress>userb@example.test</t:PrimarySmtpAddress>"
                             "</t:UserId></m:UserIds></m:RemoveDelegate>";
  EXPECT_EQ(texts(ask(remove), "ResponseCode").back(), "NoError");
  EXPECT_EQ(texts(ask(remove), "ResponseCode").back(), "ErrorNotDelegate");
  EXPECT_TRUE(texts(all(), "DelegateUser").empty());
}

TEST_F(MailboxSettings, several_parts_of_a_configuration_are_asked_for_in_a_list) {
  ask("<m:CreateUserConfiguration>" + configuration("<t:XmlData>" + to_base64(as_bytes("<a/>")) + "</t:XmlData>") +
      "</m:CreateUserConfiguration>");
  const std::string seen = get_configuration("Id XmlData");
  EXPECT_FALSE(texts(seen, "XmlData").empty()) << seen;
  EXPECT_NE(attribute_of(seen, "ItemId", "Id"), "") << seen;
  EXPECT_TRUE(texts(get_configuration("Id Dictionary"), "XmlData").empty());
}

TEST_F(MailboxSettings, what_a_rule_destroys_a_hold_keeps) {
  const auto purged = [&] { return total(find("recoverableitemspurges")); };
  add_rule(rule(subject_holds("burn"), "<t:PermanentDelete>true</t:PermanentDelete>"));
  mail("burn this");
  EXPECT_EQ(purged(), "0");
  sim().change_mailbox("usera@example.test", R"({"hold":true})");
  mail("burn that");
  EXPECT_EQ(element_text(find("recoverableitemspurges"), "Subject"), "burn that");
  EXPECT_EQ(total(find("inbox", "<m:QueryString>subject:burn</m:QueryString>")), "0");
}

}  // namespace
}  // namespace mailward::testing
