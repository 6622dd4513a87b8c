#include <functional>

#include "tests/directory/directory_fixture.h"
#include "tests/support/samba_pair.h"
#include "tests/support/wait_until.h"

/// A domain with a second controller that lags behind.
namespace mailward::directory {
namespace {

using testing::SambaPair;
using testing::wait_until;
using namespace std::chrono_literals;

constexpr std::string_view kFresh = "Fresh-Horse-78";

/// Does something between the bind's answer and what follows it.
class AfterBind : public BindWitness {
 public:
  explicit AfterBind(std::function<void()> then) : then_(std::move(then)) {}
  Status before_bind(Deadline /*deadline*/, const std::stop_token& /*stop*/) override { return {}; }
  void after_bind(const Status& outcome) override {
    if (outcome && then_) std::exchange(then_, nullptr)();
  }

 private:
  std::function<void()> then_;
};

class SecondController : public ::testing::Test {
 protected:
  void SetUp() override {
    if (auto reason = SambaDc::unavailable()) GTEST_SKIP() << *reason;
    static const bool made = [] {
      dc1().create_user(kReader, kPassword);
      dc1().create_user("moved", kPassword);
      dc1().create_user("mover", kPassword);
      dc1().allow_resetting("mover", dc1().dn_of("moved"));
      pair().replicate();
      return true;
    }();
    ASSERT_TRUE(made);
    dc1().set_password("moved", kPassword);
    dc1().unlock("moved");
    pair().replicate();
  }
  static SambaPair& pair() {
    static SambaPair both;
    return both;
  }
  static SambaDc& dc1() { return pair().first(); }
  static SambaDc& dc2() { return pair().second(); }
  static Resolver& resolver() {
    static Resolver names({.name_servers = {},
                           .hosts = {{"dc1.example.test", {IpAddress::parse(dc1().address()).value()}},
                                     {"dc2.example.test", {IpAddress::parse(dc2().address()).value()}}}});
    return names;
  }
  static DestinationPolicy loopback() {
    DestinationPolicy policy;
    policy.allowed = {AddressBlock::parse("127.0.0.0/8").value()};
    return policy;
  }
  static Settings settings(std::string_view reader, std::vector<Controller> controllers) {
    Settings given;
    given.controllers = std::move(controllers);
    given.trust = CertificateTrust::from_pem(dc1().ca_pem()).value();
    given.reader_name = std::string(reader) + "@example.test";
    given.reader_password = SecretString(kPassword);
    return given;
  }
  static Directory as(std::string_view reader, std::vector<Controller> controllers = both(),
                      std::shared_ptr<BindWitness> witness = nullptr) {
    return {settings(reader, std::move(controllers)), resolver(), loopback(), Clock::system(), std::move(witness)};
  }
  static std::vector<Controller> both() { return {{.host = "dc1.example.test"}, {.host = "dc2.example.test"}}; }
  static std::vector<Controller> second_first() { return {{.host = "dc2.example.test"}, {.host = "dc1.example.test"}}; }
  static std::vector<Controller> only(std::string_view host) { return {{.host = std::string(host)}}; }
  static std::string upn() { return "moved@example.test"; }
};

TEST_F(SecondController, a_new_password_is_known_where_it_was_set_until_it_is_replicated) {
  const Directory reader = as(kReader);
  const Account account = as(kReader, second_first()).find_account("moved", soon()).value();
  const auto taken = as("mover").reset_password(account, SecretString(kFresh), soon());
  ASSERT_TRUE(taken) << taken.error().describe();
  EXPECT_EQ(taken->controller, "dc2.example.test");

  auto counters = reader.sign_in_counters(account, soon());
  ASSERT_EQ(counters.size(), 2U);
  EXPECT_EQ(counters[0].controller, "dc1.example.test");
  EXPECT_EQ(counters[1].controller, "dc2.example.test");
  ASSERT_TRUE(counters[0].pwd_last_set && counters[1].pwd_last_set);
  EXPECT_LT(*counters[0].pwd_last_set, *counters[1].pwd_last_set);
  EXPECT_EQ(counters[1].pwd_last_set, taken->pwd_last_set);
  // The one that lags counts the new password as a wrong one, for itself alone.
  EXPECT_REFUSED(reader.try_password("dc1.example.test", upn(), SecretString(kFresh), soon()),
                 DirectoryError::bad_password);
  EXPECT_TRUE(reader.try_password("dc2.example.test", upn(), SecretString(kFresh), soon()));
  counters = reader.sign_in_counters(account, soon());
  EXPECT_EQ(counters[0].bad_password_count, 1);
  EXPECT_EQ(counters[1].bad_password_count.value_or(0), 0);

  pair().replicate();
  counters = reader.sign_in_counters(account, soon());
  EXPECT_EQ(counters[0].pwd_last_set, taken->pwd_last_set);
  EXPECT_EQ(counters[1].pwd_last_set, taken->pwd_last_set);
  EXPECT_TRUE(reader.try_password("dc1.example.test", upn(), SecretString(kFresh), soon()));
}

TEST_F(SecondController, the_pdc_emulator_is_named_by_either) {
  for (const std::string_view host : {"dc1.example.test", "dc2.example.test"}) {
    EXPECT_EQ(as(kReader, only(host)).pdc_emulator(soon()).value(), "dc1.example.test");
  }
}

TEST_F(SecondController, one_that_died_is_passed_over_and_comes_back_with_its_data) {
  const Directory reader = as(kReader);
  const Account account = reader.find_account("moved", soon()).value();
  EXPECT_EQ(account.controller, "dc1.example.test");
  const std::int64_t before = dc1().pwd_last_set("moved");
  dc1().kill_hard();
  EXPECT_EQ(reader.find_account("moved", soon()).value().controller, "dc2.example.test");
  const auto counters = reader.sign_in_counters(account, soon());
  ASSERT_TRUE(counters[0].error);
  EXPECT_TRUE(counters[0].error->is(DirectoryError::unreachable)) << counters[0].error->describe();
  EXPECT_TRUE(counters[1].pwd_last_set);
  dc1().start();
  EXPECT_EQ(dc1().pwd_last_set("moved"), before);
  EXPECT_EQ(reader.find_account("moved", soon()).value().controller, "dc1.example.test");
}

TEST_F(SecondController, a_silent_one_takes_its_share_of_the_time_only) {
  dc1().freeze();
  const auto account = as(kReader).find_account("moved", Deadline::after(3s));
  const auto counters =
      as(kReader).sign_in_counters({.dn = "CN=moved,CN=Users,DC=example,DC=test"}, Deadline::after(3s));
  dc1().thaw();
  ASSERT_TRUE(account) << account.error().describe();
  EXPECT_EQ(account->controller, "dc2.example.test");
  ASSERT_TRUE(counters[0].error);
  EXPECT_TRUE(counters[0].error->is(DirectoryError::timed_out)) << counters[0].error->describe();
  EXPECT_TRUE(counters[1].pwd_last_set);
}

TEST_F(SecondController, one_that_falls_silent_in_mid_change_may_have_made_it) {
  const Account account = as(kReader, second_first()).find_account("moved", soon()).value();
  const std::int64_t first = dc1().pwd_last_set("moved");
  const std::int64_t second = dc2().pwd_last_set("moved");
  const Directory mover = as("mover", second_first(), std::make_shared<AfterBind>([] { dc2().freeze(); }));
  const auto lost = mover.reset_password(account, SecretString(kFresh), Deadline::after(3s));
  dc2().thaw();
  EXPECT_REFUSED(lost, DirectoryError::outcome_unknown);
  EXPECT_EQ(lost.error().describe().find(kFresh), std::string::npos);
  EXPECT_TRUE(wait_until([&] { return dc2().pwd_last_set("moved") != second; }, 20s)) << "it was made after all";
  EXPECT_EQ(dc1().pwd_last_set("moved"), first) << "no other controller is asked";
}

TEST_F(SecondController, one_that_dies_in_mid_change_leaves_the_outcome_unknown) {
  const Account account = as(kReader, second_first()).find_account("moved", soon()).value();
  const std::int64_t first = dc1().pwd_last_set("moved");
  const std::int64_t second = dc2().pwd_last_set("moved");
  const auto dying = [] { return std::make_shared<AfterBind>([] { dc2().kill_hard(); }); };
  const auto lost = as("mover", second_first(), dying()).reset_password(account, SecretString(kFresh), soon());
  dc2().start();
  EXPECT_REFUSED(lost, DirectoryError::outcome_unknown);
  const auto own = as("moved", second_first(), dying()).change_own_password(account, SecretString(kFresh), soon());
  dc2().start();
  EXPECT_REFUSED(own, DirectoryError::outcome_unknown);
  const auto unlocked = as("mover", second_first(), dying()).unlock(account, soon());
  dc2().start();
  EXPECT_REFUSED(unlocked, DirectoryError::outcome_unknown);
  EXPECT_EQ(dc2().pwd_last_set("moved"), second) << "this one died before it read the change";
  EXPECT_EQ(dc1().pwd_last_set("moved"), first);
}

}  // namespace
}  // namespace mailward::directory
