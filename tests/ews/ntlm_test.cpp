#include <gtest/gtest.h>

#include "ews/operations/get_folder.h"
#include "ews/soap.h"
#include "tests/ews/support/ntlm_acceptor.h"
#include "tests/ews/support/scripted_server.h"

namespace mailward::ews {
namespace {

using namespace std::chrono_literals;
using testing::ExtendedProtection;
using testing::http_answer;
using testing::NtlmAcceptor;
using testing::Reaction;
using testing::ReceivedRequest;
using testing::ScriptedServer;

Deadline soon() {
  return Deadline::after(10s);
}

Credential ntlm_of(std::string user, std::string_view password) {
  Credential credential;
  credential.scheme = Scheme::ntlm;
  credential.user = std::move(user);
  credential.password = SecretString(password);
  credential.account = "account-1";
  return credential;
}

GetFolder inbox() {
  GetFolder operation;
  operation.folders.emplace_back(DistinguishedFolder{.name = "inbox", .mailbox = ""});
  return operation;
}

ScriptedServer::Script behind(NtlmAcceptor& acceptor, const std::string& fields = "Persistent-Auth: true\r\n") {
  return {.react = [&acceptor, fields](const ReceivedRequest& request, SSL* ssl) -> Reaction {
    if (auto challenge = acceptor.challenge(request, ssl)) return *challenge;
    return {http_answer(200, testing::get_folder_answer(), fields)};
  }};
}

TEST(Ntlm, signs_in_once_and_then_calls_go_without_a_credential) {
  NtlmAcceptor acceptor("EXAMPLE", "usera", "secret1");
  ScriptedServer server(behind(acceptor));
  Transport transport;
  Session session(transport, server.endpoint());
  ASSERT_TRUE(session.sign_in_with(ntlm_of("EXAMPLE\\usera", "secret1")));
  auto first = call(session, inbox(), {}, soon());
  ASSERT_TRUE(first) << first.error().error.describe();
  EXPECT_EQ(first->evidence.sign_in.stage, SignInStage::ntlm_type3_sent);
  EXPECT_TRUE(first->evidence.sign_in.accepted);
  EXPECT_TRUE(first->evidence.sign_in.binding_sent);
  EXPECT_EQ(first->evidence.requests, 2U);
  EXPECT_TRUE(session.signed_in());
  auto second = call(session, inbox(), {}, soon());
  ASSERT_TRUE(second);
  EXPECT_EQ(second->evidence.sign_in.stage, SignInStage::already);
  auto seen = server.seen();
  ASSERT_EQ(seen.size(), 3U);
  EXPECT_EQ(seen[0].body, "");
  EXPECT_NE(seen[1].body, "");
  EXPECT_EQ(seen[2].field("Authorization"), "");
  EXPECT_EQ(server.connections(), 1U);
  EXPECT_EQ(acceptor.attempts(), 1U);
}

TEST(Ntlm, satisfies_extended_protection_and_only_with_its_binding) {
  NtlmAcceptor acceptor("EXAMPLE", "usera", "secret1", ExtendedProtection::require);
  ScriptedServer server(behind(acceptor));
  Transport transport;
  Session session(transport, server.endpoint());
  ASSERT_TRUE(session.sign_in_with(ntlm_of("EXAMPLE\\usera", "secret1")));
  auto bound = call(session, inbox(), {}, soon());
  ASSERT_TRUE(bound) << bound.error().error.describe();
  EXPECT_TRUE(acceptor.bound());

  Credential without = ntlm_of("EXAMPLE\\usera", "secret1");
  without.binding = ChannelBinding::omit;
  Session unbound(transport, server.endpoint());
  ASSERT_TRUE(unbound.sign_in_with(std::move(without)));
  auto refused = call(unbound, inbox(), {}, soon());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, EwsError::unauthorized);
  EXPECT_FALSE(refused.error().evidence->sign_in.binding_sent);
}

TEST(Ntlm, wrong_password_is_one_attempt_and_names_its_leg) {
  NtlmAcceptor acceptor("EXAMPLE", "usera", "secret1");
  ScriptedServer server(behind(acceptor));
  Transport transport;
  Session session(transport, server.endpoint());
  ASSERT_TRUE(session.sign_in_with(ntlm_of("EXAMPLE\\usera", "wrong")));
  auto refused = call(session, inbox(), {}, soon());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, EwsError::unauthorized);
  EXPECT_EQ(refused.error().evidence->sign_in.stage, SignInStage::ntlm_type3_sent);
  EXPECT_FALSE(refused.error().evidence->sign_in.accepted);
  EXPECT_EQ(refused.error().evidence->offer.schemes, (std::vector{Scheme::negotiate, Scheme::ntlm}));
  EXPECT_EQ(acceptor.attempts(), 1U);
  EXPECT_EQ(server.seen().size(), 2U);
  EXPECT_FALSE(session.signed_in());
}

