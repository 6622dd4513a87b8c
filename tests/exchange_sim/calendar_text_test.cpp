// Appointments from iCalendar and as iCalendar.
#include "exchange_sim/calendar_text.h"

#include <gtest/gtest.h>

#include "exchange_sim/calendar_reading.h"
#include "exchange_sim/item_values.h"
#include "exchange_sim/recurrence.h"
#include "exchange_sim/recurrence_rules.h"
#include "exchange_sim/series.h"
#include "exchange_sim/store_ids.h"

namespace mailward::exchange_sim {
namespace {

std::string object(const std::string& event, const std::string& before = {}) {
  return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n" + before + "BEGIN:VEVENT\r\nUID:1@example.test\r\n" + event +
         "END:VEVENT\r\nEND:VCALENDAR\r\n";
}

class CalendarText : public ::testing::Test {
 protected:
  bool fill(const std::string& bytes) {
    item_ = Item{};
    item_.kind = ItemKind::calendar_item;
    return fill_from_calendar(item_, mailbox_, bytes);
  }
  std::string text(std::string_view uri) const { return plain_field(item_, field_id(uri)); }

  std::unique_ptr<Blobs> blobs_ = Blobs::in_memory();
  Mailbox mailbox_{{.smtp = "a@example.test", .display_name = "A", .account = ""}, *blobs_, Clock::system()};
  Item item_;
};

TEST_F(CalendarText, an_event_becomes_properties_and_these_an_event_again) {
  const std::string long_subject =
      "Ünïcöde, with; marks\\ and more than one line of seventy-five octets can hold, 日本語";
  ASSERT_TRUE(
      fill(object("DTSTART;TZID=W. Europe Standard Time:20260701T100000\r\nDTEND;TZID=W. Europe Standard "
                  "Time:20260701T113000\r\nSUMMARY:Ünïcöde\\, with\\; marks\\\\ and more than one line of "
                  "seventy-five octets can hold\\, 日本語\r\nLOCATION:Room 1\r\nDESCRIPTION:One\\nTwo\r\n"
                  "CLASS:PRIVATE\r\nPRIORITY:1\r\nTRANSP:TRANSPARENT\r\n"
                  "ATTENDEE;CN=B B;ROLE=REQ-PARTICIPANT:MAILTO:b@example.test\r\n"
                  "BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT30M\r\nEND:VALARM\r\n")));
  EXPECT_EQ(text("item:Subject"), long_subject);
  EXPECT_EQ(text("calendar:Start"), "2026-07-01T08:00:00Z") << "summer time";
  EXPECT_EQ(text("calendar:End"), "2026-07-01T09:30:00Z");
  EXPECT_EQ(text("calendar:Location"), "Room 1");
  EXPECT_EQ(text("item:Sensitivity"), "Private");
  EXPECT_EQ(text("item:Importance"), "High");
  EXPECT_EQ(text("calendar:LegacyFreeBusyStatus"), "Free");
  EXPECT_EQ(text("item:ReminderMinutesBeforeStart"), "30");
  EXPECT_EQ(text("calendar:UID"), "1@example.test");
  const std::string written = calendar_text({mailbox_, item_});
  EXPECT_NE(written.find("TZID:W. Europe Standard Time\r\n"), std::string::npos) << written;
  EXPECT_NE(written.find(":20260701T100000\r\n"), std::string::npos) << written;
  for (std::size_t at = 0; at < written.size();) {
    const auto end = written.find("\r\n", at);
    ASSERT_NE(end, std::string::npos);
    EXPECT_LE(end - at, 75U) << written.substr(at, end - at);
    at = end + 2;
  }
  ASSERT_TRUE(fill(written)) << written;
  EXPECT_EQ(text("item:Subject"), long_subject);
  EXPECT_EQ(text("calendar:Start"), "2026-07-01T08:00:00Z");
  EXPECT_EQ(text("item:Importance"), "High");
}

TEST_F(CalendarText, a_zone_that_is_described_within_goes_before_all_names) {
  const std::string zone =
      "BEGIN:VTIMEZONE\r\nTZID:Anywhere\r\nBEGIN:STANDARD\r\nDTSTART:16010101T000000\r\nTZOFFSETFROM:+0530\r\n"
      "TZOFFSETTO:+0530\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n";
  ASSERT_TRUE(fill(object("DTSTART;TZID=Anywhere:20261201T100000\r\nDTEND:20261201T060000Z\r\n", zone)));
  EXPECT_EQ(text("calendar:Start"), "2026-12-01T04:30:00Z");
  EXPECT_EQ(text("calendar:End"), "2026-12-01T06:00:00Z");
  ASSERT_TRUE(fill(object("DTSTART;VALUE=DATE:20261201\r\nDTEND;VALUE=DATE:20261202\r\n")));
  EXPECT_EQ(text("calendar:IsAllDayEvent"), "true");
}

// RFC 5545, 3.8.5.1 and 3.8.4.4.
TEST_F(CalendarText, a_series_comes_and_goes_with_what_was_deleted_and_moved_of_it) {
  const std::string series =
      "DTSTART:20260701T100000Z\r\nDTEND:20260701T110000Z\r\nSUMMARY:Daily\r\nRRULE:FREQ=DAILY;COUNT=4\r\n"
      "EXDATE:20260702T100000Z,20260715T100000Z\r\n";
  const std::string moved =
      "END:VEVENT\r\nBEGIN:VEVENT\r\nUID:1@example.test\r\nRECURRENCE-ID:20260703T100000Z\r\n"
      "DTSTART:20260703T150000Z\r\nDTEND:20260703T160000Z\r\nSUMMARY:Later\r\n";
  const auto check = [&] {
    ASSERT_EQ(item_.exceptions.size(), 2U) << "what is no day of the series is passed over";
    EXPECT_EQ(format_timestamp(item_.exceptions[0].original), "2026-07-02T10:00:00.000Z");
    EXPECT_EQ(item_.exceptions[0].item, nullptr);
    const Item& later = *item_.exceptions[1].item;
    EXPECT_EQ(plain_field(later, field_id("calendar:Start")), "2026-07-03T15:00:00Z");
    EXPECT_EQ(plain_field(later, field_id("item:Subject")), "Later");
    EXPECT_EQ(later.find(field_id("calendar:Recurrence")), nullptr);
    EXPECT_EQ(text("item:Subject"), "Daily");
  };
  ASSERT_TRUE(fill(object(series + moved)));
  check();
  item_.id = make_store_id(mailbox_.guid, StoreIdKind::item, "series");
  const std::string written = calendar_text({mailbox_, item_});
  ASSERT_TRUE(fill(written)) << written;
  check();
}

TEST_F(CalendarText, a_series_keeps_its_hour_in_windows_zone_that_does_as_the_described_one) {
  const auto in = [&](const std::string& standard, const std::string& daylight, const std::string& begins,
                      const std::string& ends) {
    const std::string zone =
        "BEGIN:VTIMEZONE\r\nTZID:Somewhere\r\nBEGIN:STANDARD\r\nDTSTART:16010101T030000\r\nTZOFFSETFROM:" + daylight +
        "\r\nTZOFFSETTO:" + standard + "\r\nRRULE:FREQ=YEARLY;" + ends +
        "\r\nEND:STANDARD\r\nBEGIN:DAYLIGHT\r\nDTSTART:16010101T020000\r\nTZOFFSETFROM:" + standard +
        "\r\nTZOFFSETTO:" + daylight + "\r\nRRULE:FREQ=YEARLY;" + begins + "\r\nEND:DAYLIGHT\r\nEND:VTIMEZONE\r\n";
    EXPECT_TRUE(fill(object("DTSTART;TZID=Somewhere:20260201T100000\r\nRRULE:FREQ=WEEKLY;COUNT=20\r\n", zone)));
    return std::pair(zone_of(item_).bias, zone_of(item_).rule);
  };
  using std::chrono::hours;
  EXPECT_EQ(in("+0100", "+0200", "BYMONTH=3;BYDAY=-1SU", "BYMONTH=10;BYDAY=-1SU"),
            std::pair(std::chrono::minutes(-hours(1)), DaylightRule::european));
  EXPECT_EQ(in("-0500", "-0400", "BYMONTH=3;BYDAY=2SU", "BYMONTH=11;BYDAY=1SU"),
            std::pair(std::chrono::minutes(hours(5)), DaylightRule::american));
  EXPECT_EQ(in("+1245", "+1345", "BYMONTH=9;BYDAY=-1SU", "BYMONTH=4;BYDAY=1SU").first, hours(0)) << "none does: UTC";
}

TEST_F(CalendarText, what_is_no_appointment_is_refused) {
  for (const std::string& bytes :
       {std::string(), std::string("From: a\r\n\r\nb"), std::string("BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"),
        object("SUMMARY:no time\r\n"), object("DTSTART:20261201T100000Z\r\nRRULE:FREQ=HOURLY\r\n"),
        object("DTSTART:20261201T100000Z\r\n") + std::string(1, '\0')}) {
    EXPECT_FALSE(fill(bytes)) << bytes;
  }
}

TEST(RecurrenceRules, are_the_same_in_both_languages) {
  for (const std::string rule :
       {"FREQ=DAILY;INTERVAL=2;COUNT=5", "FREQ=WEEKLY;BYDAY=MO,WE;INTERVAL=1", "FREQ=MONTHLY;BYMONTHDAY=15;INTERVAL=3",
        "FREQ=MONTHLY;BYDAY=TU;BYSETPOS=2;INTERVAL=1;UNTIL=20271231", "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=24",
        "FREQ=YEARLY;BYMONTH=3;BYDAY=SU;BYSETPOS=-1;COUNT=3"}) {
    const auto inner = recurrence_inner(rule, "2026-12-01");
    ASSERT_TRUE(inner) << rule;
    EXPECT_TRUE(Recurrence::read(*inner)) << *inner;
    EXPECT_EQ(recurrence_rule(*inner), rule) << *inner;
  }
  EXPECT_EQ(recurrence_rule(recurrence_inner("FREQ=MONTHLY;BYDAY=-1FR", "2026-12-01").value_or("")),
            "FREQ=MONTHLY;BYDAY=FR;BYSETPOS=-1;INTERVAL=1");
  EXPECT_EQ(recurrence_rule(recurrence_inner("FREQ=WEEKLY;COUNT=2", "2026-12-01").value_or("")),
            "FREQ=WEEKLY;BYDAY=TU;INTERVAL=1;COUNT=2");
  for (const std::string rule :
       {"FREQ=HOURLY", "FREQ=YEARLY;BYYEARDAY=100", "FREQ=MONTHLY;BYDAY=1MO,2TU", "nonsense"}) {
    EXPECT_FALSE(recurrence_inner(rule, "2026-12-01")) << rule;
  }
}

}  // namespace
}  // namespace mailward::exchange_sim
