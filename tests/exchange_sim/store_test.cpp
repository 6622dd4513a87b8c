// The store by itself: numbers, ids, blobs, size.
#include <gtest/gtest.h>

#include <set>

#include "exchange_sim/event_streaming.h"
#include "exchange_sim/organisation.h"
#include "exchange_sim/store_ids.h"
#include "exchange_sim/sync_states.h"
#include "tests/support/paths.h"

namespace mailward::exchange_sim {
namespace {

std::unique_ptr<Item> message(bool read = false) {
  auto item = std::make_unique<Item>();
  item->item_class = "IPM.Note";
  item->read = read;
  return item;
}

class Store : public ::testing::Test {
 protected:
  std::unique_ptr<Blobs> blobs_ = Blobs::in_memory();
  Mailbox mailbox_{
      {.smtp = "a@example.test", .display_name = "A", .account = "", .messages = 2}, *blobs_, Clock::system()};
  Folder& inbox_ = *mailbox_.find_distinguished("inbox");
};

TEST_F(Store, ids_have_the_shape_of_exchanges_and_hold_what_is_needed_to_find_them) {
  Item& item = mailbox_.add(message(), inbox_, Arrival::created);
  EXPECT_EQ(item.id.size(), 152U) << "as recorded";
  EXPECT_EQ(inbox_.id.size(), 120U);
  EXPECT_EQ(mailbox_guid_of(item.id), mailbox_.guid);
  EXPECT_EQ(change_of_key(mailbox_.change_key(item)), item.last_change());
  EXPECT_TRUE(mailbox_.change_key(item).starts_with("CQAAABYAAAD") ||
              mailbox_.change_key(item).starts_with("CQAAABYAAA"));
  EXPECT_FALSE(change_of_key("CQAAAA=="));
  const AttachmentPlace place{.item_id = item.id, .numbers = {1, 7}};
  const auto read = read_attachment_id(make_attachment_id(place));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->item_id, item.id);
  EXPECT_EQ(read->numbers, place.numbers);
  EXPECT_FALSE(read_attachment_id(item.id));
  const Timestamp original = from_micros(1'756'720'800'000'000);
  const auto occurrence = read_occurrence_id(make_occurrence_id(item.id, original));
  ASSERT_TRUE(occurrence);
  EXPECT_EQ(occurrence->master_id, item.id);
  EXPECT_EQ(occurrence->original, original);
  EXPECT_FALSE(read_occurrence_id(item.id));
  EXPECT_EQ(id_of_entry(mailbox_.guid, *entry_id_of(item.id)), item.id);
}

TEST_F(Store, what_a_stream_took_from_one_subscription_is_told_where_another_fails) {
  SubscriptionBook book(Clock::system());
  const std::string id = *book.add({.kind = SubscriptionKind::streaming,
                                    .id = {},
                                    .account = "A",
                                    .mailbox = &mailbox_,
                                    .all_folders = true,
                                    .folders = {},
                                    .kinds = {EventKind::created},
                                    .told = mailbox_.changes()});
  auto next = stream_events(book, {.ids = {id, "gone"}}, *find_build("2016"), Clock::system());
  const Item& item = mailbox_.add(message(), inbox_, Arrival::created);
  http::Connection connection;
  const http::BodyPiece piece = next(connection);
  EXPECT_TRUE(piece.end);
  const auto event = piece.bytes.find(item.id);
  EXPECT_NE(event, std::string::npos) << piece.bytes;
  EXPECT_LT(event, piece.bytes.find("ErrorSubscriptionNotFound")) << piece.bytes;
}

TEST_F(Store, every_change_has_a_number_of_its_own) {
  std::set<std::uint64_t> numbers;
  Item& item = mailbox_.add(message(), inbox_, Arrival::created);
  numbers.insert(item.last_change());
  mailbox_.note_change(item);
  numbers.insert(item.last_change());
  mailbox_.set_read(item, true);
  numbers.insert(item.last_change());
  mailbox_.move(item, *mailbox_.find_distinguished("drafts"));
  numbers.insert(item.last_change());
  for (const Event& event : mailbox_.events()) EXPECT_TRUE(numbers.insert(event.number).second);
  mailbox_.set_read(item, true);
  EXPECT_EQ(item.read_changed, 0U) << "no change, no number";
}

TEST_F(Store, counts_follow_what_comes_goes_and_is_read) {
  const std::size_t unread = inbox_.unread;
  Item& one = mailbox_.add(message(), inbox_, Arrival::created);
  Item& two = mailbox_.add(message(true), inbox_, Arrival::created);
  EXPECT_EQ(inbox_.unread, unread + 1);
  mailbox_.set_read(two, false);
  EXPECT_EQ(inbox_.unread, unread + 2);
  mailbox_.move(one, *mailbox_.find_distinguished("drafts"));
  EXPECT_EQ(inbox_.unread, unread + 1);
  mailbox_.dispose(two, Disposal::hard_delete);
  EXPECT_EQ(inbox_.unread, unread);
  EXPECT_EQ(inbox_.total(), 2U);
  EXPECT_EQ(inbox_.gone.size(), 2U);
}

TEST_F(Store, what_is_loaded_makes_no_events) {
  EXPECT_TRUE(mailbox_.events().empty());
  mailbox_.add(message(), inbox_, Arrival::delivered);
  EXPECT_EQ(mailbox_.events().front().kind, EventKind::new_mail);
}

TEST_F(Store, two_starts_give_the_same_ids) {
  const Mailbox again({.smtp = "a@example.test", .display_name = "A", .account = "", .messages = 2}, *blobs_,
                      Clock::system());
  EXPECT_EQ(again.find_distinguished("inbox")->items.begin()->second->id, inbox_.items.begin()->second->id);
}

TEST(SyncStates, are_known_again_and_nothing_else_is) {
  const std::string state = write_sync_state({.kind = SyncKind::items,
                                              .folder_id = "f",
                                              .change = 1234567890123,
                                              .from = 1234567890124,
                                              .until = 1234567890125});
  const auto read = read_sync_state(state, SyncKind::items, "f");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->change, 1234567890123U);
  EXPECT_EQ(read->from, 1234567890124U);
  EXPECT_EQ(read->until, 1234567890125U);
  EXPECT_FALSE(read_sync_state(state, SyncKind::items, "g"));
  EXPECT_FALSE(read_sync_state(state, SyncKind::hierarchy, "f"));
  EXPECT_FALSE(read_watermark(state));
  EXPECT_EQ(read_watermark(write_watermark(7)), 7U);
  for (std::size_t i = 0; i < state.size(); ++i) {
    std::string bent = state;
    bent[i] = bent[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(read_sync_state(bent, SyncKind::items, "f")) << i;
    EXPECT_FALSE(read_sync_state(state.substr(0, i), SyncKind::items, "f")) << i;
  }
}

TEST(BlobsTest, give_back_what_was_put_in_and_begin_empty) {
  const testing::TemporaryFolder folder;
  const auto file = folder.path() / "contents.bin";
  {
    const auto blobs = Blobs::open(file).value();
    const BlobRef one = blobs->add("one");
    const BlobRef two = blobs->add(std::string(100'000, 'x'));
    EXPECT_EQ(blobs->read(one), "one");
    EXPECT_EQ(blobs->read(two).size(), 100'000U);
    EXPECT_EQ(blobs->read(blobs->add("")), "");
  }
  EXPECT_GT(std::filesystem::file_size(file), 100'000U);
  const auto again = Blobs::open(file).value();
  EXPECT_EQ(std::filesystem::file_size(file), 0U);
  EXPECT_TRUE(Blobs::open(folder.path() / "no" / "such").error().is(BaseError::io));
}

}  // namespace
}  // namespace mailward::exchange_sim
