#include "connections/form.h"

#include <gmock/gmock.h>

#include "connections/controller.h"
#include "connections/password.h"
#include "tests/connections/books.h"

namespace mailward::connections::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// The fields that do not hold, each once.
std::set<std::string> wrong_fields(const auto& form) {
  std::set<std::string> fields;
  for (const FieldProblem& problem : check_form(form)) {
    EXPECT_FALSE(problem.problem.empty());
    fields.insert(problem.field);
  }
  return fields;
}

TEST(EwsUrlTest, takes_a_url_apart) {
  const auto url = must(EwsUrl::parse("HTTPS://Mail.Example.TEST:8443/EWS/Exchange.asmx"));
  EXPECT_EQ(url.host, "mail.example.test");
  EXPECT_EQ(url.port, 8443);
  EXPECT_EQ(url.path, "/EWS/Exchange.asmx");
  EXPECT_EQ(url.text(), "https://mail.example.test:8443/EWS/Exchange.asmx");
}

TEST(EwsUrlTest, fills_in_port_and_path) {
  for (const char* text :
       {"https://mail.example.test", "https://mail.example.test/", "https://mail.example.test:443"}) {
    EXPECT_EQ(must(EwsUrl::parse(text)).text(), "https://mail.example.test/EWS/Exchange.asmx") << text;
  }
}

TEST(EwsUrlTest, knows_addresses) {
  EXPECT_EQ(must(EwsUrl::parse("https://192.0.2.7/x")).host, "192.0.2.7");
  const auto url = must(EwsUrl::parse("https://[2001:DB8:0::1]:8443/x"));
  EXPECT_EQ(url.host, "2001:db8::1");
  EXPECT_EQ(url.text(), "https://[2001:db8::1]:8443/x");
}

TEST(EwsUrlTest, refuses_what_is_no_plain_https_url) {
  const std::string bad[] = {
      "",
      "mail.example.test",
      "http://mail.example.test/",
      "ftp://mail.example.test/",
      "https:/mail.example.test/",
      "https://",
      "https:///EWS",
      "https://:443/",
      "https://user@mail.example.test/",
      "https://user:password@mail.example.test/",
      "https://mail.example.test@other.example.test/",
      "https://mail.example.test/?q=1",
      "https://mail.example.test?q",
      "https://mail.example.test/#f",
      "https://mail.example.test#@other.example.test/",
      "https://mail.example.test\\@other.example.test/",
      "https://mail.example.test/EWS exchange",
      "https:// mail.example.test/",
      "https://mail.example.test/\r\nHost: other.example.test",
      std::string("https://mail.example.test/\0x", 28),
      "https://m\xc3\xbcller.example.test/",
      "https://mail.example.test:0/",
      "https://mail.example.test:65536/",
      "https://mail.example.test:+443/",
      "https://mail.example.test:4 43/",
      "https://mail.example.test:/",
      "https://mail.example.test:443:443/",
      "https://2001:db8::1/",
      "https://[2001:db8::1/",
      "https://[2001:db8::1]443/",
      "https://[fe80::1%25eth0]/",
      "https://[192.0.2.1]/",
      "https://127.1/",
      "https://0x7f.0.0.1/",
      "https://2130706433/",
      "https://0x7f000001/",
      "https://192.0.2.256/",
      "https://-mail.example.test/",
      "https://mail-.example.test/",
      "https://mail..example.test/",
      "https://mail.example.test./",
      "https://.example.test/",
      "https://mail%2eexample.test/",
      "https://mail_1.example.test/",
      "https://mail.example.test/../owa",
      "https://mail.example.test/EWS/..",
      "https://mail.example.test//other",
      "https://mail.example.test/%zz",
      "https://mail.example.test/a%2",
      "https://" + std::string(64, 'a') + ".example.test/",
      "https://mail.example.test/" + std::string(500, 'a'),
  };
  for (const std::string& text : bad) {
    EXPECT_TRUE(fails_with(EwsUrl::parse(text), ConnectionsError::invalid_form)) << text;
  }
}

TEST(EwsUrlTest, asks_for_the_xn_form_of_a_foreign_name) {
  EXPECT_THAT(EwsUrl::parse("https://m\xc3\xbcller.example.test/").error().message(), HasSubstr("xn--"));
  EXPECT_EQ(must(EwsUrl::parse("https://xn--mller-kva.example.test/")).host, "xn--mller-kva.example.test");
}

