// Kerberos inside SPNEGO, with tickets of a real Active Directory (Samba) and MIT's GSSAPI as the server's half.
#include <gtest/gtest.h>

#include <set>

#include "ews/operations/get_folder.h"
#include "ews/soap.h"
#include "kerberos/tickets.h"
#include "tests/ews/support/kerberos_acceptor.h"
#include "tests/ews/support/scripted_server.h"
#include "tests/support/paths.h"
#include "tests/support/samba_dc.h"

namespace mailward::ews {
namespace {

using namespace std::chrono_literals;
using testing::After;
using testing::http_answer;
using testing::KerberosAcceptor;
using testing::Reaction;
using testing::ReceivedRequest;
using testing::ScriptedServer;

Deadline soon() {
  return Deadline::after(20s);
}

GetFolder inbox() {
  GetFolder operation;
  operation.folders.emplace_back(DistinguishedFolder{.name = "inbox", .mailbox = ""});
  return operation;
}

/// The directory's part, had once: a service with its keytab, and a user's tickets for it.
struct Directory {
  testing::TemporaryFolder folder;
  std::string keytab = (folder.path() / "keytab").string();
  std::shared_ptr<kerberos::Tickets> tickets;
  std::string principal;

  Directory() {
    auto& controller = testing::SambaDc::shared();
    controller.create_user("ews-web", "Web-pass-1");
    controller.add_spn("ews-web", "HTTP/mail.example.test");
    controller.create_user("ews-usera", "Usera-pass-1");
    controller.export_keytab("HTTP/mail.example.test", keytab);
    kerberos::Settings settings;
    settings.home = {.name = "EXAMPLE.TEST",
                     .controllers = {{.ip = IpAddress::parse(controller.address()).value(), .port = 88}}};
    auto acquired = kerberos::acquire(settings, "ews-usera@example.test", SecretString("Usera-pass-1"), soon());
    if (!acquired) throw std::runtime_error(acquired.error().describe());
    tickets = std::make_shared<kerberos::Tickets>(*std::move(acquired));
    auto service = kerberos::fetch_service_ticket(*tickets, "HTTP", "mail.example.test", soon());
    if (!service) throw std::runtime_error(service.error().describe());
    principal = service->principal;
  }
};

class Negotiate : public ::testing::Test {
 protected:
  void SetUp() override {
    if (auto why = testing::SambaDc::unavailable()) GTEST_SKIP() << "no Samba here, Kerberos is not tried: " << *why;
    static Directory directory;
    acceptor_ = std::make_unique<KerberosAcceptor>(directory.keytab);
    tickets_ = directory.tickets;
    principal_ = directory.principal;
  }

  Credential credential(ChannelBinding binding = ChannelBinding::send) const {
    Credential made;
    made.scheme = Scheme::negotiate;
    made.tickets = TicketHandle(tickets_, tickets_->credential());
    made.service = principal_;
    made.binding = binding;
    made.account = "account-1";
    return made;
  }

  ScriptedServer::Script script(const std::string& fields, bool require_binding = true) {
    return {.react = [this, fields, require_binding](const ReceivedRequest& request, SSL* ssl) -> Reaction {
      if (request.field("Authorization").empty() && signed_in_.contains(request.connection)) {
        return {http_answer(200, testing::get_folder_answer(), fields)};
      }
      auto token = acceptor_->accept(request, ssl, require_binding);
      if (!token) return {http_answer(401, "", "WWW-Authenticate: Negotiate\r\nWWW-Authenticate: NTLM\r\n")};
      if (fields.find("true") != std::string::npos) signed_in_.insert(request.connection);
      return {
          http_answer(200, testing::get_folder_answer(), fields + "WWW-Authenticate: Negotiate " + *token + "\r\n")};
    }};
  }

