#include "access/rights.h"

#include "access/error.h"
#include "base/bytes.h"

namespace mailward::access {

std::string_view name_of(Right right) {
  switch (right) {
    case Right::see_status:
      return "see_status";
    case Right::see_connections:
      return "see_connections";
    case Right::change_connections:
      return "change_connections";
    case Right::test_connections:
      return "test_connections";
    case Right::see_runs:
      return "see_runs";
    case Right::cancel_runs:
      return "cancel_runs";
    case Right::see_audit:
      return "see_audit";
    case Right::see_keys:
      return "see_keys";
    case Right::see_users:
      return "see_users";
    case Right::manage_users:
      return "manage_users";
    case Right::manage_tokens:
      return "manage_tokens";
    case Right::read_content:
      return "read_content";
  }
  std::unreachable();
}

std::string_view name_of(Role role) {
  switch (role) {
    case Role::administrator:
      return "administrator";
    case Role::analyst:
      return "analyst";
    case Role::operator_:
      return "operator";
    case Role::auditor:
      return "auditor";
  }
  std::unreachable();
}

std::optional<Right> right_named(std::string_view name) {
  for (const Right right : Rights::all().list()) {
    if (name_of(right) == name) return right;
  }
  return std::nullopt;
}

std::optional<Role> role_named(std::string_view name) {
  for (const Role role : Roles::all().list()) {
    if (name_of(role) == name) return role;
  }
  return std::nullopt;
}

namespace {

template <typename Set, typename Named>
Result<Set> parse(const std::vector<std::string>& names, std::string_view kind, Named&& named) {
  Set set;
  for (const std::string& name : names) {
    const auto one = named(name);
    if (!one) {
      return fail(AccessError::invalid_form, "there is no " + std::string(kind) + " '" + printable(name, 40) + "'");
    }
    if (set.has(*one)) return fail(AccessError::invalid_form, "'" + name + "' comes twice");
    set = set.with(*one);
  }
  return set;
}

}  // namespace

Result<Rights> parse_rights(const std::vector<std::string>& names) {
  return parse<Rights>(names, "right", right_named);
}

Result<Roles> parse_roles(const std::vector<std::string>& names) {
  return parse<Roles>(names, "role", role_named);
}

Rights rights_of(Role role) {
  switch (role) {
    case Role::administrator:
      return local_rights();
    case Role::analyst:
      return {Right::see_status, Right::see_connections, Right::see_runs};
    case Role::operator_:
      return {Right::see_status, Right::see_connections, Right::test_connections, Right::see_runs, Right::cancel_runs};
    case Role::auditor:
      return {Right::see_status, Right::see_connections, Right::see_runs,
              Right::see_audit,  Right::see_keys,        Right::see_users};
  }
  std::unreachable();
}

Rights rights_of(Roles roles, bool reads_content) {
  Rights rights;
  for (const Role role : roles.list()) rights = rights | rights_of(role);
  return reads_content ? rights.with(Right::read_content) : rights;
}

Rights local_rights() {
  return Rights::all().without(Right::read_content);
}

}  // namespace mailward::access
