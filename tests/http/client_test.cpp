#include "http/client.h"

#include <atomic>
#include <thread>

#include "tests/http/server_fixture.h"
#include "tests/support/test_ca.h"

namespace mailward::http::testing {

using mailward::testing::TestCa;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

class Calling : public ServerTest {
 protected:
  std::string url(std::string_view path) const { return "http://" + plain().text() + std::string(path); }
  static Deadline soon() { return Deadline::after(seconds(5)); }
};

}  // namespace

TEST_F(Calling, requests_arrive_as_they_are_given) {
  router->add("PUT", "/things/{name}", [](const Request& request, Connection&) {
    Response response = Response::text(201, request.method + " " + std::string(request.path_value("name")) + " " +
                                                std::string(*request.query_value("q")) + " " + request.body + " " +
                                                std::string(request.headers.get("X-One")) + " " +
                                                (request.headers.has("Content-Type") ? "typed" : "untyped") +
                                                (request.headers.has("Expect") ? " expects" : ""));
    response.headers.add("X-Repeated", "a");
    response.headers.add("X-Repeated", "b");
    return response;
  });
  start();
  Client client(ClientOptions{});
  ClientRequest request{
      .method = "PUT", .url = url("/things/a%20b?q=c+d"), .headers = {{"X-One", "1"}}, .body = "body"};
  for (int twice = 0; twice < 2; ++twice) {
    const auto answer = client.call(request, soon());
    ASSERT_TRUE(answer) << answer.error().describe();
    EXPECT_EQ(answer->status, 201);
    EXPECT_EQ(answer->reason, "Created");
    EXPECT_EQ(answer->body, "PUT a b c d body 1 untyped");
    EXPECT_EQ(answer->headers.all("x-repeated").size(), 2U);
  }
}

TEST_F(Calling, a_connection_is_kept_for_reading_and_fresh_for_changing) {
  router->add("GET", "/number", [](const Request&, Connection& connection) {
    return Response::text(200, std::to_string(connection.number));
  });
  router->add("POST", "/number", [](const Request&, Connection& connection) {
    return Response::text(200, std::to_string(connection.number));
  });
  start();
  Client client(ClientOptions{});
  const auto number = [&](std::string method) {
    return client.call({.method = std::move(method), .url = url("/number")}, soon())->body;
  };
  const std::string first = number("GET");
  EXPECT_EQ(number("GET"), first);
  EXPECT_NE(number("POST"), first);
}

TEST_F(Calling, head_gets_no_body_and_a_redirect_is_not_followed) {
  router->add("GET", "/moved", [](const Request&, Connection&) {
    Response response = Response::empty(302);
    response.headers.add("Location", "/hello");
    return response;
  });
  start();
  Client client(ClientOptions{});
  const auto head = client.call({.method = "HEAD", .url = url("/hello")}, soon());
  ASSERT_TRUE(head);
  EXPECT_EQ(head->headers.get("Content-Length"), "5");
  EXPECT_EQ(head->body, "");
  EXPECT_EQ(client.call({.url = url("/moved")}, soon())->status, 302);
}

TEST_F(Calling, a_unix_socket_is_used_in_place_of_the_host) {
  start();
  Client client(ClientOptions{.unix_socket = socket_path()});
  EXPECT_EQ(client.call({.url = "http://local/hello"}, soon())->body, "hello");
  Client nobody(ClientOptions{.unix_socket = folder.path() / "nothing"});
  const auto failed = nobody.call({.url = "http://local/hello"}, soon());
  ASSERT_FALSE(failed);
  EXPECT_TRUE(failed.error().is(HttpClientError::connect)) << failed.error().describe();
}

