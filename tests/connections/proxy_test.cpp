// A connection whose servers are reached by a proxy: the test, the gate and Autodiscover go by it, and its password
// goes to it once.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "base/bytes.h"
#include "connections/autodiscovery.h"
#include "ews/operations/get_folder.h"
#include "tests/ews/support/kerberos_acceptor.h"
#include "tests/ews/support/ntlm_acceptor.h"
#include "tests/ews/support/tunnel_proxy.h"
#include "tests/product_support/organisation.h"

namespace mailward::connections {
namespace {

using testing::KerberosAcceptor;
using testing::must;
using testing::NtlmAcceptor;
using testing::Organisation;
using testing::Product;
using testing::ReceivedRequest;
using testing::SambaDc;
using testing::TestOutcome;
using testing::TunnelProxy;
using namespace std::chrono_literals;

const Authentication kNtlm{.negotiate = false, .ntlm = true, .basic = false};
constexpr std::string_view kProxyPassword = "Proxy-Passw0rd-1!";

std::string answer(int status, std::string_view more = {}) {
  return "HTTP/1.1 " + std::to_string(status) + " No\r\n" + std::string(more) + "Content-Length: 0\r\n\r\n";
}

TunnelProxy::Judge open_to_all() {
  return [](const ReceivedRequest&) { return std::optional<std::string>(); };
}

TunnelProxy::Judge wants_basic() {
  return [](const ReceivedRequest& connect) -> std::optional<std::string> {
    const std::string wanted = "Basic " + to_base64(as_bytes("proxyuser:" + std::string(kProxyPassword)));
    if (connect.field("Proxy-Authorization") == wanted) return std::nullopt;
    return answer(407, "Proxy-Authenticate: Basic realm=\"p\"\r\n");
  };
}

TunnelProxy::Judge wants_ntlm(NtlmAcceptor& acceptor) {
  return [&acceptor](const ReceivedRequest& connect) { return testing::proxy_challenge(acceptor, connect); };
}

/// An organisation whose Exchange requires Extended Protection, behind a proxy.
class ProxyTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const auto why = SambaDc::unavailable()) GTEST_SKIP() << *why;
  }
  void begin(TunnelProxy::Judge judge, TunnelProxy::Wire wire = TunnelProxy::Wire::plain) {
    proxy_ = std::make_unique<TunnelProxy>(SocketAddress{IpAddress::v4({127, 0, 0, 1}), 9}, std::move(judge), wire);
    organisation_ =
        std::make_unique<Organisation>(Organisation::Options{.authentication = kNtlm,
                                                             .more_hosts = {{"proxy.example.test", {"127.0.0.1"}}},
                                                             .more_ports = {proxy_->address().port}});
    proxy_->lead_to({must(IpAddress::parse(organisation_->exchange().address())), organisation_->exchange().port()});
    tls_ = wire == TunnelProxy::Wire::tls;
  }
  /// By the EWS URL's address alone: the test's proxy leads to that one only.
  ConnectionForm form(ProxySignIn sign_in = ProxySignIn::none) const {
    ConnectionForm form = organisation_->form();
    form.front_ends.clear();
    form.proxy.url =
        (tls_ ? "https://proxy.example.test:" : "http://proxy.example.test:") + std::to_string(proxy_->address().port);
    form.proxy.sign_in = sign_in;
    if (sign_in == ProxySignIn::basic) form.proxy.user = "proxyuser";
    if (sign_in == ProxySignIn::ntlm) form.proxy.user = "EXAMPLE\\proxyuser";
    if (sign_in == ProxySignIn::negotiate) form.proxy.user = "proxyuser@example.test";
    if (tls_) form.proxy.trust_pem = proxy_->authority().pem();
    return form;
  }
  /// The proxy as a service of the domain, with whoever signs in to it. Its key, anew each time.
  std::filesystem::path proxy_key() {
    SambaDc& controller = SambaDc::shared();
    controller.create_user("exchange-proxy", "Some-Other-Passw0rd-" + std::to_string(++keys_) + "!");
    controller.add_spn("exchange-proxy", "HTTP/proxy.example.test");
    controller.create_user("proxyuser", kProxyPassword);
    const auto keytab = folder_.path() / ("proxy-" + std::to_string(keys_));
    controller.export_keytab("HTTP/proxy.example.test", keytab);
    return keytab;
  }
  static std::optional<TypedPassword> typed(std::string_view password) {
    return password.empty() ? std::nullopt : std::optional(TypedPassword{.secret = SecretString(password)});
  }
  ServerConnection save(const ConnectionForm& form, std::string_view proxy_password = {}) {
    return must(organisation_->product().ledger().create_connection(
        form, organisation_->directory(), TypedPassword{SecretString(Organisation::kPassword), false}, Product::by(),
        {}, typed(proxy_password)));
  }
  TestOutcome test(const ConnectionForm& form, std::string_view proxy_password = {}) {
    return organisation_->product().test({.form = form,
                                          .directory = organisation_->directory(),
                                          .password = TypedPassword{SecretString(Organisation::kPassword), false},
                                          .proxy_password = typed(proxy_password)});
  }
  auto call(ConnectionId id) {
    ews::GetFolder operation;
    operation.folders = {ews::DistinguishedFolder{"inbox", {}}};
    ews::CallContext context;
    context.impersonate = {ews::Impersonation::Kind::smtp_address, "usera@example.test"};
    return organisation_->product().gate().call(id, "test", operation, context, Deadline::after(20s));
  }

  std::unique_ptr<TunnelProxy> proxy_;
  std::unique_ptr<Organisation> organisation_;
  bool tls_ = false;
  testing::TemporaryFolder folder_;
  int keys_ = 0;
};

