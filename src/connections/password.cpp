#include "connections/password.h"

#include <algorithm>

#include "connections/error.h"
#include "connections/text.h"

namespace mailward::connections {

namespace {

// What Windows takes at most for a user's password, in UTF-16 units; characters are near enough.
constexpr std::size_t kPasswordLimit = 256;

bool is_outer_space(std::string_view password) {
  constexpr std::string_view kSpaces[] = {" ", "\t", "\xc2\xa0", "\xe3\x80\x80", "\xe2\x80\x8b", "\xef\xbb\xbf"};
  return std::ranges::any_of(
      kSpaces, [&](std::string_view space) { return password.starts_with(space) || password.ends_with(space); });
}

bool has_control_character(std::string_view password) {
  return std::ranges::any_of(password, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\r' && c != '\n') || byte == 0x7f;
  });
}

}  // namespace

std::vector<std::string> password_oddities(const SecretString& password, const Authentication& authentication) {
  const std::string_view text = password.reveal();
  std::vector<std::string> oddities;
  if (text.ends_with('\n') || text.ends_with('\r')) {
    oddities.emplace_back("the password ends with a line end, as pasted text often does");
  } else if (text.find_first_of("\r\n") != std::string_view::npos) {
    oddities.emplace_back("the password has a line end inside: more than one line may have been pasted");
  }
  if (is_outer_space(text)) oddities.emplace_back("the password begins or ends with a space");
  if (has_control_character(text)) oddities.emplace_back("the password holds a control character");
  const bool beyond_ascii = std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
  if (authentication.basic && beyond_ascii) {
    oddities.emplace_back(
        "the password has letters outside ASCII, whose encoding Basic leaves to the server: it may be refused although "
        "it is right");
  }
  return oddities;
}

Status check_password(const SecretString& password) {
  const std::string_view text = password.reveal();
  if (text.empty()) return fail(ConnectionsError::invalid_form, "password: a password is needed");
  if (text.contains('\0')) return fail(ConnectionsError::invalid_form, "password: a NUL byte can be in no password");
  if (!is_utf8(text)) return fail(ConnectionsError::invalid_form, "password: UTF-8 is expected");
  if (character_count(text) > kPasswordLimit) {
    return fail(ConnectionsError::invalid_form, "password: at most 256 characters are possible");
  }
  return {};
}

Status check_typed(const TypedPassword& password, const Authentication& authentication) {
  MW_CHECK(check_password(password.secret));
  if (password.confirmed) return {};
  std::string message;
  for (const std::string& oddity : password_oddities(password.secret, authentication)) {
    message += (message.empty() ? "" : "; ") + oddity;
  }
  if (message.empty()) return {};
  return fail(Error(ConnectionsError::suspicious_password, std::move(message))
                  .with_remedy("type it again, or confirm that it is meant so"));
}

}  // namespace mailward::connections
