// The pages for people: what is shown, and that mail cannot write into them.
#include <gtest/gtest.h>

#include <fstream>

#include "base/bytes.h"
#include "tests/exchange_sim/conversation.h"
#include "tests/support/paths.h"

namespace mailward::testing {
namespace {

class PeoplePages : public ::testing::Test {
 protected:
  http::Response get(const std::string& path) {
    http::Client client({});
    auto answer = client.call({.url = simulator_.control_url() + path}, Deadline::after(std::chrono::seconds(20)));
    EXPECT_TRUE(answer);
    return answer.value_or(http::Response{});
  }
  std::string page(const std::string& path) {
    const auto answer = get(path);
    EXPECT_EQ(answer.status, 200) << path;
    EXPECT_EQ(answer.headers.get("Content-Security-Policy"), "default-src 'none'; style-src 'unsafe-inline'");
    return answer.body;
  }
  /// What the first link with this text leads to.
  static std::string link(const std::string& html, const std::string& text) {
    const auto at = html.find("\">" + text + "</a>");
    if (at == std::string::npos) return {};
    const auto from = html.rfind("href=\"", at) + 6;
    return html.substr(from, at - from);
  }

  ExchangeSimulator simulator_;
};

TEST_F(PeoplePages, tell_what_is_played_and_what_clients_did) {
  EXPECT_NE(page("/").find("Nothing was asked yet."), std::string::npos);
  EXPECT_EQ(call(simulator_, {.body = get_folder_call()}).status, 200);
  simulator_.set_fault("latency", R"({"milliseconds":7})");
  const std::string html = page("/");
  for (const std::string& wanted :
       {simulator_.url(), std::string("usera@example.test"), std::string("EXAMPLE\\svc-mailward"),
        std::string("GetFolder"), std::string("milliseconds = 7"), std::string("not here")}) {
    EXPECT_NE(html.find(wanted), std::string::npos) << wanted;
  }
  EXPECT_EQ(html.find(kServicePassword), std::string::npos);
}

TEST_F(PeoplePages, say_of_an_operation_that_it_is_not_played) {
  EXPECT_EQ(call(simulator_, {.body = "<m:GetUserPhoto/>"}).status, 500);
  const std::string html = page("/");
  EXPECT_NE(html.find("GetUserPhoto"), std::string::npos);
  EXPECT_NE(html.find("not played"), std::string::npos);
}

TEST_F(PeoplePages, lead_to_folders_and_messages) {
  const std::string mailbox = page(link(page("/"), "usera@example.test"));
  const std::string inbox = page(link(mailbox, "Inbox"));
  const std::string message = page(link(inbox, "Invoice 2025-0147"));
  EXPECT_NE(message.find("this is message"), std::string::npos) << message;
  EXPECT_NE(message.find("&lt;of the sample&gt;"), std::string::npos) << message;
  EXPECT_LT(message.find("<td>From</td>"), message.find("As MIME")) << message;
  EXPECT_LT(message.find("<td>Date</td>"), message.find("As MIME")) << message;
  EXPECT_LT(message.find("this is message"), message.find("As MIME")) << "its text comes first: " << message;
  EXPECT_EQ(message.find("&#xD;"), std::string::npos) << message;
}

TEST_F(PeoplePages, show_what_stands_in_mail_as_text) {
  simulator_.control("POST", "/control/mailboxes/usera@example.test/folders",
                     R"({"name":"<b>bold</b>","items":["<script>alert(1)</script>\"'"]})");
  const std::string mailbox = page("/mailboxes/usera@example.test");
  EXPECT_EQ(mailbox.find("<b>bold"), std::string::npos);
  const std::string folder = page(link(mailbox, "&lt;b&gt;bold&lt;/b&gt;"));
  EXPECT_EQ(folder.find("<script"), std::string::npos);
  EXPECT_NE(folder.find("&lt;script&gt;alert(1)&lt;/script&gt;"), std::string::npos);
  const auto at = folder.find("?item=");
  ASSERT_NE(at, std::string::npos);
  const std::string item = page("/mailboxes/usera@example.test" + folder.substr(at, folder.find('"', at) - at));
  EXPECT_EQ(item.find("<script"), std::string::npos);
}

TEST(PeoplePagesOfMail, are_utf_8_whatever_the_message_is) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "latin.eml";
  std::ofstream(file)
      << "From: usera@example.test\r\nTo: usera@example.test\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n"
         "Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
         "Gr\xfc\xdf"
         "e \xff \x01 end\r\n";
  ExchangeSimulator simulator(
      {.config = "mail = '" + file.string() + "'\n[[mailbox]]\nsmtp = \"usera@example.test\"\nmessages = 0\n",
       .environment = {}});
  http::Client client({});
  const auto get = [&](const std::string& path) {
    const auto answer = client.call({.url = simulator.control_url() + path}, Deadline::after(std::chrono::seconds(20)));
    return answer ? answer->body : answer.error().describe();
  };
  const auto next = [&](const std::string& html, const std::string& text) {
    const auto at = html.find("\">" + text + "</a>");
    const auto from = html.rfind("href=\"", at) + 6;
    return at == std::string::npos ? html : get(html.substr(from, at - from));
  };
  const std::string message = next(next(get("/mailboxes/usera@example.test"), "Inbox"),
                                   "Gr\xc3\xbc\xc3\x9f"
                                   "e");
  EXPECT_TRUE(is_utf8(message));
  EXPECT_LT(message.find("Gr\xc3\xbc\xc3\x9f"
                         "e \xc3\xbf"),
            message.find("As MIME"))
      << message;
  EXPECT_NE(message.find("Gr\xef\xbf\xbd\xef\xbf\xbd"
                         "e"),
            std::string::npos)
      << "the bytes as they came: " << message;
}

TEST_F(PeoplePages, say_what_is_not_there) {
  EXPECT_EQ(get("/mailboxes/nobody@example.test").status, 404);
  EXPECT_EQ(get("/mailboxes/usera@example.test?folder=x").status, 404);
  EXPECT_EQ(get("/mailboxes/usera@example.test?item=x").status, 404);
}

}  // namespace
}  // namespace mailward::testing
