// Kerberos inside SPNEGO, with tickets of a real Active Directory (Samba) and MIT's GSSAPI as the server's half.
#include <gssapi/gssapi.h>
#include <gssapi/gssapi_ext.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <set>

#include "ews/operations/get_folder.h"
#include "ews/soap.h"
#include "kerberos/tickets.h"
#include "tests/ews/support/scripted_server.h"
#include "tests/ews/support/tunnel_proxy.h"
#include "tests/support/paths.h"
#include "tests/support/samba_dc.h"

namespace mailward::ews {
namespace {

using namespace std::chrono_literals;
using testing::After;
using testing::http_answer;
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

/// The server's half: accepts a token by a keytab and, where asked to, only with the right channel binding.
class KerberosAcceptor {
 public:
  explicit KerberosAcceptor(const std::string& keytab) {
    gss_key_value_element_desc where{.key = "keytab", .value = keytab.c_str()};
    gss_key_value_set_desc store{.count = 1, .elements = &where};
    OM_uint32 minor = 0;
    OM_uint32 major = gss_acquire_cred_from(&minor, GSS_C_NO_NAME, GSS_C_INDEFINITE, GSS_C_NO_OID_SET, GSS_C_ACCEPT,
                                            &store, &credential_, nullptr, nullptr);
    if (GSS_ERROR(major)) throw std::runtime_error("the keytab cannot be used");
  }
  ~KerberosAcceptor() {
    OM_uint32 ignored = 0;
    gss_release_cred(&ignored, &credential_);
  }
  KerberosAcceptor(const KerberosAcceptor&) = delete;
  KerberosAcceptor& operator=(const KerberosAcceptor&) = delete;

  /// The server's own token in base64, or nothing where it refuses. Without TLS it is a proxy's.
  std::optional<std::string> accept(const ReceivedRequest& request, SSL* ssl, bool require_binding) {
    std::string_view given = request.field(ssl != nullptr ? "Authorization" : "Proxy-Authorization");
    if (!given.starts_with("Negotiate ")) return std::nullopt;
    Bytes token = from_base64(given.substr(10)).value();
    Bytes binding;
    if (ssl != nullptr) binding = tls_server_end_point(SSL_get_certificate(ssl)).value();
    gss_channel_bindings_struct bindings{};
    bindings.application_data = {.length = binding.size(), .value = binding.data()};
    gss_buffer_desc input = {.length = token.size(), .value = token.data()};
    gss_buffer_desc output = GSS_C_EMPTY_BUFFER;
    gss_ctx_id_t context = GSS_C_NO_CONTEXT;
    OM_uint32 flags = 0;
    OM_uint32 minor = 0;
    OM_uint32 major = gss_accept_sec_context(&minor, &context, credential_, &input,
                                             ssl != nullptr ? &bindings : GSS_C_NO_CHANNEL_BINDINGS, nullptr, nullptr,
                                             &output, &flags, nullptr, nullptr);
    std::string answer = to_base64({static_cast<const std::uint8_t*>(output.value), output.length});
    OM_uint32 ignored = 0;
    gss_release_buffer(&ignored, &output);
    if (context != GSS_C_NO_CONTEXT) gss_delete_sec_context(&ignored, &context, GSS_C_NO_BUFFER);
    ++tokens_;
    bound_ = (flags & GSS_C_CHANNEL_BOUND_FLAG) != 0;
    if (major != GSS_S_COMPLETE || (require_binding && !bound_)) return std::nullopt;
    return answer;
  }
  bool bound() const { return bound_; }
  unsigned tokens() const { return tokens_; }

 private:
  gss_cred_id_t credential_ = GSS_C_NO_CREDENTIAL;
  bool bound_ = false;
  unsigned tokens_ = 0;
};

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

TEST_F(Negotiate, a_proxy_is_signed_in_to_with_its_own_tickets_for_each_connection) {
  ScriptedServer server({.react = [](const ReceivedRequest&, SSL*) { return Reaction{http_answer(200, "answer")}; }});
  testing::TunnelProxy proxy(server.address(), [this](const ReceivedRequest& connect) -> std::optional<std::string> {
    if (acceptor_->accept(connect, nullptr, false)) return std::nullopt;
    return "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Negotiate\r\nContent-Length: 0\r\n\r\n";
  });
  Transport transport;
  Session session(transport, server.endpoint(), {},
                  Proxy{.address = proxy.address(),
                        .scheme = Scheme::negotiate,
                        .host = "mail.example.test",
                        .tickets = credential().tickets,
                        .service = principal_});
  for (int i = 0; i < 2; ++i) {
    auto answer = session.send({}, soon());
    ASSERT_TRUE(answer) << answer.error().error.describe();
    EXPECT_EQ(answer->body, "answer");
    session.close();
  }
  EXPECT_EQ(acceptor_->tokens(), 2U);
  for (const auto& request : server.seen()) EXPECT_EQ(request.field("Proxy-Authorization"), "");
  Session without(transport, server.endpoint(), {}, Proxy{.address = proxy.address(), .scheme = Scheme::negotiate});
  auto refused = without.send({}, soon());
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().is(EwsError::invalid_request));
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
