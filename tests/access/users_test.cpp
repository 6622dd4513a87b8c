#include "access/users.h"

#include <algorithm>
#include <thread>

#include "tests/access/house.h"

namespace mailward::access {
namespace {

using testing::by_root;
using testing::fails_with;
using testing::must;
using namespace std::chrono_literals;

class UsersTest : public testing::AccessTest {};
MAILWARD_ON_EVERY_DATABASE(UsersTest);

TEST_P(UsersTest, a_user_is_created_without_password_and_with_a_way_in) {
  EXPECT_FALSE(must(access().users.has_administrator()));
  const auto made = must(access().users.create({.name = "Anna.B@example.test",
                                                .display_name = "Anna Böll",
                                                .roles = {Role::administrator, Role::auditor},
                                                .reads_content = true},
                                               by_root()));
  EXPECT_EQ(made.user.name, "anna.b@example.test");
  EXPECT_EQ(made.user.version, 1);
  EXPECT_FALSE(made.user.has_password);
  EXPECT_TRUE(made.user.enabled);
  EXPECT_EQ(made.user.updated_by, "local:0");
  EXPECT_TRUE(made.user.rights().has(Right::read_content));
  EXPECT_EQ(made.invitation.token.size(), 64U);
  EXPECT_EQ(made.invitation.expires_at, clock_.now() + 15min);
  EXPECT_FALSE(must(access().users.has_administrator())) << "she cannot sign in yet";
  EXPECT_EQ(must(access().users.find_named("ANNA.B@EXAMPLE.TEST")).id, made.user.id);
  EXPECT_EQ(must(access().users.find_named(made.user.id.text())).name, "anna.b@example.test");
  const auto lines = trail("user.create");
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].entry.act.by.actor, audit::Actor::local(0));
  EXPECT_EQ(lines[0].entry.act.by.request_id, "request-0");
  EXPECT_EQ(lines[0].details["after"]["roles"], nlohmann::json({"administrator", "auditor"}));
}

TEST_P(UsersTest, no_name_passes_for_anothers_id) {
  const User anna = make_user("anna", {Role::administrator});
  EXPECT_TRUE(fails_with(
      access().users.create({.name = anna.id.text(), .display_name = {}, .roles = {Role::auditor}}, by_root()),
      AccessError::invalid_form));
  EXPECT_EQ(must(access().users.find_named(anna.id.text())).id, anna.id);
}

TEST_P(UsersTest, a_name_is_taken_in_any_case) {
  make_user("anna", {Role::analyst});
  EXPECT_TRUE(
      fails_with(access().users.create({.name = "ANNA", .display_name = {}, .roles = {Role::analyst}}, by_root()),
                 AccessError::already_exists));
  EXPECT_EQ(must(access().users.list()).size(), 1U);
}

TEST_P(UsersTest, forms_that_do_not_hold_are_refused_field_by_field) {
  const auto fields = [](const NewUser& form) {
    std::string found;
    for (const auto& problem : check_user(form)) found += problem.field + " ";
    return found;
  };
  EXPECT_EQ(fields({.name = "anna", .display_name = {}, .roles = {Role::analyst}}), "");
  EXPECT_EQ(fields({.name = "", .display_name = {}, .roles = {}}), "name roles ");
  EXPECT_EQ(fields({.name = std::string(65, 'a'), .display_name = {}, .roles = {Role::analyst}}), "name ");
  EXPECT_EQ(fields({.name = std::string(64, 'a'), .display_name = {}, .roles = {Role::analyst}}), "");
  for (const std::string_view name : {"-anna", "an na", "ännchen", "anna\n", "a'b", "../x"}) {
    EXPECT_EQ(fields({.name = std::string(name), .display_name = {}, .roles = {Role::analyst}}), "name ") << name;
  }
  EXPECT_EQ(fields({.name = "a", .display_name = "line\nend", .roles = {Role::analyst}}), "display_name ");
  EXPECT_EQ(fields({.name = "a", .display_name = std::string(201, 'x'), .roles = {Role::analyst}}), "display_name ");
  EXPECT_TRUE(
      fails_with(access().users.create({.name = "a b", .display_name = {}, .roles = {Role::analyst}}, by_root()),
                 AccessError::invalid_form));
}

TEST_P(UsersTest, whoever_saves_second_is_told_what_the_first_changed) {
  const User anna = make_user("anna", {Role::analyst});
  const User changed = must(access().users.update(
      anna.id, anna.version, {.display_name = "Anna", .roles = {Role::auditor}, .reads_content = true}, by_root()));
  EXPECT_EQ(changed.version, anna.version + 1);
  EXPECT_EQ(changed.roles, Roles{Role::auditor});
  const auto second =
      access().users.update(anna.id, anna.version, {.display_name = "Anna", .roles = {Role::analyst}}, by_root());
  ASSERT_TRUE(fails_with(second, AccessError::version_changed));
  const std::string& said = second.error().message();
  EXPECT_NE(said.find("local:0"), std::string::npos) << said;
  EXPECT_NE(said.find(R"(roles is ["auditor"])"), std::string::npos) << said;
  EXPECT_NE(said.find("reads_content is true"), std::string::npos) << said;
  EXPECT_EQ(said.find("display_name"), std::string::npos) << "that is as wished: " << said;
  const auto lines = trail("user.update");
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].details["before"]["roles"], nlohmann::json({"analyst"}));
  EXPECT_EQ(lines[0].details["after"]["roles"], nlohmann::json({"auditor"}));
  EXPECT_FALSE(lines[0].details["after"].contains("enabled"));
}

