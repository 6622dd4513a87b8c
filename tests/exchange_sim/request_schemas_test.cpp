// Requests held to the letter of schemas that a user brings (--schemas).
#include <fstream>
#include <thread>

#include "base/file.h"
#include "exchange_sim/request_schemas.h"
#include "tests/exchange_sim/store_conversation.h"
#include "tests/exchange_sim/valid_requests.h"
#include "tests/support/paths.h"

namespace mailward::testing {
namespace {

using exchange_sim::RequestSchemas;

class HeldToSchemas : public StoreConversation {
 protected:
  void SetUp() override {
    if (!shared_dir()) GTEST_SKIP() << "../shared is absent: there are no schemas to hold requests to";
    StoreConversation::SetUp();
  }
  void TearDown() override {
    if (shared_dir()) StoreConversation::TearDown();
  }
  SimulatorOptions options() const override {
    SimulatorOptions options;
    options.schemas = *shared_dir() / "ews-schema";
    return options;
  }
  std::string refusal(const std::string& body) {
    const auto answer = call(sim(), {.body = body});
    return answer.status == 500 ? element_text(answer.body, "Violation")
                                : std::string("HTTP ") + std::to_string(answer.status);
  }
};

TEST_F(HeldToSchemas, requests_that_are_valid_are_answered) {
  const std::string item = attribute_of(find("inbox", "", "", "IdOnly"), "ItemId", "Id");
  for (const ValidRequest& each : valid_requests(item, make_folder("Own"))) {
    const auto answer = call(sim(), {.body = each.body});
    EXPECT_EQ(element_text(answer.body, "Violation"), "") << each.name << ": " << answer.body;
  }
}

TEST_F(HeldToSchemas, what_no_operation_looks_at_itself_is_refused_with_its_place) {
  const std::string inbox = "<m:FolderIds><t:DistinguishedFolderId Id=\"inbox\"/></m:FolderIds>";
  const auto folder = [&](const std::string& shape, const std::string& more = "") {
    return "<m:GetFolder" + more + "><m:FolderShape>" + shape + "</m:FolderShape>" + inbox + "</m:GetFolder>";
  };
  const std::string properties =
      "<t:AdditionalProperties><t:FieldURI FieldURI=\"folder:DisplayName\"/></t:AdditionalProperties>";
  const std::string base = "<t:BaseShape>IdOnly</t:BaseShape>";
  EXPECT_EQ(refusal(folder(base + properties)), "HTTP 200");
  EXPECT_NE(refusal(folder(properties + base)).find("BaseShape"), std::string::npos);
  EXPECT_NE(refusal(folder(base, " Colour=\"red\"")).find("Colour"), std::string::npos);
  EXPECT_NE(refusal(folder(base + "<t:Colour>red</t:Colour>")).find("Colour"), std::string::npos);
  const std::string contact =
      "<m:CreateItem><m:Items><t:Contact><t:EmailAddresses><t:Entry Key=\"EmailAddress9\">a@example.test</t:Entry>"
      "</t:EmailAddresses></t:Contact></m:Items></m:CreateItem>";
  EXPECT_NE(refusal(contact).find("EmailAddress9"), std::string::npos);
  const auto answer = call(sim(), {.body = folder(base, " Colour=\"red\"")});
  EXPECT_EQ(element_text(answer.body, "ResponseCode"), "ErrorSchemaValidation");
  EXPECT_EQ(element_text(answer.body, "LineNumber"), "2");
}

TEST_F(HeldToSchemas, the_schemas_are_given_to_whoever_asks_for_them) {
  for (const std::string name : {"messages.xsd", "types.xsd", "xml.xsd"}) {
    http::Client client = client_of(sim());
    http::ClientRequest request;
    request.url = sim().url().substr(0, sim().url().rfind('/')) + "/" + name;
    request.headers.set("Authorization", basic(kServiceAccount, kServicePassword));
    const auto answer = client.call(request, Deadline::after(std::chrono::seconds(20)));
    ASSERT_TRUE(answer) << answer.error().describe();
    EXPECT_EQ(answer->status, 200);
    EXPECT_EQ(answer->body, read_file((*shared_dir() / "ews-schema" / name).string(), 1U << 24U).value());
  }
}

TEST(RequestSchemasFolder, holds_what_stands_in_a_body_to_it_for_many_at_once) {
  const TemporaryFolder folder;
  const std::string head = "<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" elementFormDefault=\"qualified\" ";
  std::ofstream(folder.path() / "types.xsd") << head << "targetNamespace=\"urn:t\"/>";
  std::ofstream(folder.path() / "messages.xsd")
      << head << "targetNamespace=\"urn:m\"><xs:element name=\"Ask\"><xs:complexType><xs:attribute name=\"Count\" "
      << "type=\"xs:int\" use=\"required\"/></xs:complexType></xs:element></xs:schema>";
  const auto opened = RequestSchemas::open(folder.path());
  ASSERT_TRUE(opened) << opened.error().describe();
  const auto asked = [](const std::string& attributes) {
    return "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body>\n<m:Ask xmlns:m=\"urn:m\"" +
           attributes + "/></s:Body></s:Envelope>";
  };
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 50; ++round) {
        EXPECT_FALSE((*opened)->violation_in(asked(" Count=\"1\"")));
        const auto violation = (*opened)->violation_in(asked(" Count=\"one\""));
        ASSERT_TRUE(violation);
        EXPECT_EQ(violation->line, 2U);
        EXPECT_NE(violation->what.find("Count"), std::string::npos) << violation->what;
      }
    });
  }
}

TEST(RequestSchemasFolder, says_what_is_wrong_with_it) {
  const TemporaryFolder folder;
  auto opened = RequestSchemas::open(folder.path());
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().describe().find("messages.xsd"), std::string::npos) << opened.error().describe();
  std::ofstream(folder.path() / "types.xsd") << "<a/>";
  std::ofstream(folder.path() / "messages.xsd")
      << "<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\"><xs:odd/></xs:schema>";
  opened = RequestSchemas::open(folder.path());
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().describe().find("does not hold"), std::string::npos) << opened.error().describe();
  EXPECT_NE(opened.error().remedy(), "");
}

}  // namespace
}  // namespace mailward::testing
