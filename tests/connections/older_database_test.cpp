#include <gtest/gtest.h>

#include "base/file.h"
#include "connections/older_database.h"
#include "connections/recovery.h"
#include "secrets/recovery_key.h"
#include "tests/product_support/organisation.h"

namespace mailward::connections {
namespace {

using testing::must;
using testing::Organisation;
using testing::Product;
using testing::SambaDc;
using testing::TestOutcome;

/// A database that forgets is put back over one that knows a password which Active Directory has accepted.
class OlderDatabase : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const auto why = SambaDc::unavailable()) GTEST_SKIP() << *why;
    organisation_ = std::make_unique<Organisation>();
    connection_ = organisation_->connect().id;
    account_ = must(product().ledger().connection(connection_)).account;
  }
  Product& product() { return organisation_->product(); }
  std::filesystem::path database() { return product().folder() / "mailward.db"; }
  SecretString take_recovery_key() {
    secrets::SecretStore store(product().keyring(), Clock::system());
    must(secrets::RecoveryKey::open(product().database(), product().keyring(), Clock::system()));
    return must(product().database().transaction(
        [&](db::Transaction& tx) { return secrets::RecoveryKey::take(tx, store, Clock::system().now()); }));
  }
  void set_back(const std::filesystem::path& copy) {
    product().close();
    for (const char* suffix : {"-wal", "-shm"}) std::filesystem::remove(database().string() + suffix);
    std::filesystem::copy_file(copy, database(), std::filesystem::copy_options::overwrite_existing);
    product().restart();
  }
  std::vector<std::string> bad_password_time() {
    auto& controller = organisation_->controller();
    return controller.get(controller.dn_of(Organisation::kAccount), "badPasswordTime");
  }

  std::unique_ptr<Organisation> organisation_;
  ConnectionId connection_;
  AccountId account_;
};

TEST_F(OlderDatabase, is_noticed_tries_nothing_and_no_password_is_lost) {
  const SecretString private_half = take_recovery_key();
  const std::filesystem::path copy = product().folder() / "before.db";
  must(product().database().copy_to(copy));
  ASSERT_EQ(product().rotate(account_).result["state"], "finished");
  ASSERT_EQ(product().rotate(account_).result["state"], "finished");
  const auto counted = bad_password_time();

  set_back(copy);
  EXPECT_TRUE(product().was_older());
  const auto parked = must(product().ledger().connection(connection_));
  EXPECT_EQ(parked.state, ConnectionState::needs_credential);
  EXPECT_EQ(parked.reason, "older_database");
  EXPECT_NE(parked.reason_text.find("older"), std::string::npos) << parked.reason_text;

  auto account = must(product().ledger().account(account_));
  const SecretString password = must(recovered_password(product().recovery(), account, private_half, std::nullopt));
  must(product().ledger().add_recovered(account_, account.version, password, Product::by()));
  must(product().rotations().follow_typed(account_, Product::by()));
  const auto rotation = must(product().rotations().list(account_, 1)).at(0).rotation;
  const TestOutcome outcome = product().outcome_of(rotation.run);
  EXPECT_EQ(outcome.result["state"], "finished") << outcome.text();
  EXPECT_EQ(product().test({.connection = connection_}).verdict, "none");
  EXPECT_EQ(bad_password_time(), counted) << "a password was tried in vain";
  // And the next start takes the database for what it is.
  product().restart();
  EXPECT_FALSE(product().was_older());
  EXPECT_EQ(product().rotate(account_).result["state"], "finished");
}

TEST_F(OlderDatabase, another_key_opens_nothing_and_says_so) {
  take_recovery_key();
  ASSERT_EQ(product().rotate(account_).result["state"], "finished");
  const auto account = must(product().ledger().account(account_));
  const std::string other = "mailward-recovery-key-1 " + std::string(64, '1') + " ";
  for (const std::string& wrong : {std::string("nonsense"), other + "00000000", std::string()}) {
    const auto refused = recovered_password(product().recovery(), account, SecretString(wrong), std::nullopt);
    ASSERT_FALSE(refused);
    EXPECT_TRUE(refused.error().is(ConnectionsError::invalid_form)) << refused.error().describe();
  }
}

