#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>

#include "base/file.h"
#include "tests/exchange_sim/conversation.h"
#include "tests/support/kept_conversations.h"
#include "tests/support/loopback_address.h"
#include "tests/support/operations_table.h"
#include "tests/support/paths.h"

namespace mailward::testing {
namespace {

constexpr std::string_view kExchangelib = R"(
import os, sys
from exchangelib import Account, Credentials, Configuration, IMPERSONATION, BASIC, NTLM
url, scheme = sys.argv[1], sys.argv[2]
config = Configuration(service_endpoint=url, auth_type={'basic': BASIC, 'ntlm': NTLM}[scheme],
                       credentials=Credentials('EXAMPLE\\svc-mailward', os.environ['SIM_PASSWORD']))
account = Account('usera@example.test', config=config, autodiscover=False, access_type=IMPERSONATION)
print('total', account.inbox.total_count)
print('children', sorted(f.name for f in account.inbox.children))
for item in account.inbox.all().order_by('datetime_received')[:1]:
    print('subject', item.subject, 'from', item.sender.email_address, 'mime', len(item.mime_content) > 100)
)";

/// What the sample organisation has not: an archive, lists, rooms, public folders.
constexpr std::string_view kWhole = R"(
[exchange]
schemes = ["Basic"]
[[account]]
name = 'EXAMPLE\svc-mailward'
password = "Sample-Passw0rd!"
[[mailbox]]
smtp = "usera@example.test"
name = "User A"
messages = 12
archive = true
[[mailbox]]
smtp = "userb@example.test"
name = "User B"
messages = 5
[[mailbox]]
smtp = "room1@example.test"
name = "Room 1"
room = true
[[impersonation]]
account = 'EXAMPLE\svc-mailward'
everyone = true
[[distribution_list]]
smtp = "all@example.test"
name = "All of us"
members = ["usera@example.test", "userb@example.test"]
[[distribution_list]]
smtp = "rooms@example.test"
name = "Rooms"
members = ["room1@example.test"]
rooms = true
[[public_folder]]
path = "Sales/Leads"
items = 2
)";

/// Three who sign in for themselves.
constexpr std::string_view kDelegation = R"(
[exchange]
schemes = ["Basic"]
[[account]]
name = 'EXAMPLE\usera'
password = "Sample-Usera-1!"
[[account]]
name = 'EXAMPLE\userb'
password = "Sample-Userb-1!"
[[account]]
name = 'EXAMPLE\userc'
password = "Sample-Userc-1!"
[[mailbox]]
smtp = "usera@example.test"
name = "User A"
account = 'EXAMPLE\usera'
messages = 12
[[mailbox]]
smtp = "userb@example.test"
name = "User B"
account = 'EXAMPLE\userb'
[[mailbox]]
smtp = "userc@example.test"
name = "User C"
account = 'EXAMPLE\userc'
)";

/// For clients that send no channel binding: Extended Protection is not required.
ExchangeSimulator& lenient() {
  static ExchangeSimulator simulator;
  simulator.change_directory(R"({"extended_protection":"allow"})");
  return simulator;
}

/// Extended Protection is required: by NTLM exchangelib binds what it sends to the server's certificate.
TEST(ForeignClients, exchangelib_signs_in_by_basic_and_by_ntlm_and_reads_a_folder) {
  const TemporaryFolder folder;
  const auto script = folder.path() / "read_inbox.py";
  std::ofstream(script) << kExchangelib;
  for (const std::string scheme : {"basic", "ntlm"}) {
    const ExchangeSimulator strict;
    const std::string said =
        run({"/usr/bin/python3", script.string(), strict.url(), scheme},
            {{"REQUESTS_CA_BUNDLE", strict.ca_file().string()}, {"SIM_PASSWORD", std::string(kServicePassword)}})
            .output;
    EXPECT_NE(said.find("total 12\n"), std::string::npos) << said;
    EXPECT_NE(said.find("children ['Projects', 'Suppliers']"), std::string::npos) << said;
    EXPECT_NE(said.find("subject Minutes of Monday's meeting from facilities@example.test mime True"),
              std::string::npos)
        << said;
  }
}

