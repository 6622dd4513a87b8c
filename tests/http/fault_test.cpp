#include "tests/http/server_fixture.h"
#include "tests/support/wait_until.h"

namespace mailward::http::testing {

using mailward::testing::wait_until;
using std::chrono::milliseconds;

namespace {

class Misbehaving : public ServerTest {
 protected:
  void serve(Fault fault) {
    router->add("GET", "/faulty", [fault](const Request&, Connection&) {
      Response response = Response::text(200, "the whole body");
      response.fault = fault;
      return response;
    });
    start();
  }
  static constexpr std::string_view kGetFaulty = "GET /faulty HTTP/1.1\r\nHost: test\r\n\r\n";
};

}  // namespace

TEST_F(Misbehaving, an_answer_is_cut_at_any_byte) {
  for (const std::size_t at : {0U, 1U, 20U, 125U}) {
    router = std::make_shared<Router>();
    serve({.cut_after = at});
    RawClient client = connect();
    client.send(kGetFaulty);
    EXPECT_EQ(client.rest().size(), at);
    EXPECT_EQ(client.end(), End::closed);
    RawClient secured = RawClient::tls(secure());
    secured.send(kGetFaulty);
    EXPECT_EQ(secured.rest().size(), at);
    server.reset();
  }
}

TEST_F(Misbehaving, an_answer_ends_in_a_reset) {
  serve({.cut_after = 10, .ending = Ending::reset});
  RawClient client = connect();
  client.send(kGetFaulty);
  client.rest();
  EXPECT_EQ(client.end(), End::reset);
}

TEST_F(Misbehaving, a_connection_is_closed_unannounced_behind_a_whole_answer) {
  serve({.ending = Ending::close});
  RawClient client = connect();
  client.send(kGetFaulty);
  const RawAnswer answer = client.answer();
  EXPECT_EQ(answer.body, "the whole body");
  EXPECT_FALSE(answer.headers.has("Connection"));
  EXPECT_EQ(client.rest(), "");
  EXPECT_EQ(client.end(), End::closed);
}

TEST_F(Misbehaving, an_answer_is_delayed_unless_the_client_goes) {
  serve({.delay = milliseconds(300)});
  RawClient client = connect();
  const auto begun = std::chrono::steady_clock::now();
  client.send(kGetFaulty);
  EXPECT_EQ(client.answer().body, "the whole body");
  EXPECT_GE(std::chrono::steady_clock::now() - begun, milliseconds(300));
  client.send(kGetFaulty);
  client.close();
  EXPECT_TRUE(wait_until([&] { return server->open_connections() == 0; }, milliseconds(250)));
}

TEST_F(Misbehaving, malformed_bytes_are_sent_as_they_are) {
  serve({.raw = "HTTP/1.1 two hundred\r\nnonsense"});
  RawClient client = connect();
  client.send(kGetFaulty);
  EXPECT_EQ(client.until("nonsense"), "HTTP/1.1 two hundred\r\nnonsense");
}

TEST_F(Misbehaving, chunks_are_sent_one_by_one) {
  serve({.framing = http::Framing::chunked, .chunks = {"a", "bc", "def"}, .between_chunks = milliseconds(50)});
  RawClient client = connect();
  const auto begun = std::chrono::steady_clock::now();
  client.send(kGetFaulty);
  EXPECT_EQ(client.answer().body, "abcdef");
  EXPECT_GE(std::chrono::steady_clock::now() - begun, milliseconds(150));
  client.send(kGetHello);
  EXPECT_EQ(client.answer().body, "hello");
}

TEST_F(Misbehaving, a_body_without_framing_ends_with_the_connection) {
  serve({.framing = http::Framing::until_close});
  RawClient client = connect();
  client.send(kGetFaulty);
  const RawAnswer answer = client.answer();
  EXPECT_EQ(answer.body, "the whole body");
  EXPECT_FALSE(answer.headers.has("Content-Length"));
}

TEST_F(Misbehaving, a_wrong_content_length_is_sent_as_set) {
  router->add("GET", "/long", [](const Request&, Connection&) {
    Response response = Response::text(200, "short");
    response.headers.add("Content-Length", "500");
    response.fault = Fault{.ending = Ending::close};
    return response;
  });
  start();
  RawClient client = connect();
  client.send("GET /long HTTP/1.1\r\nHost: test\r\n\r\n");
  EXPECT_TRUE(client.rest().ends_with("\r\n\r\nshort"));
}

TEST_F(Misbehaving, a_listener_hangs_or_resets_until_told_otherwise) {
  start();
  ASSERT_TRUE(server->set_mode("plain", ListenerMode::reset));
  RawClient refused = connect();
  refused.rest();
  EXPECT_EQ(refused.end(), End::reset);
  ASSERT_TRUE(server->set_mode("plain", ListenerMode::hang));
  RawClient hung = connect();
  hung.send(kGetHello);
  hung.patience = milliseconds(150);
  EXPECT_EQ(hung.rest(), "");
  EXPECT_EQ(hung.end(), End::open);
  ASSERT_TRUE(server->set_mode("plain", ListenerMode::serve));
  EXPECT_EQ(ask(kGetHello).body, "hello");
  EXPECT_FALSE(server->set_mode("unheard-of", ListenerMode::hang));
  hung.close();
  EXPECT_TRUE(wait_until([&] { return server->open_connections() == 0; }, milliseconds(2000)));
}

}  // namespace mailward::http::testing
