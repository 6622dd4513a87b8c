// Answers of Autodiscover as a broken or hostile server sends them: cut at every byte, and changed by seed.
#include <gtest/gtest.h>

#include "base/bytes.h"
#include "ews/autodiscover/answer.h"
#include "ews/autodiscover/https_url.h"
#include "ews/xml.h"
#include "tests/support/mutations.h"

namespace mailward::ews {
namespace {

using Kind = AutodiscoverAnswer::Kind;
using Read = Outcome<AutodiscoverAnswer> (*)(std::string_view);

constexpr std::uint32_t kSeed = 20261130;
constexpr int kRounds = 400;

std::string pox(const std::string& inner) {
  return "<?xml version=\"1.0\" encoding=\"utf-8\"?><Autodiscover "
         "xmlns=\"http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006\"><Response "
         "xmlns=\"http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a\">" +
         inner + "</Response></Autodiscover>";
}

std::string soap(const std::string& user) {
  return "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\" "
         "xmlns:a=\"http://www.w3.org/2005/08/addressing\"><s:Header><a:Action s:mustUnderstand=\"1\">x</a:Action>"
         "</s:Header><s:Body><GetUserSettingsResponseMessage "
         "xmlns=\"http://schemas.microsoft.com/exchange/2010/Autodiscover\"><Response "
         "xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\"><ErrorCode>NoError</ErrorCode><ErrorMessage/>"
         "<UserResponses><UserResponse>" +
         user + "</UserResponse></UserResponses></Response></GetUserSettingsResponseMessage></s:Body></s:Envelope>";
}

std::string setting(const std::string& name, const std::string& value) {
  return "<UserSetting i:type=\"StringSetting\"><Name>" + name + "</Name><Value>" + value + "</Value></UserSetting>";
}

std::string without_markup(std::string_view xml) {
  std::string plain;
  bool inside = false;
  for (const char letter : xml) {
    if (letter == '<') inside = true;
    if (!inside) plain += letter;
    if (letter == '>') inside = false;
  }
  return plain;
}

/// No letter was replaced for being none.
bool is_plain(std::string_view value) {
  return value.find("\xEF\xBF\xBD") == std::string_view::npos;
}

struct Answer {
  const char* name;
  Read read;
  Kind kind;
  std::string text;
};

std::vector<Answer> answers() {
  const std::string protocols =
      "<Protocol><Type>EXCH</Type><Server>guid@example.test</Server><EwsUrl>https://mail.example.test/EWS/Exchange.asmx"
      "</EwsUrl></Protocol><Protocol><Type>EXPR</Type><ASUrl>https://out.example.test/EWS/Exchange.asmx</ASUrl>"
      "</Protocol><AlternativeMailbox><Type>Archive</Type><Server>other@example.test</Server></AlternativeMailbox>";
  return {
      {"settings", read_pox, Kind::settings,
       pox("<User><DisplayName>User A</DisplayName></User><Account><AccountType>email</AccountType><Action>settings"
           "</Action><MicrosoftOnline>False</MicrosoftOnline>" +
           protocols + "</Account>")},
      {"address", read_pox, Kind::redirect_address,
       pox("<Account><Action>redirectAddr</Action><RedirectAddr>b@example.test</RedirectAddr></Account>")},
      {"url", read_pox, Kind::redirect_url,
       pox("<Account><Action>redirectUrl</Action><RedirectUrl>https://b.example.test/</RedirectUrl></Account>")},
      {"error", read_pox, Kind::error,
       pox("<Error Time=\"12:00:00\" Id=\"1\"><ErrorCode>500</ErrorCode><Message>No</Message><DebugData/></Error>")},
      {"soap_settings", read_user_settings, Kind::settings,
       soap("<ErrorCode>NoError</ErrorCode><ErrorMessage>No error.</ErrorMessage><RedirectTarget i:nil=\"true\"/>"
            "<UserSettingErrors/><UserSettings>" +
            setting("UserDisplayName", "User A") + setting("InternalEwsUrl", "https://mail.example.test/EWS/x") +
            setting("ExternalEwsUrl", "https://out.example.test/EWS/x") + setting("UserMSOnline", "False") +
            "</UserSettings>")},
      {"soap_address", read_user_settings, Kind::redirect_address,
       soap("<ErrorCode>RedirectAddress</ErrorCode><ErrorMessage>To.</ErrorMessage><RedirectTarget>b@example.test"
            "</RedirectTarget><UserSettingErrors/><UserSettings/>")},
      {"soap_url", read_user_settings, Kind::redirect_url,
       soap("<ErrorCode>RedirectUrl</ErrorCode><ErrorMessage>To.</ErrorMessage><RedirectTarget>https://b.example.test/"
            "</RedirectTarget><UserSettingErrors/><UserSettings/>")},
      {"soap_error", read_user_settings, Kind::error,
       soap("<ErrorCode>InvalidUser</ErrorCode><ErrorMessage>Invalid user.</ErrorMessage>")}};
}

class AutodiscoverMutations : public ::testing::TestWithParam<std::size_t> {
 protected:
  Answer answer_ = answers().at(GetParam());
};
INSTANTIATE_TEST_SUITE_P(Answers, AutodiscoverMutations, ::testing::Range(std::size_t{0}, answers().size()),
                         [](const auto& info) { return std::string(answers().at(info.param).name); });

TEST_P(AutodiscoverMutations, an_answer_cut_at_any_byte_is_truncated_and_never_a_shorter_one) {
  const auto whole = answer_.read(answer_.text);
  ASSERT_TRUE(whole) << whole.error().error.describe();
  ASSERT_EQ(whole->kind, answer_.kind);
  for (std::size_t bytes = 0; bytes < answer_.text.size(); ++bytes) {
    ASSERT_FALSE(answer_.read(answer_.text.substr(0, bytes))) << bytes;
  }
}

/// What is read of a changed answer is what stands in it: nothing is made up, and an error is one that has a name.
TEST_P(AutodiscoverMutations, a_changed_answer_is_refused_or_read_as_it_stands) {
  testing::Mutations mutations(kSeed + static_cast<std::uint32_t>(GetParam()));
  int taken = 0;
  for (int round = 0; round < kRounds; ++round) {
    const std::string text = mutations.of_xml(answer_.text);
    SCOPED_TRACE(::testing::Message() << "seed " << kSeed << ", round " << round << ": " << printable(text, 2000));
    const auto read = answer_.read(text);
    if (!read) {
      EXPECT_FALSE(read.error().error.message().empty());
      EXPECT_LT(read.error().error.message().size(), 2000U);
      continue;
    }
    ++taken;
    const std::string plain = without_markup(text);
    const auto held = [&](const std::string& value) { return value.empty() || plain.find(value) != std::string::npos; };
    // What XML makes other bytes of.
    if (text.find_first_of("&\r") != std::string::npos) continue;
    const DiscoveredMailbox& mailbox = read->mailbox;
    for (const std::string* value : {&read->redirect, &read->code, &mailbox.internal_ews_url, &mailbox.external_ews_url,
                                     &mailbox.server, &mailbox.address}) {
      if (is_plain(*value)) EXPECT_TRUE(held(*value)) << *value;
    }
    if (read->kind != Kind::settings) EXPECT_TRUE(mailbox.ews_url().empty());
  }
  EXPECT_GT(taken, kRounds / 10) << "the changes must leave something to be read";
}

}  // namespace
}  // namespace mailward::ews
