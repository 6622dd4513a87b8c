#include <string>

#include "tests/http/server_fixture.h"

namespace mailward::http::testing {

namespace {

class Framing : public ServerTest {
 protected:
  void SetUp() override {
    ServerTest::SetUp();
    start();
  }

  /// A refused request is answered with `status` and the connection ends, so that nothing behind it is taken for a
  /// request.
  void expect_refused(std::string_view request, int status = 400) const {
    RawClient client = connect();
    client.send(request);
    client.send(kGetHello);
    const RawAnswer answer = client.answer();
    EXPECT_EQ(answer.status, status) << request;
    EXPECT_EQ(answer.headers.get("Connection"), "close") << request;
    EXPECT_EQ(client.rest(), "") << request;
    EXPECT_EQ(client.end(), End::closed) << request;
  }
  static std::string post(std::string_view fields, std::string_view body) {
    return "POST /echo HTTP/1.1\r\nHost: test\r\n" + std::string(fields) + "\r\n" + std::string(body);
  }
};

}  // namespace

TEST_F(Framing, smuggling_forms_are_refused) {
  const std::string chunks = "5\r\nhello\r\n0\r\n\r\n";
  expect_refused(post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", chunks));
  expect_refused(post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", chunks));
  expect_refused(post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", chunks));
  expect_refused(post("Transfer-Encoding: chunked, chunked\r\n", chunks), 501);
  expect_refused(post("Transfer-Encoding: gzip, chunked\r\n", chunks), 501);
  expect_refused(post("Transfer-Encoding: identity\r\n", chunks), 501);
  expect_refused(post("Transfer-Encoding: xchunked\r\n", chunks), 501);
  expect_refused(post("Transfer-Encoding: \"chunked\"\r\n", chunks), 501);
  expect_refused(post("Transfer-Encoding:\r\n", chunks), 501);
  expect_refused(post("Transfer-Encoding : chunked\r\n", chunks));
  expect_refused(post("Transfer-Encoding: chunked\r\n\x0b: x\r\n", chunks));
  expect_refused("POST /echo HTTP/1.0\r\nHost: test\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n" +
                 chunks);
  expect_refused(post("Content-Length: 5\r\nContent-Length: 5\r\n", "hello"));
  expect_refused(post("Content-Length: 5\r\ncontent-length: 6\r\n", "hello"));
}

TEST_F(Framing, content_length_is_plain_digits) {
  for (const std::string value :
       {"+5", "-5", "5, 5", "5,5", "0x5", "5 5", "", "99999999999999999999", "5\t5", "\x35\xb2"}) {
    expect_refused(post("Content-Length: " + value + "\r\n", "hello"));
  }
  EXPECT_EQ(ask(post("Content-Length:5\r\n", "hello")).body, "hello");
  EXPECT_EQ(ask(post("Content-Length: \t 005 \r\n", "hello")).body, "hello");
}

TEST_F(Framing, host_is_there_exactly_once) {
  expect_refused("GET /hello HTTP/1.1\r\n\r\n");
  expect_refused("GET /hello HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n");
  expect_refused("GET /hello HTTP/1.1\r\nHost: a b\r\n\r\n");
  expect_refused("GET /hello HTTP/1.1\r\nHost: a/b\r\n\r\n");
  expect_refused("GET http://other/hello HTTP/1.1\r\nHost: test\r\n\r\n");
  EXPECT_EQ(ask("GET http://test/hello HTTP/1.1\r\nHost: test\r\n\r\n").status, 200);
  EXPECT_EQ(ask("GET /hello HTTP/1.1\r\nHost:\r\n\r\n").status, 200);
  EXPECT_EQ(ask("GET /hello HTTP/1.0\r\n\r\n").status, 200);
}

TEST_F(Framing, malformed_heads_are_refused) {
  using std::string_literals::operator""s;
  expect_refused("GET /hello HTTP/1.1\nHost: test\n\n");
  expect_refused("GET /hello HTTP/1.1\r\nHost: test\n\r\n");
  expect_refused("GET /hello HTTP/1.1\r\nHost: test\r\nX: a\rb\r\n\r\n");
  expect_refused("GET /hello HTTP/1.1\r\nHost: test\r\nX: a\0b\r\n\r\n"s);
  expect_refused("GET /hello HTTP/1.1\r\nHost: test\r\nX: a\x01\r\n\r\n");
  expect_refused("GET /hello HTTP/1.1\r\nHost: test\r\nX: a\x7f\r\n\r\n");
  expect_refused("GET /hello HTTP/1.1\r\nHost: test\r\n: value\r\n\r\n");
  expect_refused("GET /hello HTTP/1.1\r\nHost: test\r\nX Y: value\r\n\r\n");
  expect_refused("GET /hello HTTP/1.1\r\nHost: test\r\nnothing\r\n\r\n");
  expect_refused("GET /hello HTTP/1.1\r\nHost: test\r\nX: a\r\n folded\r\n\r\n");
  expect_refused("GET /hello HTTP/1.1\r\n Host: test\r\n\r\n");
  expect_refused("GET  /hello HTTP/1.1\r\nHost: test\r\n\r\n");
  expect_refused("GET /hello\r\nHost: test\r\n\r\n");
  expect_refused("GET /hel\x80lo HTTP/1.1\r\nHost: test\r\n\r\n");
  expect_refused("G=T /hello HTTP/1.1\r\nHost: test\r\n\r\n");
  expect_refused("GET hello HTTP/1.1\r\nHost: test\r\n\r\n");
  expect_refused("GET /hello http/1.1\r\nHost: test\r\n\r\n");
  expect_refused("GET /hello HTTP/2.0\r\nHost: test\r\n\r\n", 505);
  expect_refused("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505);
  expect_refused("GET /hello HTTP/1.1\r\nHost: test\r\nExpect: something\r\n\r\n", 417);
  // These end within themselves, so the connection may go on.
  EXPECT_EQ(ask("GET /hel%00lo HTTP/1.1\r\nHost: test\r\n\r\n").status, 400);
  EXPECT_EQ(ask("GET /hel%zzlo HTTP/1.1\r\nHost: test\r\n\r\n").status, 400);
}

TEST_F(Framing, malformed_chunks_are_refused) {
  const std::string fields = "Transfer-Encoding: chunked\r\n";
  expect_refused(post(fields, "5;name=value\r\nhello\r\n0\r\n\r\n"));
  expect_refused(post(fields, "5;a=\"x\ny\"\r\nhello\r\n0\r\n\r\n"));
  expect_refused(post(fields, "5;a=\"x\r\ny\"\r\nhello\r\n0\r\n\r\n"));
  expect_refused(post(fields, "5\r\nhello\r\n0;last\r\n\r\n"));
  expect_refused(post(fields, "5\r\nhelloXX0\r\n\r\n"));
  expect_refused(post(fields, "5\r\nhello0\r\n\r\n"));
  expect_refused(post(fields, "5\nhello\n0\n\n"));
  expect_refused(post(fields, "+5\r\nhello\r\n0\r\n\r\n"));
  expect_refused(post(fields, "0x5\r\nhello\r\n0\r\n\r\n"));
  expect_refused(post(fields, " 5\r\nhello\r\n0\r\n\r\n"));
  expect_refused(post(fields, "\r\nhello\r\n0\r\n\r\n"));
  expect_refused(post(fields, "fffffffffffffffff\r\nhello\r\n0\r\n\r\n"));
  expect_refused(post(fields, "ffffffffffffffff\r\nhello\r\n0\r\n\r\n"), 413);
  expect_refused(post(fields, "5;" + std::string(100'000, 'a') + "\r\nhello\r\n0\r\n\r\n"));
  expect_refused(post(fields, std::string(100'000, '0')));
}

TEST_F(Framing, chunked_bodies_are_read_in_pieces_of_any_size) {
  const std::string request =
      post("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n00A\r\n, everyone\r\n0\r\nTrailer: x\r\n\r\n");
  EXPECT_EQ(ask(request).body, "hello, everyone");
  RawClient client = connect();
  for (const char letter : request) client.send(std::string_view(&letter, 1));
  EXPECT_EQ(client.answer().body, "hello, everyone");
  client.send(kGetHello);
  EXPECT_EQ(client.answer().body, "hello");
}

TEST_F(Framing, an_empty_chunked_body_may_come_byte_by_byte) {
  RawClient client = connect();
  client.send(post("Transfer-Encoding: chunked\r\n", ""));
  for (const std::string_view byte : {"0", "\r", "\n", "\r", "\n"}) {
    client.send(byte);
    // Another connection's answer shows that the server has read what came before.
    EXPECT_EQ(ask(kGetHello).body, "hello");
  }
  EXPECT_EQ(client.answer().status, 200);
}

TEST_F(Framing, malformed_trailers_are_refused) {
  const std::string begun = "5\r\nhello\r\n0\r\n";
  for (const std::string trailer :
       {"no colon\r\n", ": x\r\n", " folded: x\r\n", "A : x\r\n", "A: \x01\r\n", "A: x\n", "A: x\ry\r\n"}) {
    expect_refused(post("Transfer-Encoding: chunked\r\n", begun + trailer + "\r\n"));
  }
  expect_refused(post("Transfer-Encoding: chunked\r\n", begun + "A: " + std::string(10'000, 'a') + "\r\n\r\n"), 431);
}

TEST_F(Framing, trailers_do_not_become_headers) {
  router = std::make_shared<Router>();
  router->add("POST", "/echo", [](const Request& request, Connection&) {
    return Response::text(200, request.headers.has("X-Late") ? "late" : "none");
  });
  server.reset();
  start();
  EXPECT_EQ(ask(post("Transfer-Encoding: chunked\r\n", "1\r\na\r\n0\r\nX-Late: 1\r\n\r\n")).body, "none");
}

TEST_F(Framing, long_heads_are_answered_431) {
  expect_refused("GET /hello HTTP/1.1\r\nHost: test\r\nX: " + std::string(20 * 1024, 'a') + "\r\n\r\n", 431);
  expect_refused("GET /" + std::string(20 * 1024, 'a') + " HTTP/1.1\r\nHost: test\r\n\r\n", 431);
  std::string many = "GET /hello HTTP/1.1\r\nHost: test\r\n";
  for (int count = 0; count < 150; ++count) many += "X: a\r\n";
  expect_refused(many + "\r\n", 431);
  EXPECT_EQ(ask("GET /hello HTTP/1.1\r\nHost: test\r\nX: " + std::string(15 * 1024, 'a') + "\r\n\r\n").status, 200);
}

TEST_F(Framing, long_bodies_are_answered_413_and_the_answer_arrives) {
  EXPECT_EQ(ask("POST /small HTTP/1.1\r\nHost: test\r\nContent-Length: 10\r\n\r\n0123456789").status, 200);
  expect_refused("POST /small HTTP/1.1\r\nHost: test\r\nContent-Length: 11\r\n\r\n01234567890", 413);
  expect_refused(
      "POST /small HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n01234567890\r\n0\r\n\r\n", 413);
  expect_refused(
      "POST /small HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n012345678\r\n2\r\nab\r\n0\r\n\r\n",
      413);
  RawClient client = connect();
  client.send("POST /small HTTP/1.1\r\nHost: test\r\nContent-Length: 2000000\r\n\r\n");
  client.send(std::string(2'000'000, 'a'));
  EXPECT_EQ(client.answer().status, 413);
  EXPECT_NE(client.end(), End::reset);
}

}  // namespace mailward::http::testing
