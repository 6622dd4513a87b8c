#include <atomic>
#include <future>
#include <latch>

#include "tests/http/server_fixture.h"
#include "tests/support/wait_until.h"

namespace mailward::http::testing {

using mailward::testing::wait_until;
using std::chrono::milliseconds;

using Serving = ServerTest;

TEST_F(Serving, pipelined_requests_are_answered_in_order) {
  start();
  RawClient client = connect();
  std::string all;
  for (int number = 0; number < 50; ++number) {
    const std::string body = "number " + std::to_string(number);
    all += "POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  }
  client.send(all);
  for (int number = 0; number < 50; ++number) EXPECT_EQ(client.answer().body, "number " + std::to_string(number));
}

TEST_F(Serving, a_head_request_gets_the_head_alone) {
  start();
  RawClient client = connect();
  client.send("HEAD /hello HTTP/1.1\r\nHost: test\r\n\r\n");
  const RawAnswer answer = client.answer(true);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.headers.get("Content-Length"), "5");
  client.send("HEAD /nothing HTTP/1.1\r\nHost: test\r\n\r\n");
  EXPECT_EQ(client.answer(true).status, 404);
  client.send(kGetHello);
  EXPECT_EQ(client.answer().body, "hello");
}

TEST_F(Serving, http_1_0_closes_unless_asked_to_keep) {
  start();
  RawClient client = connect();
  client.send("GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  RawAnswer answer = client.answer();
  EXPECT_EQ(answer.body, "hello");
  EXPECT_EQ(answer.headers.get("Connection"), "keep-alive");
  client.send("GET /hello HTTP/1.0\r\n\r\n");
  answer = client.answer();
  EXPECT_EQ(answer.body, "hello");
  EXPECT_EQ(answer.headers.get("Connection"), "close");
  EXPECT_EQ(client.rest(), "");
  EXPECT_EQ(client.end(), End::closed);
}

TEST_F(Serving, connection_close_is_honoured) {
  router->add("GET", "/last", [](const Request&, Connection&) {
    Response response = Response::text(200, "bye");
    response.headers.add("Connection", "close");
    return response;
  });
  start();
  for (const auto* request : {"GET /hello HTTP/1.1\r\nHost: test\r\nConnection: keep-alive, Close\r\n\r\n",
                              "GET /last HTTP/1.1\r\nHost: test\r\n\r\n"}) {
    RawClient client = connect();
    client.send(request);
    EXPECT_EQ(client.answer().headers.all("Connection").size(), 1U);
    client.rest();
    EXPECT_EQ(client.end(), End::closed);
  }
}

TEST_F(Serving, expect_100_continue_is_answered_before_the_body) {
  start();
  RawClient client = connect();
  client.send("POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.answer().status, 100);
  client.send("hello");
  EXPECT_EQ(client.answer().body, "hello");
  // Refused by its length, the body is not asked for.
  client.send("POST /small HTTP/1.1\r\nHost: test\r\nContent-Length: 50\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.answer().status, 413);
}

TEST_F(Serving, unknown_paths_and_methods_are_named) {
  start();
  EXPECT_EQ(ask("GET /nothing HTTP/1.1\r\nHost: test\r\n\r\n").status, 404);
  const RawAnswer answer = ask("DELETE /hello HTTP/1.1\r\nHost: test\r\n\r\n");
  EXPECT_EQ(answer.status, 405);
  EXPECT_EQ(answer.headers.get("Allow"), "GET, HEAD");
}

TEST_F(Serving, what_a_handler_throws_becomes_500_and_the_connection_goes_on) {
  router->add("GET", "/throws", [](const Request&, Connection&) -> Reply { throw std::runtime_error("broken"); });
  start();
  RawClient client = connect();
  client.send("GET /throws HTTP/1.1\r\nHost: test\r\n\r\n");
  const RawAnswer answer = client.answer();
  EXPECT_EQ(answer.status, 500);
  EXPECT_FALSE(answer.body.contains("broken"));
  client.send(kGetHello);
  EXPECT_EQ(client.answer().status, 200);
}

TEST_F(Serving, line_ends_in_a_handlers_header_cannot_split_the_answer) {
  router->add("GET", "/split", [](const Request&, Connection&) {
    Response response = Response::empty(204);
    response.headers.add("X", "a\r\nInjected: yes");
    return response;
  });
  start();
  const RawAnswer answer = ask("GET /split HTTP/1.1\r\nHost: test\r\n\r\n");
  EXPECT_EQ(answer.headers.get("X"), "a  Injected: yes");
  EXPECT_FALSE(answer.headers.has("Content-Length"));
}

TEST_F(Serving, a_connection_keeps_its_state_and_counts_its_requests) {
  router->add("GET", "/count", [](const Request&, Connection& connection) {
    const int* before = std::any_cast<int>(&connection.state);
    const int now = before == nullptr ? 1 : *before + 1;
    connection.state = now;
    return Response::text(200, std::to_string(now) + " " + std::to_string(connection.requests_served) + " " +
                                   connection.listener + " " + connection.peer->ip.text());
  });
  start();
  for (int twice = 0; twice < 2; ++twice) {
    RawClient client = connect();
    client.send("GET /count HTTP/1.1\r\nHost: test\r\n\r\nGET /count HTTP/1.1\r\nHost: test\r\n\r\n");
    EXPECT_EQ(client.answer().body, "1 0 plain 127.0.0.1");
    EXPECT_EQ(client.answer().body, "2 1 plain 127.0.0.1");
  }
}

TEST_F(Serving, too_many_waiting_requests_are_answered_503) {
  std::latch entered(1);
  std::promise<void> leave;
  const std::shared_future<void> may_leave = leave.get_future().share();
  router->add("GET", "/slow", [&](const Request&, Connection&) {
    entered.count_down();
    may_leave.wait();
    return Response::text(200, "slow");
  });
  options.handler_threads = 1;
  options.handler_queue = 1;
  start();
  RawClient running = connect();
  running.send("GET /slow HTTP/1.1\r\nHost: test\r\n\r\n");
  entered.wait();
  RawClient first = connect();
  RawClient second = connect();
  first.send(kGetHello);
  second.send(kGetHello);
  first.patience = milliseconds(200);
  second.patience = milliseconds(200);
  const RawAnswer one = first.answer();
  const RawAnswer other = second.answer();
  EXPECT_EQ(one.status + other.status, 503);  // one waits still, the other was refused
  EXPECT_EQ((one.status == 503 ? one : other).headers.get("Retry-After"), "1");
  leave.set_value();
  EXPECT_EQ(running.answer().body, "slow");
  RawClient& waiting = one.status == 503 ? second : first;
  waiting.patience = milliseconds(5000);
  EXPECT_EQ(waiting.answer().body, "hello");
}

TEST_F(Serving, a_handler_is_told_that_its_client_has_gone) {
  std::atomic<bool> told = false;
  std::latch entered(1);
  router->add("GET", "/wait", [&](const Request&, Connection& connection) {
    std::promise<void> gone;
    const std::stop_callback when(connection.gone_token(), [&] { gone.set_value(); });
    entered.count_down();
    told = gone.get_future().wait_for(std::chrono::seconds(5)) == std::future_status::ready && connection.gone();
    return Response::text(200, "late");
  });
  start();
  RawClient client = connect();
  client.send("GET /wait HTTP/1.1\r\nHost: test\r\n\r\n");
  entered.wait();
  client.close();
  EXPECT_TRUE(wait_until([&] { return told.load(); }, milliseconds(4000)));
  EXPECT_TRUE(wait_until([&] { return server->open_connections() == 0; }, milliseconds(2000)));
}

TEST_F(Serving, a_client_that_only_stops_writing_is_answered) {
  start();
  RawClient client = connect();
  client.send(kGetHello);
  client.finish_writing();
  EXPECT_EQ(client.answer().body, "hello");
}

TEST_F(Serving, slow_heads_and_silent_clients_are_cut_by_their_deadlines) {
  options.limits.head = milliseconds(300);
  options.limits.request = milliseconds(600);
  options.limits.idle = milliseconds(900);
  start();
  const auto begun = std::chrono::steady_clock::now();
  const auto elapsed = [&] { return std::chrono::steady_clock::now() - begun; };

  RawClient silent = connect();
  RawClient slow_body = connect();
  slow_body.send("POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: 100\r\n\r\nx");
  RawClient slow_head = connect();
  const std::string head = "GET /hello HTTP/1.1\r\nHost: test\r\nX: " + std::string(1000, 'a');
  std::size_t sent = 0;
  slow_head.patience = milliseconds(20);
  while (sent < head.size() && slow_head.end() == End::open) {
    slow_head.send(std::string_view(head).substr(sent++, 1));
    slow_head.some();
  }
  EXPECT_NE(slow_head.end(), End::open);
  EXPECT_GE(elapsed(), milliseconds(300));
  EXPECT_LT(elapsed(), milliseconds(600));
  EXPECT_EQ(slow_body.rest(), "");
  EXPECT_GE(elapsed(), milliseconds(590));
  EXPECT_LT(elapsed(), milliseconds(900));
  EXPECT_EQ(silent.rest(), "");
  EXPECT_EQ(silent.end(), End::closed);
  EXPECT_GE(elapsed(), milliseconds(890));
  EXPECT_LT(elapsed(), milliseconds(1500));
}

TEST_F(Serving, a_client_that_takes_nothing_is_dropped_and_a_slow_one_is_served) {
  constexpr std::size_t kSize = 12'000'000;
  router->add("GET", "/large",
              [](const Request&, Connection&) { return Response::text(200, std::string(kSize, 'x')); });
  options.limits.write_stall = milliseconds(300);
  start();
  RawClient stuck = connect();
  RawClient slow = connect();
  const auto begun = std::chrono::steady_clock::now();
  stuck.send("GET /large HTTP/1.1\r\nHost: test\r\n\r\n");
  slow.send("GET /large HTTP/1.1\r\nHost: test\r\n\r\n");
  std::size_t got = 0;
  while (got < kSize && slow.end() == End::open) {
    got += slow.some().size();
    wait_until([] { return false; }, milliseconds(1));  // a pace of some MB a second
  }
  EXPECT_GE(got, kSize);
  EXPECT_GE(std::chrono::steady_clock::now() - begun, milliseconds(600));
  EXPECT_EQ(server->open_connections(), 1U);
  EXPECT_LT(stuck.rest().size(), kSize);
}

/// What a client's hello is answered with; 0: nothing.
int status_of_hello(RawClient& client) {
  client.send(kGetHello);
  return client.answer().status;
}

TEST_F(Serving, connections_beyond_the_limit_wait_their_turn) {
  options.limits.connections = 2;
  start();
  RawClient first = connect();
  EXPECT_EQ(status_of_hello(first), 200);
  RawClient second = connect();
  EXPECT_EQ(status_of_hello(second), 200);
  RawClient third = connect();
  third.send(kGetHello);
  third.patience = milliseconds(150);
  EXPECT_EQ(third.answer().status, 0);
  first.close();
  third.patience = milliseconds(5000);
  EXPECT_EQ(third.answer().status, 200);
}

TEST_F(Serving, a_listener_that_is_full_keeps_no_other_shut) {
  options.limits.connections = 1;
  start();
  RawClient first = connect();
  EXPECT_EQ(status_of_hello(first), 200);
  RawClient local = RawClient::unix_socket(socket_path());
  EXPECT_EQ(status_of_hello(local), 200);
}

TEST_F(Serving, one_address_takes_only_so_many_places) {
  options.limits.connections_of_address = 2;
  start();
  RawClient first = connect();
  EXPECT_EQ(status_of_hello(first), 200);
  RawClient second = connect();
  EXPECT_EQ(status_of_hello(second), 200);
  RawClient third = connect();
  EXPECT_EQ(status_of_hello(third), 0);
  EXPECT_NE(third.end(), End::open);
  RawClient local = RawClient::unix_socket(socket_path());
  EXPECT_EQ(status_of_hello(local), 200) << "who comes over the socket has no address";
  first.close();
  ASSERT_TRUE(wait_until([&] { return server->open_connections() == 2; }, milliseconds(5000)));
  RawClient fourth = connect();
  EXPECT_EQ(status_of_hello(fourth), 200);
}

TEST_F(Serving, thousands_of_mixed_requests_are_each_answered_right) {
  start();
  std::atomic<int> wrong = 0;
  std::vector<std::thread> clients;
  for (unsigned which = 0; which < 6; ++which) {
    clients.emplace_back([&, which] {
      RawClient client = which % 3 == 0   ? connect()
                         : which % 3 == 1 ? RawClient::tls(secure())
                                          : RawClient::unix_socket(socket_path());
      for (unsigned count = 0; count < 900; ++count) {
        const std::string body(count * 37 % 5000 + (count % 100 == 0 ? 200'000 : 0),
                               static_cast<char>('a' + (count + which) % 26));
        std::string request = "POST /echo HTTP/1.1\r\nHost: test\r\n";
        if (count % 2 == 0) {
          request += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
        } else {
          char size[32];
          std::snprintf(size, sizeof size, "%zx", body.size());
          request += "Transfer-Encoding: chunked\r\n\r\n";
          if (!body.empty()) request += std::string(size) + "\r\n" + body + "\r\n";
          request += "0\r\n\r\n";
        }
        if (!client.send(request) || client.answer().body != body) ++wrong;
      }
    });
  }
  for (auto& client : clients) client.join();
  EXPECT_EQ(wrong, 0);
}

}  // namespace mailward::http::testing