  std::unique_ptr<KerberosAcceptor> acceptor_;
  std::shared_ptr<kerberos::Tickets> tickets_;
  std::string principal_;
  std::set<unsigned> signed_in_;
};

TEST_F(Negotiate, one_post_signs_in_with_the_channel_binding_and_proves_the_server) {
  ScriptedServer server(script("Persistent-Auth: true\r\n"));
  Transport transport;
  Session session(transport, server.endpoint());
  ASSERT_TRUE(session.sign_in_with(credential()));
  auto first = call(session, inbox(), {}, soon());
  ASSERT_TRUE(first) << first.error().error.describe();
  EXPECT_TRUE(acceptor_->bound());
  EXPECT_EQ(first->evidence.sign_in.stage, SignInStage::negotiate_sent);
  EXPECT_TRUE(first->evidence.sign_in.mutual);
  EXPECT_TRUE(first->evidence.sign_in.binding_sent);
  EXPECT_EQ(first->evidence.requests, 1U);
  ASSERT_TRUE(session.signed_in());
  auto second = call(session, inbox(), {}, soon());
  ASSERT_TRUE(second);
  EXPECT_EQ(second->evidence.sign_in.stage, SignInStage::already);
  EXPECT_EQ(acceptor_->tokens(), 1U);
  EXPECT_EQ(server.connections(), 1U);
}

TEST_F(Negotiate, without_its_binding_it_is_refused_and_names_its_leg) {
  ScriptedServer server(script("Persistent-Auth: true\r\n"));
  Transport transport;
  Session session(transport, server.endpoint());
  ASSERT_TRUE(session.sign_in_with(credential(ChannelBinding::omit)));
  auto refused = call(session, inbox(), {}, soon());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, EwsError::unauthorized);
  EXPECT_EQ(refused.error().evidence->sign_in.stage, SignInStage::negotiate_sent);
  EXPECT_EQ(server.seen().size(), 1U) << "a refused token must not be followed by another";
}

TEST_F(Negotiate, each_request_brings_a_token_where_the_connection_is_not_signed_in) {
  ScriptedServer server(script("Persistent-Auth: false\r\n"));
  Transport transport;
  Session session(transport, server.endpoint());
  ASSERT_TRUE(session.sign_in_with(credential()));
  for (unsigned i = 1; i <= 3; ++i) {
    ASSERT_TRUE(call(session, inbox(), {}, soon()));
    EXPECT_EQ(acceptor_->tokens(), i);
  }
  EXPECT_EQ(server.connections(), 1U);
}

TEST_F(Negotiate, nothing_goes_twice_when_the_server_closes) {
  for (unsigned target : {1U, 2U}) {
    for (std::size_t answer_bytes : {0U, 20U, 60U}) {
      for (After after : {After::close_notify, After::drop, After::reset}) {
        SCOPED_TRACE(::testing::Message() << target << " " << answer_bytes << " " << static_cast<int>(after));
        signed_in_.clear();
        auto usual = script("Persistent-Auth: true\r\n");
        ScriptedServer server({.react = [&](const ReceivedRequest& request, SSL* ssl) -> Reaction {
          Reaction whole = usual.react(request, ssl);
          if (request.nth != target) return whole;
          return {whole.bytes.substr(0, answer_bytes), after};
        }});
        Transport transport;
        Session session(transport, server.endpoint());
        ASSERT_TRUE(session.sign_in_with(credential()));
        if (target == 2) ASSERT_TRUE(call(session, inbox(), {}, soon()));
        auto cut = call(session, inbox(), {}, soon());
        ASSERT_FALSE(cut);
        EXPECT_TRUE(cut.error().is(EwsError::closed)) << cut.error().error.describe();
        EXPECT_EQ(cut.error().evidence->sent, Sent::request);
        EXPECT_EQ(server.seen().size(), target);
      }
    }
  }
}

TEST_F(Negotiate, service_without_a_ticket_sends_nothing) {
  ScriptedServer server(script(""));
  Transport transport;
  Session session(transport, server.endpoint());
  Credential other = credential();
  other.service = "HTTP/other.example.test@NOWHERE.TEST";
  ASSERT_TRUE(session.sign_in_with(std::move(other)));
  auto refused = call(session, inbox(), {}, soon());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, EwsError::token_failed);
  EXPECT_EQ(refused.error().evidence->sent, Sent::nothing);
  EXPECT_TRUE(server.seen().empty());
}

}  // namespace
}  // namespace mailward::ews
