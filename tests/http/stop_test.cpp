#include <sys/resource.h>
#include <unistd.h>

#include <future>
#include <latch>
#include <thread>

#include "tests/http/server_fixture.h"
#include "tests/support/wait_until.h"

namespace mailward::http::testing {

using mailward::testing::wait_until;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

class Stopping : public ServerTest {
 protected:
  void SetUp() override {
    ServerTest::SetUp();
    router->add("GET", "/slow", [this](const Request&, Connection& connection) {
      entered.count_down();
      while (leaving.wait_for(milliseconds(5)) != std::future_status::ready && !connection.gone()) {
      }
      return Response::text(200, "slow");
    });
    start();
  }
  std::latch entered{1};
  std::promise<void> leave;
  std::shared_future<void> leaving = leave.get_future().share();
};

}  // namespace

TEST_F(Stopping, requests_under_way_are_answered_and_idle_connections_closed) {
  RawClient idle = connect();
  idle.send(kGetHello);
  EXPECT_EQ(idle.answer().body, "hello");
  RawClient idle_tls = RawClient::tls(secure());
  RawClient fresh = connect();
  RawClient busy = connect();
  busy.send("GET /slow HTTP/1.1\r\nHost: test\r\n\r\n");
  entered.wait();
  auto stopped = std::async(std::launch::async, [&] { return server->stop(Deadline::after(seconds(10))); });
  EXPECT_EQ(idle.rest(), "");
  EXPECT_EQ(idle.end(), End::closed);
  idle_tls.rest();
  EXPECT_NE(idle_tls.end(), End::open);
  fresh.rest();
  EXPECT_NE(fresh.end(), End::open);
  EXPECT_FALSE(connect().connected());
  EXPECT_FALSE(std::filesystem::exists(socket_path()));
  EXPECT_EQ(stopped.wait_for(milliseconds(50)), std::future_status::timeout);
  leave.set_value();
  const RawAnswer answer = busy.answer();
  EXPECT_EQ(answer.body, "slow");
  EXPECT_EQ(answer.headers.get("Connection"), "close");
  EXPECT_TRUE(stopped.get());
  EXPECT_TRUE(server->stop(Deadline::after(seconds(1))));
}

TEST_F(Stopping, a_request_that_takes_too_long_is_cut_and_told) {
  RawClient busy = connect();
  busy.send("GET /slow HTTP/1.1\r\nHost: test\r\n\r\n");
  entered.wait();
  const auto begun = std::chrono::steady_clock::now();
  const auto stopped = server->stop(Deadline::after(milliseconds(100)));
  ASSERT_FALSE(stopped);
  EXPECT_TRUE(stopped.error().is(ServerError::not_drained));
  EXPECT_LT(std::chrono::steady_clock::now() - begun, seconds(1));
  EXPECT_EQ(busy.rest(), "");
}

TEST_F(Stopping, streams_and_hanging_connections_do_not_hold_it_up) {
  auto streaming = std::make_shared<Router>();
  streaming->add("GET", "/events", [](const Request&, Connection&) {
    EventStream stream;
    stream.query = [](const std::string&) { return EventBatch{}; };
    stream.poll = seconds(60);
    return stream;
  });
  server.reset();
  router = streaming;
  start();
  RawClient stream = connect();
  stream.send("GET /events HTTP/1.1\r\nHost: test\r\n\r\n");
  stream.until("\r\n\r\n");
  ASSERT_TRUE(server->set_mode("plain", ListenerMode::hang));
  RawClient hung = connect();
  ASSERT_TRUE(wait_until([&] { return server->open_connections() == 2; }, seconds(2)));
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_TRUE(server->stop(Deadline::after(seconds(5))));
  EXPECT_LT(std::chrono::steady_clock::now() - begun, seconds(1));
  EXPECT_EQ(stream.rest(), "0\r\n\r\n");
}

TEST_F(Stopping, a_server_under_load_stops_without_cutting_an_answer) {
  std::atomic<bool> cut = false;
  std::atomic<int> served = 0;
  std::vector<std::thread> clients;
  for (int which = 0; which < 4; ++which) {
    clients.emplace_back([&] {
      while (true) {
        RawClient client = connect();
        if (!client.connected()) return;
        while (client.send(kGetHello)) {
          const RawAnswer answer = client.answer();
          if (answer.status == 0) {
            cut = cut || !answer.head.empty();
            break;
          }
          ++served;
        }
      }
    });
  }
  EXPECT_TRUE(wait_until([&] { return served > 500; }, seconds(10)));
  EXPECT_TRUE(server->stop(Deadline::after(seconds(5))));
  for (auto& client : clients) client.join();
  EXPECT_FALSE(cut);
}

TEST_F(Stopping, running_out_of_descriptors_pauses_accepting_only) {
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  std::vector<RawClient> waiting;
  waiting.push_back(connect());
  waiting.front().send(kGetHello);
  EXPECT_EQ(waiting.front().answer().body, "hello");
  for (int count = 0; count < 4; ++count) waiting.push_back(connect());
  EXPECT_TRUE(wait_until([&] { return server->open_connections() == 5; }, seconds(2)));
  // Sockets that are made now take the lowest free numbers; the server's next accept finds none below the limit.
  std::vector<RawClient> late;
  for (int count = 0; count < 3; ++count) late.push_back(RawClient::unix_socket("/nonexistent"));
  const int highest = late.back().fd();
  rlimit low = before;
  low.rlim_cur = static_cast<rlim_t>(highest) + 2;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &low), 0);
  RawClient last = connect();
  last.send(kGetHello);
  last.patience = milliseconds(300);
  const bool starved = last.answer().status == 0;
  waiting.front().send(kGetHello);
  EXPECT_EQ(waiting.front().answer().body, "hello");
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_TRUE(starved);
  last.patience = seconds(5);
  EXPECT_EQ(last.answer().body, "hello");
}

}  // namespace mailward::http::testing
