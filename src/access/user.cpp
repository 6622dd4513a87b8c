#include "access/user.h"

#include <algorithm>

#include "base/bytes.h"

namespace mailward::access {

namespace {

constexpr std::size_t kLongestName = 64;
constexpr std::size_t kLongestDisplayName = 200;

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

template <typename T>
void note_roles(std::vector<FieldProblem>& problems, const T& form) {
  if (form.roles.empty()) problems.push_back({"roles", "a user has one role at least"});
}

}  // namespace

Result<std::string> normalised_name(std::string_view name) {
  std::string folded(name);
  std::ranges::transform(folded, folded.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  const bool right = !folded.empty() && folded.size() <= kLongestName && is_letter_or_digit(folded.front()) &&
                     std::ranges::all_of(folded, [](char c) {
                       return is_letter_or_digit(c) || std::string_view("._@-").find(c) != std::string_view::npos;
                     });
  if (!right) {
    return fail(AccessError::invalid_form,
                "a user's name has 1 to 64 letters a–z, digits, '.', '_', '@' and '-', and begins with a letter or "
                "digit");
  }
  return folded;
}

std::vector<FieldProblem> check_display_name(std::string_view display_name) {
  if (display_name.size() > kLongestDisplayName) return {{"display_name", "it is longer than 200 bytes"}};
  if (printable(display_name, kLongestDisplayName) != display_name) {
    return {{"display_name", "it holds control characters or is not UTF-8"}};
  }
  return {};
}

std::vector<FieldProblem> check_user(const NewUser& form) {
  std::vector<FieldProblem> problems;
  const auto name = normalised_name(form.name);
  if (!name) problems.push_back({"name", name.error().message()});
  if (name && UserId::parse(*name)) problems.push_back({"name", "it has the form of a user's id: choose another"});
  std::ranges::copy(check_display_name(form.display_name), std::back_inserter(problems));
  note_roles(problems, form);
  return problems;
}

std::vector<FieldProblem> check_user(const UserChanges& changes) {
  std::vector<FieldProblem> problems = check_display_name(changes.display_name);
  note_roles(problems, changes);
  return problems;
}

}  // namespace mailward::access