TEST(Ntlm, user_principal_name_stays_whole) {
  NtlmAcceptor acceptor("", "usera@example.test", "secret1");
  ScriptedServer server(behind(acceptor));
  Transport transport;
  Session session(transport, server.endpoint());
  ASSERT_TRUE(session.sign_in_with(ntlm_of("usera@example.test", "secret1")));
  auto reply = call(session, inbox(), {}, soon());
  EXPECT_TRUE(reply) << reply.error().error.describe();
  EXPECT_EQ(acceptor.attempts(), 1U);
}

TEST(Ntlm, password_beyond_ascii_is_accepted) {
  NtlmAcceptor acceptor("EXAMPLE", "usera", "pä€ß-Ж");
  ScriptedServer server(behind(acceptor));
  Transport transport;
  Session session(transport, server.endpoint());
  ASSERT_TRUE(session.sign_in_with(ntlm_of("EXAMPLE\\usera", "pä€ß-Ж")));
  EXPECT_TRUE(call(session, inbox(), {}, soon()));
}

TEST(Ntlm, persistent_auth_false_signs_in_for_each_request) {
  NtlmAcceptor acceptor("EXAMPLE", "usera", "secret1");
  ScriptedServer server(behind(acceptor, "Persistent-Auth: false\r\n"));
  Transport transport;
  Session session(transport, server.endpoint());
  ASSERT_TRUE(session.sign_in_with(ntlm_of("EXAMPLE\\usera", "secret1")));
  for (unsigned i = 1; i <= 3; ++i) {
    auto reply = call(session, inbox(), {}, soon());
    ASSERT_TRUE(reply) << reply.error().error.describe();
    EXPECT_FALSE(reply->evidence.sign_in.persistent);
    EXPECT_FALSE(session.signed_in());
    EXPECT_EQ(acceptor.attempts(), i);
  }
  EXPECT_EQ(server.connections(), 1U);
}

TEST(Ntlm, server_without_ntlm_gets_no_type_3) {
  ScriptedServer server({.react = [](const ReceivedRequest&, SSL*) {
    return Reaction{http_answer(401, "", "WWW-Authenticate: Basic realm=x\r\n")};
  }});
  Transport transport;
  Session session(transport, server.endpoint());
  ASSERT_TRUE(session.sign_in_with(ntlm_of("EXAMPLE\\usera", "secret1")));
  auto refused = call(session, inbox(), {}, soon());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, EwsError::scheme_not_offered);
  EXPECT_EQ(refused.error().evidence->sign_in.stage, SignInStage::ntlm_type1_sent);
  EXPECT_EQ(refused.error().evidence->sent, Sent::sign_in_only);
  EXPECT_EQ(server.seen().size(), 1U);
}

TEST(Ntlm, malformed_type_2_is_a_token_failure_before_the_body_went) {
  ScriptedServer server({.react = [](const ReceivedRequest&, SSL*) {
    return Reaction{http_answer(401, "", "WWW-Authenticate: NTLM TlRMTVNTUAACAAAA\r\n")};
  }});
  Transport transport;
  Session session(transport, server.endpoint());
  ASSERT_TRUE(session.sign_in_with(ntlm_of("EXAMPLE\\usera", "secret1")));
  auto refused = call(session, inbox(), {}, soon());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, EwsError::token_failed);
  EXPECT_NE(refused.error().evidence->sign_in.gss_major, 0U);
  EXPECT_EQ(refused.error().evidence->sent, Sent::sign_in_only);
  EXPECT_EQ(refused.error().evidence->sign_in.stage, SignInStage::ntlm_type1_sent);
}

}  // namespace
}  // namespace mailward::ews