TEST(EndpointTest, reads_hosts_and_addresses_with_and_without_port) {
  EXPECT_EQ(must(Endpoint::parse("MAIL1.example.test", 443)).text(), "mail1.example.test:443");
  EXPECT_EQ(must(Endpoint::parse("mail1.example.test:8443", 443)).text(), "mail1.example.test:8443");
  EXPECT_EQ(must(Endpoint::parse("192.0.2.1", 443)).text(), "192.0.2.1:443");
  EXPECT_EQ(must(Endpoint::parse("[2001:db8::1]", 443)).text(), "[2001:db8::1]:443");
  for (const char* text : {"", ":443", "a:b", "2001:db8::1", "a/b", "https://a", "u@a", "[::1", "[::1]x", "a b"}) {
    EXPECT_TRUE(fails_with(Endpoint::parse(text, 443), ConnectionsError::invalid_form)) << text;
  }
}

TEST(ControllerTest, reads_what_administrators_write) {
  EXPECT_EQ(controller_text(must(parse_controller("DC1.example.test"))), "ldaps://dc1.example.test:636");
  EXPECT_EQ(controller_text(must(parse_controller("dc1.example.test:3636"))), "ldaps://dc1.example.test:3636");
  EXPECT_EQ(controller_text(must(parse_controller("LDAP://dc1.example.test"))), "ldap://dc1.example.test:389");
  EXPECT_EQ(controller_text(must(parse_controller("ldaps://[2001:db8::5]/"))), "ldaps://[2001:db8::5]:636");
  EXPECT_EQ(controller_text(must(parse_controller("srv:Example.test"))), "srv:example.test");
  EXPECT_EQ(controller_text(must(parse_controller("srv:example.test/Head-Office"))), "srv:example.test/Head-Office");
  for (const char* wrong : {"srv:", "srv:example", "srv:192.0.2.1", "srv:example.test:389", "srv:example.test/",
                            "srv:example.test/a b", "srv:example.test/a.b", "srv:exa mple.test"}) {
    EXPECT_FALSE(parse_controller(wrong)) << wrong;
  }
  for (const char* text :
       {"", "ldap://", "http://dc1.example.test", "dc1.example.test:ldap", "ldaps://dc1/DC=x", "dc 1"}) {
    EXPECT_TRUE(fails_with(parse_controller(text), ConnectionsError::invalid_form)) << text;
  }
}

TEST(AccountNameTest, makes_names_comparable) {
  EXPECT_EQ(must(normalised_account_name("  Svc-Mailward@Example.TEST ")), "svc-mailward@example.test");
  EXPECT_EQ(must(normalised_account_name("EXAMPLE\\Svc Mailward")), "example\\svc mailward");
  EXPECT_EQ(must(normalised_account_name("o'neil+x@example.test")), "o'neil+x@example.test");
}

TEST(AccountNameTest, refuses_what_names_no_account) {
  const std::string bad[] = {"",
                             "svc",
                             "@example.test",
                             "svc@",
                             "svc@exa mple.test",
                             "s vc@example.test",
                             "svc@[192.0.2.1]",
                             "\\svc",
                             "EXAMPLE\\",
                             "EXAMPLE\\a\\b",
                             "EXAMPLE\\a@b",
                             "EX AMPLE\\svc",
                             "svc@example.test\nsvc2@example.test",
                             std::string("svc\0@example.test", 17),
                             "svc\xff@example.test",
                             "CN=svc,DC=example,DC=test",
                             std::string(300, 'a') + "@example.test"};
  for (const std::string& text : bad) {
    EXPECT_TRUE(fails_with(normalised_account_name(text), ConnectionsError::invalid_form)) << text;
  }
}

TEST(SmtpAddressTest, takes_what_mailboxes_have) {
  EXPECT_EQ(must(checked_smtp_address(" UserA@Example.TEST ")), "UserA@example.test");
  EXPECT_EQ(must(checked_smtp_address("a.b+c=d!e#f@sub.example.test")), "a.b+c=d!e#f@sub.example.test");
}

TEST(SmtpAddressTest, refuses_the_rest) {
  const std::string bad[] = {"",
                             "usera",
                             "@example.test",
                             "usera@",
                             "a@b@example.test",
                             ".a@example.test",
                             "a.@example.test",
                             "a..b@example.test",
                             "\"a b\"@example.test",
                             "a b@example.test",
                             "a@exam_ple.test",
                             "a@[192.0.2.1]",
                             "<a@example.test>",
                             "a@example.test>",
                             "a@example.test\r\nx",
                             "\xc3\xa4@example.test",
                             std::string(65, 'a') + "@example.test",
                             "a@" + std::string(63, 'b') + "." + std::string(63, 'b') + "." + std::string(63, 'b') +
                                 "." + std::string(63, 'b') + ".test"};
  for (const std::string& text : bad) {
    EXPECT_TRUE(fails_with(checked_smtp_address(text), ConnectionsError::invalid_form)) << text;
  }
}

TEST(ConnectionFormTest, a_good_form_has_no_problem) {
  EXPECT_THAT(check_form(sample_form()), IsEmpty());
}