struct Way {
  const char* name;
  ProxySignIn sign_in;
  TunnelProxy::Wire wire;
};
class ProxyWays : public ProxyTest, public ::testing::WithParamInterface<Way> {};
INSTANTIATE_TEST_SUITE_P(Ways, ProxyWays,
                         ::testing::Values(Way{"open", ProxySignIn::none, TunnelProxy::Wire::plain},
                                           Way{"basic", ProxySignIn::basic, TunnelProxy::Wire::plain},
                                           Way{"ntlm", ProxySignIn::ntlm, TunnelProxy::Wire::plain},
                                           Way{"negotiate", ProxySignIn::negotiate, TunnelProxy::Wire::plain},
                                           Way{"basic_in_tls", ProxySignIn::basic, TunnelProxy::Wire::tls},
                                           Way{"negotiate_in_tls", ProxySignIn::negotiate, TunnelProxy::Wire::tls}),
                         [](const auto& info) { return std::string(info.param.name); });

/// Extended Protection is required: the binding is the server's own, through any proxy.
TEST_P(ProxyWays, lead_to_a_healthy_connection_and_its_calls) {
  NtlmAcceptor acceptor("EXAMPLE", "proxyuser", std::string(kProxyPassword));
  const ProxySignIn way = GetParam().sign_in;
  std::optional<KerberosAcceptor> kerberos;
  if (way == ProxySignIn::negotiate) kerberos.emplace(proxy_key());
  begin(way == ProxySignIn::none   ? open_to_all()
        : way == ProxySignIn::ntlm ? wants_ntlm(acceptor)
        : kerberos                 ? kerberos->judge()
                                   : wants_basic(),
        GetParam().wire);
  const std::string_view password = way == ProxySignIn::none ? std::string_view() : kProxyPassword;
  const TestOutcome unsaved = test(form(way), password);
  ASSERT_EQ(unsaved.verdict, "none") << unsaved.text();
  EXPECT_EQ(unsaved.outcomes_of("proxy"), std::vector{work::StepOutcome::ok}) << unsaved.text();
  const ServerConnection saved = save(form(way), password);
  const TestOutcome outcome = organisation_->product().test({.connection = saved.id});
  ASSERT_EQ(outcome.verdict, "none") << outcome.text();
  EXPECT_EQ(outcome.text().find(kProxyPassword), std::string::npos);
  const unsigned before = proxy_->tunnels();
  EXPECT_GT(before, 0u);
  const auto reply = call(saved.id);
  ASSERT_TRUE(reply) << reply.error().error.describe();
  EXPECT_GT(proxy_->tunnels(), before) << "the gate went around the proxy";
  // Each request reached Exchange by the balancer, from nowhere else than the proxy.
  EXPECT_EQ(organisation_->bad_password_count(), 0);
}

