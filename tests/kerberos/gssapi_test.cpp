#include <gssapi/gssapi.h>
#include <gssapi/gssapi_ext.h>
#include <gssapi/gssapi_krb5.h>
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "kerberos/tickets.h"
#include "tests/support/paths.h"
#include "tests/support/samba_dc.h"
#include "tests/support/tcp_relay.h"

namespace mailward::kerberos {
namespace {

using testing::SambaDc;
using namespace std::chrono_literals;

constexpr std::string_view kPassword = "Right-Horse-77";

gss_buffer_desc buffer_of(const std::string& text) {
  return {text.size(), const_cast<char*>(text.data())};
}

/// One Negotiate token for the service with a channel binding, as ews/ makes it.
std::string token_for(gss_cred_id_t credential, const ServiceTicket& ticket, const std::string& binding) {
  OM_uint32 minor = 0;
  gss_buffer_desc text = buffer_of(ticket.principal);
  gss_name_t name = GSS_C_NO_NAME;
  gss_import_name(&minor, &text, gss_nt_krb5_name, &name);
  gss_OID_desc spnego{6, const_cast<char*>("\x2b\x06\x01\x05\x05\x02")};
  gss_channel_bindings_struct bindings{};
  bindings.application_data = buffer_of(binding);
  gss_ctx_id_t context = GSS_C_NO_CONTEXT;
  gss_buffer_desc token = GSS_C_EMPTY_BUFFER;
  OM_uint32 major = gss_init_sec_context(&minor, credential, &context, name, &spnego, GSS_C_MUTUAL_FLAG, 0, &bindings,
                                         GSS_C_NO_BUFFER, nullptr, &token, nullptr, nullptr);
  EXPECT_FALSE(GSS_ERROR(major)) << major << " " << minor;
  std::string made(static_cast<const char*>(token.value), token.length);
  gss_release_buffer(&minor, &token);
  gss_release_name(&minor, &name);
  gss_delete_sec_context(&minor, &context, GSS_C_NO_BUFFER);
  return made;
}

/// Whether a server with the keytab accepts the token and finds the binding in it.
bool accepted_with_binding(const std::filesystem::path& keytab, const std::string& token, const std::string& binding) {
  std::string path = keytab.string();
  gss_key_value_element_desc element{"keytab", path.c_str()};
  gss_key_value_set_desc store{1, &element};
  OM_uint32 minor = 0;
  gss_cred_id_t credential = GSS_C_NO_CREDENTIAL;
  gss_acquire_cred_from(&minor, GSS_C_NO_NAME, GSS_C_INDEFINITE, GSS_C_NO_OID_SET, GSS_C_ACCEPT, &store, &credential,
                        nullptr, nullptr);
  gss_channel_bindings_struct bindings{};
  bindings.application_data = buffer_of(binding);
  gss_buffer_desc in = buffer_of(token);
  gss_buffer_desc out = GSS_C_EMPTY_BUFFER;
  gss_ctx_id_t context = GSS_C_NO_CONTEXT;
  OM_uint32 flags = 0;
  OM_uint32 major = gss_accept_sec_context(&minor, &context, credential, &in, &bindings, nullptr, nullptr, &out, &flags,
                                           nullptr, nullptr);
  gss_release_buffer(&minor, &out);
  gss_delete_sec_context(&minor, &context, GSS_C_NO_BUFFER);
  gss_release_cred(&minor, &credential);
  constexpr OM_uint32 kChannelBound = 2048;
  return major == GSS_S_COMPLETE && (flags & kChannelBound) != 0;
}

class GssapiTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (auto reason = SambaDc::unavailable()) GTEST_SKIP() << *reason;
    ignore_host_configuration();
    dc().create_user("gssclient", kPassword);
    dc().create_user("gssservice", kPassword);
    dc().add_spn("gssservice", "HTTP/gss.example.test");
    dc().export_keytab("HTTP/gss.example.test", folder_.path() / "keytab");
  }
  static SambaDc& dc() { return SambaDc::shared(); }
  testing::TemporaryFolder folder_;
};

TEST_F(GssapiTest, tokens_are_made_without_a_word_on_the_network_and_carry_the_binding) {
  testing::TcpRelay relay({.target_address = dc().address(), .target_port = 88});
  Settings settings{.home = {.name = "example.test", .controllers = {{IpAddress::v4({127, 0, 0, 1}), relay.port()}}}};
  auto tickets = acquire(settings, "gssclient@example.test", SecretString(kPassword), Deadline::after(20s));
  ASSERT_TRUE(tickets) << tickets.error().describe();
  auto ticket = fetch_service_ticket(*tickets, "HTTP", "gss.example.test", Deadline::after(20s));
  ASSERT_TRUE(ticket) << ticket.error().describe();
  int before = relay.connections();
  std::vector<std::string> tokens(8);
  {
    std::vector<std::jthread> threads;
    for (auto& token : tokens) {
      threads.emplace_back([&] { token = token_for(tickets->credential(), *ticket, "tls-server-end-point:abc"); });
    }
  }
  EXPECT_EQ(relay.connections(), before);
  for (const auto& token : tokens)
    EXPECT_TRUE(accepted_with_binding(folder_.path() / "keytab", token, "tls-server-end-point:abc"));
  std::string other = token_for(tickets->credential(), *ticket, "tls-server-end-point:abc");
  EXPECT_FALSE(accepted_with_binding(folder_.path() / "keytab", other, "tls-server-end-point:xyz"));
}

TEST_F(GssapiTest, many_threads_fetch_at_once) {
  Settings settings{.home = {.name = "EXAMPLE.TEST", .controllers = {{IpAddress::parse(dc().address()).value(), 88}}}};
  std::atomic<int> failures{0};
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 6; ++i) {
      threads.emplace_back([&] {
        for (int round = 0; round < 5; ++round) {
          auto tickets = acquire(settings, "gssclient@example.test", SecretString(kPassword), Deadline::after(30s));
          if (!tickets || !fetch_service_ticket(*tickets, "HTTP", "gss.example.test", Deadline::after(30s))) ++failures;
        }
      });
    }
  }
  EXPECT_EQ(failures, 0);
}

}  // namespace
}  // namespace mailward::kerberos