/// What was asked for and answered with more than errors, of what was kept ("000007.GetFolder.response.xml").
std::set<std::string> operations_of(const TemporaryFolder& kept) {
  std::set<std::string> found;
  for (const auto& each : std::filesystem::directory_iterator(kept.path())) {
    const std::string name = each.path().filename().string();
    if (!name.ends_with(".response.xml")) continue;
    const std::string answer = read_file(each.path(), 64U << 20U).value_or("");
    const bool is_error =
        answer.find(":Fault>") != std::string::npos || (answer.find("ResponseClass=\"Error\"") != std::string::npos &&
                                                        answer.find("ResponseClass=\"Success\"") == std::string::npos);
    if (!is_error) found.insert(name.substr(7, name.find('.', 7) - 7));
  }
  return found;
}

Ran davmail(const ExchangeSimulator& simulator, const std::string& mode) {
  const LoopbackAddress address;
  const auto script = source_dir() / "tests" / "exchange_sim" / "davmail_run.py";
  return run({"/usr/bin/python3", script.string(), simulator.url(), simulator.ca_file().string(), address.text(), mode},
             {{"SIM_PASSWORDS", R"({"usera@example.test":"Sample-Usera-1!","userb@example.test":"Sample-Userb-1!"})"}});
}

Ran ews_javascript(const ExchangeSimulator& simulator, const std::string& scheme) {
  const auto script = source_dir() / "tests" / "exchange_sim" / "ews_javascript" / "whole_client_run.js";
  return run({"node", script.string(), simulator.url(), scheme},
             {{"NODE_EXTRA_CA_CERTS", simulator.ca_file().string()}, {"SIM_PASSWORD", std::string(kServicePassword)}});
}

/// Every answer that was kept is valid.
void expect_valid(const TemporaryFolder& kept) {
  if (!shared_dir()) return;  // the schema is there
  const std::string verdict = schema_verdict(kept.path(), KeptBodies::answers);
  EXPECT_TRUE(verdict.ends_with(" valid\n") && verdict != "0 valid\n") << verdict;
}

/// A client's whole run went well, asked for what the table says, and every answer that it had is valid.
void expect_whole(const Ran& ran, std::string_view column, const TemporaryFolder& kept) {
  EXPECT_EQ(ran.exit_code, 0) << ran.output;
  EXPECT_TRUE(ran.output.ends_with("whole\n")) << ran.output;
  EXPECT_EQ(operations_column(column, operations_of(kept)), "");
  expect_valid(kept);
}

TEST(ForeignClients, exchangelib_works_with_the_whole_store) {
  const TemporaryFolder kept;
  // A simulator of its own: it writes.
  ExchangeSimulator simulator({.config = std::string(kWhole), .environment = {}, .record = kept.path()});
  const auto script = source_dir() / "tests" / "exchange_sim" / "whole_client_run.py";
  const Ran ran =
      run({"/usr/bin/python3", script.string(), simulator.url()},
          {{"REQUESTS_CA_BUNDLE", simulator.ca_file().string()}, {"SIM_PASSWORD", std::string(kServicePassword)}});
  expect_whole(ran, "exchangelib", kept);
}

TEST(ForeignClients, exchangelib_works_in_a_shared_mailbox_as_far_as_its_owner_lets_it) {
  const TemporaryFolder kept;
  ExchangeSimulator simulator({.config = std::string(kDelegation), .environment = {}, .record = kept.path()});
  const auto script = source_dir() / "tests" / "exchange_sim" / "delegate_run.py";
  constexpr std::string_view kPasswords =
      R"({"usera@example.test":"Sample-Usera-1!","userb@example.test":"Sample-Userb-1!",)"
      R"("userc@example.test":"Sample-Userc-1!"})";
  const Ran ran =
      run({"/usr/bin/python3", script.string(), simulator.url()},
          {{"REQUESTS_CA_BUNDLE", simulator.ca_file().string()}, {"SIM_PASSWORDS", std::string(kPasswords)}});
  EXPECT_EQ(ran.exit_code, 0) << ran.output;
  EXPECT_TRUE(ran.output.ends_with("whole\n")) << ran.output;
  expect_valid(kept);
}

