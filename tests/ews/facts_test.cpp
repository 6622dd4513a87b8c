// "How real Exchange answers": a test for each fact that concerns the operations we know.
#include <gtest/gtest.h>

#include "ews/operations/find_item.h"
#include "ews/operations/get_folder.h"
#include "ews/operations/get_item.h"
#include "ews/operations/get_server_time_zones.h"
#include "ews/soap.h"

namespace mailward::ews {
namespace {

std::string enveloped(std::string_view body, std::string_view header = {}) {
  return R"(<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/">)" + std::string(header) + "<s:Body>" +
         std::string(body) + "</s:Body></s:Envelope>";
}

std::string response(std::string_view operation, std::string_view response_class, std::string_view inside) {
  std::string name(operation);
  return enveloped("<m:" + name +
                   R"(Response xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages" )"
                   R"(xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types"><m:ResponseMessages><m:)" +
                   name + "ResponseMessage ResponseClass=\"" + std::string(response_class) + "\">" +
                   std::string(inside) + "</m:" + name + "ResponseMessage></m:ResponseMessages></m:" + name +
                   "Response>");
}

std::string fault(std::string_view code, std::string_view message_xml) {
  std::string name(code);
  return enveloped(
      R"(<s:Fault><faultcode xmlns:a="http://schemas.microsoft.com/exchange/services/2006/types">a:)" + name +
      R"(</faultcode><faultstring xml:lang="en-US">words</faultstring><detail>)"
      R"(<e:ResponseCode xmlns:e="http://schemas.microsoft.com/exchange/services/2006/errors">)" +
      name + R"(</e:ResponseCode><t:MessageXml xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types">)" +
      std::string(message_xml) + "</t:MessageXml></detail></s:Fault>");
}

HttpAnswer answer(int status, std::string body, std::string_view type = "text/xml; charset=utf-8") {
  HttpAnswer made{.body = std::move(body), .evidence = {}};
  made.evidence.status = status;
  made.evidence.head.add("Content-Type", std::string(type));
  return made;
}

template <typename Operation>
Outcome<typename Operation::Response> read(const std::string& bytes) {
  MW_TRY(auto envelope, read_envelope(bytes, Operation::kName));
  return Operation::read(envelope.payload);
}

EwsError code_of(const HttpAnswer& given) {
  auto read = read_answer(given, "GetFolder");
  EXPECT_FALSE(read);
  return read ? EwsError::cancelled : read.error().code;
}

TEST(Fact01, fault_without_header_keeps_its_code_and_the_place_of_the_violation) {
  auto read = read_answer(
      answer(500, fault("ErrorSchemaValidation", "<t:LineNumber>2</t:LineNumber><t:Violation>v</t:Violation>")),
      "GetFolder");
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, EwsError::soap_fault);
  EXPECT_EQ(read.error().said->code, ResponseCode::ErrorSchemaValidation);
  EXPECT_EQ(read.error().said->text, "words");
  EXPECT_EQ(read.error().said->values.at("LineNumber"), "2");
  EXPECT_EQ(read.error().said->values.at("Violation"), "v");
  EXPECT_EQ(read.error().evidence->status, 500);
}

TEST(Fact01, fault_of_wcf_has_no_detail_and_may_carry_a_header_that_must_be_understood) {
  std::string bytes = enveloped(
      R"(<s:Fault><faultcode xmlns:a="urn:w">a:InternalServiceFault</faultcode><faultstring>w</faultstring></s:Fault>)",
      R"(<s:Header><a:Action s:mustUnderstand="1" xmlns:a="http://www.w3.org/2005/08/addressing">x</a:Action></s:Header>)");
  for (int status : {500, 200}) {
    auto read = read_answer(answer(status, bytes), "GetFolder");
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, EwsError::soap_fault);
    EXPECT_EQ(read.error().said->fault_code, "InternalServiceFault");
    EXPECT_EQ(read.error().said->code_text, "");
  }
}

