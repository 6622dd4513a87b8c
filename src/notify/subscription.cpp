#include "notify/subscription.h"

#include <algorithm>
#include <set>

#include "notify/text.h"

namespace mailward::notify {

bool Subscription::wants(std::string_view kind, Severity severity) const {
  return severity >= least && (all || std::ranges::find(kinds, kind) != kinds.end());
}

std::vector<FieldProblem> check_form(const SubscriptionForm& form, ChannelKind kind) {
  std::vector<FieldProblem> problems;
  if (kind == ChannelKind::relay) {
    if (const auto problem = address_problem(form.address)) problems.push_back({"address", *problem});
  } else if (!form.address.empty()) {
    problems.push_back({"address", "a webhook has none"});
  }
  if (!form.all && form.kinds.empty()) problems.push_back({"kinds", "at least one is expected, or all"});
  std::set<std::string> seen;
  for (const std::string& name : form.kinds) {
    if (kind_named(name) == nullptr) {
      problems.push_back({"kinds", "there is no kind '" + one_line(name, 40) + "'"});
    } else if (!seen.insert(name).second) {
      problems.push_back({"kinds", "'" + name + "' comes twice"});
    }
  }
  return problems;
}

}  // namespace mailward::notify