TEST(ForeignClients, davmail_reads_files_and_sends_mail_and_keeps_dates) {
  const TemporaryFolder kept;
  ExchangeSimulator simulator({.record = kept.path()});
  simulator.change_directory(R"({"extended_protection":"allow"})");
  expect_whole(davmail(simulator, "whole"), "DavMail", kept);
}

/// By NTLM with Extended Protection required: it was refused for its want of a binding, and no password was wrong.
void expect_unbound(const ExchangeSimulator& simulator, std::string_view account) {
  const auto requests = simulator.requests();
  EXPECT_TRUE(std::ranges::any_of(requests, [](const SeenRequest& each) {
    return each.authorization == "ntlm_authenticate" && each.status == 401;
  })) << "it signed in";
  EXPECT_TRUE(std::ranges::none_of(requests, [](const SeenRequest& each) { return each.status == 200; }));
  EXPECT_EQ(simulator.account(account).bad_passwords_seen, 0);
}

TEST(ForeignClients, davmail_and_ews_javascript_api_are_refused_where_a_binding_is_required) {
  ExchangeSimulator simulator;
  simulator.change_directory(R"({"schemes":["NTLM"]})");
  EXPECT_NE(davmail(simulator, "sign-in").exit_code, 0);
  expect_unbound(simulator, "EXAMPLE\\usera");
  simulator.reset();
  simulator.change_directory(R"({"schemes":["NTLM"]})");
  EXPECT_NE(ews_javascript(simulator, "ntlm").exit_code, 0);
  expect_unbound(simulator, "EXAMPLE\\svc-mailward");
}

// It takes Basic where that is offered.
TEST(ForeignClients, davmail_signs_in_by_ntlm) {
  ExchangeSimulator simulator;
  simulator.change_directory(R"({"extended_protection":"allow","schemes":["NTLM"]})");
  const Ran ran = davmail(simulator, "sign-in");
  EXPECT_EQ(ran.exit_code, 0) << ran.output;
  EXPECT_TRUE(std::ranges::any_of(simulator.requests(), [](const SeenRequest& each) {
    return each.scheme == "NTLM" && each.operation == "FindItem" && each.account == "EXAMPLE\\usera";
  }));
}

TEST(ForeignClients, ews_javascript_api_works_with_the_whole_store) {
  const TemporaryFolder kept;
  ExchangeSimulator simulator({.record = kept.path()});
  simulator.change_directory(R"({"extended_protection":"allow"})");
  expect_whole(ews_javascript(simulator, "basic"), "ews-javascript-api", kept);
}

// It looks for NTLM's challenge at the head of WWW-Authenticate, and so fails where another scheme stands first.
TEST(ForeignClients, ews_javascript_api_signs_in_by_ntlm) {
  ExchangeSimulator simulator;
  simulator.change_directory(R"({"extended_protection":"allow","schemes":["NTLM"]})");
  const Ran ran = ews_javascript(simulator, "ntlm");
  EXPECT_EQ(ran.exit_code, 0) << ran.output;
  EXPECT_TRUE(ran.output.ends_with("whole\n")) << ran.output;
}

