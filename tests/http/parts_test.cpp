#include <gtest/gtest.h>

#include "http/event_stream_parser.h"
#include "http/inner/event_stream.h"
#include "http/inner/response_head.h"
#include "http/router.h"

namespace mailward::http {

namespace {

std::string read_all(std::string_view text, std::size_t piece) {
  EventStreamParser parser;
  std::string out;
  for (std::size_t at = 0; at < text.size(); at += piece) {
    const auto events = parser.feed(text.substr(at, piece));
    if (!events) return "error";
    for (const auto& event : *events) out += "[" + event.id + "|" + event.type + "|" + event.data + "]";
  }
  return out;
}

Router sample_router() {
  Router router;
  const Handler none = [](const Request&, Connection&) { return Response(); };
  router.add("GET", "/runs", none);
  router.add("POST", "/runs", none);
  router.add("GET", "/runs/{run}", none);
  router.add("GET", "/runs/latest", none);
  router.add("GET", "/runs/{run}/steps/{step}", none);
  router.add("GET", "/files/{path...}", none);
  return router;
}

}  // namespace

TEST(EventStreamReading, follows_the_standard_in_pieces_of_any_size) {
  const std::string text =
      "\xEF\xBB\xBF: comment\r\ndata: one\r\n\r\nid: 7\revent: kind\rdata:two\rdata:  lines\r\rdata\n\nid\ndata: no "
      "id\n\n"
      "event: forgotten\n\nretry: 5\ndata: last\n\ndata: unfinished";
  const std::string wanted = "[|message|one][7|kind|two\n lines][7|message|][|message|no id][|message|last]";
  for (std::size_t piece = 1; piece < text.size(); ++piece) EXPECT_EQ(read_all(text, piece), wanted) << piece;
}

TEST(EventStreamReading, has_limits) {
  EventStreamParser lines({.line_bytes = 10, .event_bytes = 100});
  EXPECT_FALSE(lines.feed("data: 0123456789"));
  EventStreamParser events({.line_bytes = 100, .event_bytes = 20});
  EXPECT_TRUE(events.feed("data: 0123456789\n"));
  EXPECT_FALSE(events.feed("data: 0123456789\n"));
}

TEST(EventStreamWriting, comes_back_as_it_was) {
  for (const std::string data : {"", "one", "two\nlines", "\n", "trailing\n", " space", ": colon"}) {
    EXPECT_EQ(read_all(format_event({.id = "1", .type = "t", .data = data}), 3), "[1|t|" + data + "]");
  }
  EXPECT_EQ(read_all(format_event({.id = "1\ndata: forged", .type = "t\n\ndata: forged", .data = "a\r\nb\rc"}), 3),
            "[1|t|a\nb\nc]");
}

TEST(Routing, the_most_literal_pattern_wins) {
  const Router router = sample_router();
  EXPECT_EQ(router.match("GET", "/runs/latest").route->pattern, "/runs/latest");
  const auto match = router.match("GET", "/runs/a%2Fb/steps/3");
  ASSERT_NE(match.route, nullptr);
  EXPECT_EQ(match.path_parameters, (Parameters{{"run", "a/b"}, {"step", "3"}}));
  EXPECT_EQ(router.match("GET", "/files/a/b%20c").path_parameters, (Parameters{{"path", "a/b c"}}));
  EXPECT_EQ(router.match("HEAD", "/runs").route->method, "GET");
}

TEST(Routing, what_is_not_there_is_told_apart_from_a_wrong_method) {
  const Router router = sample_router();
  for (const auto* path : {"/", "/run", "/runs/", "/runs//steps/3", "/runs/1/steps", "/files", "*", "/runs/%zz"}) {
    const auto match = router.match("GET", path);
    EXPECT_EQ(match.route, nullptr) << path;
    if (std::string_view(path) != "/runs/%zz") {
      EXPECT_EQ(match.allow, "") << path;
    }
  }
  EXPECT_EQ(router.match("DELETE", "/runs").allow, "GET, HEAD, POST");
}

TEST(RequestText, queries_are_decoded) {
  EXPECT_EQ(parse_query("a=1&b=x%20y+z&a=2&&c&=d"),
            (Parameters{{"a", "1"}, {"b", "x y z"}, {"a", "2"}, {"c", ""}, {"", "d"}}));
  EXPECT_EQ(parse_query("a=%"), std::nullopt);
  EXPECT_EQ(parse_query("a=%0"), std::nullopt);
  EXPECT_EQ(parse_query("a=%00"), std::nullopt);
  EXPECT_EQ(percent_decode(percent_encode("a b/ü?%+")), "a b/ü?%+");
}

TEST(ResponseHead, dates_are_written_as_http_wants_them) {
  EXPECT_EQ(http_date(Timestamp(std::chrono::seconds(784111777))), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(*parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT"), Timestamp(std::chrono::seconds(784111777)));
}

TEST(HeaderFields, are_found_in_any_case_and_keep_their_order) {
  Headers headers{{"Accept", "a"}, {"X-One", "1"}, {"ACCEPT", "b, Close"}};
  EXPECT_EQ(headers.get("accept"), "a");
  EXPECT_EQ(headers.all("Accept").size(), 2U);
  EXPECT_TRUE(headers.has_token("accept", "close"));
  EXPECT_FALSE(headers.has_token("accept", "clos"));
  headers.set("accept", "c");
  EXPECT_EQ(headers.size(), 2U);
  EXPECT_EQ(headers.remove("x-one"), 1U);
  EXPECT_FALSE(headers.has("X-One"));
}

}  // namespace mailward::http
