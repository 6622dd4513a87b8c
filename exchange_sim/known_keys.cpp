#include "exchange_sim/known_keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>
#include <ranges>

#include "exchange_sim/operations.h"
#include "exchange_sim/settings.h"

namespace mailward::exchange_sim {
namespace {

using nlohmann::json;

std::string_view kind_name(ValueKind kind) {
  switch (kind) {
    case ValueKind::whole:
      return "a whole number";
    case ValueKind::yes_no:
      return "true or false";
    case ValueKind::texts:
    case ValueKind::smtps:
    case ValueKind::operations:
      return "a list of texts";
    default:
      return "a text";
  }
}

std::string_view kind_name(const json& value) {
  if (value.is_string()) return "a text";
  if (value.is_number_integer()) return "a whole number";
  if (value.is_boolean()) return "true or false";
  if (value.is_array()) return "a list";
  if (value.is_object()) return "a table";
  return "anything else";
}

bool has_kind(const json& value, ValueKind kind) {
  const std::string_view wanted = kind_name(kind);
  if (wanted != "a list of texts") return kind_name(value) == wanted;
  return value.is_array() && std::ranges::all_of(value, [](const json& each) { return each.is_string(); });
}

/// Levenshtein's, between words of a few letters.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t before = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = before + (a[i] == b[j] ? 0 : 1);
      before = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, before + 1});
    }
  }
  return row.back();
}

std::string_view nearest(std::string_view name, const std::vector<std::string_view>& known) {
  std::string_view best;
  std::size_t least = std::max<std::size_t>(2, name.size() / 3) + 1;
  for (const std::string_view each : known) {
    const bool begins = name.size() >= 3 && each.starts_with(name);
    const std::size_t far = begins ? 1 : distance(name, each);
    if (far < least) {
      least = far;
      best = each;
    }
  }
  return best;
}

std::vector<std::string_view> words(std::string_view text) {
  std::vector<std::string_view> found;
  for (const auto each : std::views::split(text, ' ')) found.emplace_back(each.begin(), each.end());
  return found;
}

bool plain(std::string_view text) {
  return std::ranges::none_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

bool is_address(std::string_view text) {
  const auto at = text.find('@');
  return at != std::string_view::npos && at > 0 && at + 1 < text.size() && text.find('@', at + 1) == text.npos &&
         text.find_first_of(" <>,;\"") == std::string_view::npos;
}

bool is_host(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '.';
  });
}

bool is_url(std::string_view text, std::string_view scheme) {
  if (text.starts_with(std::string(scheme) + "s://")) {
    text.remove_prefix(scheme.size() + 4);
  } else if (text.starts_with(std::string(scheme) + "://")) {
    text.remove_prefix(scheme.size() + 3);
  } else {
    return false;
  }
  return !text.empty() && text.front() != '/' && text.find_first_of(" <>\"") == std::string_view::npos;
}

/// Empty where the text is as it must be.
std::string_view wanted_form(std::string_view text, ValueKind kind) {
  if (text.empty()) return {};
  switch (kind) {
    case ValueKind::secret:
      return {};
    case ValueKind::smtp:
    case ValueKind::smtps:
      if (!is_address(text)) return "an address, as user@example.test";
      break;
    case ValueKind::host:
      if (!is_host(text)) return "a name of letters, digits, \"-\" and \".\"";
      break;
    case ValueKind::listen:
      if (!parse_listen(text)) return "an address and a port, as 127.0.0.1:443";
      break;
    case ValueKind::url:
      if (!is_url(text, "http")) return "a URL that begins with https:// or http://";
      break;
    case ValueKind::ldap:
      if (!is_url(text, "ldap")) return "a URL that begins with ldaps:// or ldap://";
      break;
    case ValueKind::code:
      if (!text.starts_with("Error") || !std::ranges::all_of(text, [](unsigned char c) { return std::isalnum(c); })) {
        return "a response code of EWS, as ErrorAccessDenied";
      }
      break;
    case ValueKind::operations:
      if (find_operation(text) == nullptr && !is_unserved_operation(text)) return "an operation of EWS, as GetFolder";
      break;
    default:
      break;
  }
  return plain(text) ? std::string_view() : "a text without line ends and control characters";
}

std::string wrong_with_text(const KnownKey& key, const std::string& text) {
  if (const auto form = wanted_form(text, key.kind); !form.empty()) {
    return fmt::format("{} must be {}, not {}", key.name, form, text.empty() ? "\"\"" : printable(text));
  }
  if (key.one_of.empty()) return {};
  const auto allowed = words(key.one_of);
  if (std::ranges::find(allowed, text) != allowed.end()) return {};
  return fmt::format("{} must be one of {}; not {}", key.name, listed(allowed),
                     text.empty() ? "\"\"" : printable(text));
}

std::string wrong_with_number(const KnownKey& key, const json& value) {
  const std::string text = value.dump();
  if (!key.one_of.empty()) return wrong_with_text(key, text);
  const bool huge = value.is_number_unsigned() && value.get<std::uint64_t>() > static_cast<std::uint64_t>(INT64_MAX);
  if (!huge && value.get<std::int64_t>() >= key.least && value.get<std::int64_t>() <= key.most) return {};
  return fmt::format("{} must be between {} and {}, not {}", key.name, key.least, key.most, text);
}

/// Empty where nothing is.
std::string wrong_with(const KnownKey& key, const json& value) {
  if (!has_kind(value, key.kind)) {
    return fmt::format("{} must be {}, not {}", key.name, kind_name(key.kind), kind_name(value));
  }
  const bool empty =
      (value.is_array() && value.empty()) || (value.is_string() && value.get_ref<const std::string&>().empty());
  if (empty) return key.needed || key.filled ? fmt::format("{} must not be empty", key.name) : std::string();
  if (value.is_number()) return wrong_with_number(key, value);
  if (value.is_string()) return wrong_with_text(key, value.get_ref<const std::string&>());
  for (const json& each : value) {
    if (!each.is_string()) break;
    auto wrong = wrong_with_text(key, each.get_ref<const std::string&>());
    if (wrong.empty() && each.get_ref<const std::string&>().empty()) {
      wrong = fmt::format("{} must hold no empty text", key.name);
    }
    if (!wrong.empty()) return wrong;
  }
  return {};
}

}  // namespace

std::string listed(const std::vector<std::string_view>& names) {
  return fmt::format("{}", fmt::join(names, ", "));
}

std::string not_known(std::string_view name, const std::vector<std::string_view>& known) {
  const std::string_view meant = nearest(name, known);
  if (known.empty()) return fmt::format("{} is not known here", printable(name));
  return fmt::format("{} is not known here{} (known: {})", printable(name),
                     meant.empty() ? "" : fmt::format(": did you mean {}?", meant), listed(known));
}

std::optional<KeyComplaint> complaint_about(const json& object, std::span<const KnownKey> keys) {
  std::vector<std::string_view> known;
  for (const KnownKey& key : keys) known.push_back(key.name);
  for (const auto& [name, value] : object.items()) {
    const auto key = std::ranges::find(keys, name, &KnownKey::name);
    std::string wrong = key == keys.end() ? not_known(name, known) : wrong_with(*key, value);
    if (!wrong.empty()) return KeyComplaint{.key = name, .what = std::move(wrong)};
  }
  for (const KnownKey& key : keys) {
    if (key.needed && !object.contains(key.name)) {
      return KeyComplaint{.key = {}, .what = fmt::format("{} is missing", key.name)};
    }
  }
  return std::nullopt;
}

}  // namespace mailward::exchange_sim