TEST(Fact02, throttling_comes_as_a_fault_and_as_a_response_message) {
  constexpr std::string_view kBackOff = R"(<t:Value Name="BackOffMilliseconds">297749</t:Value>)";
  auto as_fault = read_answer(answer(500, fault("ErrorServerBusy", kBackOff)), "GetFolder");
  ASSERT_FALSE(as_fault);
  EXPECT_EQ(as_fault.error().code, EwsError::throttled);
  EXPECT_EQ(as_fault.error().said->back_off, std::chrono::milliseconds(297749));
  auto as_message = read<GetFolder>(
      response("GetFolder", "Error",
               "<m:MessageText>busy</m:MessageText><m:ResponseCode>ErrorServerBusy</m:ResponseCode><m:MessageXml>" +
                   std::string(kBackOff) + "</m:MessageXml>"));
  ASSERT_TRUE(as_message);
  auto failure = as_message->first_error();
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->code, EwsError::throttled);
  EXPECT_EQ(failure->said->back_off, std::chrono::milliseconds(297749));
}

TEST(Fact02, exceeded_connection_count_has_a_limit_and_no_back_off) {
  auto read = read_answer(
      answer(500, fault("ErrorExceededConnectionCount", R"(<t:Value Name="Policy">MaxConcurrency</t:Value>)"
                                                        R"(<t:Value Name="MaxConcurrencyLimit">27</t:Value>)")),
      "GetFolder");
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, EwsError::throttled);
  EXPECT_EQ(read.error().said->values.at("MaxConcurrencyLimit"), "27");
  EXPECT_FALSE(read.error().said->back_off);
}

TEST(Fact02, absurd_back_off_is_bounded) {
  auto read = read_answer(
      answer(500, fault("ErrorServerBusy", R"(<t:Value Name="BackOffMilliseconds">99999999999999999999</t:Value>)")),
      "GetFolder");
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().said->back_off, std::chrono::hours(1));
}

TEST(Fact02, unavailable_without_xml_is_told_from_throttling) {
  EXPECT_EQ(code_of(answer(503, "Service Unavailable", "text/html")), EwsError::server_unavailable);
  EXPECT_EQ(code_of(answer(503, "")), EwsError::server_unavailable);
}

TEST(Fact03, error_of_one_item_may_hold_an_empty_list) {
  auto read_back =
      read<GetFolder>(response("GetFolder", "Error",
                               "<m:MessageText>No mailbox with such "
                               "guid.</m:MessageText><m:ResponseCode>ErrorNonExistentMailbox</m:ResponseCode>"
                               "<m:DescriptiveLinkKey>0</m:DescriptiveLinkKey><m:Folders/>"));
  ASSERT_TRUE(read_back);
  EXPECT_TRUE(read_back->messages.at(0).value.empty());
  EXPECT_EQ(read_back->first_error()->said->code, ResponseCode::ErrorNonExistentMailbox);
  EXPECT_EQ(read_back->first_error()->code, EwsError::response_error);
}

TEST(Fact03, refused_impersonation_is_a_fault) {
  auto read = read_answer(answer(500, fault("ErrorImpersonateUserDenied", "")), "GetFolder");
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().said->code, ResponseCode::ErrorImpersonateUserDenied);
}

TEST(Fact04, requests_ask_for_exchange_2016) {
  std::string sent =
      envelope("<x/>", {.impersonate = Impersonation{.kind = Impersonation::Kind::sid, .value = "S-1-5-21-1"}});
  EXPECT_NE(sent.find(R"(<t:RequestServerVersion Version="Exchange2016"/>)"), std::string::npos);
  EXPECT_NE(sent.find("<t:ConnectingSID><t:SID>S-1-5-21-1</t:SID></t:ConnectingSID>"), std::string::npos);
}

