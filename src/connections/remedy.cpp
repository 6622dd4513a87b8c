#include "connections/remedy.h"

#include <array>
#include <utility>

#include "connections/powershell.h"

namespace mailward::connections {

namespace {

std::string quoted(std::string_view value, const char* otherwise) {
  const auto literal = powershell_literal(value);
  return value.empty() || !literal ? otherwise : *literal;
}

/// Bare where it may stand so in any shell.
std::string word(std::string_view value, const char* otherwise) {
  constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_@:";
  const bool plain =
      value.find_first_not_of(kPlain) == std::string_view::npos && !value.starts_with('-') && !value.starts_with('@');
  return plain && !value.empty() ? std::string(value) : quoted(value, otherwise);
}

/// Without the domain.
std::string_view sam_name_of(std::string_view account) {
  const std::size_t backslash = account.find('\\');
  return backslash == std::string_view::npos ? account : account.substr(backslash + 1);
}

/// The filter is a text in which the name is one again.
std::string filter_of(std::string_view account) {
  const bool is_upn = account.contains('@');
  account = sam_name_of(account);
  const std::string inner = quoted(account, "'<name>'");
  return quoted((is_upn ? "UserPrincipalName -eq " : "SamAccountName -eq ") + inner, "*");
}

std::string ad_account_of(std::string_view account) {
  if (!account.contains('@')) return word(sam_name_of(account), "<account>");
  return "(Get-ADUser -Filter " + filter_of(account) + ")";
}

}  // namespace

std::string filled_remedy(std::string_view remedy, const RemedyValues& values) {
  const std::string directory = values.server.empty() ? std::string() : values.server + "\\EWS (Default Web Site)";
  const std::array<std::pair<std::string_view, std::string>, 8> known{
      {{"{host}", word(values.host, "<host>")},
       {"{port}", std::to_string(values.port)},
       {"{server}", word(values.server, "<server>")},
       {"{ews_directory}", quoted(directory, "'<server>\\EWS (Default Web Site)'")},
       {"{account}", word(values.account, "<account>")},
       {"{account_filter}", filter_of(values.account)},
       {"{ad_account}", ad_account_of(values.account)},
       {"{mailbox}", word(values.mailbox, "<mailbox>")}}};
  std::string text;
  while (!remedy.empty()) {
    // One pass: what was filled in is not looked at again.
    bool filled = false;
    for (const auto& [holder, value] : known) {
      if (!remedy.starts_with(holder)) continue;
      text += value;
      remedy.remove_prefix(holder.size());
      filled = true;
      break;
    }
    if (filled) continue;
    text += remedy.front();
    remedy.remove_prefix(1);
  }
  return text;
}

}  // namespace mailward::connections
