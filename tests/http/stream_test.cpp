#include <atomic>
#include <mutex>
#include <thread>

#include "http/client.h"
#include "tests/http/server_fixture.h"
#include "tests/support/wait_until.h"

namespace mailward::http::testing {

using mailward::testing::wait_until;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

/// A growing list of events, as a table in the database would be.
class EventTable {
 public:
  void append(std::string data) {
    {
      const std::lock_guard lock(mutex_);
      rows_.push_back(std::move(data));
    }
    signal.notify();
  }
  EventBatch after(const std::string& last_id, std::size_t most = 100) const {
    const std::lock_guard lock(mutex_);
    EventBatch batch;
    std::size_t next = last_id.empty() ? 0 : std::stoul(last_id);
    for (; next < rows_.size() && batch.events.size() < most; ++next) {
      batch.events.push_back({.id = std::to_string(next + 1), .type = "row", .data = rows_[next]});
      batch.end = batch.end || rows_[next] == "end";
    }
    batch.more = next < rows_.size();
    return batch;
  }
  StreamSignal signal;

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> rows_;
};

class Streaming : public ServerTest {
 protected:
  void SetUp() override {
    ServerTest::SetUp();
    router->add("GET", "/events", [this](const Request&, Connection&) {
      EventStream stream;
      stream.query = [this](const std::string& last_id) {
        ++queries;
        return table.after(last_id, 3);
      };
      stream.signal = table.signal;
      stream.poll = poll;
      stream.heartbeat = heartbeat;
      return stream;
    });
    options.stream_threads = 1;
  }
  static constexpr std::string_view kGetEvents = "GET /events HTTP/1.1\r\nHost: test\r\n\r\n";
  EventTable table;
  std::atomic<int> queries = 0;
  milliseconds poll{seconds(60)};
  milliseconds heartbeat{seconds(60)};
};

}  // namespace

TEST_F(Streaming, events_arrive_when_the_signal_wakes_and_the_stream_can_end) {
  start();
  table.append("one");
  RawClient client = connect();
  client.send(kGetEvents);
  EXPECT_TRUE(client.until("data: one\n\n").contains("Content-Type: text/event-stream\r\n"));
  table.append("two\nlines");
  EXPECT_TRUE(client.until("data: lines\n\n").contains("id: 2\nevent: row\ndata: two\n"));
  table.append("end");
  EXPECT_TRUE(client.until("0\r\n\r\n").contains("data: end\n\n"));
  client.send(kGetHello);
  EXPECT_EQ(client.answer().body, "hello");
}

TEST_F(Streaming, a_reader_goes_on_behind_the_last_event_it_saw) {
  start();
  for (const auto* data : {"one", "two", "three", "four", "five", "end"}) table.append(data);
  Client client(ClientOptions{.unix_socket = socket_path()});
  ClientRequest request{.url = "http://local/events"};
  request.headers.add("Last-Event-ID", "2");
  std::string seen;
  const auto status = client.stream(
      request, [&](const StreamEvent& event) { return seen += event.id + "=" + event.data + " ", true; },
      Deadline::after(seconds(5)));
  EXPECT_TRUE(status) << status.error().describe();
  EXPECT_EQ(seen, "3=three 4=four 5=five 6=end ");
}

TEST_F(Streaming, a_quiet_stream_sends_heartbeats_and_polls) {
  poll = milliseconds(20);
  heartbeat = milliseconds(60);
  start();
  RawClient client = connect();
  client.send(kGetEvents);
  EXPECT_TRUE(client.until(":\n\n").contains(":\n\n"));
  EXPECT_TRUE(client.until(":\n\n").contains(":\n\n"));
  EXPECT_GE(queries, 4);
}

TEST_F(Streaming, a_client_that_goes_is_noticed_within_ten_milliseconds) {
  std::atomic<std::int64_t> noticed = 0;
  router->add("GET", "/watched", [&](const Request&, Connection& connection) {
    StreamedResponse out;
    out.poll = seconds(60);
    auto callback = std::make_shared<std::stop_callback<std::function<void()>>>(
        connection.gone_token(), [&] { noticed = std::chrono::steady_clock::now().time_since_epoch().count(); });
    out.next = [callback](Connection&) { return BodyPiece{.bytes = "x"}; };
    return out;
  });
  start();
  std::vector<RawClient> clients;
  clients.push_back(connect());
  clients.push_back(RawClient::tls(secure()));
  clients.push_back(RawClient::unix_socket(socket_path()));
  clients.push_back(connect());
  for (RawClient& client : clients) {
    noticed = 0;
    client.send("GET /watched HTTP/1.1\r\nHost: test\r\n\r\n");
    client.until("x");
    const auto left = std::chrono::steady_clock::now();
    if (&client == &clients.back()) {
      client.close_with_reset();
    } else {
      client.close();
    }
    ASSERT_TRUE(wait_until([&] { return noticed != 0; }, seconds(2)));
    EXPECT_LT(std::chrono::nanoseconds(noticed - left.time_since_epoch().count()), milliseconds(10));
  }
  EXPECT_TRUE(wait_until([&] { return server->open_connections() == 0; }, seconds(2)));
}