struct Fault {
  const char* name;
  const char* verdict;
  int status;  ///< 0: the proxy is not there
};
class ProxyFaults : public ProxyTest, public ::testing::WithParamInterface<Fault> {};
INSTANTIATE_TEST_SUITE_P(Faults, ProxyFaults,
                         ::testing::Values(Fault{"gone", "proxy_unreachable", 0},
                                           Fault{"forbids", "proxy_refused", 403},
                                           Fault{"wants_a_sign_in", "proxy_sign_in", 407},
                                           Fault{"cannot_reach_the_server", "proxy_refused", 502}),
                         [](const auto& info) { return std::string(info.param.name); });

TEST_P(ProxyFaults, are_named_with_a_remedy) {
  const int status = GetParam().status;
  begin([status](const ReceivedRequest&) -> std::optional<std::string> {
    return answer(status, status == 407 ? "Proxy-Authenticate: Basic realm=\"p\"\r\n" : "");
  });
  ConnectionForm tested = form();
  if (status == 0) tested.proxy.url = "http://127.0.0.1:9";
  if (status == 0) tested.proxy.url = "http://proxy.example.test:443";
  const TestOutcome outcome = test(tested);
  EXPECT_EQ(outcome.verdict, GetParam().verdict) << outcome.text();
  const std::string remedy = outcome.result.value("remedy", "");
  EXPECT_NE(remedy, "") << outcome.text();
  EXPECT_EQ(remedy.find("Allow CONNECT") != std::string::npos, status == 403) << "it is not forbidden: " << remedy;
  EXPECT_TRUE(organisation_->exchange().requests().empty());
  EXPECT_EQ(organisation_->bad_password_count(), 0);
}

TEST_F(ProxyTest, whose_certificate_is_not_trusted_is_named) {
  begin(open_to_all(), TunnelProxy::Wire::tls);
  ConnectionForm tested = form();
  tested.proxy.trust_pem.clear();
  const TestOutcome outcome = test(tested);
  EXPECT_EQ(outcome.verdict, "proxy_tls") << outcome.text();
}

/// One wrong password of the proxy's costs one attempt, however often it is tested or called.
TEST_F(ProxyTest, a_refused_password_is_shown_once) {
  begin(wants_basic());
  for (int i = 0; i < 3; ++i) {
    const TestOutcome outcome = test(form(ProxySignIn::basic), "Wrong-Proxy-1");
    EXPECT_EQ(outcome.verdict, "proxy_sign_in") << outcome.text();
    EXPECT_EQ(outcome.text().find("Wrong-Proxy-1"), std::string::npos);
  }
  EXPECT_EQ(proxy_->shown(), 1u);
  const ServerConnection saved = save(form(ProxySignIn::basic), kProxyPassword);
  ASSERT_EQ(organisation_->product().test({.connection = saved.id}).verdict, "none");
  ASSERT_TRUE(call(saved.id));
  // The proxy's password is changed: the gate finds out once.
  organisation_->product().restart();
  const auto now = must(organisation_->product().ledger().connection(saved.id));
  const auto wrong = must(organisation_->product().ledger().update_connection(
      now.id, now.version, now.form, std::nullopt, Product::by(), {}, typed("Wrong-Proxy-2")));
  const std::size_t before = proxy_->shown();
  for (int i = 0; i < 3; ++i) {
    const auto reply = call(wrong.id);
    ASSERT_FALSE(reply);
    EXPECT_TRUE(reply.error().is(ews::EwsError::proxy_failed) ||
                reply.error().error.is(ConnectionsError::proxy_refused))
        << reply.error().error.describe();
  }
  EXPECT_EQ(proxy_->shown() - before, 1u);
}

/// Who chose a sign-in that the proxy does not offer may choose another, with the password that was right all along.
TEST_F(ProxyTest, a_password_for_a_sign_in_that_it_does_not_offer_is_not_refused) {
  NtlmAcceptor acceptor("EXAMPLE", "proxyuser", std::string(kProxyPassword));
  begin(wants_ntlm(acceptor));
  ConnectionForm wrong_way = form(ProxySignIn::basic);
  wrong_way.proxy.user = "EXAMPLE\\proxyuser";
  const TestOutcome outcome = test(wrong_way, kProxyPassword);
  EXPECT_EQ(outcome.verdict, "proxy_sign_in") << outcome.text();
  EXPECT_NE(outcome.text().find("offers NTLM"), std::string::npos) << outcome.text();
  EXPECT_EQ(proxy_->shown(), 0u);
  EXPECT_EQ(test(form(ProxySignIn::ntlm), kProxyPassword).verdict, "none");
}

