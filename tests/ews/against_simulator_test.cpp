// Our client against the simulator: what a server does that moves, is upgraded, or is asked for what is another's.
#include <gtest/gtest.h>

#include "ews/operations/create_item.h"
#include "ews/operations/find_item.h"
#include "ews/operations/get_folder.h"
#include "ews/operations/get_inbox_rules.h"
#include "ews/operations/get_item.h"
#include "ews/operations/sync_folder_items.h"
#include "ews/operations/update_inbox_rules.h"
#include "ews/pull.h"
#include "ews/throttling.h"
#include "tests/ews/support/simulator_session.h"

namespace mailward::ews {
namespace {

using namespace std::chrono_literals;
using testing::asked;
using testing::ExchangeSimulator;
using testing::session_to;

class AgainstSimulator : public ::testing::Test {
 protected:
  static DistinguishedFolder folder(std::string name) { return {.name = std::move(name), .mailbox = {}}; }
  static std::vector<Item> items(Session& session) {
    FindItem find;
    find.parents = {folder("inbox")};
    return asked(session, find).response.messages.at(0).value.found;
  }
  template <typename Operation>
  static std::string code_of(Session& session, const Operation& operation) {
    return std::string(response_code_name(asked(session, operation).response.messages.at(0).status.said.code));
  }

  ExchangeSimulator simulator_;
  Transport transport_;
};

TEST_F(AgainstSimulator, a_server_that_is_upgraded_between_two_calls_is_told_by_its_version) {
  Session session = session_to(simulator_, transport_);
  const GetFolder inbox{.folders = {folder("inbox")}};
  const auto before = asked(session, inbox);
  simulator_.change_directory(R"({"build":"SE"})");
  const auto after = asked(session, inbox);
  EXPECT_NE(before.version.text(), after.version.text());
  EXPECT_EQ(session.connects(), 1U);
}

TEST_F(AgainstSimulator, ids_of_another_mailbox_and_states_of_another_folder_are_errors_of_their_items) {
  Session mine = session_to(simulator_, transport_);
  Session other = session_to(simulator_, transport_, "EXAMPLE\\userb", "Sample-Userb-1!");
  const auto theirs = items(other);
  const auto own = items(mine);
  ASSERT_FALSE(theirs.empty());
  GetItem both;
  both.items = {theirs.front().id, own.front().id};
  const auto reply = asked(mine, both);
  ASSERT_EQ(reply.response.messages.size(), 2U);
  EXPECT_FALSE(reply.response.messages[0].status.ok());
  EXPECT_TRUE(reply.response.messages[1].status.ok()) << "one bad id spoils no other";

  SyncFolderItems sync;
  sync.folder = folder("inbox");
  sync.state = asked(mine, sync).response.messages.at(0).value.state;
  sync.folder = folder("drafts");
  EXPECT_EQ(code_of(mine, sync), "ErrorInvalidSyncStateData");
  sync.folder = folder("inbox");
  EXPECT_EQ(code_of(mine, sync), "NoError");
  simulator_.control("POST", "/control/mailboxes/usera@example.test/forget-changes");
  EXPECT_EQ(code_of(mine, sync), "ErrorInvalidSyncStateData");
}

/// What a responder does with a rule that sends mail outside: reads it, switches it off as it is, deletes it.
TEST_F(AgainstSimulator, rules_are_made_changed_as_they_were_read_and_deleted) {
  Session session = session_to(simulator_, transport_);
  const auto rules = [&] { return asked(session, GetInboxRules{}).response.messages.at(0).value.rules; };
  const auto change = [&](auto operation) {
    return asked(session, UpdateInboxRules{.operations = {std::move(operation)}}).response.messages.at(0);
  };
  ASSERT_TRUE(rules().empty());
  const InboxRule wanted{.name = "all outside",
                         .enabled = true,
                         .conditions = {{.name = "WithinSizeRange", .texts = {"MinimumSize 1", "MaximumSize 9000"}},
                                        {.name = "ContainsSubjectStrings", .texts = {"offer", "order"}}},
                         .actions = {{.name = "ForwardToRecipients", .mailboxes = {{.address = "c@elsewhere.test"}}},
                                     {.name = "MoveToFolder", .folder = folder("deleteditems")}}};
  EXPECT_TRUE(change(UpdateInboxRules::Create{wanted}).status.ok());
  auto made = rules();
  ASSERT_EQ(made.size(), 1U);
  EXPECT_TRUE(made[0].enabled);
  ASSERT_EQ(made[0].conditions.size(), 2U);
  EXPECT_EQ(made[0].conditions[1].texts, wanted.conditions[0].texts);
  made[0].enabled = false;
  EXPECT_TRUE(change(UpdateInboxRules::Set{made[0]}).status.ok());
  const auto off = rules();
  ASSERT_EQ(off.size(), 1U);
  EXPECT_FALSE(off[0].enabled);
  EXPECT_EQ(off[0].actions.size(), 2U);
  EXPECT_EQ(off[0].actions[0].mailboxes.at(0).address, "c@elsewhere.test");

  InboxRule bad = wanted;
  bad.actions = {};
  const auto refused = change(UpdateInboxRules::Create{bad});
  EXPECT_EQ(refused.status.said.code, ResponseCode::ErrorInboxRulesValidationError);
  ASSERT_EQ(refused.value.mistakes.size(), 1U);
  EXPECT_EQ(refused.value.mistakes[0].operation, 0U);
  EXPECT_EQ(refused.value.mistakes[0].code, "MissingAction");
  EXPECT_TRUE(change(UpdateInboxRules::Delete{off[0].id}).status.ok());
  EXPECT_TRUE(rules().empty());
}

TEST_F(AgainstSimulator, address_of_several_parts_is_one_entry_of_a_new_contact) {
  Session session = session_to(simulator_, transport_);
  const auto part = [](const char* name, const char* value) {
    return Property{IndexedField{"contacts:PhysicalAddress:" + std::string(name), "Home"}, value};
  };
  CreateItem create;
  create.folder = folder("contacts");
  create.items = {
      {.kind = "Contact",
       .properties = {
           part("PostalCode", "1234"), {"contacts:Surname", "B"}, part("City", "town"), part("Street", "road 1")}}};
  const auto made = asked(session, create).response.messages.at(0);
  ASSERT_TRUE(made.status.ok()) << made.status.said.text;
  for (const Property& wanted : create.items[0].properties) {
    FindItem find;
    find.parents = {folder("contacts")};
    find.restriction = Restriction::equal(wanted.field, std::get<std::string>(wanted.value));
    const auto found = asked(session, find).response.messages.at(0).value.found;
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].id.id, made.value.at(0).id.id);
  }
}

