#include <gtest/gtest.h>

#include <map>

#include "connections/event_imports.h"
#include "connections/sign_in_events.h"
#include "tests/product_support/product.h"

namespace mailward::connections {
namespace {

using testing::must;

Timestamp at(const char* text) {
  return parse_timestamp(text).value();
}

constexpr std::string_view kHead = "\"Time\",\"Id\",\"Controller\",\"Account\",\"From\",\"Status\"\r\n";

TEST(SignInEvents, are_read_as_the_command_writes_them) {
  const std::string csv =
      "\xef\xbb\xbf" + std::string(kHead) +
      "\"2026-11-29T20:15:00.1234567Z\",\"4776\",\"DC1.example.test\",\"svc-mailward\",\"APP7\",\"0x0\"\r\n"
      "\"2026-11-29T20:16:00.0000000Z\",\"4771\",\"DC1.example.test\",\"svc-mailward\",\"::ffff:192.0.2.7\","
      "\"0x18\"\r\n"
      "2026-11-29T20:17:00Z,4625,dc1.example.test,SVC-Mailward,-,0xC000006D\n"
      "\"2026-11-29T20:18:00Z\",\"4624\",\"dc1\",\"somebody\",\"a \"\"quoted\"\", name\",\"\"\r\n";
  const auto events = must(parse_sign_in_events(csv));
  ASSERT_EQ(events.size(), 4u);
  EXPECT_EQ(events[0].at, at("2026-11-29T20:15:00.123456Z"));
  EXPECT_TRUE(events[0].let_in);
  EXPECT_EQ(events[1].from, "192.0.2.7");
  EXPECT_FALSE(events[1].let_in);
  EXPECT_EQ(events[2].from, "");
  EXPECT_EQ(events[3].from, "a \"quoted\", name");
  const auto origins = origins_of(events, "svc-mailward", at("2026-11-29T20:15:30Z"), {});
  EXPECT_EQ(origins.size(), 2u) << "one is older, one is somebody else's";
}

TEST(SignInEvents, say_whose_they_are) {
  std::string csv(kHead);
  for (int i = 0; i < 5; ++i) csv += "2026-11-29T20:1" + std::to_string(i) + ":00Z,4776,dc1,svc,EX01,0x0\n";
  csv += "2026-11-29T20:20:00Z,4771,dc1,svc,192.0.2.9,0x18\n2026-11-29T20:21:00Z,4776,dc1,svc,mailward,0x0\n";
  const Known known{.ours = {"mailward.example.test"}, .exchange = {"ex01.example.test"}, .moments = {}};
  const auto origins = origins_of(must(parse_sign_in_events(csv)), "SVC", at("2026-11-29T20:00:00Z"), known);
  ASSERT_EQ(origins.size(), 3u);
  EXPECT_EQ(origins[0].from, "ex01");
  EXPECT_EQ(origins[0].whose, SignInOrigin::Whose::exchange);
  EXPECT_EQ(origins[0].let_in, 5);
  EXPECT_EQ(origins[0].last, at("2026-11-29T20:14:00Z"));
  EXPECT_EQ(origins[1].whose, SignInOrigin::Whose::another);
  EXPECT_EQ(origins[1].refused, 1);
  EXPECT_EQ(origins[2].whose, SignInOrigin::Whose::this_server);
}

TEST(SignInEvents, a_file_of_wrong_lines_is_refused_whole_and_in_few_words) {
  std::string csv(kHead);
  csv += "2026-11-29T20:10:00Z,4776,dc1,svc,EX01,0x0\n";
  for (int i = 0; i < 20'000; ++i) csv += "yesterday,4776,dc1,svc,EX01,0x0\n";
  const auto refused = parse_sign_in_events(csv);
  ASSERT_FALSE(refused);
  EXPECT_LT(refused.error().message().size(), 600u);
  EXPECT_NE(refused.error().message().find("20000 of 20001 events do not hold, and nothing was taken: line 3 Time"),
            std::string::npos)
      << refused.error().message();
  EXPECT_FALSE(parse_sign_in_events(std::string(1'000'000, 'x')));
  EXPECT_FALSE(parse_sign_in_events(""));
  EXPECT_FALSE(parse_sign_in_events("Time,Id\n"));
  EXPECT_FALSE(parse_sign_in_events(std::string(kHead) + "\"2026-11-29T20:10:00Z,4776\n"));
  EXPECT_FALSE(parse_sign_in_events(std::string(kHead) + "2026-11-29T20:10:00Z,1,dc1,svc,EX01,0x0\n"));
  std::string many(kHead);
  for (int i = 0; i < 20'001; ++i) many += "2026-11-29T20:10:00Z,4776,d,s,E,0x0\n";
  EXPECT_TRUE(parse_sign_in_events(many).error().is(BaseError::limit_exceeded));
}

TEST(SignInEvents, addresses_are_known_however_they_are_written_and_names_are_none) {
  std::string csv(kHead);
  for (const char* from : {"::ffff:192.0.2.7", "2001:DB8:0:0:0:0:0:5", "fe80::1%12", "192.0.2.70", "19", ""}) {
    csv += "2026-11-29T20:20:00Z,4771,dc1,svc," + std::string(from) + ",0x18\n";
  }
  const Known known{.ours = {"192.0.2.7", "fe80::1%eth0"}, .exchange = {"ex01.example.test", "2001:db8::5"}};
  const auto origins = origins_of(must(parse_sign_in_events(csv)), "svc", at("2026-11-29T20:00:00Z"), known);
  std::map<std::string, SignInOrigin::Whose> whose;
  for (const SignInOrigin& one : origins) whose[one.from] = one.whose;
  EXPECT_EQ(whose.at("192.0.2.7"), SignInOrigin::Whose::this_server);
  EXPECT_EQ(whose.at("fe80::1%12"), SignInOrigin::Whose::this_server);
  EXPECT_EQ(whose.at("2001:db8:0:0:0:0:0:5"), SignInOrigin::Whose::exchange);
  for (const char* other : {"192.0.2.70", "19", ""}) EXPECT_EQ(whose.at(other), SignInOrigin::Whose::another) << other;
}

TEST(SignInEvents, are_held_against_the_moments_at_which_mailward_signed_in) {
  std::string csv(kHead);
  csv += "2026-11-29T20:20:00Z,4776,dc1,svc,192.0.2.9,0x0\n2026-11-29T20:40:00Z,4776,dc1,svc,192.0.2.9,0x0\n";
  csv += "2026-11-29T20:20:01Z,4776,dc1,svc,192.0.2.10,0x0\n";
  const Known known{.ours = {}, .exchange = {}, .moments = {{at("2026-11-29T20:19:50Z"), at("2026-11-29T20:19:55Z")}}};
  const auto origins = origins_of(must(parse_sign_in_events(csv)), "svc", at("2026-11-29T20:00:00Z"), known);
  ASSERT_EQ(origins.size(), 2u);
  EXPECT_EQ(origins[0].near_ours, 1);
  EXPECT_NE(text_of(origins[0]).find("; 1 of it while Mailward itself signed in"), std::string::npos);
  EXPECT_EQ(origins[1].near_ours, 1);
  EXPECT_NE(text_of(origins[1]).find("how controllers see this server"), std::string::npos) << text_of(origins[1]);
}

TEST(SignInEvents, a_wrong_line_is_named_by_its_number_in_the_file) {
  const auto refused = parse_sign_in_events(std::string(kHead) +
                                            "2026-11-29T20:10:00Z,4776,dc1,svc,\"two\r\nlines\",0x0\n\n"
                                            "2026-11-29T20:10:00Z,1,dc1,svc,EX01,0x0\n");
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message().find("1 of 2 events do not hold, and nothing was taken: line 5 Id"),
            std::string::npos)
      << refused.error().message();
  const auto large = parse_sign_in_events(std::string(1'000'000, 'x'));
  ASSERT_FALSE(large);
  EXPECT_NE(large.error().remedy().find(cut_by_time()), std::string::npos) << large.error().remedy();
}

class EventImports : public ::testing::Test {
 protected:
  EventFile take(const std::string& lines) {
    return must(take_file(imports_, must(parse_sign_in_events(std::string(kHead) + lines)), match_, match_.until));
  }
  std::vector<EventImport> imports_;
  const EventMatch match_{.sam_account_name = "svc",
                          .since = at("2026-11-29T20:00:00Z"),
                          .until = at("2026-11-29T21:00:00Z"),
                          .known = {.ours = {"192.0.2.7"}, .exchange = {"ex01"}, .moments = {}}};
};

TEST_F(EventImports, of_one_controller_takes_the_place_of_nothing_but_itself) {
  take("2026-11-29T20:10:00Z,4776,dc1,svc,OLD1,0x0\n2026-11-29T20:12:00Z,4776,dc1,svc,OLD1,0x0\n");
  take("2026-11-29T20:10:00Z,4776,dc2,svc,OLD2,0x0\n");
  ASSERT_EQ(imports_.size(), 2u);
  // A later part of the first one adds up; a file of the same time takes its place, and says so.
  take("2026-11-29T20:20:00Z,4776,DC1,svc,OLD3,0x0\n");
  ASSERT_EQ(imports_.size(), 3u);
  const EventFile again =
      take("2026-11-29T20:11:00Z,4776,dc1,svc,OLD4,0x0\n2026-11-29T20:30:00Z,4776,dc1,svc,OLD4,0x0\n");
  ASSERT_EQ(imports_.size(), 2u);
  EXPECT_EQ(imports_[0].origins.at(0).from, "old4");
  EXPECT_EQ(imports_[1].controller, "dc2");
  EXPECT_NE(again.told.find("takes the place"), std::string::npos) << again.told;
}

TEST_F(EventImports, say_what_of_the_file_is_whose) {
  const EventFile file = take(
      "2026-11-29T20:10:00Z,4776,dc1,svc,EX01,0x0\n2026-11-29T20:11:00Z,4771,dc1,svc,192.0.2.7,0x18\n"
      "2026-11-29T20:12:00Z,4776,dc1,svc,OLD,0x0\n2026-11-29T21:12:00Z,4771,dc1,svc,OLD,0x18\n"
      "2026-11-29T19:12:00Z,4776,dc1,svc,OLD,0x0\n2026-11-29T20:12:00Z,4776,dc1,somebody,OLD,0x0\n");
  EXPECT_EQ(file.told,
            "6 events read: 4 sign-ins of this account since its password was renewed (1 from this server, 1 from "
            "Exchange, 2 from somebody else), 1 of them after the hour that is watched; 1 older than that; 1 of other "
            "accounts.");
}

TEST_F(EventImports, say_that_they_are_of_another_time) {
  EXPECT_NE(take("2026-11-29T19:10:00Z,4776,dc1,svc,OLD,0x0\n").told.find("All are older than the new password"),
            std::string::npos);
  EXPECT_NE(take("2026-11-29T21:10:00Z,4776,dc1,svc,OLD,0x0\n").told.find("from after the hour that is watched"),
            std::string::npos);
  EXPECT_NE(take("2026-11-29T20:10:00Z,4776,dc1,other,OLD,0x0\n").told.find("None is of this account"),
            std::string::npos);
  EXPECT_NE(take("").told.find("There is no event in the file"), std::string::npos);
}

TEST(SignInEvents, no_name_breaks_out_of_the_command) {
  const auto line = must(event_query("dc1.example.test", "o'neill’; Remove-Item C:\\", at("2026-11-29T20:15:00Z")));
  EXPECT_NE(line.find("-eq 'o''neill’’; Remove-Item C:\\')"), std::string::npos) << line;
  EXPECT_NE(line.find("StartTime=[datetime]'2026-11-29T20:15:00.000Z'"), std::string::npos) << line;
  EXPECT_EQ(line.find('\n'), std::string::npos);
}

}  // namespace
}  // namespace mailward::connections