TEST(ConnectionFormTest, each_field_is_checked_by_itself) {
  const auto wrong = [](auto&& spoil) {
    ConnectionForm form = sample_form();
    spoil(form);
    return wrong_fields(form);
  };
  using Fields = std::set<std::string>;
  EXPECT_EQ(wrong([](auto& f) { f.description = " "; }), Fields{"description"});
  EXPECT_EQ(wrong([](auto& f) { f.description = std::string(201, 'x'); }), Fields{"description"});
  EXPECT_EQ(wrong([](auto& f) { f.description = "a\x1b[31mb"; }), Fields{"description"});
  EXPECT_EQ(wrong([](auto& f) {
              f.description =
                  "a\xc2\x9b"
                  "b";
            }),
            Fields{"description"});
  EXPECT_EQ(wrong([](auto& f) { f.description = "\xc3\x28"; }), Fields{"description"});
  EXPECT_EQ(wrong([](auto& f) { f.ews_url = "http://mail.example.test"; }), Fields{"ews_url"});
  EXPECT_EQ(wrong([](auto& f) { f.master_mailbox = ""; }), Fields{"master_mailbox"});
  EXPECT_EQ(wrong([](auto& f) { f.authentication = {false, false, false}; }), Fields{"authentication"});
  EXPECT_EQ(wrong([](auto& f) { f.trust_pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"; }),
            Fields{"trust_pem"});
  EXPECT_EQ(wrong([](auto& f) { f.trust_pem = "/etc/ssl/ca.pem"; }), Fields{"trust_pem"});
  EXPECT_EQ(wrong([](auto& f) { f.mailbox_check = "usera"; }), Fields{"mailbox_check"});
  EXPECT_EQ(wrong([](auto& f) { f.refused_mailbox = "userb"; }), Fields{"refused_mailbox"});
  EXPECT_EQ(wrong([](auto& f) { f.refused_mailbox = "USERA@example.test"; }), Fields{"refused_mailbox"});
  EXPECT_EQ(wrong([](auto& f) { f.front_ends = {"a", "http://b"}; }), Fields{"front_ends"});
  EXPECT_EQ(wrong([](auto& f) { f.front_ends = {"a.example.test", "A.example.test:443"}; }), Fields{"front_ends"});
  EXPECT_EQ(wrong([](auto& f) {
              for (int i = 0; i < 33; ++i) f.front_ends.push_back("mail" + std::to_string(i));
            }),
            Fields{"front_ends"});
  EXPECT_EQ(wrong([](auto& f) { f.products = {"unknown"}; }), Fields{"products"});
  EXPECT_EQ(wrong([](auto& f) { f.products = {"sync_and_recover", "sync_and_recover"}; }), Fields{"products"});
  EXPECT_EQ(wrong([](auto& f) { f.concurrency = 0; }), Fields{"concurrency"});
  EXPECT_EQ(wrong([](auto& f) { f.concurrency = 101; }), Fields{"concurrency"});
  EXPECT_EQ(wrong([](auto& f) { f.user_agent = "a\r\nX: y"; }), Fields{"user_agent"});
  for (const char* all : {"*", "Mailward/?", "[a-z]*"}) {
    EXPECT_EQ(wrong([all](auto& f) { f.user_agent = all; }), Fields{"user_agent"}) << all;
  }
  EXPECT_EQ(wrong([](auto& f) { f.user_agent = std::string(201, 'a'); }), Fields{"user_agent"});
  EXPECT_EQ(wrong([](auto& f) { f.heartbeat_seconds = 59; }), Fields{"heartbeat_seconds"});
  EXPECT_EQ(wrong([](auto& f) { f.heartbeat_seconds = 86'401; }), Fields{"heartbeat_seconds"});
  EXPECT_EQ(wrong([](auto& f) { f.heartbeat_seconds = 0; }), Fields{});
  EXPECT_EQ(wrong([](auto& f) { f.description = std::string(100, 'x') + "\xc3\xa4"; }), Fields{});
}

TEST(ConnectionFormTest, the_error_names_every_field) {
  ConnectionForm form = sample_form();
  form.ews_url = "x";
  form.concurrency = 0;
  const Error error = form_error(check_form(form));
  EXPECT_THAT(error.message(), HasSubstr("ews_url: "));
  EXPECT_THAT(error.message(), HasSubstr("concurrency: "));
}

TEST(DirectoryFormTest, each_field_is_checked_by_itself) {
  EXPECT_THAT(check_form(sample_directory()), IsEmpty());
  const auto wrong = [](auto&& spoil) {
    DirectoryForm form = sample_directory();
    spoil(form);
    return wrong_fields(form);
  };
  using Fields = std::set<std::string>;
  EXPECT_EQ(wrong([](auto& f) { f.name = ""; }), Fields{"name"});
  EXPECT_EQ(wrong([](auto& f) { f.name = std::string(101, 'x'); }), Fields{"name"});
  EXPECT_EQ(wrong([](auto& f) { f.realm = "EXAMPLE.TEST\nkdc = x"; }), Fields{"realm"});
  EXPECT_EQ(wrong([](auto& f) { f.domain = "EXAMPLE\\X"; }), Fields{"domain"});
  EXPECT_EQ(wrong([](auto& f) { f.domain = "SIXTEENLETTERSXX"; }), Fields{"domain"});
  EXPECT_EQ(wrong([](auto& f) { f.controllers.clear(); }), Fields{"controllers"});
  EXPECT_EQ(wrong([](auto& f) { f.controllers = {"dc1", "ldaps://DC1:636"}; }), Fields{"controllers"});
  EXPECT_EQ(wrong([](auto& f) { f.controllers = {"dc1 dc2"}; }), Fields{"controllers"});
  EXPECT_EQ(wrong([](auto& f) { f.base_dn = "example.test"; }), Fields{"base_dn"});
  EXPECT_EQ(wrong([](auto& f) { f.trust_pem = "x"; }), Fields{"trust_pem"});
  EXPECT_EQ(wrong([](auto& f) { f.reader = "reader"; }), Fields{"reader"});
  EXPECT_EQ(wrong([](auto& f) { f.reader = "reader@example.test\r\n"; }), Fields{"reader"});
}

TEST(DirectoryFormTest, a_sign_in_by_kerberos_needs_a_realm_and_a_name_that_it_knows) {
  DirectoryForm form = sample_directory();
  form.reader_sign_in = ReaderSignIn::kerberos;
  EXPECT_THAT(check_form(form), IsEmpty());
  form.reader = "EXAMPLE\\reader";
  EXPECT_THAT(check_form(form), IsEmpty());
  form.reader = "CN=reader,DC=example,DC=test";
  EXPECT_EQ(wrong_fields(form), std::set<std::string>{"reader"});
  form = sample_directory();
  form.reader_sign_in = ReaderSignIn::kerberos;
  form.realm.clear();
  EXPECT_EQ(wrong_fields(form), std::set<std::string>{"reader_sign_in"});
  EXPECT_EQ(must(parse_reader_sign_in("kerberos")), ReaderSignIn::kerberos);
  EXPECT_EQ(must(parse_reader_sign_in("simple")), ReaderSignIn::simple);
  EXPECT_TRUE(fails_with(parse_reader_sign_in("Simple"), ConnectionsError::invalid_form));
}

TEST(AuthenticationTest, reads_and_writes_its_text) {
  EXPECT_EQ(must(Authentication::parse(" NTLM, basic")).text(), "ntlm,basic");
  for (const char* text : {"", "kerberos", "ntlm,,basic", "ntlm,ntlm", "ntlm basic"}) {
    EXPECT_TRUE(fails_with(Authentication::parse(text), ConnectionsError::invalid_form)) << text;
  }
}

TEST(PasswordTest, oddities_are_named_and_repeat_nothing) {
  const Authentication basic{.negotiate = false, .ntlm = false, .basic = true};
  const Authentication ntlm{.negotiate = false, .ntlm = true, .basic = false};
  const auto odd = [](std::string_view text, const Authentication& authentication) {
    const auto oddities = password_oddities(SecretString(text), authentication);
    for (const std::string& oddity : oddities) EXPECT_THAT(oddity, ::testing::Not(HasSubstr("Zebra")));
    return oddities.size();
  };
  EXPECT_EQ(odd("Zebra-1", basic), 0U);
  EXPECT_EQ(odd("Zeb ra-1", basic), 0U);
  EXPECT_EQ(odd("Zebra-1\n", ntlm), 1U);
  EXPECT_EQ(odd("Zebra-1\r\n", ntlm), 1U);
  EXPECT_EQ(odd("Zebra\n1", ntlm), 1U);
  EXPECT_EQ(odd(" Zebra-1", ntlm), 1U);
  EXPECT_EQ(odd("Zebra-1\xc2\xa0", ntlm), 1U);
  EXPECT_EQ(odd("Zebra\x01", ntlm), 1U);
  EXPECT_EQ(odd("Zebr\xc3\xa4", ntlm), 0U);
  EXPECT_EQ(odd("Zebr\xc3\xa4", basic), 1U);
}

TEST(PasswordTest, what_can_be_no_password_is_refused) {
  for (const std::string& text : {std::string(), std::string("a\0b", 3), std::string("\xff"), std::string(257, 'x')}) {
    EXPECT_TRUE(fails_with(check_password(SecretString(text)), ConnectionsError::invalid_form));
  }
  EXPECT_TRUE(check_password(SecretString(std::string(256, 'x'))));
}

}  // namespace
}  // namespace mailward::connections::testing
