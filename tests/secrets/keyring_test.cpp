#include "secrets/keyring.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <thread>

#include "secrets/inventory.h"
#include "secrets/secret_store.h"
#include "tests/support/databases.h"

namespace mailward::secrets {
namespace {

class KeyringTest : public testing::OnEveryDatabase {
 protected:
  std::filesystem::path key_file() const { return folder() / "master.key"; }
  std::filesystem::path next_file() const { return folder() / "master.key.next"; }
  Result<std::unique_ptr<Keyring>> open() { return Keyring::open(database(), key_file()); }
  std::unique_ptr<Keyring> opened() {
    auto keyring = open();
    if (!keyring) throw std::runtime_error(keyring.error().describe());
    return *std::move(keyring);
  }
  static std::string contents(const std::filesystem::path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  void write_key(const std::string& text) {
    std::ofstream(key_file()) << text;
    std::filesystem::permissions(key_file(), std::filesystem::perms(0600));
  }
  SecretId put(Keyring& keyring, std::string_view secret) {
    SecretStore store(keyring, Clock::system());
    const auto id = database().transaction(
        [&](db::Transaction& tx) { return store.put(tx, "password", as_bytes("there"), SecretString(secret)); });
    if (!id) throw std::runtime_error(id.error().describe());
    return *id;
  }
  Result<SecretString> get(Keyring& keyring, SecretId id, std::string_view purpose = "password",
                           std::string_view bound = "there") {
    const SecretStore store(keyring, Clock::system());
    return database().read([&](db::Session& session) { return store.open(session, id, purpose, as_bytes(bound)); });
  }
};
MAILWARD_ON_EVERY_DATABASE(KeyringTest);

TEST_P(KeyringTest, a_sub_key_is_read_by_those_who_only_look) {
  {
    const auto keyring = opened();
    const auto made = keyring->sub_key("audit");
    ASSERT_TRUE(made);
    const auto seen = Keyring::existing_sub_key(database(), key_file(), "audit");
    ASSERT_TRUE(seen) << seen.error().describe();
    EXPECT_TRUE(seen->equals(*made));
    const auto absent = Keyring::existing_sub_key(database(), key_file(), "nothing");
    ASSERT_FALSE(absent);
    EXPECT_TRUE(absent.error().is(SecretsError::cannot_open));
    ASSERT_TRUE(keyring->rotate_master_key());
    const auto rotated = Keyring::existing_sub_key(database(), key_file(), "audit");
    ASSERT_TRUE(rotated) << rotated.error().describe();
    EXPECT_TRUE(rotated->equals(*made));
  }
  std::filesystem::remove(key_file());
  const auto lost = Keyring::existing_sub_key(database(), key_file(), "audit");
  ASSERT_FALSE(lost);
  EXPECT_TRUE(lost.error().is(SecretsError::lost_master_key));
  EXPECT_FALSE(std::filesystem::exists(key_file()));
}

TEST_P(KeyringTest, the_first_start_makes_a_key_file_that_only_its_owner_reads) {
  const Bytes id = opened()->master_key_id();
  EXPECT_EQ(std::filesystem::status(key_file()).permissions(), std::filesystem::perms(0600));
  const std::string text = contents(key_file());
  EXPECT_TRUE(text.starts_with("mailward-master-key-1 "));
  EXPECT_EQ(opened()->master_key_id(), id);
  EXPECT_EQ(contents(key_file()), text);
}

TEST_P(KeyringTest, a_lost_key_is_never_made_anew) {
  put(*opened(), "secret");
  std::filesystem::remove(key_file());
  const auto lost = open();
  ASSERT_FALSE(lost);
  EXPECT_TRUE(lost.error().is(SecretsError::lost_master_key)) << lost.error().describe();
  EXPECT_FALSE(lost.error().remedy().empty());
  EXPECT_FALSE(std::filesystem::exists(key_file()));
}

TEST_P(KeyringTest, a_wrong_key_is_named) {
  put(*opened(), "secret");
  std::filesystem::remove(key_file());
  ASSERT_TRUE(write_new_master_key(key_file(), random_master_key()));
  const auto wrong = open();
  ASSERT_FALSE(wrong);
  EXPECT_TRUE(wrong.error().is(SecretsError::wrong_master_key)) << wrong.error().describe();
}

TEST_P(KeyringTest, a_damaged_key_file_is_named) {
  opened();
  const std::string text = contents(key_file());
  std::string flipped = text;
  flipped[30] = flipped[30] == 'a' ? 'b' : 'a';
  for (const std::string& bad :
       {std::string(), std::string("x"), text.substr(0, 40), text + "more", flipped, std::string(5000, 'a')}) {
    write_key(bad);
    const auto refused = open();
    ASSERT_FALSE(refused) << bad.size();
    EXPECT_TRUE(refused.error().is(SecretsError::malformed_key_file) || refused.error().is(BaseError::limit_exceeded))
        << refused.error().describe();
    // No part of the key in the words.
    EXPECT_EQ(refused.error().describe().find(text.substr(25, 10)), std::string::npos);
  }
  write_key(text.substr(0, text.size() - 1));
  EXPECT_TRUE(open());
}

TEST_P(KeyringTest, a_key_file_that_others_may_read_is_refused) {
  opened();
  std::filesystem::permissions(key_file(), std::filesystem::perms(0640));
  const auto refused = open();
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().is(SecretsError::exposed_key_file)) << refused.error().describe();
}

TEST_P(KeyringTest, a_database_that_lost_its_check_is_not_given_a_new_key) {
  put(*opened(), "secret");
  ASSERT_TRUE(database().transaction([](db::Transaction& tx) { return tx.execute("DELETE FROM master_key"); }));
  const auto refused = open();
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().is(SecretsError::wrong_master_key)) << refused.error().describe();
}

TEST_P(KeyringTest, sub_keys_are_random_and_last) {
  const auto keyring = opened();
  const auto audit = keyring->sub_key("audit");
  const auto refusal = keyring->sub_key("refusal");
  ASSERT_TRUE(audit) << audit.error().describe();
  ASSERT_TRUE(refusal);
  EXPECT_EQ(audit->size(), 32U);
  EXPECT_FALSE(audit->equals(*refusal));
  EXPECT_TRUE(opened()->sub_key("audit")->equals(*audit));
  EXPECT_EQ(*opened()->keyed_hash("refusal", as_bytes("x")), *keyring->keyed_hash("refusal", as_bytes("x")));
  EXPECT_NE(*keyring->keyed_hash("audit", as_bytes("x")), *keyring->keyed_hash("refusal", as_bytes("x")));
}

TEST_P(KeyringTest, one_sub_key_does_not_pass_for_another) {
  const auto keyring = opened();
  ASSERT_TRUE(keyring->sub_key("audit"));
  ASSERT_TRUE(keyring->sub_key("refusal"));
  ASSERT_TRUE(database().transaction([](db::Transaction& tx) {
    return tx.execute(
        "UPDATE sub_key SET sealed = (SELECT sealed FROM sub_key WHERE name = 'audit') WHERE name = 'refusal'");
  }));
  const auto swapped = opened()->sub_key("refusal");
  ASSERT_FALSE(swapped);
  EXPECT_TRUE(swapped.error().is(SecretsError::cannot_open));
}

TEST_P(KeyringTest, a_secret_opens_only_for_what_it_was_sealed_for) {
  const auto keyring = opened();
  const SecretId id = put(*keyring, "s3cret");
  EXPECT_EQ(get(*keyring, id)->reveal(), "s3cret");
  for (const auto& refused :
       {get(*keyring, id, "other").has_value(), get(*keyring, id, "password", "elsewhere").has_value()}) {
    EXPECT_FALSE(refused);
  }
  const auto unknown = get(*keyring, SecretId::from_value(5));
  ASSERT_FALSE(unknown);
  EXPECT_TRUE(unknown.error().is(SecretsError::unknown_secret));

  // Another secret's row under this one's id.
  const SecretId second = put(*keyring, "another");
  ASSERT_TRUE(database().transaction([&](db::Transaction& tx) {
    return tx.execute(
        "UPDATE sealed_secret SET sealed = (SELECT sealed FROM sealed_secret WHERE id = $1), wrapped_key = "
        "(SELECT wrapped_key FROM sealed_secret WHERE id = $1) WHERE id = $2",
        {second, id});
  }));
  const auto swapped = get(*keyring, id);
  ASSERT_FALSE(swapped);
  EXPECT_TRUE(swapped.error().is(SecretsError::cannot_open));

  const SecretStore store(*keyring, Clock::system());
  const auto gone = database().transaction([&](db::Transaction& tx) -> Result<bool> {
    SecretStore mine(*keyring, Clock::system());
    MW_CHECK(mine.remove(tx, second));
    return mine.exists(tx, second);
  });
  ASSERT_TRUE(gone);
  EXPECT_FALSE(*gone);
}

TEST_P(KeyringTest, nothing_readable_stands_in_the_database) {
  const auto keyring = opened();
  put(*keyring, "find-me-if-you-can");
  ASSERT_TRUE(keyring->rotate_master_key());
  if (on_sqlite()) {
    close_database();
    for (const auto& file : std::filesystem::directory_iterator(folder())) {
      EXPECT_EQ(contents(file.path()).find("find-me"), std::string::npos) << file.path();
    }
  } else {
    EXPECT_EQ(
        testing::PostgresServer::shared().run_as_superuser(
            "SELECT count(*) FROM sealed_secret WHERE position('find-me'::bytea in sealed || wrapped_key) > 0", url()),
        "0");
  }
}

TEST_P(KeyringTest, rotation_changes_the_key_and_everything_still_opens) {
  const auto keyring = opened();
  const SecretId id = put(*keyring, "s3cret");
  const auto audit = keyring->sub_key("audit");
  const Bytes old_id = keyring->master_key_id();
  const std::string old_text = contents(key_file());

  const Status rotated = keyring->rotate_master_key();
  ASSERT_TRUE(rotated) << rotated.error().describe();
  EXPECT_NE(keyring->master_key_id(), old_id);
  EXPECT_NE(contents(key_file()), old_text);
  EXPECT_FALSE(std::filesystem::exists(next_file()));
  EXPECT_EQ(get(*keyring, id)->reveal(), "s3cret");

  const auto again = opened();
  EXPECT_EQ(again->master_key_id(), keyring->master_key_id());
  EXPECT_EQ(get(*again, id)->reveal(), "s3cret");
  EXPECT_TRUE(again->sub_key("audit")->equals(*audit));

  // The old key opens nothing any more.
  write_key(old_text);
  const auto old = open();
  ASSERT_FALSE(old);
  EXPECT_TRUE(old.error().is(SecretsError::wrong_master_key));
}

TEST_P(KeyringTest, secrets_put_while_the_key_is_rotated_open_afterwards) {
  const auto keyring = opened();
  std::vector<SecretId> ids;
  {
    std::jthread rotating([&] {
      for (int i = 0; i < 5; ++i) {
        const Status rotated = keyring->rotate_master_key();
        EXPECT_TRUE(rotated) << rotated.error().describe();
      }
    });
    for (int i = 0; i < 30; ++i) {
      ids.push_back(put(*keyring, std::to_string(i)));
      const auto opened_now = get(*keyring, ids.back());
      EXPECT_TRUE(opened_now) << opened_now.error().describe();
    }
  }
  const auto again = opened();
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const auto secret = get(*again, ids[i]);
    ASSERT_TRUE(secret) << secret.error().describe();
    EXPECT_EQ(secret->reveal(), std::to_string(i));
  }
}

