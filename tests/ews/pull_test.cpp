// Answers are taken while they arrive: whole, in bounded memory, and never taken for whole when they are not.
#include "ews/pull.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <stdexcept>
#include <stop_token>
#include <thread>

#include "ews/answer_intake.h"
#include "ews/gunzip.h"
#include "ews/operations/find_item.h"
#include "ews/operations/get_item.h"
#include "ews/operations/sync_folder_hierarchy.h"
#include "tests/ews/support/scripted_server.h"

namespace mailward::ews {
namespace {

using namespace std::chrono_literals;
using testing::After;
using testing::http_answer;
using testing::Reaction;
using testing::ReceivedRequest;
using testing::ScriptedServer;

Deadline soon() {
  return Deadline::after(20s);
}

constexpr std::string_view kBegin =
    R"(<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Header>)"
    R"(<h:ServerVersionInfo MajorVersion="15" MinorVersion="2" MajorBuildNumber="1544" MinorBuildNumber="9" Version="V2017_07_11" )"
    R"(xmlns:h="http://schemas.microsoft.com/exchange/services/2006/types"/></s:Header><s:Body>)"
    R"(<m:GetItemResponse xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages" )"
    R"(xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types"><m:ResponseMessages>)";
constexpr std::string_view kEnd = "</m:ResponseMessages></m:GetItemResponse></s:Body></s:Envelope>";

std::string good_message(std::string_view id, std::string_view mime) {
  return R"(<m:GetItemResponseMessage ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode><m:Items>)"
         R"(<t:Message><t:MimeContent CharacterSet="UTF-8">)" +
         to_base64(as_bytes(mime)) + R"(</t:MimeContent><t:ItemId Id=")" + std::string(id) +
         R"(" ChangeKey="CQAA"/><t:Subject>a &lt; b</t:Subject></t:Message></m:Items></m:GetItemResponseMessage>)";
}

std::string bad_message() {
  return R"(<m:GetItemResponseMessage ResponseClass="Error"><m:MessageText>Not found.</m:MessageText>)"
         R"(<m:ResponseCode>ErrorItemNotFound</m:ResponseCode><m:DescriptiveLinkKey>0</m:DescriptiveLinkKey><m:Items/>)"
         R"(</m:GetItemResponseMessage>)";
}

/// Gathers values, one text each.
class Gathered : public ValueSink {
 public:
  Outcome<void> begin(const ValuePlace& place) override {
    values.emplace_back();
    places.push_back(std::to_string(place.message) + "/" + std::to_string(place.unit) + "/" + std::string(place.name));
    return {};
  }
  Outcome<void> bytes(BytesView piece) override {
    values.back() += as_text(piece);
    largest = std::max(largest, piece.size());
    return {};
  }
  Outcome<void> end() override {
    ++ended;
    return {};
  }
  std::vector<std::string> values;
  std::vector<std::string> places;
  std::size_t ended = 0;
  std::size_t largest = 0;
};

GetItem two_items() {
  return {.mime_content = true, .additional = {}, .items = {{.id = "1"}, {.id = "2"}}};
}
GetItem three_items() {
  return {.mime_content = true, .additional = {}, .items = {{.id = "1"}, {.id = "2"}, {.id = "3"}}};
}