/// The proxy may answer with whatever body it likes.
TEST_F(ProxyTest, a_wrong_password_by_ntlm_costs_one_attempt_though_its_refusal_is_not_whole) {
  NtlmAcceptor acceptor("EXAMPLE", "proxyuser", std::string(kProxyPassword));
  begin([&](const ReceivedRequest& connect) -> std::optional<std::string> {
    auto said = testing::proxy_challenge(acceptor, connect);
    if (acceptor.refused() == 0) return said;
    return "HTTP/1.1 407 No\r\nProxy-Authenticate: NTLM\r\nConnection: close\r\n\r\n<html>no";
  });
  const ServerConnection saved = save(form(ProxySignIn::ntlm), kProxyPassword);
  ASSERT_EQ(organisation_->product().test({.connection = saved.id}).verdict, "none");
  const auto now = must(organisation_->product().ledger().connection(saved.id));
  const auto wrong = must(organisation_->product().ledger().update_connection(
      now.id, now.version, now.form, std::nullopt, Product::by(), {}, typed("Wrong-Proxy-2")));
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(call(wrong.id));
  EXPECT_EQ(acceptor.refused(), 1u);
}

/// Somebody changes the proxy's password: of all that go by it one finds out.
TEST_F(ProxyTest, a_password_that_is_wrong_by_now_is_shown_once_by_all_callers_together) {
  std::atomic<bool> changed = false;
  std::atomic<int> refused = 0;
  begin([&](const ReceivedRequest& connect) -> std::optional<std::string> {
    if (!changed) return wants_basic()(connect);
    if (!connect.field("Proxy-Authorization").empty()) ++refused;
    return answer(407, "Proxy-Authenticate: Basic realm=\"p\"\r\n");
  });
  const ServerConnection saved = save(form(ProxySignIn::basic), kProxyPassword);
  ASSERT_EQ(organisation_->product().test({.connection = saved.id}).verdict, "none");
  ASSERT_TRUE(call(saved.id));
  const auto twelve_calls = [&] {
    std::vector<std::jthread> callers;
    for (int i = 0; i < 12; ++i) callers.emplace_back([&] { [[maybe_unused]] const auto reply = call(saved.id); });
  };
  twelve_calls();
  EXPECT_EQ(refused, 0);
  changed = true;
  // The sessions at rest have to connect again too.
  proxy_->drop_all();
  for (int round = 0; round < 2; ++round) twelve_calls();
  EXPECT_EQ(refused, 1);
}

/// Else each session would sign in at the KDC.
TEST_F(ProxyTest, tickets_for_it_serve_as_long_as_they_hold) {
  KerberosAcceptor half(proxy_key());
  begin(half.judge());
  ASSERT_EQ(test(form(ProxySignIn::negotiate), kProxyPassword).verdict, "none");
  SambaDc::shared().set_password("proxyuser", "Another-Passw0rd-1!");
  const TestOutcome again = test(form(ProxySignIn::negotiate), kProxyPassword);
  EXPECT_EQ(again.verdict, "none") << again.text();
  EXPECT_EQ(SambaDc::shared().bad_password_count("proxyuser"), 0);
}

TEST_F(ProxyTest, a_ticket_that_it_refused_is_not_shown_again) {
  const auto first = proxy_key();
  auto half = std::make_unique<KerberosAcceptor>(first);
  begin([&](const ReceivedRequest& connect) { return half->judge()(connect); });
  ASSERT_EQ(test(form(ProxySignIn::negotiate), kProxyPassword).verdict, "none");
  // The proxy gets another key, and forgets the one before.
  half = std::make_unique<KerberosAcceptor>(proxy_key());
  EXPECT_EQ(test(form(ProxySignIn::negotiate), kProxyPassword).verdict, "proxy_sign_in");
  const TestOutcome mended = test(form(ProxySignIn::negotiate), kProxyPassword);
  EXPECT_EQ(mended.verdict, "none") << mended.text();
}

