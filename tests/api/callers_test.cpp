#include "api/callers.h"

#include "tests/access/house.h"

namespace mailward::api {
namespace {

using access::testing::must;
using namespace std::chrono_literals;

class CallersTest : public access::testing::AccessTest {
 protected:
  void SetUp() override {
    AccessTest::SetUp();
    make_user("anna", {access::Role::administrator});
    grant_.emplace(must(sign_in("anna")));
    connection_.peer = SocketAddress{.ip = *IpAddress::parse("192.0.2.1"), .port = 1};
  }
  Caller admit(bool in_background) {
    http::Request request;
    request.headers.set("Cookie", "__Host-mailward=" + std::string(grant_->token.reveal()));
    if (in_background) request.headers.set("X-Background", "1");
    return must(Doorkeeper(access(), std::nullopt).admit(request, connection_, "r"));
  }
  std::optional<access::SessionGrant> grant_;
  http::Connection connection_;
};
MAILWARD_ON_EVERY_DATABASE(CallersTest);

TEST_P(CallersTest, what_a_page_asks_in_the_background_is_no_use_of_its_session) {
  clock_.advance(20min);
  EXPECT_EQ(admit(true).kind, Caller::Kind::session);
  clock_.advance(10min);
  EXPECT_EQ(admit(true).kind, Caller::Kind::anonymous);
}

TEST_P(CallersTest, what_a_person_asks_is) {
  clock_.advance(20min);
  EXPECT_EQ(admit(false).kind, Caller::Kind::session);
  clock_.advance(20min);
  EXPECT_EQ(admit(true).kind, Caller::Kind::session);
}

TEST_P(CallersTest, whoever_was_let_in_is_looked_at_as_he_is_now) {
  const Doorkeeper doorkeeper(access(), std::nullopt);
  const Caller caller = admit(false);
  ASSERT_TRUE(doorkeeper.again(caller));
  auto anna = *caller.user;
  make_user("root", {access::Role::administrator});
  must(access().users.update(anna.id, anna.version, {.display_name = {}, .roles = {access::Role::auditor}},
                             access::testing::by_root()));
  const auto now = doorkeeper.again(caller);
  ASSERT_TRUE(now);
  EXPECT_FALSE(now->may(Right::change_connections));
  must(access().sessions.end(caller.session->id, anna.id, access::testing::by_root()));
  EXPECT_FALSE(doorkeeper.again(caller));
}

}  // namespace
}  // namespace mailward::api
