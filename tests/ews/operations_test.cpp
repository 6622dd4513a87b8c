// Our client's operations against the simulator: those that no other test sends.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "ews/operations/archive_item.h"
#include "ews/operations/convert_id.h"
#include "ews/operations/create_attachment.h"
#include "ews/operations/create_folder.h"
#include "ews/operations/create_item.h"
#include "ews/operations/delete_attachment.h"
#include "ews/operations/expand_dl.h"
#include "ews/operations/export_items.h"
#include "ews/operations/find_conversation.h"
#include "ews/operations/find_folder.h"
#include "ews/operations/find_item.h"
#include "ews/operations/get_delegate.h"
#include "ews/operations/get_events.h"
#include "ews/operations/get_folder.h"
#include "ews/operations/get_item.h"
#include "ews/operations/get_mail_tips.h"
#include "ews/operations/get_password_expiration_date.h"
#include "ews/operations/get_user_configuration.h"
#include "ews/operations/get_user_oof_settings.h"
#include "ews/operations/mark_as_junk.h"
#include "ews/operations/resolve_names.h"
#include "ews/operations/subscribe.h"
#include "ews/operations/sync_folder_hierarchy.h"
#include "ews/operations/unsubscribe.h"
#include "ews/operations/update_item.h"
#include "ews/operations/upload_items.h"
#include "ews/pull.h"
#include "tests/ews/support/simulator_session.h"
#include "tests/support/paths.h"

namespace mailward::ews {
namespace {

using namespace std::chrono_literals;
using testing::asked;
using testing::ExchangeSimulator;
using testing::session_to;

constexpr std::string_view kOrganisation = R"(
[exchange]
schemes = ["NTLM"]
[[account]]
name = 'EXAMPLE\usera'
password = "Sample-Usera-1!"
[[account]]
name = 'EXAMPLE\userb'
password = "Sample-Userb-1!"
[[mailbox]]
smtp = "usera@example.test"
name = "User A"
account = 'EXAMPLE\usera'
messages = 12
archive = true
[[mailbox]]
smtp = "userb@example.test"
name = "User B"
account = 'EXAMPLE\userb'
[[distribution_list]]
smtp = "all@example.test"
name = "All of us"
members = ["usera@example.test", "userb@example.test"]
)";

class ClientOperations : public ::testing::Test {
 protected:
  static DistinguishedFolder folder(std::string name) { return {.name = std::move(name), .mailbox = {}}; }
  /// The value of an operation's only response message, which must not be an error.
  template <typename Operation>
  auto value(const Operation& operation) {
    auto messages = asked(session_, operation).response.messages;
    if (messages.size() != 1) throw std::runtime_error(std::string(Operation::kName) + ": not one message");
    if (!messages[0].status.ok()) {
      throw std::runtime_error(std::string(Operation::kName) + ": " + messages[0].status.said.text);
    }
    return std::move(messages[0].value);
  }
  template <typename Operation>
  ResponseCode code_of(const Operation& operation) {
    return asked(session_, operation).response.messages.at(0).status.said.code;
  }
  std::vector<Item> items(const std::string& name) {
    FindItem find;
    find.parents = {folder(name)};
    return value(find).found;
  }
  bool has_attachments(const ItemId& id) {
    GetItem get;
    get.additional = {"item:HasAttachments"};
    get.items = {id};
    return value(get).at(0).has_attachments.value();
  }
  Item make(const std::string& subject) {
    return value(CreateItem{.folder = folder("drafts"), .messages = {{.subject = subject, .text = "text"}}}).at(0);
  }