TEST_F(Streaming, open_streams_hold_no_thread) {
  options.handler_threads = 1;
  start();
  std::vector<RawClient> clients;
  for (int count = 0; count < 50; ++count) {
    clients.push_back(connect());
    clients.back().send(kGetEvents);
    clients.back().until("\r\n\r\n");
  }
  EXPECT_EQ(ask(kGetHello).body, "hello");
  table.append("all");
  for (RawClient& client : clients) EXPECT_TRUE(client.until("data: all\n\n").contains("data: all"));
}

TEST_F(Streaming, a_storm_of_signals_is_coalesced_and_nothing_is_lost) {
  start();
  RawClient client = connect();
  client.send(kGetEvents);
  std::thread writer([&] {
    for (int number = 1; number <= 2000; ++number) table.append("n" + std::to_string(number));
    table.append("end");
  });
  const std::string all = client.until("data: end\n\n");
  writer.join();
  std::size_t at = 0;
  for (int number = 1; number <= 2000; ++number) {
    at = all.find("data: n" + std::to_string(number) + "\n", at);
    ASSERT_NE(at, std::string::npos) << number;
  }
  EXPECT_LE(queries, 2100);
}

TEST_F(Streaming, a_stream_without_content_type_has_none_and_1_0_gets_it_unframed) {
  router->add("GET", "/pieces", [](const Request&, Connection&) {
    StreamedResponse out;
    out.headers.add("X-NoBuffering", "1");
    out.next = [count = 0](Connection&) mutable {
      ++count;
      return BodyPiece{.bytes = "piece" + std::to_string(count), .more = true, .end = count == 3};
    };
    return out;
  });
  start();
  const RawAnswer answer = ask("GET /pieces HTTP/1.1\r\nHost: test\r\n\r\n");
  EXPECT_EQ(answer.body, "piece1piece2piece3");
  EXPECT_EQ(answer.headers.get("Transfer-Encoding"), "chunked");
  EXPECT_FALSE(answer.headers.has("Content-Type"));
  const RawAnswer old = ask("GET /pieces HTTP/1.0\r\n\r\n");
  EXPECT_EQ(old.body, "piece1piece2piece3");
  EXPECT_FALSE(old.headers.has("Transfer-Encoding"));
  RawClient client = connect();
  client.send("HEAD /pieces HTTP/1.1\r\nHost: test\r\n\r\n");
  EXPECT_EQ(client.answer(true).status, 200);
  client.send(kGetHello);
  EXPECT_EQ(client.answer().body, "hello");
}

TEST_F(Streaming, a_stream_whose_query_throws_is_cut_not_ended) {
  router->add("GET", "/breaks", [](const Request&, Connection&) {
    EventStream stream;
    stream.query = [](const std::string& last) -> EventBatch {
      if (!last.empty()) throw std::runtime_error("broken");
      return {.events = {{.id = "1", .type = {}, .data = "first"}}, .more = true};
    };
    return stream;
  });
  start();
  RawClient client = connect();
  client.send("GET /breaks HTTP/1.1\r\nHost: test\r\n\r\n");
  const std::string all = client.rest();
  EXPECT_TRUE(all.contains("data: first"));
  EXPECT_FALSE(all.contains("0\r\n\r\n"));
}

TEST_F(Streaming, a_reader_that_takes_nothing_is_not_asked_for_more) {
  std::atomic<int> asked = 0;
  router->add("GET", "/flood", [&](const Request&, Connection&) {
    StreamedResponse out;
    out.next = [&](Connection&) {
      ++asked;
      return BodyPiece{.bytes = std::string(1'000'000, 'x'), .more = true};
    };
    return out;
  });
  options.limits.write_stall = milliseconds(300);
  start();
  RawClient client = connect();
  client.send("GET /flood HTTP/1.1\r\nHost: test\r\n\r\n");
  EXPECT_TRUE(wait_until([&] { return server->open_connections() == 0 && asked > 0; }, seconds(4)));
  EXPECT_LT(asked, 20);
}

}  // namespace mailward::http::testing