/// The crash came between the line and the commit (or the disk was full): the database is as new as ever.
TEST_F(OlderDatabase, a_line_that_the_database_never_followed_parks_nobody) {
  take_recovery_key();
  ASSERT_EQ(product().rotate(account_).result["state"], "finished");
  must(product().recovery().append({.at = Clock::system().now(),
                                    .generation = 99,
                                    .kind = "service_account",
                                    .owner = account_.text(),
                                    .name = "svc-mailward",
                                    .number = 3,
                                    .key_id = "key",
                                    .sealed = Bytes(60)}));
  product().restart();
  EXPECT_FALSE(product().was_older());
  EXPECT_EQ(must(product().ledger().connection(connection_)).state, ConnectionState::healthy);
  EXPECT_EQ(product().rotate(account_).result["state"], "finished");
}

/// Which one is brought back: never one that Active Directory has not heard of, never an older one for the newest.
TEST_F(OlderDatabase, the_newest_that_may_be_in_force_is_brought_back) {
  const SecretString first_half = take_recovery_key();
  ASSERT_EQ(product().rotate(account_).result["state"], "finished");
  auto account = must(product().ledger().account(account_));
  const std::string in_force(must(product().ledger().open_version(account, *account.active())).reveal());
  const std::int64_t number = account.active()->number;
  const auto recovered = [&](const SecretString& half, std::optional<std::int64_t> wanted = {}) {
    return recovered_password(product().recovery(), account, half, wanted);
  };
  // Sealed and never sent; sent, and proven not to have arrived.
  organisation_->controller().create_user(Organisation::kResetter,
                                          Organisation::kResetterPassword);  // without the right
  ASSERT_EQ(product().rotate(account_).result["state"], "undone");
  EXPECT_TRUE(must(recovered(first_half)).reveal() == in_force);

  // A new pair: what is in force is sealed to it at once, and the old half no longer passes for enough.
  secrets::SecretStore store(product().keyring(), Clock::system());
  must(product().database().transaction([&](db::Transaction& tx) { return secrets::RecoveryKey::renew(tx, store); }));
  const auto key = must(secrets::RecoveryKey::open(product().database(), product().keyring(), Clock::system()));
  must(seal_for_recovery(product().ledger(), product().recovery(), key, Clock::system()));
  const std::size_t lines = must(product().recovery().read()).size();
  must(seal_for_recovery(product().ledger(), product().recovery(), key, Clock::system()));
  EXPECT_EQ(must(product().recovery().read()).size(), lines) << "it was sealed to that pair already";
  const SecretString second_half = take_recovery_key();
  EXPECT_TRUE(must(recovered(second_half)).reveal() == in_force);
  const auto refused = recovered(first_half);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().describe().find(key.id()), std::string::npos) << refused.error().describe();
  EXPECT_TRUE(must(recovered(second_half, number)).reveal() == in_force);
  EXPECT_FALSE(recovered(second_half, 99));
}

/// Without the generation file the recovery file tells; without both, nobody can.
TEST_F(OlderDatabase, is_noticed_by_the_recovery_file_alone) {
  const std::filesystem::path copy = product().folder() / "before.db";
  must(product().database().copy_to(copy));
  ASSERT_EQ(product().rotate(account_).result["state"], "finished");
  std::filesystem::remove(product().folder() / "generation");
  set_back(copy);
  EXPECT_TRUE(product().was_older());
}

TEST_F(OlderDatabase, a_generation_file_of_another_is_not_believed) {
  ASSERT_EQ(product().rotate(account_).result["state"], "finished");
  product().close();
  must(write_file_durably(product().folder() / "generation", "mailward-generation-1 99 00ff\n", 0600));
  EXPECT_THROW(product().restart(), std::runtime_error);
  std::filesystem::remove(product().folder() / "generation");
  product().restart();
}

}  // namespace
}  // namespace mailward::connections
