#include "connections/remedy.h"

#include <gtest/gtest.h>

namespace mailward::connections {
namespace {

TEST(Remedy, plain_names_stand_as_they_are) {
  const RemedyValues values{.host = "mail.example.test",
                            .port = 8443,
                            .server = "EX01",
                            .account = "svc-mailward",
                            .mailbox = "usera@example.test"};
  EXPECT_EQ(filled_remedy("{host}:{port} {server} {account} {mailbox} {other", values),
            "mail.example.test:8443 EX01 svc-mailward usera@example.test {other");
  EXPECT_EQ(filled_remedy("{ews_directory}", values), "'EX01\\EWS (Default Web Site)'");
}

TEST(Remedy, an_account_is_looked_for_by_what_it_was_named_by) {
  const auto filter = [](std::string account) {
    return filled_remedy("{account_filter}",
                         {.host = {}, .port = 443, .server = {}, .account = std::move(account), .mailbox = {}});
  };
  EXPECT_EQ(filter("svc@example.test"), "'UserPrincipalName -eq ''svc@example.test'''");
  EXPECT_EQ(filter("EXAMPLE\\svc"), "'SamAccountName -eq ''svc'''");
  EXPECT_EQ(filter("o'svc"), "'SamAccountName -eq ''o''''svc'''");
}

TEST(Remedy, cmdlets_of_active_directory_get_what_they_take) {
  const auto named = [](std::string account) {
    return filled_remedy("{ad_account}",
                         {.host = {}, .port = 443, .server = {}, .account = std::move(account), .mailbox = {}});
  };
  EXPECT_EQ(named("svc-mailward"), "svc-mailward");
  EXPECT_EQ(named("EXAMPLE\\svc"), "svc");
  EXPECT_EQ(named("svc@example.test"), "(Get-ADUser -Filter 'UserPrincipalName -eq ''svc@example.test''')");
}

TEST(Remedy, a_hostile_name_stays_a_literal) {
  const RemedyValues values{.host = "h$(calc)",
                            .port = 443,
                            .server = "a';calc;'",
                            .account = "x`u{2019}\xe2\x80\x99;calc",
                            .mailbox = "-WhatIf"};
  EXPECT_EQ(filled_remedy("{host}", values), "'h$(calc)'");
  EXPECT_EQ(filled_remedy("{ews_directory}", values), "'a'';calc;''\\EWS (Default Web Site)'");
  EXPECT_EQ(filled_remedy("{account}", values), "'x`u{2019}\xe2\x80\x99\xe2\x80\x99;calc'");
  EXPECT_EQ(filled_remedy("{mailbox}", values), "'-WhatIf'");
}

TEST(Remedy, what_cannot_be_a_literal_is_left_open) {
  const RemedyValues values{.host = "{account}", .port = 443, .server = {}, .account = "a\nb", .mailbox = "a\u200bb"};
  EXPECT_EQ(filled_remedy("{host} {server} {account} {mailbox} {account_filter}", values),
            "'{account}' <server> <account> <mailbox> 'SamAccountName -eq ''<name>'''");
}

}  // namespace
}  // namespace mailward::connections