TEST_F(AgainstSimulator, pulled_mime_is_what_a_whole_answer_holds) {
  Session session = session_to(simulator_, transport_);
  GetItem get;
  get.mime_content = true;
  for (const Item& each : items(session)) get.items.push_back(each.id);
  std::vector<std::string> whole;
  for (const auto& message : asked(session, get).response.messages) {
    const Bytes bytes = from_base64(message.value.at(0).mime_content.value_or("")).value();
    whole.emplace_back(bytes.begin(), bytes.end());
  }
  class Gathering : public ValueSink {
   public:
    Outcome<void> begin(const ValuePlace&) override {
      values.emplace_back();
      return {};
    }
    Outcome<void> bytes(BytesView piece) override {
      values.back() += as_text(piece);
      return {};
    }
    Outcome<void> end() override { return {}; }
    std::vector<std::string> values;
  } sink;
  ASSERT_TRUE(pull(session, get, PullTo<GetItem>{.values = &sink}, {}, Deadline::after(20s)));
  // Made from properties, each read has another boundary and order of fields; the text is the same.
  ASSERT_EQ(sink.values.size(), whole.size());
  for (std::size_t i = 0; i < whole.size(); ++i) {
    EXPECT_EQ(sink.values[i].substr(sink.values[i].find("\r\n\r\n")), whole[i].substr(whole[i].find("\r\n\r\n")));
  }
}

TEST_F(AgainstSimulator, throttling_in_both_shapes_is_one_value) {
  Session session = session_to(simulator_, transport_);
  const GetFolder inbox{.folders = {folder("inbox")}};
  for (const std::string shape : {"fault", "response"}) {
    simulator_.set_fault("server_busy", R"({"milliseconds":1234,"value":")" + shape + R"("})");
    auto reply = call(session, inbox, {}, Deadline::after(20s));
    const std::optional<Failure> failure =
        reply ? reply->response.first_error() : std::optional<Failure>(std::move(reply).error());
    ASSERT_TRUE(failure) << shape;
    EXPECT_TRUE(failure->is(EwsError::throttled)) << shape << failure->error.describe();
    const auto throttling = throttling_of(*failure, Clock::system().now());
    ASSERT_TRUE(throttling) << shape;
    EXPECT_EQ(throttling->back_off, 1234ms) << shape;
  }
}

}  // namespace
}  // namespace mailward::ews