std::string gzip(std::string_view plain) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string packed(deflateBound(&stream, plain.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(plain.data()));
  stream.avail_in = static_cast<uInt>(plain.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  packed.resize(packed.size() - stream.avail_out);
  deflateEnd(&stream);
  return packed;
}

std::string chunked(std::string_view body, std::size_t length) {
  std::string answer = "HTTP/1.1 200 OK\r\nContent-Type: text/xml; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n";
  char digits[20];
  while (!body.empty()) {
    const auto piece = body.substr(0, length);
    snprintf(&digits[0], sizeof digits, "%zx\r\n", piece.size());
    answer += &digits[0];
    answer += piece;
    answer += "\r\n";
    body.remove_prefix(piece.size());
  }
  return answer + "0\r\n\r\n";
}

struct Pulled {
  Gathered values;
  std::vector<std::pair<std::size_t, Item>> units;
  Outcome<Reply<GetItem::Response>> reply = fail(Failure(EwsError::cancelled, "not run"));
};

std::unique_ptr<Pulled> pull_from(const std::string& answer, PullLimits limits = {}, After after = After::keep,
                                  const GetItem& asked = two_items()) {
  ScriptedServer server({.react = [&](const ReceivedRequest&, SSL*) { return Reaction{answer, after}; }});
  Transport transport;
  Session session(transport, server.endpoint());
  auto pulled = std::make_unique<Pulled>();
  const PullTo<GetItem> to{.unit = [&](std::size_t message, Item item) -> Outcome<void> {
                             pulled->units.emplace_back(message, std::move(item));
                             return {};
                           },
                           .values = &pulled->values};
  pulled->reply = pull(session, asked, to, {}, soon(), {}, limits);
  return pulled;
}

std::string body_of(const std::string& messages) {
  return std::string(kBegin) + messages + std::string(kEnd);
}

TEST(Pull, items_and_their_mime_come_one_by_one_in_any_packing) {
  const std::string first = "Subject: one\r\n\r\n" + std::string(100'000, 'x');
  const std::string body = body_of(good_message("A", first) + bad_message() + good_message("B", "two"));
  for (const std::string& answer :
       {http_answer(200, body), chunked(body, 1), chunked(body, 1000), chunked(body, 100'000),
        http_answer(200, gzip(body), "Content-Encoding: gzip\r\n")}) {
    auto pulled = pull_from(answer, {}, After::keep, three_items());
    ASSERT_TRUE(pulled->reply) << pulled->reply.error().error.describe();
    EXPECT_EQ(pulled->reply->version.text(), "15.2.1544.9");
    EXPECT_EQ(pulled->values.values, (std::vector<std::string>{first, "two"}));
    EXPECT_EQ(pulled->values.places, (std::vector<std::string>{"0/0/MimeContent", "2/0/MimeContent"}));
    EXPECT_EQ(pulled->values.ended, 2U);
    ASSERT_EQ(pulled->units.size(), 2U);
    EXPECT_EQ(pulled->units[1].first, 2U);
    EXPECT_EQ(pulled->units[1].second.id.id, "B");
    EXPECT_EQ(pulled->units[1].second.subject, "a < b");
    EXPECT_EQ(pulled->units[1].second.mime_content, "");
    const auto& messages = pulled->reply->response.messages;
    ASSERT_EQ(messages.size(), 3U);
    EXPECT_EQ(messages[1].status.said.code, ResponseCode::ErrorItemNotFound);
    EXPECT_TRUE(messages[0].status.ok());
    EXPECT_TRUE(messages[0].value.empty()) << "what was given is forgotten";
  }
}

TEST(Pull, answer_cut_at_any_byte_is_truncated_and_no_shorter_list) {
  const std::string body = body_of(good_message("A", "one") + good_message("B", "two"));
  const auto last = body.size();
  for (std::size_t bytes = 1; bytes < last; ++bytes) {
    AnswerReader reader(GetItem::parts(), {}, {}, 1U << 20U);
    auto fed = reader.feed(body.substr(0, bytes));
    ASSERT_TRUE(fed) << fed.error().error.describe();
    auto finished = reader.finish();
    ASSERT_FALSE(finished) << "cut at " << bytes;
    ASSERT_TRUE(finished.error().is(EwsError::truncated)) << bytes << finished.error().error.describe();
  }
  for (std::size_t bytes = 3; bytes < last; bytes += 131) {
    auto pulled =
        pull_from("HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n" + body.substr(0, bytes), {}, After::close_notify);
    ASSERT_FALSE(pulled->reply) << "cut at " << bytes;
    EXPECT_TRUE(pulled->reply.error().is(EwsError::truncated)) << pulled->reply.error().error.describe();
  }
  const std::string packed = gzip(body);
  for (std::size_t bytes = 1; bytes < packed.size(); bytes += 37) {
    auto pulled = pull_from(http_answer(200, packed.substr(0, bytes), "Content-Encoding: gzip\r\n"));
    ASSERT_FALSE(pulled->reply) << "cut at " << bytes;
    EXPECT_TRUE(pulled->reply.error().is(EwsError::truncated)) << pulled->reply.error().error.describe();
  }
}

TEST(Pull, brings_a_body_in_small_pieces_and_waits_while_the_caller_is_busy) {
  const std::string body(24U << 20U, 'y');
  ScriptedServer server({.react = [&](const ReceivedRequest&, SSL*) { return Reaction{http_answer(200, body)}; }});
  Transport transport;
  Session session(transport, server.endpoint());
  std::size_t largest = 0;
  std::size_t total = 0;
  const auto caller = std::this_thread::get_id();
  const Pull pull{.take = [&](std::string_view piece, const Evidence& head) -> Outcome<void> {
    EXPECT_EQ(head.status, 200);
    EXPECT_EQ(std::this_thread::get_id(), caller);
    largest = std::max(largest, piece.size());
    total += piece.size();
    return {};
  }};
  auto answer = session.send({.method = Method::post, .body = "x"}, pull, Deadline::after(120s));
  ASSERT_TRUE(answer) << answer.error().error.describe();
  EXPECT_TRUE(answer->pulled);
  EXPECT_EQ(total, body.size());
  EXPECT_LE(largest, 256U << 10U);
  EXPECT_TRUE(session.connected()) << "the connection can be used again";
}

TEST(Pull, stop_is_heard_between_two_pieces) {
  const std::string body(24U << 20U, 'y');
  ScriptedServer server({.react = [&](const ReceivedRequest&, SSL*) { return Reaction{http_answer(200, body)}; }});
  Transport transport;
  Session session(transport, server.endpoint());
  std::stop_source stop;
  unsigned pieces = 0;
  const Pull pull{.take = [&](std::string_view, const Evidence&) -> Outcome<void> {
    ++pieces;
    stop.request_stop();
    return {};
  }};
  auto answer = session.send({.method = Method::post, .body = "x"}, pull, soon(), stop.get_token());
  ASSERT_FALSE(answer);
  EXPECT_TRUE(answer.error().is(EwsError::cancelled)) << answer.error().error.describe();
  EXPECT_EQ(pieces, 1U);
  EXPECT_FALSE(session.connected());
}

TEST(Pull, failure_of_the_taker_ends_the_call_with_it) {
  const std::string body = body_of(good_message("A", std::string(1'000'000, 'x')) + good_message("B", "two"));
  ScriptedServer server({.react = [&](const ReceivedRequest&, SSL*) { return Reaction{http_answer(200, body)}; }});
  Transport transport;
  Session session(transport, server.endpoint());
  const PullTo<GetItem> to{.unit = [&](std::size_t, const Item&) -> Outcome<void> {
    return fail(Failure(EwsError::invalid_request, "the disk is full"));
  }};
  auto reply = pull(session, two_items(), to, {}, soon());
  ASSERT_FALSE(reply);
  EXPECT_TRUE(reply.error().is(EwsError::invalid_request));
  EXPECT_EQ(reply.error().evidence->sent, Sent::request);
  EXPECT_EQ(reply.error().evidence->status, 200);
}

TEST(Pull, what_the_taker_throws_goes_on_when_the_transfer_has_ended) {
  const std::string body(4U << 20U, 'y');
  ScriptedServer server({.react = [&](const ReceivedRequest&, SSL*) { return Reaction{http_answer(200, body)}; }});
  Transport transport;
  Session session(transport, server.endpoint());
  const Pull pull{
      .take = [](std::string_view, const Evidence&) -> Outcome<void> { throw std::runtime_error("broken"); }};
  EXPECT_THROW(
      {
        const auto never = session.send({.method = Method::post, .body = "x"}, pull, soon());
        ADD_FAILURE() << never.has_value();
      },
      std::runtime_error);
  EXPECT_EQ(transport.counters().active, 0U);
  session.close();
  EXPECT_TRUE(session.send({.method = Method::post, .body = "x"}, soon())) << "the session can be used again";
}

TEST(Pull, what_is_no_soap_is_judged_as_ever) {
  const auto code_of = [](const std::string& answer) {
    auto pulled = pull_from(answer);
    return pulled->reply ? EwsError::cancelled : pulled->reply.error().code;
  };
  EXPECT_EQ(code_of(http_answer(503, "Service Unavailable", "", "text/html")), EwsError::server_unavailable);
  EXPECT_EQ(code_of(http_answer(200, "<!DOCTYPE html><html>portal</html>", "", "text/html")), EwsError::html_page);
  EXPECT_EQ(code_of(http_answer(200, "")), EwsError::empty_answer);
  EXPECT_EQ(code_of(http_answer(200, "nonsense")), EwsError::not_xml);
  EXPECT_EQ(code_of(http_answer(200, testing::get_folder_answer())), EwsError::not_soap);
  EXPECT_EQ(code_of(http_answer(200, body_of(""))), EwsError::not_soap);
  EXPECT_EQ(code_of(http_answer(200, body_of("<m:GetItemResponseMessage ResponseClass='Success'><m:Items><t:Message>"
                                             "<t:MimeContent>A</t:MimeContent></t:Message></m:Items>"
                                             "</m:GetItemResponseMessage>"))),
            EwsError::malformed_xml);
  const std::string busy =
      R"(<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault><faultcode>a:ErrorServerBusy</faultcode>)"
      R"(<faultstring>Busy.</faultstring><detail><e:ResponseCode xmlns:e="http://schemas.microsoft.com/exchange/services/2006/errors">)"
      R"(ErrorServerBusy</e:ResponseCode><t:MessageXml xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types">)"
      R"(<t:Value Name="BackOffMilliseconds">1500</t:Value></t:MessageXml></detail></s:Fault></s:Body></s:Envelope>)";
  for (int status : {500, 200}) {
    auto pulled = pull_from(http_answer(status, busy));
    ASSERT_FALSE(pulled->reply);
    EXPECT_TRUE(pulled->reply.error().is(EwsError::throttled)) << status;
    EXPECT_EQ(pulled->reply.error().said->back_off, 1500ms);
  }
}

TEST(Pull, limits_are_kept) {
  const std::string body = body_of(good_message("A", std::string(300'000, 'x')));
  EXPECT_TRUE(pull_from(http_answer(200, body), {.kept = 4000})->reply) << "a value does not count as kept";
  auto large = pull_from(http_answer(200, body), {.bytes = 200'000});
  ASSERT_FALSE(large->reply);
  EXPECT_TRUE(large->reply.error().is(EwsError::answer_too_large));
  auto item = pull_from(http_answer(200, body_of(good_message(std::string(5000, 'i'), "x"))), {.kept = 4000});
  ASSERT_FALSE(item->reply);
  EXPECT_TRUE(item->reply.error().is(EwsError::xml_limit));
}

/// In whatever pieces it comes, and without looking at it again with each.
TEST(Pull, white_space_before_an_answer_is_passed_over_up_to_a_limit) {
  const std::string body = body_of(good_message("A", "x"));
  const auto code_of = [](const std::string& answer) -> std::optional<EwsError> {
    auto pulled = pull_from(http_answer(200, answer));
    return pulled->reply ? std::nullopt : std::optional(pulled->reply.error().code);
  };
  EXPECT_EQ(code_of(" \r\n\t" + body), std::nullopt);
  EXPECT_EQ(code_of(std::string(60'000, ' ') + body), std::nullopt);
  EXPECT_EQ(code_of(std::string(70'000, ' ') + body), EwsError::not_soap);
  EXPECT_EQ(code_of(std::string(3000, '\n')), EwsError::empty_answer);
}

TEST(AnswerIntake, lets_go_of_white_space_as_it_comes) {
  std::string fed;
  AnswerIntake intake([&](std::string_view piece) -> Outcome<void> {
    fed += piece;
    return {};
  });
  Evidence head;
  head.status = 200;
  for (int i = 0; i < 60'000; ++i) ASSERT_TRUE(intake.take(" ", head));
  for (const char letter : std::string("<Envelope/>")) ASSERT_TRUE(intake.take({&letter, 1}, head));
  EXPECT_EQ(intake.finish().value(), std::nullopt);
  EXPECT_EQ(fed, "<Envelope/>");
}

TEST(Pull, more_messages_than_were_asked_for_are_no_answer) {
  for (const std::size_t messages : {2U, 3U, 2000U}) {
    std::string all;
    for (std::size_t i = 0; i < messages; ++i) all += i == 2 ? good_message("C", "x") : bad_message();
    auto pulled = pull_from(http_answer(200, body_of(all)));
    EXPECT_EQ(pulled->reply.has_value(), messages == 2);
    if (!pulled->reply) EXPECT_TRUE(pulled->reply.error().is(EwsError::not_soap));
    EXPECT_TRUE(pulled->units.empty()) << "what nobody asked for was given";
  }
  FindItem search{.additional = {}, .restriction = {}, .parents = {DistinguishedFolder{"inbox", {}}}};
  EXPECT_EQ(messages_asked_by(search), 1U);
  search.parents.emplace_back(DistinguishedFolder{"drafts", {}});
  EXPECT_EQ(messages_asked_by(search), 2U);
  EXPECT_EQ(messages_asked_by(two_items()), 2U);
  EXPECT_EQ(messages_asked_by(SyncFolderHierarchy{}), 1U);
}

TEST(Pull, silence_in_the_middle_ends_it) {
  const std::string answer =
      "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 5000\r\n\r\n" + body_of("").substr(0, 200);
  auto pulled = pull_from(answer, {.silence = 100ms}, After::hang);
  ASSERT_FALSE(pulled->reply);
  EXPECT_TRUE(pulled->reply.error().is(EwsError::timed_out)) << pulled->reply.error().error.describe();
}

TEST(Gunzip, refuses_a_bomb_before_it_grows) {
  const std::string part = gzip(std::string(64U << 20U, ' '));
  ASSERT_LT(part.size(), 100'000U);
  std::string bomb;
  for (int i = 0; i < 8; ++i) bomb += part;
  std::size_t came = 0;
  Gunzip unpack(std::uint64_t{1} << 40U);
  auto fed = unpack.feed(bomb, [&](std::string_view piece) -> Outcome<void> {
    came += piece.size();
    return {};
  });
  ASSERT_FALSE(fed);
  EXPECT_TRUE(fed.error().is(EwsError::answer_too_large));
  EXPECT_LE(came, 257U << 20U);
  auto pulled = pull_from(http_answer(200, gzip(kBegin) + bomb, "Content-Encoding: gzip\r\n"));
  ASSERT_FALSE(pulled->reply);
  EXPECT_TRUE(pulled->reply.error().is(EwsError::answer_too_large));
}

TEST(Gunzip, takes_an_attachment_that_is_all_padding) {
  // As base64 says zeros.
  const std::string padded(64U << 20U, 'A');
  const std::string packed = gzip(padded);
  ASSERT_GT(padded.size() / packed.size(), 900U);
  std::size_t came = 0;
  Gunzip unpack(std::uint64_t{1} << 40U);
  auto fed = unpack.feed(packed, [&](std::string_view piece) -> Outcome<void> {
    came += piece.size();
    return {};
  });
  ASSERT_TRUE(fed) << fed.error().error.describe();
  EXPECT_TRUE(unpack.finish());
  EXPECT_EQ(came, padded.size());
}

TEST(Gunzip, notices_what_is_broken_and_reads_members_that_follow_each_other) {
  const std::string packed = gzip("one") + gzip("two");
  std::string out;
  const auto take = [&](std::string_view piece) -> Outcome<void> {
    out += piece;
    return {};
  };
  Gunzip pieces(1000);
  for (char letter : packed) ASSERT_TRUE(pieces.feed({&letter, 1}, take));
  EXPECT_TRUE(pieces.finish());
  EXPECT_EQ(out, "onetwo");
  std::string wrong = gzip(std::string(100, 'z'));
  wrong[wrong.size() - 6] ^= 1;  // the checksum
  Gunzip broken(1000);
  auto fed = broken.feed(wrong, take);
  ASSERT_FALSE(fed);
  EXPECT_TRUE(fed.error().is(EwsError::malformed_http));
}

TEST(Gunzip, whole_answers_come_unpacked_and_the_offer_can_be_left_out) {
  std::string offered;
  ScriptedServer server({.react = [&](const ReceivedRequest& request, SSL*) {
    offered = request.field("Accept-Encoding");
    return Reaction{http_answer(200, gzip("plain"), "Content-Encoding: gzip\r\n")};
  }});
  Transport transport;
  Session session(transport, server.endpoint());
  auto answer = session.send({.method = Method::get}, soon());
  ASSERT_TRUE(answer) << answer.error().error.describe();
  EXPECT_EQ(answer->body, "plain");
  EXPECT_EQ(offered, "gzip");
  SessionSettings without;
  without.accept_gzip = false;
  Session other(transport, server.endpoint(), without);
  ASSERT_TRUE(other.send({.method = Method::get}, soon()));
  EXPECT_EQ(offered, "");
}

}  // namespace
}  // namespace mailward::ews