TEST(ForeignClients, zeep_reads_the_services_description_and_calls_by_it) {
  const ExchangeSimulator simulator({.config = std::string(kDelegation), .environment = {}});
  const auto script = source_dir() / "tests" / "exchange_sim" / "description_run.py";
  const Ran ran = run({"/usr/bin/python3", script.string(), simulator.url()},
                      {{"REQUESTS_CA_BUNDLE", simulator.ca_file().string()}, {"SIM_PASSWORD", "Sample-Usera-1!"}});
  EXPECT_EQ(ran.exit_code, 0) << ran.output;
  EXPECT_TRUE(ran.output.starts_with("AddDelegate\n")) << ran.output;
  EXPECT_NE(ran.output.find("\nGetUserAvailability\n"), std::string::npos) << "not by its element's name";
  // The schemas are Microsoft's.
  const std::string beside = simulator.url().substr(0, simulator.url().rfind('/'));
  const auto status = [&](const std::string& url, const std::string& method) {
    return run({"curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "-X", method, "-u",
                "EXAMPLE\\usera:Sample-Usera-1!", "--cacert", simulator.ca_file().string(), url})
        .output;
  };
  EXPECT_EQ(status(beside + "/messages.xsd", "GET"), "404");
  EXPECT_EQ(status(beside + "/types.xsd", "GET"), "404");
  EXPECT_EQ(status(beside + "/Services.wsdl", "POST"), "405");
  const std::string page = run({"curl", "-s", "-u", "EXAMPLE\\usera:Sample-Usera-1!", "--cacert",
                                simulator.ca_file().string(), simulator.url()})
                               .output;
  EXPECT_NE(page.find(" " + beside + "/Services.wsdl<"), std::string::npos) << page;
}

/// The examples of docs/exchange-sim.md, but for the port and where the authority is.
TEST(ForeignClients, work_by_the_examples_as_they_stand_in_the_document) {
  const auto& simulator = lenient();
  const TemporaryFolder folder;
  std::string document = read_file(source_dir() / "docs" / "exchange-sim.md", 1U << 20U).value_or("");
  const auto replace = [&](std::string_view what, const std::string& with) {
    for (auto at = document.find(what); at != std::string::npos; at = document.find(what, at + with.size())) {
      document.replace(at, what.size(), with);
    }
  };
  replace("https://127.0.0.1:8443", simulator.url().substr(0, simulator.url().find("/EWS")));
  replace("sim/ca.pem", simulator.ca_file().string());
  std::vector<std::string> said;
  constexpr std::string_view kBegin = "```python\n";
  for (auto at = document.find(kBegin); at != std::string::npos; at = document.find(kBegin, at)) {
    at += kBegin.size();
    const auto script = folder.path() / "example.py";
    std::ofstream(script) << document.substr(at, document.find("```", at) - at);
    const Ran ran = run({"/usr/bin/python3", script.string()});
    EXPECT_EQ(ran.exit_code, 0) << ran.output;
    said.push_back(ran.output);
  }
  ASSERT_EQ(said.size(), 2U) << "exchangelib's and zeep's";
  EXPECT_NE(said[0].find("Minutes of Monday's meeting"), std::string::npos) << said[0];
  EXPECT_NE(said[1].find("ResponseMessages"), std::string::npos) << said[1];
}

TEST(ForeignClients, curl_signs_in_by_ntlm_and_is_refused_where_a_binding_is_required) {
  const TemporaryFolder folder;
  const auto body = folder.path() / "request.xml";
  std::ofstream(body) << envelope({.body = get_folder_call()});
  const auto config = folder.path() / "curl.conf";  // the password stays off the command line
  std::ofstream(config) << "user = \"EXAMPLE\\\\svc-mailward:" << kServicePassword << "\"\n";
  const auto curl = [&] {
    return run({"curl", "-s", "--ntlm", "-K", config.string(), "--cacert", lenient().ca_file().string(), "-H",
                "Content-Type: text/xml", "--data-binary", "@" + body.string(), "-w", "%{http_code}", lenient().url()})
        .output;
  };
  const std::string allowed = curl();
  EXPECT_NE(allowed.find("<t:DisplayName>Inbox</t:DisplayName>"), std::string::npos) << allowed;
  ExchangeSimulator strict;
  const Ran refused =
      run({"curl", "-s", "-o", "/dev/null", "--ntlm", "-K", config.string(), "--cacert", strict.ca_file().string(),
           "-H", "Content-Type: text/xml", "--data-binary", "@" + body.string(), "-w", "%{http_code}", strict.url()});
  EXPECT_EQ(refused.output, "401");
}

}  // namespace
}  // namespace mailward::testing
