#include "api/admission.h"

#include <gtest/gtest.h>

namespace mailward::api {
namespace {

Caller in_session(bool recently_confirmed) {
  Caller caller;
  caller.kind = Caller::Kind::session;
  caller.session.emplace();
  caller.session->recently_confirmed = recently_confirmed;
  return caller;
}

TEST(Admission, asks_a_session_to_confirm_when_the_last_time_is_long_ago) {
  EXPECT_TRUE(check_confirmed(in_session(true)));
  const auto refused = check_confirmed(in_session(false));
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().is(ApiError::confirm_sign_in));
}

TEST(Admission, asks_nobody_else) {
  Caller local;
  local.kind = Caller::Kind::local;
  EXPECT_TRUE(check_confirmed(local));
  Caller token;
  token.kind = Caller::Kind::token;
  EXPECT_TRUE(check_confirmed(token));
}

TEST(Admission, the_cookie_is_found_among_others) {
  http::Request request;
  request.headers = {{"Cookie", "a=1; __Host-mailward=abc; b=2"}};
  EXPECT_EQ(session_cookie_of(request), "abc");
  request.headers = {{"Cookie", "x__Host-mailward=no"}};
  EXPECT_EQ(session_cookie_of(request), "");
  request.headers = {{"Cookie", "a=1"}, {"Cookie", "__Host-mailward=second"}};
  EXPECT_EQ(session_cookie_of(request), "second");
}

}  // namespace
}  // namespace mailward::api