TEST_F(Calling, the_checked_address_is_used_and_the_certificate_still_checked_by_name) {
  start();
  const auto trust = *CertificateTrust::from_pem(ca.pem());
  Client right(ClientOptions{.address = secure(), .trust = trust});
  const auto answer = right.call({.url = "https://server.example.test/hello"}, soon());
  ASSERT_TRUE(answer) << answer.error().describe();
  EXPECT_EQ(answer->body, "hello");
  const auto other_name = right.call({.url = "https://other.example.test/hello"}, soon());
  ASSERT_FALSE(other_name);
  EXPECT_TRUE(other_name.error().is(HttpClientError::tls)) << other_name.error().describe();
  const TestCa stranger("Stranger");
  for (const auto& wrong : {CertificateTrust::system(), *CertificateTrust::from_pem(stranger.pem())}) {
    Client client(ClientOptions{.address = secure(), .trust = wrong});
    const auto refused = client.call({.url = "https://server.example.test/hello"}, soon());
    ASSERT_FALSE(refused);
    EXPECT_TRUE(refused.error().is(HttpClientError::tls)) << refused.error().describe();
  }
}

TEST_F(Calling, failures_are_told_apart) {
  router->add("GET", "/cut", [](const Request&, Connection&) {
    Response response = Response::text(200, "the whole body");
    response.fault = Fault{.cut_after = 100};
    return response;
  });
  router->add("GET", "/raw", [](const Request&, Connection&) {
    Response response;
    response.fault = Fault{.raw = "nonsense\r\n\r\n", .ending = Ending::close};
    return response;
  });
  router->add("GET", "/late", [](const Request&, Connection&) {
    Response response;
    response.fault = Fault{.delay = seconds(30)};
    return response;
  });
  router->add("GET", "/large", [](const Request&, Connection&) { return Response::text(200, std::string(2000, 'x')); });
  start();
  Client client(ClientOptions{.answer_limit = 1000});
  const auto error = [&](ClientRequest request, Deadline deadline = soon()) {
    const auto answer = client.call(request, deadline);
    return answer ? std::string("none") : std::string(answer.error().name());
  };
  EXPECT_EQ(error({.url = url("/cut")}), "interrupted");
  EXPECT_EQ(error({.url = url("/raw")}), "malformed_answer");
  EXPECT_EQ(error({.url = url("/large")}), "answer_too_large");
  EXPECT_EQ(error({.url = url("/late")}, Deadline::after(milliseconds(100))), "timed_out");
  EXPECT_EQ(error({.url = "file:///etc/hostname"}), "bad_request");
  EXPECT_EQ(error({.url = "nothing at all"}), "bad_request");
  EXPECT_EQ(error({.url = url("/hello"), .headers = {{"X", "a\r\nY: b"}}}), "bad_request");
  const std::string gone = url("/hello");
  server.reset();
  EXPECT_EQ(error({.url = gone}), "connect");
}

TEST_F(Calling, a_call_is_cancelled_at_once) {
  router->add("GET", "/late", [](const Request&, Connection&) {
    Response response;
    response.fault = Fault{.delay = seconds(30)};
    return response;
  });
  start();
  Client client(ClientOptions{});
  std::stop_source source;
  std::jthread stopper([&] { source.request_stop(); });
  const auto begun = std::chrono::steady_clock::now();
  const auto answer = client.call({.url = url("/late")}, Deadline::after(seconds(20)), source.get_token());
  ASSERT_FALSE(answer);
  EXPECT_TRUE(answer.error().is(HttpClientError::cancelled));
  EXPECT_LT(std::chrono::steady_clock::now() - begun, seconds(2));
}

TEST_F(Calling, a_stream_can_be_left_and_something_else_is_told) {
  router->add("GET", "/events", [](const Request&, Connection&) {
    EventStream stream;
    stream.query = [](const std::string& last) {
      const int next = last.empty() ? 1 : std::stoi(last) + 1;
      return EventBatch{.events = {{.id = std::to_string(next), .type = "n", .data = "x"}}, .more = true};
    };
    return stream;
  });
  start();
  Client client(ClientOptions{});
  int seen = 0;
  EXPECT_TRUE(client.stream({.url = url("/events")}, [&](const StreamEvent&) { return ++seen < 10; }, soon()));
  EXPECT_EQ(seen, 10);
  Response answer;
  const auto status =
      client.stream({.url = url("/hello")}, [](const StreamEvent&) { return true; }, soon(), {}, &answer);
  ASSERT_FALSE(status);
  EXPECT_TRUE(status.error().is(HttpClientError::not_a_stream));
  EXPECT_EQ(answer.body, "hello");
}

}  // namespace mailward::http::testing
