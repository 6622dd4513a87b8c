#include <fstream>
#include <sstream>

#include "base/bytes.h"
#include "tests/access/house.h"

namespace mailward::access {
namespace {

using testing::by_root;
using testing::from;
using testing::must;
using testing::secret;
using namespace std::chrono_literals;

/// On SQLite, whose every byte can be read.
class AccessSecrecyTest : public testing::AccessTest {
 protected:
  std::string all_bytes() const {
    std::string bytes;
    for (const auto& file : std::filesystem::directory_iterator(folder())) {
      if (!file.path().filename().string().starts_with("test.db")) continue;
      std::ostringstream content;
      content << std::ifstream(file.path(), std::ios::binary).rdbuf();
      bytes += content.str();
    }
    return bytes;
  }
};
INSTANTIATE_TEST_SUITE_P(Databases, AccessSecrecyTest, ::testing::Values(db::Backend::sqlite),
                         [](const auto&) { return "sqlite"; });

TEST_P(AccessSecrecyTest, neither_database_nor_trail_holds_what_opens) {
  auto created = must(access().users.create(
      {.name = "anna", .display_name = "canary-display-name", .roles = {Role::administrator}}, by_root()));
  must(access().invitations.accept(created.invitation.token.reveal(), secret(testing::kPassword), from("192.0.2.1"),
                                   "r"));
  auto grant = must(sign_in("anna"));
  const SecretString codes = enrol(grant.session);
  auto token = must(access().tokens.create(
      created.user.id, {.description = "x", .rights = {Right::see_status}, .expires_in = std::chrono::days(1)},
      by_root()));
  must(access().tokens.look(token.secret.reveal(), from("192.0.2.1"), "r"));
  EXPECT_FALSE(sign_in("wrong-name-canary", "wrong-password-canary"));
  EXPECT_FALSE(sign_in("typed the password here", "x"));

  const std::string bytes = all_bytes();
  ASSERT_NE(bytes.find("canary-display-name"), std::string::npos) << "the search finds what is there";
  const SecretString codes_text = totp::base32(codes.reveal_bytes());
  const std::vector<std::pair<std::string_view, std::string>> opening{
      {"password", std::string(testing::kPassword)},
      {"invitation", std::string(created.invitation.token.reveal())},
      {"session token", std::string(grant.token.reveal())},
      {"csrf token", grant.session.csrf_token},
      {"codes", std::string(codes.reveal())},
      {"codes in base 32", std::string(codes_text.reveal())},
      {"API token", std::string(token.secret.reveal().substr(3, 64))},
      {"refused name", "wrong-name-canary"},
      {"refused password", "wrong-password-canary"},
      {"password typed as a name", "typed the password here"}};
  for (const auto& [what, text] : opening) {
    EXPECT_EQ(bytes.find(text), std::string::npos) << what;
    if (const auto raw = from_hex(text); raw && raw->size() >= 32) {
      EXPECT_EQ(bytes.find(as_text(*raw)), std::string::npos) << what << ", its bytes";
    }
  }
}

}  // namespace
}  // namespace mailward::access