TEST(Fact05, product_is_known_by_build_numbers) {
  auto product = [](unsigned minor, unsigned build) {
    return ServerVersion{.major = 15, .minor = minor, .build = build, .revision = 1, .schema = "V2017_07_11"}.product();
  };
  EXPECT_EQ(product(0, 1497), ServerProduct::exchange_2013);
  EXPECT_EQ(product(1, 2507), ServerProduct::exchange_2016);
  EXPECT_EQ(product(2, 1544), ServerProduct::exchange_2019);
  EXPECT_EQ(product(2, 2562), ServerProduct::exchange_se);
  EXPECT_EQ(product(20, 9073), ServerProduct::exchange_online);
}

TEST(Fact06, prefixes_do_not_matter) {
  auto read_back = read<GetFolder>(
      R"(<soap11:Envelope xmlns:soap11="http://schemas.xmlsoap.org/soap/envelope/"><soap11:Body>)"
      R"(<GetFolderResponse xmlns="http://schemas.microsoft.com/exchange/services/2006/messages"><ResponseMessages>)"
      R"(<GetFolderResponseMessage ResponseClass="Success"><ResponseCode>NoError</ResponseCode><Folders>)"
      R"(<q:Folder xmlns:q="http://schemas.microsoft.com/exchange/services/2006/types"><q:FolderId Id="a" ChangeKey="b"/></q:Folder>)"
      R"(</Folders></GetFolderResponseMessage></ResponseMessages></GetFolderResponse></soap11:Body></soap11:Envelope>)");
  ASSERT_TRUE(read_back) << read_back.error().error.describe();
  EXPECT_EQ(read_back->messages.at(0).value.at(0).id, (FolderId{.id = "a", .change_key = "b"}));
}

TEST(Fact08, time_zones_without_full_data_have_no_transitions) {
  auto read_back = read<GetServerTimeZones>(
      response("GetServerTimeZones", "Success",
               "<m:ResponseCode>NoError</m:ResponseCode><m:TimeZoneDefinitions><t:TimeZoneDefinition Name=\"(UTC) n\" "
               "Id=\"UTC\"><t:Periods/>"
               "<t:TransitionsGroups/></t:TimeZoneDefinition></m:TimeZoneDefinitions>"));
  ASSERT_TRUE(read_back);
  EXPECT_EQ(read_back->messages.at(0).value.at(0).id, "UTC");
}

TEST(Fact09, odd_times_are_kept_as_sent) {
  auto read_back = read<GetItem>(response("GetItem", "Success",
                                          "<m:ResponseCode>NoError</m:ResponseCode><m:Items><t:Message><t:ItemId "
                                          "Id=\"i\"/><t:DateTimeReceived>9999-12-31T23:59:59.9999999"
                                          "</t:DateTimeReceived></t:Message></m:Items>"));
  ASSERT_TRUE(read_back);
  EXPECT_EQ(read_back->messages.at(0).value.at(0).received, "9999-12-31T23:59:59.9999999");
}

TEST(Fact10, property_tags_are_numbers_and_line_ends_and_illegal_characters_survive) {
  auto read_back =
      read<GetItem>(response("GetItem", "Success",
                             "<m:ResponseCode>NoError</m:ResponseCode><m:Items><t:Message><t:ItemId "
                             "Id=\"i\"/><t:Subject>a&#x1;b</t:Subject><t:ExtendedProperty>"
                             "<t:ExtendedFieldURI PropertyTag=\"0x7d\" "
                             "PropertyType=\"String\"/><t:Value>one&#xD;\ntwo</t:Value></t:ExtendedProperty>"
                             "</t:Message></m:Items>"));
  ASSERT_TRUE(read_back);
  const Item& item = read_back->messages.at(0).value.at(0);
  EXPECT_EQ(item.subject,
            "a\xEF\xBF\xBD"
            "b");
  EXPECT_EQ(item.extended.at(0).tag, parse_property_tag("125"));
  EXPECT_EQ(item.extended.at(0).values.at(0), "one\r\ntwo");
}

