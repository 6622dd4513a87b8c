#include "kerberos/sasl_client.h"

#include <gssapi/gssapi.h>
#include <gssapi/gssapi_ext.h>
#include <gtest/gtest.h>

#include <chrono>

#include "tests/support/paths.h"
#include "tests/support/samba_dc.h"

/// SASL's mechanism GSSAPI against an acceptor with the service's keys.
namespace mailward::kerberos {
namespace {

using testing::SambaDc;

constexpr std::string_view kPassword = "Right-Horse-77";
constexpr std::string_view kBinding = "tls-server-end-point:abc";

gss_buffer_desc buffer_of(std::string_view text) {
  return {text.size(), const_cast<char*>(text.data())};
}

/// The server's side (RFC 4752 3.2), as far as a test wants it.
class Acceptor {
 public:
  explicit Acceptor(const std::filesystem::path& keytab) {
    const std::string path = keytab.string();
    gss_key_value_element_desc element{"keytab", path.c_str()};
    gss_key_value_set_desc store{1, &element};
    OM_uint32 minor = 0;
    gss_acquire_cred_from(&minor, GSS_C_NO_NAME, GSS_C_INDEFINITE, GSS_C_NO_OID_SET, GSS_C_ACCEPT, &store, &credential_,
                          nullptr, nullptr);
  }
  ~Acceptor() {
    OM_uint32 minor = 0;
    gss_delete_sec_context(&minor, &context_, GSS_C_NO_BUFFER);
    gss_release_cred(&minor, &credential_);
  }
  Acceptor(const Acceptor&) = delete;
  Acceptor& operator=(const Acceptor&) = delete;

  /// The answer to the client's first token; empty where it is refused.
  std::string accept(std::string_view token) {
    gss_channel_bindings_struct bindings{};
    bindings.application_data = buffer_of(kBinding);
    gss_buffer_desc in = buffer_of(token);
    gss_buffer_desc out = GSS_C_EMPTY_BUFFER;
    OM_uint32 minor = 0;
    const OM_uint32 major = gss_accept_sec_context(&minor, &context_, credential_, &in, &bindings, nullptr, nullptr,
                                                   &out, &flags_, nullptr, nullptr);
    std::string answer = taken(out);
    return major == GSS_S_COMPLETE ? answer : std::string();
  }
  bool bound() const { return (flags_ & GSS_C_CHANNEL_BOUND_FLAG) != 0; }
  std::string wrapped(std::string_view text) {
    gss_buffer_desc in = buffer_of(text);
    gss_buffer_desc out = GSS_C_EMPTY_BUFFER;
    OM_uint32 minor = 0;
    gss_wrap(&minor, context_, 0, GSS_C_QOP_DEFAULT, &in, nullptr, &out);
    return taken(out);
  }
  std::string unwrapped(std::string_view token) {
    gss_buffer_desc in = buffer_of(token);
    gss_buffer_desc out = GSS_C_EMPTY_BUFFER;
    OM_uint32 minor = 0;
    gss_unwrap(&minor, context_, &in, &out, nullptr, nullptr);
    return taken(out);
  }

 private:
  static std::string taken(gss_buffer_desc& buffer) {
    std::string text(static_cast<const char*>(buffer.value), buffer.length);
    OM_uint32 minor = 0;
    gss_release_buffer(&minor, &buffer);
    return text;
  }
  gss_cred_id_t credential_ = GSS_C_NO_CREDENTIAL;
  gss_ctx_id_t context_ = GSS_C_NO_CONTEXT;
  OM_uint32 flags_ = 0;
};

class SaslClientTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (auto reason = SambaDc::unavailable()) GTEST_SKIP() << *reason;
    ignore_host_configuration();
    SambaDc& dc = SambaDc::shared();
    dc.create_user("saslclient", kPassword);
    dc.create_user("saslservice", kPassword);
    dc.add_spn("saslservice", "ldap/sasl.example.test");
    dc.export_keytab("ldap/sasl.example.test", folder_.path() / "keytab");
    Settings settings;
    settings.home = {"EXAMPLE.TEST", {{IpAddress::parse(dc.address()).value(), 88}}};
    tickets_.emplace(acquire(settings, "saslclient", SecretString(kPassword), soon()).value());
    ticket_ = fetch_service_ticket(*tickets_, "ldap", "sasl.example.test", soon()).value();
  }
  static Deadline soon() { return Deadline::after(std::chrono::seconds(20)); }
  SaslClient client(std::string_view binding = kBinding) {
    return SaslClient::make(*tickets_, ticket_, to_bytes(binding)).value();
  }
  /// With its context established.
  SaslClient established(Acceptor& acceptor) {
    SaslClient one = client();
    EXPECT_EQ(one.step(acceptor.accept(one.step("").value())).value(), "") << "the mechanism's last word is empty";
    return one;
  }
  std::filesystem::path keytab() const { return folder_.path() / "keytab"; }

  testing::TemporaryFolder folder_;
  std::optional<Tickets> tickets_;
  ServiceTicket ticket_;
};

TEST_F(SaslClientTest, proves_itself_on_this_channel_and_chooses_no_layer) {
  Acceptor acceptor(keytab());
  SaslClient one = established(acceptor);
  EXPECT_TRUE(acceptor.bound());
  EXPECT_FALSE(one.complete());
  const auto choice = one.step(acceptor.wrapped(std::string_view("\x07\x00\x10\x00", 4)));
  ASSERT_TRUE(choice) << choice.error().describe();
  EXPECT_EQ(acceptor.unwrapped(*choice), std::string_view("\x01\x00\x00\x00", 4));
  EXPECT_TRUE(one.complete());
  EXPECT_TRUE(one.step("").error().is(KerberosError::malformed_answer)) << "nothing comes after that";
}

TEST_F(SaslClientTest, another_channel_is_refused_and_none_is_not_bound) {
  Acceptor other(keytab());
  EXPECT_EQ(other.accept(client("tls-server-end-point:xyz").step("").value()), "");
  Acceptor none(keytab());
  EXPECT_NE(none.accept(client("").step("").value()), "");
  EXPECT_FALSE(none.bound());
}

TEST_F(SaslClientTest, a_server_that_proves_nothing_or_wants_a_layer_is_left) {
  for (const std::string_view rubbish : {std::string_view("\x60\x03rub", 5), std::string_view("x")}) {
    SaslClient one = client();
    ASSERT_TRUE(one.step(""));
    EXPECT_TRUE(one.step(rubbish).error().is(KerberosError::malformed_answer));
    EXPECT_FALSE(one.complete());
  }
  for (const std::string_view offer : {std::string_view("\x06\x00\x10\x00", 4), std::string_view("\x01")}) {
    Acceptor acceptor(keytab());
    SaslClient one = established(acceptor);
    EXPECT_TRUE(one.step(acceptor.wrapped(offer)).error().is(KerberosError::malformed_answer));
    EXPECT_FALSE(one.complete());
  }
  Acceptor acceptor(keytab());
  SaslClient one = established(acceptor);
  EXPECT_TRUE(one.step("\x01").error().is(KerberosError::malformed_answer)) << "an offer that is not protected";
}

}  // namespace
}  // namespace mailward::kerberos
