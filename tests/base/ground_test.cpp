#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <latch>

#include "base/clock.h"
#include "base/digest.h"
#include "base/file.h"
#include "base/id.h"
#include "base/pool.h"
#include "tests/support/paths.h"

namespace mailward {
namespace {

struct ThingTag;

TEST(Ids, read_back_what_they_write_and_sort_by_time) {
  const auto first = Id<ThingTag>::make();
  EXPECT_EQ(Id<ThingTag>::parse(first.text()).value(), first);
  EXPECT_EQ(first.text().size(), 13u);
  EXPECT_FALSE(Id<ThingTag>::parse("0000000000000"));
  EXPECT_FALSE(Id<ThingTag>::parse("zzzzzzzzzzzzz"));
  EXPECT_FALSE(Id<ThingTag>::parse("'; drop table"));
}

TEST(Time, is_written_in_utc_and_read_from_http_heads) {
  const auto time = parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT");
  ASSERT_TRUE(time);
  EXPECT_EQ(format_timestamp(*time), "1994-11-06T08:49:37.000Z");
  for (const char* wrong : {"", "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 31 Feb 1994 08:49:37 GMT",
                            "Sun, 06 Nov 1994 28:49:37 GMT", "Sun, -6 Nov 1994 08:49:37 GMT"}) {
    EXPECT_FALSE(parse_http_date(wrong)) << wrong;
  }
}

TEST(Pool, refuses_with_a_type_when_full_and_runs_the_rest) {
  std::atomic<int> ran = 0;
  std::latch started(1);
  std::latch release(1);
  {
    Pool pool("test", 1, 2);
    ASSERT_TRUE(pool.submit([&] {
      started.count_down();
      release.wait();
      ++ran;
    }));
    started.wait();
    std::latch done(2);
    EXPECT_TRUE(pool.submit([&] { ++ran, done.count_down(); }));
    EXPECT_TRUE(pool.submit([&] { ++ran, done.count_down(); }));
    const Status refused = pool.submit([] {});
    ASSERT_FALSE(refused);
    EXPECT_TRUE(refused.error().is(BaseError::pool_full));
    release.count_down();
    done.wait();
  }
  EXPECT_EQ(ran, 3);
}

TEST(Files, secret_ones_must_be_closed_to_others) {
  const testing::TemporaryFolder folder;
  const auto path = folder.path() / "secret";
  ASSERT_TRUE(write_file_durably(path, "hidden", 0600));
  EXPECT_EQ(read_secret_file(path, 100).value().reveal(), "hidden");
  ::chmod(path.c_str(), 0640);
  const auto open = read_secret_file(path, 100);
  ASSERT_FALSE(open);
  EXPECT_NE(open.error().remedy().find("chmod 600"), std::string::npos);
  EXPECT_TRUE(read_file(path, 3).error().is(BaseError::limit_exceeded));
  EXPECT_TRUE(read_file(folder.path() / "none", 3).error().is(BaseError::not_found));
}

TEST(Files, are_replaced_as_a_whole_and_leave_nothing_beside) {
  const testing::TemporaryFolder folder;
  ASSERT_TRUE(write_file_durably(folder.path() / "a", "one", 0600));
  ASSERT_TRUE(write_file_durably(folder.path() / "a", "two", 0600));
  EXPECT_EQ(read_file(folder.path() / "a", 100).value(), "two");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);
  EXPECT_FALSE(write_file_durably("/proc/nowhere/a", "x", 0600));
}

TEST(Secrets, are_wiped_at_their_source_and_compared_whole) {
  std::string typed = "Correct-Horse-7";
  const SecretString secret = SecretString::taken_from(typed);
  EXPECT_TRUE(typed.empty());
  EXPECT_TRUE(secret.equals(SecretString(std::string_view("Correct-Horse-7"))));
  EXPECT_FALSE(secret.equals(SecretString(std::string_view("Correct-Horse-8"))));
  EXPECT_TRUE(SecretString().equals(SecretString(std::string_view(""))));
  EXPECT_EQ(secret.reveal().data()[secret.size()], '\0');
}

TEST(Times, read_back_to_the_microsecond) {
  const auto time = parse_timestamp("2026-01-31T09:05:00.123456Z");
  ASSERT_TRUE(time) << time.error().describe();
  EXPECT_EQ(format_timestamp_exactly(*time), "2026-01-31T09:05:00.123456Z");
  EXPECT_EQ(format_timestamp_exactly(from_micros(-1)), "1969-12-31T23:59:59.999999Z");
  EXPECT_EQ(parse_timestamp("2026-01-31T10:05:00.1+01:00").value(),
            parse_timestamp("2026-01-31T09:05:00.100Z").value());
  EXPECT_EQ(parse_timestamp("2026-01-31").value(), parse_timestamp("2026-01-31 00:00:00z").value());
  for (const char* wrong :
       {"", "2026", "2026-13-01", "2026-02-30", "2026-01-31T", "2026-01-31T09:05:00", "2026-01-31T24:05:00Z",
        "2026-01-31T09:60:00Z", "2026-01-31T09:05:00.Z", "2026-01-31T09:05:00.1234567Z", "2026-01-31T09:05:00+1:00",
        "2026-01-31T09:05:00Zx", "x026-01-31", "2026-01-31T09:05:00+25:00"}) {
    EXPECT_FALSE(parse_timestamp(wrong)) << wrong;
  }
}

TEST(Digests, agree_with_published_vectors) {
  EXPECT_EQ(to_hex(sha256(as_bytes("abc"))),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");              // FIPS 180-4
  EXPECT_EQ(to_hex(hmac_sha256(as_bytes("Jefe"), as_bytes("what do ya want for nothing?"))),  // RFC 4231, 2
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

}  // namespace
}  // namespace mailward
