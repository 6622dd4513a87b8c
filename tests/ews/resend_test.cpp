// No request goes out twice, at whatever moment the server closes the connection.
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "ews/session.h"
#include "tests/ews/support/ntlm_acceptor.h"
#include "tests/ews/support/scripted_server.h"

namespace mailward::ews {
namespace {

using namespace std::chrono_literals;
using testing::After;
using testing::ExtendedProtection;
using testing::http_answer;
using testing::NtlmAcceptor;
using testing::Reaction;
using testing::Reading;
using testing::ReceivedRequest;
using testing::ScriptedServer;

Deadline soon() {
  return Deadline::after(10s);
}

/// At which moment of one request's exchange the server ends the connection.
struct Moment {
  std::string_view name;
  Reading reading;
  std::size_t answer_bytes;  ///< how much of its answer it sends before
  After after;
};

constexpr std::size_t kHeadPart = 20;
constexpr std::size_t kWholeHead = 10'000;    // cut down to the head's length
constexpr std::size_t kHeadAndSome = 20'000;  // head and the body's first bytes

const std::vector<Moment>& moments() {
  static const std::vector<Moment> kMoments = [] {
    std::vector<Moment> all;
    for (After after : {After::close_notify, After::drop, After::reset}) {
      all.push_back({"in the middle of the request's head", {.bytes = 40}, 0, after});
      all.push_back({"after the request's head", {.head_only = true}, 0, after});
      all.push_back({"in the middle of the request's body", {.bytes = 900}, 0, after});
      all.push_back({"after the request", {}, 0, after});
      all.push_back({"in the middle of the answer's head", {}, kHeadPart, after});
      all.push_back({"after the answer's head", {}, kWholeHead, after});
      all.push_back({"in the middle of the answer's body", {}, kHeadAndSome, after});
    }
    return all;
  }();
  return kMoments;
}

std::string cut(const std::string& answer, std::size_t bytes) {
  std::size_t head = answer.find("\r\n\r\n") + 4;
  if (bytes == kWholeHead) return answer.substr(0, head);
  if (bytes == kHeadAndSome) return answer.substr(0, head + 2);
  return answer.substr(0, bytes);
}

/// No two requests of the same call that reached the server were the same leg.
void expect_nothing_came_twice(const std::vector<ReceivedRequest>& seen) {
  std::set<std::string> legs;
  for (const auto& request : seen) {
    std::string id(request.field("client-request-id"));
    if (id.empty()) continue;  // cut off before it
    std::string_view authorization = request.field("Authorization");
    EXPECT_TRUE(legs.insert(id + std::string(authorization.substr(0, 20))).second)
        << "a request came twice: " << request.line;
  }
}

Credential credential_of(Scheme scheme) {
  Credential credential;
  credential.scheme = scheme;
  credential.user = "EXAMPLE\\usera";
  credential.password = SecretString("secret1");
  credential.account = "account-1";
  return credential;
}

HttpRequest post() {
  return {.method = Method::post, .body = "<body>" + std::string(2000, 'x') + "</body>"};
}

/// Sends `quiet` requests that go well, then one on which the server acts at `moment`, in its `leg`-th request.
void run(std::optional<Scheme> scheme, unsigned quiet, unsigned leg, const Moment& moment) {
  SCOPED_TRACE(::testing::Message() << (scheme ? scheme_name(*scheme) : "anonymous") << ", " << quiet << " before, leg "
                                    << leg << ", closed " << moment.name << " (" << static_cast<int>(moment.after)
                                    << ")");
  NtlmAcceptor acceptor("EXAMPLE", "usera", "secret1");
  // NTLM spends two requests on its sign-in and one on each call after it.
  bool ntlm = scheme == Scheme::ntlm;
  unsigned target = quiet == 0 ? leg : quiet + (ntlm ? 1 : 0) + leg;
  auto is_target = [=](unsigned connection, unsigned nth) { return connection == 1 && nth == target; };
  ScriptedServer server(
      {.react = [&](const ReceivedRequest& request, SSL* ssl) -> Reaction {
         bool now = is_target(request.connection, request.nth);
         if (now && !request.whole && moment.answer_bytes == 0) return {.bytes = "", .after = moment.after};
         Reaction whole{.bytes = http_answer(200, "answer", "Persistent-Auth: true\r\n")};
         if (ntlm) {
           if (auto challenge = acceptor.challenge(request, ssl)) whole = *challenge;
         }
         if (!now) return whole;
         return {.bytes = cut(whole.bytes, moment.answer_bytes), .after = moment.after};
       },
       .reading = [&](unsigned connection,
                      unsigned nth) { return is_target(connection, nth) ? moment.reading : Reading{}; }});
  Transport transport;
  Session session(transport, server.endpoint());
  if (scheme) ASSERT_TRUE(session.sign_in_with(credential_of(*scheme)));
  for (unsigned i = 0; i < quiet; ++i) ASSERT_TRUE(session.send(post(), soon()));
  auto before = server.seen().size();

  auto answer = session.send(post(), soon());

  auto seen = server.seen();
  expect_nothing_came_twice(seen);
  EXPECT_LE(seen.size() - before, leg) << "more requests than the leg that was cut";
  // A whole answer without a body can end right after its head; any other cut must be noticed.
  bool complete = moment.answer_bytes >= kWholeHead && ntlm && quiet == 0 && leg == 1;
  if (complete) return;
  ASSERT_FALSE(answer);
  EXPECT_TRUE(answer.error().is(EwsError::closed) || answer.error().is(EwsError::truncated))
      << error_name(answer.error().code) << ": " << answer.error().error.describe();
  bool only_signing_in = ntlm && quiet == 0 && leg == 1;
  EXPECT_EQ(answer.error().evidence->sent, only_signing_in ? Sent::sign_in_only : Sent::request);
  EXPECT_FALSE(session.connected());
  EXPECT_LE(acceptor.attempts(), 1U);
}

TEST(Resend, nothing_goes_twice_on_a_fresh_connection) {
  for (const auto& moment : moments()) run(std::nullopt, 0, 1, moment);
}

TEST(Resend, nothing_goes_twice_on_a_connection_used_before) {
  for (const auto& moment : moments()) run(std::nullopt, 2, 1, moment);
}

TEST(Resend, nothing_goes_twice_with_basic) {
  for (const auto& moment : moments()) {
    run(Scheme::basic, 0, 1, moment);
    run(Scheme::basic, 1, 1, moment);
  }
}

TEST(Resend, nothing_goes_twice_in_the_first_leg_of_ntlm) {
  for (const auto& moment : moments()) {
    if (moment.reading.bytes > 900 && !moment.reading.head_only) run(Scheme::ntlm, 0, 1, moment);
  }
}

TEST(Resend, nothing_goes_twice_in_the_second_leg_of_ntlm) {
  for (const auto& moment : moments()) run(Scheme::ntlm, 0, 2, moment);
}

TEST(Resend, nothing_goes_twice_on_a_connection_signed_in_by_ntlm) {
  for (const auto& moment : moments()) run(Scheme::ntlm, 2, 1, moment);
}

/// A connection that died at rest: nothing of the call had been sent, so it begins anew by itself, with a sign-in of
/// its own.
TEST(Resend, call_begins_anew_when_the_connection_died_at_rest) {
  for (auto scheme : {std::optional<Scheme>{}, std::optional(Scheme::basic), std::optional(Scheme::ntlm)}) {
    for (After after : {After::close_notify, After::drop}) {
      NtlmAcceptor acceptor("EXAMPLE", "usera", "secret1");
      ScriptedServer server({.react = [&](const ReceivedRequest& request, SSL* ssl) -> Reaction {
        if (scheme == Scheme::ntlm) {
          if (auto challenge = acceptor.challenge(request, ssl)) return *challenge;
        }
        // The answer is whole; then the connection ends.
        return {http_answer(200, "answer"), request.connection == 1 ? after : After::keep};
      }});
      Transport transport;
      Session session(transport, server.endpoint());
      if (scheme) ASSERT_TRUE(session.sign_in_with(credential_of(*scheme)));
      ASSERT_TRUE(session.send(post(), soon()));
      auto before = server.seen().size();
      auto answer = session.send(post(), soon());
      // The end may still have been under way when the request was sent: then it is not repeated.
      expect_nothing_came_twice(server.seen());
      if (!answer) {
        EXPECT_TRUE(answer.error().is(EwsError::closed)) << answer.error().error.describe();
        EXPECT_EQ(answer.error().evidence->sent, Sent::request);
        continue;
      }
      EXPECT_EQ(answer->body, "answer");
      EXPECT_EQ(server.seen().size() - before, scheme == Scheme::ntlm ? 2U : 1U);
      EXPECT_EQ(server.connections(), 2U);
    }
  }
}

TEST(Resend, answer_cut_at_any_byte_is_noticed) {
  std::string whole = http_answer(200, testing::get_folder_answer(), "X-FEServer: EX1\r\n");
  std::size_t head = whole.find("\r\n\r\n") + 4;
  Transport transport;
  // Every byte of the head, then the body in steps: a connection each.
  for (std::size_t bytes = 0; bytes < whole.size(); bytes += bytes < head + 8 || bytes + 8 > whole.size() ? 1 : 37) {
    ScriptedServer server({.react = [&](const ReceivedRequest&, SSL*) {
      return Reaction{whole.substr(0, bytes), bytes % 2 == 0 ? After::close_notify : After::drop};
    }});
    Session session(transport, server.endpoint());
    auto answer = session.send(post(), soon());
    ASSERT_FALSE(answer) << "cut at byte " << bytes;
    EXPECT_EQ(server.seen().size(), 1U);
    EXPECT_EQ(answer.error().code == EwsError::truncated, bytes >= head) << bytes << error_name(answer.error().code);
  }
}

TEST(Resend, chunked_answer_cut_at_any_byte_is_noticed) {
  std::string whole = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n5\r\ndefgh\r\n0\r\n\r\n";
  Transport transport;
  // But for the very last line end, with which nothing more is said.
  for (std::size_t bytes = 0; bytes + 1 < whole.size(); ++bytes) {
    ScriptedServer server(
        {.react = [&](const ReceivedRequest&, SSL*) { return Reaction{whole.substr(0, bytes), After::close_notify}; }});
    Session session(transport, server.endpoint());
    EXPECT_FALSE(session.send(post(), soon())) << "cut at byte " << bytes;
  }
}

}  // namespace
}  // namespace mailward::ews