TEST(Fact11, empty_next_page_is_legal) {
  auto read_back = read<FindItem>(
      response("FindItem", "Success",
               "<m:ResponseCode>NoError</m:ResponseCode><m:RootFolder IndexedPagingOffset=\"5\" TotalItemsInView=\"5\" "
               "IncludesLastItemInRange=\"false\"><t:Items/></m:RootFolder>"));
  ASSERT_TRUE(read_back);
  EXPECT_TRUE(read_back->messages.at(0).value.found.empty());
  EXPECT_FALSE(read_back->messages.at(0).value.last);
  EXPECT_EQ(read_back->messages.at(0).value.next_offset, 5);
}

TEST(Fact12, code_outside_the_schema_is_kept_as_text) {
  auto read_back = read<GetFolder>(response(
      "GetFolder", "Error", "<m:MessageText>Neu</m:MessageText><m:ResponseCode>ErrorOfTomorrow</m:ResponseCode>"));
  ASSERT_TRUE(read_back);
  EXPECT_EQ(read_back->messages.at(0).status.said.code, ResponseCode::unknown);
  EXPECT_EQ(read_back->messages.at(0).status.said.code_text, "ErrorOfTomorrow");
  EXPECT_EQ(read_back->first_error()->said->text, "Neu");
}

TEST(Fact14, forms_sign_in_is_named) {
  EXPECT_EQ(code_of(answer(440, "<script>location='/owa/auth/logon.aspx'</script>", "text/html")),
            EwsError::forms_sign_in);
  auto sent_to = [](std::string location) {
    auto made = answer(302, "");
    made.evidence.head.add("Location", std::move(location));
    return made;
  };
  EXPECT_EQ(code_of(sent_to("https://mail.example.test/owa/auth/logon.aspx?url=https%3a%2f%2fx&reason=0")),
            EwsError::forms_sign_in);
  EXPECT_EQ(code_of(sent_to("https://portal.example.test/")), EwsError::redirected);
  EXPECT_EQ(code_of(answer(200, "<html><form action=\"/owa/auth.owa\"></form></html>", "text/html")),
            EwsError::forms_sign_in);
  EXPECT_EQ(read_answer(sent_to("https://portal.example.test/"), "GetFolder").error().location,
            "https://portal.example.test/");
}

TEST(Fact15, answer_cut_off_under_200_is_truncated) {
  std::string whole = response("GetFolder", "Success", "<m:ResponseCode>NoError</m:ResponseCode><m:Folders/>");
  EXPECT_EQ(code_of(answer(200, whole.substr(0, whole.size() / 2))), EwsError::truncated);
}

TEST(Answer, what_is_no_soap_is_told_apart) {
  EXPECT_EQ(code_of(answer(401, "")), EwsError::unauthorized);
  EXPECT_EQ(code_of(answer(403, "<html></html>", "text/html")), EwsError::forbidden);
  EXPECT_EQ(code_of(answer(404, "")), EwsError::not_found);
  EXPECT_EQ(code_of(answer(413, "")), EwsError::request_too_large);
  EXPECT_EQ(code_of(answer(400, "Bad Request", "text/html")), EwsError::bad_request);
  EXPECT_EQ(code_of(answer(500, "<!DOCTYPE html><html></html>", "text/html")), EwsError::server_error);
  EXPECT_EQ(code_of(answer(200, "<!DOCTYPE html><html>Welcome</html>", "text/html")), EwsError::html_page);
  EXPECT_EQ(code_of(answer(200, "")), EwsError::empty_answer);
  EXPECT_EQ(code_of(answer(200, "OK")), EwsError::not_xml);
  EXPECT_EQ(code_of(answer(200, "<a/>")), EwsError::not_soap);
  EXPECT_EQ(code_of(answer(200, "<a></b>")), EwsError::malformed_xml);
  EXPECT_EQ(code_of(answer(204, "")), EwsError::unexpected_status);
  EXPECT_EQ(code_of(answer(200, response("GetItem", "Success", "<m:ResponseCode>NoError</m:ResponseCode>"))),
            EwsError::not_soap);
  EXPECT_EQ(code_of(answer(200, "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><x>&e;</x>")),
            EwsError::xml_limit);
}

}  // namespace
}  // namespace mailward::ews