TEST_P(KeyringTest, its_own_keys_stand_in_the_inventory) {
  const auto keyring = opened();
  ASSERT_TRUE(keyring->sub_key("audit"));
  const auto kinds = [&] {
    std::vector<std::string> held;
    const auto list = database().read([](db::Session& session) { return list_secrets(session); });
    if (!list) return held;
    for (const SecretRecord& one : *list) held.push_back(one.kind + ":" + one.id + " " + one.set_by);
    return held;
  };
  EXPECT_EQ(kinds(), (std::vector<std::string>{"master_key:master system:secrets", "sub_key:audit system:secrets"}));
  ASSERT_TRUE(keyring->rotate_master_key("user:somebody"));
  EXPECT_EQ(kinds(), (std::vector<std::string>{"master_key:master user:somebody", "sub_key:audit system:secrets"}));
  const auto opened = database().read([&](db::Session& session) { return keyring->check_all(session); });
  ASSERT_TRUE(opened) << opened.error().describe();
  EXPECT_EQ(*opened, 1);
}

TEST_P(KeyringTest, the_inventory_lists_what_rooms_record) {
  const Timestamp made = from_micros(1'770'000'000'000'000);
  const SecretRecord record{.kind = "service_account",
                            .id = "a1",
                            .opens = "usera@example.test",
                            .created = made,
                            .last_used = {},
                            .renew_by = made + std::chrono::hours(24),
                            .set_by = "local:1000"};
  const auto list = database().transaction([&](db::Transaction& tx) -> Result<std::vector<SecretRecord>> {
    MW_CHECK(record_secret(tx, record));
    MW_CHECK(record_secret(
        tx,
        {.kind = "a", .id = "b", .opens = "", .created = made, .last_used = {}, .renew_by = {}, .set_by = "system:x"}));
    MW_CHECK(record_use(tx, "service_account", "a1", made + std::chrono::hours(1)));
    MW_CHECK(record_use(tx, "nobody", "a1", made));
    MW_CHECK(forget_secret(tx, "a", "b"));
    return list_secrets(tx);
  });
  ASSERT_TRUE(list) << list.error().describe();
  ASSERT_EQ(list->size(), 1U);
  EXPECT_EQ(list->front().opens, "usera@example.test");
  EXPECT_EQ(list->front().last_used, made + std::chrono::hours(1));
  EXPECT_EQ(list->front().renew_by, record.renew_by);
}

}  // namespace
}  // namespace mailward::secrets