  ExchangeSimulator simulator_{{.config = std::string(kOrganisation), .environment = {}}};
  Transport transport_;
  Session session_ = session_to(simulator_, transport_);
};

TEST_F(ClientOperations, ids_are_converted_there_and_back) {
  using Format = ConvertId::Format;
  const ItemId item = items("inbox").at(0).id;
  const auto entry =
      value(ConvertId{.to = Format::hex_entry, .ids = {{.id = item.id, .mailbox = "usera@example.test"}}});
  EXPECT_EQ(entry.format, Format::hex_entry);
  EXPECT_EQ(entry.id.find_first_not_of("0123456789ABCDEF"), std::string::npos) << entry.id;
  EXPECT_EQ(value(ConvertId{.to = Format::ews, .ids = {entry}}).id, item.id);
}

TEST_F(ClientOperations, names_are_resolved_lists_expanded_and_tips_given) {
  const auto found = value(ResolveNames{.name = "userb"});
  ASSERT_EQ(found.found.size(), 1U);
  EXPECT_EQ(found.found[0].mailbox.address, "userb@example.test");
  const auto list = value(ExpandDL{.list = {.name = {}, .address = "all@example.test"}});
  ASSERT_EQ(list.members.size(), 2U);
  EXPECT_EQ(list.members[1].address, "userb@example.test");
  EXPECT_TRUE(list.last);
  const auto tips = asked(session_, GetMailTips{.sender = "usera@example.test",
                                                .recipients = {"all@example.test", "nobody@example.test"}})
                        .response.messages;
  ASSERT_EQ(tips.size(), 2U);
  EXPECT_EQ(tips[0].value.members, 2);
  EXPECT_EQ(tips[1].value.invalid, true);
}

TEST_F(ClientOperations, what_is_exported_is_uploaded_again) {
  const Item item = items("inbox").at(0);
  const auto exported = value(ExportItems{.items = {item.id}});
  const auto drafts = value(GetFolder{.folders = {folder("drafts")}}).at(0).id;
  const UploadItems upload{.items = {{.parent = drafts, .item = {}, .data = from_base64(exported.data).value()}}};
  const ItemId made = value(upload);
  EXPECT_NE(made.id, item.id.id);
  const auto in_drafts = items("drafts");
  ASSERT_EQ(in_drafts.size(), 1U);
  EXPECT_EQ(in_drafts[0].subject, item.subject);
}

TEST_F(ClientOperations, an_attachment_is_made_and_deleted) {
  const Item draft = make("with a file");
  const CreateAttachment create{
      .parent = draft.id,
      .attachments = {{.name = "a.bin", .content_type = {}, .content_id = {}, .content = Bytes{0, 1, 2}}}};
  const auto made = value(create);
  ASSERT_EQ(made.size(), 1U);
  EXPECT_TRUE(has_attachments(draft.id));
  const ItemId parent = value(DeleteAttachment{.ids = {made[0].id}});
  EXPECT_EQ(parent.id, draft.id.id);
  EXPECT_NE(parent.change_key, draft.id.change_key);
  EXPECT_FALSE(has_attachments(draft.id));
}

TEST_F(ClientOperations, items_go_to_the_archive_and_to_junk) {
  const auto before = items("inbox");
  EXPECT_EQ(value(ArchiveItem{.from = folder("inbox"), .items = {before.at(0).id}}).size(), 1U);
  EXPECT_EQ(items("inbox").size(), before.size() - 1);
  FindFolder archive;
  archive.parents = {folder("archivemsgfolderroot")};
  const auto archived = value(archive).found;
  const auto inbox = std::ranges::find(archived, "Inbox", &Folder::display_name);
  ASSERT_NE(inbox, archived.end());
  EXPECT_EQ(inbox->total_count, 1);
  const auto junk = value(MarkAsJunk{.items = {before.at(1).id}});
  ASSERT_TRUE(junk);
  const auto in_junk = items("junkemail");
  ASSERT_EQ(in_junk.size(), 1U);
  EXPECT_EQ(in_junk[0].id.id, junk->id);
  EXPECT_TRUE(value(MarkAsJunk{.verdict = MarkAsJunk::Verdict::not_junk, .items = {*junk}}));
  EXPECT_TRUE(items("junkemail").empty());
}

TEST_F(ClientOperations, settings_of_a_mailbox_are_read) {
  EXPECT_EQ(value(GetUserOofSettings{.mailbox = "usera@example.test"}).state, GetUserOofSettings::State::disabled);
  EXPECT_NE(value(GetPasswordExpirationDate{}).date, "");
  const auto delegates = value(GetDelegate{.mailbox = "usera@example.test"});
  EXPECT_TRUE(delegates.delegates.empty());
  EXPECT_EQ(code_of(GetUserConfiguration{.name = "NoSuchThing", .folder = folder("inbox")}),
            ResponseCode::ErrorItemNotFound);
}

TEST_F(ClientOperations, folders_are_synchronised) {
  const auto first = value(SyncFolderHierarchy{});
  EXPECT_GT(first.changes.size(), 10U);
  EXPECT_TRUE(first.last);
  EXPECT_TRUE(value(SyncFolderHierarchy{.root = {}, .state = first.state}).changes.empty());
  CreateFolder create;
  create.parent = folder("inbox");
  create.folders = {{.display_name = "Möde / 1 📁"}};
  asked(session_, create);
  const auto then = value(SyncFolderHierarchy{.root = {}, .state = first.state}).changes;
  ASSERT_EQ(then.size(), 1U);
  EXPECT_EQ(then[0].kind, SyncFolderHierarchy::Change::Kind::created);
  EXPECT_EQ(then[0].folder.display_name, "Möde / 1 📁");
}

TEST_F(ClientOperations, a_pull_subscription_tells_until_it_is_given_up) {
  const auto subscribed = value(Subscribe{.way = Subscribe::Way::pull, .folders = {folder("drafts")}});
  const GetEvents ask{.subscription = subscribed.id, .watermark = subscribed.watermark};
  const auto quiet = value(ask).events;
  EXPECT_TRUE(std::ranges::all_of(quiet, [](const Event& each) { return each.kind == Event::Kind::status; }));
  const Item draft = make("told");
  const auto told = value(ask).events;
  EXPECT_TRUE(std::ranges::any_of(told, [](const Event& each) { return each.kind == Event::Kind::created; }));
  EXPECT_EQ(code_of(Unsubscribe{.subscription = subscribed.id}), ResponseCode::NoError);
  EXPECT_EQ(code_of(ask), ResponseCode::ErrorSubscriptionNotFound);
}

TEST_F(ClientOperations, conversations_are_found) {
  FindConversation find;
  find.folder = folder("inbox");
  const auto all = value(find);
  ASSERT_FALSE(all.found.empty());
  std::int64_t messages = 0;
  for (const auto& each : all.found) messages += each.messages.value_or(0);
  EXPECT_EQ(messages, 12);
  find.max_entries = 1;
  EXPECT_EQ(value(find).found.size(), 1U);
}

/// By our client in, and pulled out again: as it came until it is edited, then made from its properties.
TEST_F(ClientOperations, real_mail_comes_back_as_it_went_in_until_it_is_edited) {
  auto shared = testing::shared_dir();
  if (!shared) GTEST_SKIP() << "no ../shared: real messages are not tried";
  class Kept : public ValueSink {
   public:
    Outcome<void> begin(const ValuePlace&) override { return {}; }
    Outcome<void> bytes(BytesView piece) override {
      text += as_text(piece);
      return {};
    }
    Outcome<void> end() override { return {}; }
    std::string text;
  };
  const auto pulled = [&](const ItemId& id) {
    GetItem get;
    get.mime_content = true;
    get.items = {id};
    Kept kept;
    const auto done = pull(session_, get, PullTo<GetItem>{.values = &kept}, {}, Deadline::after(30s));
    EXPECT_TRUE(done) << (done ? "" : done.error().error.describe());
    return kept.text;
  };
  std::size_t tried = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(*shared / "corpus")) {
    if (!entry.is_regular_file() || entry.path().filename() == "README.md") continue;
    SCOPED_TRACE(entry.path().filename().string());
    std::ifstream in(entry.path(), std::ios::binary);
    const std::string mail{std::istreambuf_iterator<char>(in), {}};
    const CreateItem create{.folder = folder("drafts"),
                            .messages = {},
                            .items = {{.kind = "Message", .mime = Bytes(mail.begin(), mail.end()), .properties = {}}}};
    const auto made = asked(session_, create).response.messages.at(0);
    if (made.status.said.code == ResponseCode::ErrorMimeContentInvalid) continue;  // no message at all
    ASSERT_TRUE(made.status.ok()) << made.status.said.text;
    ASSERT_EQ(pulled(made.value.at(0).id), mail);
    if (++tried % 10 != 0) continue;
    UpdateItem update;
    update.items = {{.item = made.value[0].id, .changes = {SetField{{"item:Subject", std::string("edited")}}}}};
    const ItemId edited = value(update).items.at(0).id;
    const std::string again = pulled(edited);
    EXPECT_NE(again, mail);
    EXPECT_NE(again.find("Subject: edited"), std::string::npos) << again.substr(0, 2000);
  }
  EXPECT_GT(tried, 150U);
}

}  // namespace
}  // namespace mailward::ews