/// The KDC judges the password, the proxy only the ticket: once its key is mended, the same password serves.
TEST_F(ProxyTest, a_ticket_that_it_cannot_open_is_no_refused_password) {
  const auto outdated = proxy_key();
  const auto current = proxy_key();
  auto half = std::make_unique<KerberosAcceptor>(outdated);
  begin([&](const ReceivedRequest& connect) { return half->judge()(connect); });
  const TestOutcome refused = test(form(ProxySignIn::negotiate), kProxyPassword);
  EXPECT_EQ(refused.verdict, "proxy_sign_in") << refused.text();
  EXPECT_EQ(refused.text().find(kProxyPassword), std::string::npos);
  EXPECT_EQ(proxy_->seen().size(), 1u) << "one ticket, one try";
  EXPECT_EQ(proxy_->tunnels(), 0u);
  half = std::make_unique<KerberosAcceptor>(current);
  const TestOutcome mended = test(form(ProxySignIn::negotiate), kProxyPassword);
  EXPECT_EQ(mended.verdict, "none") << mended.text();
  EXPECT_EQ(SambaDc::shared().bad_password_count("proxyuser"), 0);
}

TEST_F(ProxyTest, a_password_that_the_kdc_refuses_costs_one_attempt_and_reaches_no_proxy) {
  KerberosAcceptor half(proxy_key());
  begin(half.judge());
  for (int i = 0; i < 2; ++i) {
    const TestOutcome outcome = test(form(ProxySignIn::negotiate), "Wrong-Proxy-1");
    EXPECT_EQ(outcome.verdict, "proxy_sign_in") << outcome.text();
    EXPECT_EQ(outcome.text().find("Wrong-Proxy-1"), std::string::npos);
  }
  EXPECT_EQ(SambaDc::shared().bad_password_count("proxyuser"), 1);
  EXPECT_TRUE(proxy_->seen().empty());
}

TEST_F(ProxyTest, that_wants_tickets_says_where_none_can_be_had) {
  proxy_key();
  SambaDc::shared().delete_user("exchange-proxy");
  begin(open_to_all());
  const TestOutcome unknown = test(form(ProxySignIn::negotiate), kProxyPassword);
  EXPECT_EQ(unknown.verdict, "proxy_sign_in") << unknown.text();
  EXPECT_NE(unknown.text().find("HTTP/proxy.example.test"), std::string::npos) << unknown.text();
  const TestOutcome realmless =
      organisation_->product().test({.form = form(ProxySignIn::negotiate),
                                     .password = TypedPassword{SecretString(Organisation::kPassword), false},
                                     .proxy_password = typed(kProxyPassword)});
  EXPECT_EQ(realmless.verdict, "proxy_sign_in") << realmless.text();
  EXPECT_NE(realmless.text().find("needs the realm"), std::string::npos) << realmless.text();
  EXPECT_NE(realmless.result.value("remedy", ""), "") << realmless.text();
  EXPECT_TRUE(proxy_->seen().empty());
}

/// Whoever may edit the connection, and does not know the proxy's password, cannot have it sent to a proxy of his own
/// by testing a form.
TEST_F(ProxyTest, a_form_with_another_proxy_gets_no_stored_password) {
  begin(wants_basic());
  const ServerConnection saved = save(form(ProxySignIn::basic), kProxyPassword);
  ASSERT_EQ(organisation_->product().test({.connection = saved.id}).verdict, "none");
  const std::size_t before = proxy_->seen().size();
  ConnectionForm theft = saved.form;
  theft.proxy.url = "http://localhost:" + std::to_string(proxy_->address().port);
  const TestOutcome outcome = organisation_->product().test(
      {.connection = saved.id, .form = theft, .password = TypedPassword{SecretString(Organisation::kPassword), false}});
  EXPECT_EQ(outcome.verdict, "proxy_sign_in") << outcome.text();
  EXPECT_EQ(proxy_->seen().size(), before);
  // Nor the master mailbox's own.
  const TestOutcome without = organisation_->product().test({.connection = saved.id, .form = theft});
  EXPECT_NE(without.verdict, "none") << without.text();
  EXPECT_EQ(proxy_->seen().size(), before);
}

TEST_F(ProxyTest, autodiscover_goes_by_it_too) {
  begin(open_to_all());
  ConnectionForm asked = form();
  asked.autodiscover = "usera@example.test";
  auto& product = organisation_->product();
  const auto found = must(find_ews(product.tests().parts(),
                                   {.form = asked,
                                    .directory = organisation_->directory(),
                                    .password = TypedPassword{SecretString(Organisation::kPassword), false},
                                    .confirmed = {"example.test", "autodiscover.example.test"}},
                                   Deadline::after(30s), {}));
  EXPECT_GT(proxy_->seen().size(), 0u);
  for (const auto& step : found.steps) EXPECT_NE(step.source, ews::AutodiscoverSource::http_redirect);
}

}  // namespace
}  // namespace mailward::connections
