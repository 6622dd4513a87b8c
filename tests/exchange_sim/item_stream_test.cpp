// What ExportItems gives, in any state in which it may come back; and recurrences in any state in which clients write
// them.
#include "exchange_sim/item_stream.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "base/digest.h"
#include "exchange_sim/recurrence.h"

namespace mailward::exchange_sim {
namespace {

constexpr std::size_t kHash = 32;

std::unique_ptr<Item> rich_item(const Mailbox& mailbox) {
  auto item = std::make_unique<Item>();
  item->item_class = "IPM.Note";
  item->body = Body{.html = true, .text = mailbox.blobs.add("<p>body</p>")};
  item->mime = mailbox.blobs.add("Subject: x\r\n\r\nbody\r\n");
  item->set(field_id("item:Subject"), {.inner = "subject"});
  item->set_indexed(
      {.dictionary = field_id("contacts:EmailAddresses"), .key = "EmailAddress1", .part = {}, .value = {}});
  item->set_extended("tag:1234:String", "<t:Value>x</t:Value>");
  item->attachments.push_back({.number = 1,
                               .name = "inner",
                               .content_type = {},
                               .content_id = {},
                               .content_location = {},
                               .item = std::make_unique<Item>()});
  item->exceptions.push_back({.original = from_micros(5), .item = std::make_unique<Item>()});
  item->exceptions[0].item->original_start = from_micros(5);
  item->exceptions.push_back({.original = from_micros(6), .item = nullptr});
  return item;
}

/// With the hash of what it now holds: only the reader itself can refuse it.
std::string sealed(std::string content) {
  const Sha256 hash = sha256(as_bytes(content));
  content += as_text(BytesView(hash));
  return content;
}

class ItemStream : public ::testing::Test {
 protected:
  std::unique_ptr<Blobs> blobs_ = Blobs::in_memory();
  Mailbox mailbox_{{.smtp = "a@example.test", .display_name = "A", .account = ""}, *blobs_, Clock::system()};
};

TEST_F(ItemStream, holds_all_of_an_item) {
  const auto item = rich_item(mailbox_);
  const std::string stream = write_item_stream({.mailbox = mailbox_, .item = *item});
  const auto again = read_item_stream(stream, mailbox_);
  ASSERT_TRUE(again);
  EXPECT_EQ(write_item_stream({.mailbox = mailbox_, .item = *again}), stream);
  EXPECT_EQ(again->exceptions.size(), 2U);
  EXPECT_EQ(again->exceptions[0].item->series_part, SeriesPart::exception);
  EXPECT_FALSE(again->exceptions[1].item);
}

TEST_F(ItemStream, with_any_bytes_in_it_is_read_or_refused) {
  const auto item = rich_item(mailbox_);
  const std::string stream = write_item_stream({.mailbox = mailbox_, .item = *item});
  const std::string content = stream.substr(0, stream.size() - kHash);
  const auto seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  std::size_t refused = 0;
  constexpr std::size_t kTrials = 3000;
  for (std::size_t trial = 0; trial < kTrials; ++trial) {
    std::string bent = content;
    for (unsigned changes = 1 + random() % 4; changes > 0; --changes) {
      bent[random() % bent.size()] = static_cast<char>(random());
    }
    if (random() % 4 == 0) bent.resize(random() % bent.size());
    if (!read_item_stream(sealed(bent), mailbox_)) ++refused;
  }
  EXPECT_GT(refused, kTrials / 4);
  EXPECT_LT(refused, kTrials) << "a byte of a text is any byte";
  EXPECT_TRUE(read_item_stream(sealed(content), mailbox_));
}

TEST(RecurrenceTest, any_pattern_gives_days_in_order_within_the_limits_or_none) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  const auto one_of = [&](std::initializer_list<std::string_view> words) {
    return std::string(*(words.begin() + random() % words.size()));
  };
  using namespace std::chrono;
  const local_days until = local_days(2027y / January / 1d);
  std::size_t read = 0;
  for (int trial = 0; trial < 2000; ++trial) {
    const std::string kind =
        one_of({"Daily", "Weekly", "AbsoluteMonthly", "RelativeMonthly", "AbsoluteYearly", "RelativeYearly", "Hourly"});
    const std::string range = one_of({"NoEnd", "EndDate", "Numbered"});
    const std::string xml =
        "<t:" + kind + "Recurrence><t:Interval>" + std::to_string(random() % 1200) + "</t:Interval><t:DayOfMonth>" +
        std::to_string(random() % 40) + "</t:DayOfMonth><t:DaysOfWeek>" +
        one_of({"Monday", "Monday Friday", "Weekday", "WeekendDay", "Day", "", "Noday"}) +
        "</t:DaysOfWeek><t:DayOfWeekIndex>" + one_of({"First", "Second", "Fourth", "Last", "Ninth"}) +
        "</t:DayOfWeekIndex><t:Month>" + one_of({"February", "December", "Brumaire"}) + "</t:Month></t:" + kind +
        "Recurrence><t:" + range + "Recurrence><t:StartDate>" +
        one_of({"2024-02-29", "2025-12-31Z", "0001-01-01", "x"}) + "</t:StartDate><t:EndDate>" +
        one_of({"2026-01-31", "9999-12-31", "2000-01-01"}) + "</t:EndDate><t:NumberOfOccurrences>" +
        std::to_string(random() % 1100) + "</t:NumberOfOccurrences></t:" + range + "Recurrence>";
    const auto recurrence = Recurrence::read(xml);
    if (!recurrence) continue;
    ++read;
    const auto days = recurrence->days(recurrence->first(), until, 500);
    EXPECT_LE(days.size(), 500U);
    EXPECT_TRUE(std::ranges::adjacent_find(days, std::ranges::greater_equal{}, &Recurrence::Numbered::day) ==
                days.end())
        << xml;
    for (const auto& [index, day] : days) EXPECT_TRUE(day >= recurrence->first() && day <= until) << xml;
  }
  EXPECT_GT(read, 100U);
}

}  // namespace
}  // namespace mailward::exchange_sim