TEST_P(UsersTest, the_last_administrator_stays) {
  const User anna = make_user("anna", {Role::administrator});
  // One who has not accepted, and one who is disabled, administer nothing.
  must(access().users.create({.name = "bert", .display_name = {}, .roles = {Role::administrator}}, by_root()));
  const User carl = make_user("carl", {Role::administrator});
  must(access().users.update(carl.id, carl.version, {.display_name = {}, .roles = carl.roles, .enabled = false},
                             by_root()));

  const UserChanges demoted{.display_name = {}, .roles = {Role::analyst}};
  const UserChanges disabled{.display_name = {}, .roles = {Role::administrator}, .enabled = false};
  EXPECT_TRUE(
      fails_with(access().users.update(anna.id, anna.version, demoted, by_root()), AccessError::last_administrator));
  EXPECT_TRUE(
      fails_with(access().users.update(anna.id, anna.version, disabled, by_root()), AccessError::last_administrator));
  EXPECT_TRUE(fails_with(access().users.remove(anna.id, anna.version, by_root()), AccessError::last_administrator));
  EXPECT_EQ(must(access().users.find(anna.id)).version, anna.version) << "nothing of it stands";

  make_user("dora", {Role::administrator});
  must(access().users.update(anna.id, anna.version, demoted, by_root()));
  EXPECT_TRUE(must(access().users.has_administrator()));
}

TEST_P(UsersTest, two_administrators_cannot_remove_each_other_at_once) {
  const User anna = make_user("anna", {Role::administrator});
  const User bert = make_user("bert", {Role::administrator});
  Status first;
  Status second;
  {
    const std::jthread one([&] { first = access().users.remove(anna.id, anna.version, by_root()); });
    const std::jthread other([&] { second = access().users.remove(bert.id, bert.version, by_root()); });
  }
  EXPECT_NE(first.has_value(), second.has_value());
  EXPECT_TRUE(must(access().users.has_administrator()));
}

TEST_P(UsersTest, a_removed_user_leaves_nothing_that_opens) {
  make_user("root", {Role::administrator});
  const User anna = make_user("anna", {Role::administrator});
  auto grant = must(sign_in("anna"));
  enrol(grant.session);
  auto token = must(access().tokens.create(
      anna.id, {.description = "script", .rights = {Right::see_status}, .expires_in = std::chrono::days(1)},
      by_root()));
  must(access().users.reset(anna.id, by_root()));
  EXPECT_EQ(secrets_held().size(), 3U) << "root's password, anna's codes and token";
  const User now = must(access().users.find(anna.id));
  must(access().users.remove(anna.id, now.version, by_root()));
  EXPECT_EQ(secrets_held().size(), 1U);
  EXPECT_TRUE(fails_with(access().sessions.look(grant.token.reveal()), AccessError::not_signed_in));
  EXPECT_TRUE(fails_with(access().tokens.look(token.secret.reveal(), testing::from("192.0.2.1"), "r"),
                         AccessError::not_signed_in));
  EXPECT_TRUE(fails_with(sign_in("anna"), AccessError::sign_in_refused));
  EXPECT_TRUE(fails_with(access().users.find(anna.id), AccessError::unknown_user));
  for (const std::string table : {"access_session", "access_token", "access_known_source", "access_invitation"}) {
    const auto left = must(database().read([&](db::Session& session) {
      return session.query_row("SELECT COUNT(*) FROM " + table + " WHERE user_id = $1", {anna.id});
    }));
    EXPECT_EQ(left->integer(0), 0) << table;
  }
  const auto sealed = must(
      database().read([](db::Session& session) { return session.query_row("SELECT COUNT(*) FROM sealed_secret"); }));
  EXPECT_EQ(sealed->integer(0), 0);
}

TEST_P(UsersTest, a_reset_voids_the_password_and_ends_the_sessions) {
  const User anna = make_user("anna", {Role::administrator});
  auto grant = must(sign_in("anna"));
  clock_.advance(1s);
  const auto reset = must(access().users.reset(anna.id, by_root()));
  EXPECT_FALSE(reset.user.has_password);
  EXPECT_TRUE(fails_with(access().sessions.look(grant.token.reveal()), AccessError::not_signed_in));
  EXPECT_TRUE(fails_with(sign_in("anna"), AccessError::sign_in_refused));
  EXPECT_TRUE(fails_with(sign_in("anna", ""), AccessError::sign_in_refused));
  must(access().invitations.accept(reset.invitation.token.reveal(), testing::secret(testing::kOtherPassword),
                                   testing::from("192.0.2.1"), "r"));
  EXPECT_TRUE(fails_with(sign_in("anna"), AccessError::sign_in_refused));
  EXPECT_TRUE(sign_in("anna", testing::kOtherPassword));
  ASSERT_EQ(trail("session.end").size(), 1U);
  EXPECT_EQ(trail("session.end")[0].details["why"], "password_reset");
  EXPECT_EQ(trail("user.reset").size(), 1U);
}

TEST_P(UsersTest, a_role_may_demand_codes) {
  for (const auto& policy : must(access().users.roles())) EXPECT_FALSE(policy.totp_required);
  must(access().users.set_totp_required(Role::operator_, true, by_root()));
  const auto policies = must(access().users.roles());
  ASSERT_EQ(policies.size(), 4U);
  for (const auto& policy : policies) EXPECT_EQ(policy.totp_required, policy.role == Role::operator_);
  const auto lines = trail("role.update");
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].entry.act.object_id, "operator");
  EXPECT_EQ(lines[0].details["after"]["totp_required"], true);
}

}  // namespace
}  // namespace mailward::access
