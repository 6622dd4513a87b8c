// "Come later" is understood in every shape in which servers say it.
#include "ews/throttling.h"

#include <gtest/gtest.h>

#include "ews/operations/sync_folder_items.h"
#include "ews/operations/table.h"
#include "ews/soap.h"

namespace mailward::ews {
namespace {

using namespace std::chrono_literals;
using Shape = Throttling::Shape;
using Reason = Throttling::Reason;

const Timestamp kNow = from_micros(1'795'000'000'000'000);

std::string soap(const std::string& inside) {
  return R"(<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" )"
         R"(xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages" )"
         R"(xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types"><s:Body>)" +
         inside + "</s:Body></s:Envelope>";
}

std::string fault(const std::string& code, const std::string& values) {
  return soap("<s:Fault><faultcode xmlns:a='http://schemas.microsoft.com/exchange/services/2006/types'>a:" + code +
              "</faultcode><faultstring>Later.</faultstring><detail><e:ResponseCode "
              "xmlns:e='http://schemas.microsoft.com/exchange/services/2006/errors'>" +
              code + "</e:ResponseCode><t:MessageXml>" + values + "</t:MessageXml></detail></s:Fault>");
}

Failure answered(int status, std::string body, HttpFields head = {}) {
  HttpAnswer answer{.body = std::move(body)};
  answer.evidence.status = status;
  answer.evidence.head = std::move(head);
  auto read = read_answer(answer, "SyncFolderItems");
  if (!read) return std::move(read).error();
  auto response = SyncFolderItems::read(read->payload);
  auto failure = response ? response->first_error() : std::move(response).error();
  return with_evidence(failure.value_or(Failure(EwsError::cancelled, "no failure")), std::move(answer.evidence));
}

TEST(Throttling, fault_says_how_long) {
  auto found = throttling_of(
      answered(500, fault("ErrorServerBusy", "<t:Value Name='BackOffMilliseconds'>297749</t:Value>")), kNow);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->shape, Shape::fault);
  EXPECT_EQ(found->reason, Reason::busy);
  EXPECT_EQ(found->back_off, 297'749ms);
}

TEST(Throttling, response_message_says_how_long_and_its_sync_state_is_nobodys) {
  const std::string body = soap(
      "<m:SyncFolderItemsResponse><m:ResponseMessages><m:SyncFolderItemsResponseMessage ResponseClass='Error'>"
      "<m:MessageText>Busy.</m:MessageText><m:ResponseCode>ErrorServerBusy</m:ResponseCode><m:MessageXml>"
      "<t:Value Name='BackOffMilliseconds'>1000</t:Value></m:MessageXml><m:SyncState/>"
      "<m:IncludesLastItemInRange>true</m:IncludesLastItemInRange></m:SyncFolderItemsResponseMessage>"
      "</m:ResponseMessages></m:SyncFolderItemsResponse>");
  auto found = throttling_of(answered(200, body), kNow);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->shape, Shape::response_message);
  EXPECT_EQ(found->back_off, 1000ms);
}

TEST(Throttling, too_many_connections_names_policy_and_limit_and_no_time) {
  auto found = throttling_of(
      answered(500,
               fault("ErrorExceededConnectionCount",
                     "<t:Value Name='Policy'>MaxConcurrency</t:Value><t:Value Name='MaxConcurrencyLimit'>27</t:Value>"
                     "<t:Value Name='ErrorMessage'>x</t:Value>")),
      kNow);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->reason, Reason::connections);
  EXPECT_EQ(found->policy, "MaxConcurrency");
  EXPECT_EQ(found->limit, 27);
  EXPECT_FALSE(found->back_off);
}

TEST(Throttling, every_code_of_it_has_its_reason) {
  for (auto [code, reason] : {std::pair("ErrorExceededSubscriptionCount", Reason::subscriptions),
                              std::pair("ErrorExceededFindCountLimit", Reason::too_much_found),
                              std::pair("ErrorTooManyObjectsOpened", Reason::open_objects)}) {
    auto found = throttling_of(answered(500, fault(code, "")), kNow);
    ASSERT_TRUE(found) << code;
    EXPECT_EQ(found->reason, reason);
  }
}

TEST(Throttling, bare_503_may_name_seconds_or_a_moment) {
  const auto after = [](std::string value) {
    HttpFields head;
    if (!value.empty()) head.add("Retry-After", std::move(value));
    return throttling_of(answered(503, "Service Unavailable", std::move(head)), kNow).value().back_off;
  };
  EXPECT_EQ(after("120"), 120s);
  EXPECT_EQ(after("99999999999999999999"), std::nullopt);
  EXPECT_EQ(after("999999"), 1h);
  EXPECT_EQ(after("soon"), std::nullopt);
  EXPECT_EQ(after(""), std::nullopt);
  EXPECT_EQ(after("Tue, 01 Jan 2019 00:00:00 GMT"), 0ms);
  EXPECT_EQ(after("Tue, 01 Jan 2080 00:00:00 GMT"), 1h);
}

TEST(Throttling, other_failures_are_none) {
  EXPECT_FALSE(throttling_of(answered(502, "Bad Gateway"), kNow));
  EXPECT_FALSE(throttling_of(answered(500, fault("ErrorInternalServerError", "")), kNow));
  EXPECT_FALSE(throttling_of(answered(401, ""), kNow));
}

TEST(Repetition, what_makes_or_sends_is_never_harmless) {
  for (const auto& operation : operations()) {
    const bool reads = operation.name.starts_with("Get") || operation.name.starts_with("Find") ||
                       operation.name.starts_with("Sync") || operation.name == "ResolveNames" ||
                       operation.name == "ExpandDL" || operation.name == "ExportItems" || operation.name == "ConvertId";
    EXPECT_EQ(operation.repetition == Repetition::harmless, reads) << operation.name;
  }
  for (std::string_view name :
       {"CreateItem", "SendItem", "CopyItem", "UploadItems", "CreateAttachment", "UpdateItem"}) {
    EXPECT_EQ(find_operation(name)->repetition, Repetition::doubles) << name;
  }
}

}  // namespace
}  // namespace mailward::ews
