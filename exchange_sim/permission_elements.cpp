#include "exchange_sim/permission_elements.h"

#include <algorithm>
#include <array>

namespace mailward::exchange_sim {
namespace {

constexpr auto kScopes = std::to_array<std::pair<std::string_view, ItemScope>>(
    {{"None", ItemScope::none}, {"Owned", ItemScope::owned}, {"All", ItemScope::all}});
constexpr auto kDetails =
    std::to_array<std::pair<std::string_view, ReadDetail>>({{"None", ReadDetail::none},
                                                            {"TimeOnly", ReadDetail::time_only},
                                                            {"TimeAndSubjectAndLocation", ReadDetail::time_and_subject},
                                                            {"FullDetails", ReadDetail::full}});

ResponseError refuse(std::string code, std::string text) {
  return {.code = std::move(code), .text = std::move(text), .values = {}, .path = "folder:PermissionSet"};
}

ResponseError invalid_settings() {
  return refuse("ErrorInvalidPermissionSettings", "The permission settings are not valid.");
}

template <typename Table>
auto value_in(const Table& table, std::string_view name) {
  const auto* found = std::ranges::find(table, name, &Table::value_type::first);
  return found == table.end() ? std::nullopt : std::optional(found->second);
}

template <typename Table, typename Value>
std::string_view name_in(const Table& table, Value value) {
  return std::ranges::find(table, value, &Table::value_type::second)->first;
}

/// Whom t:UserId means.
std::expected<Permission, ResponseError> read_user(const Organisation& organisation, pugi::xml_node user) {
  if (const auto named = child(user, kTypesNs, "DistinguishedUser")) {
    return Permission{.who = text_of(named) == "Anonymous" ? PermissionFor::anonymous : PermissionFor::everyone};
  }
  if (const auto external = child(user, kTypesNs, "ExternalUserIdentity")) {
    return Permission{.who = PermissionFor::external, .user = std::string(text_of(external))};
  }
  for (const std::string_view element : {"SID", "PrimarySmtpAddress"}) {
    const std::string_view key = text_of(child(user, kTypesNs, element));
    if (key.empty()) continue;
    if (const Mailbox* known = organisation.find_mailbox(key)) return Permission{.user = known->smtp};
    if (const DistributionList* list = organisation.find_list(key)) return Permission{.user = list->smtp};
  }
  return std::unexpected(refuse("ErrorInvalidUserInfo", "The user of a permission could not be found."));
}

/// The single rights that stand beside the level.
FolderRights read_single_rights(pugi::xml_node node, FolderRights rights) {
  const auto truth = [&](std::string_view name, bool& right) {
    if (const auto given = child(node, kTypesNs, name)) right = is_true(text_of(given));
  };
  truth("CanCreateItems", rights.create_items);
  truth("CanCreateSubFolders", rights.create_subfolders);
  truth("IsFolderOwner", rights.owner);
  truth("IsFolderVisible", rights.visible);
  truth("IsFolderContact", rights.contact);
  const auto choice = [&](std::string_view name, const auto& table, auto& right) {
    if (const auto given = child(node, kTypesNs, name)) right = value_in(table, text_of(given)).value_or(right);
  };
  choice("EditItems", kScopes, rights.edit);
  choice("DeleteItems", kScopes, rights.remove);
  choice("ReadItems", kDetails, rights.read);
  return rights;
}

std::expected<Permission, ResponseError> read_permission(const Organisation& organisation, pugi::xml_node node) {
  auto permission = read_user(organisation, child(node, kTypesNs, "UserId"));
  if (!permission) return permission;
  const bool calendar = local_name(node) == "CalendarPermission";
  const std::string_view level =
      text_of(child(node, kTypesNs, calendar ? "CalendarPermissionLevel" : "PermissionLevel"));
  // Custom is no level's rights, and nothing but what stands beside it.
  permission->rights = read_single_rights(node, rights_of_level(level).value_or(FolderRights{}));
  if (level != "Custom" && level_of(permission->rights) != level) return std::unexpected(invalid_settings());
  return permission;
}

void write_user(XmlWriter& xml, const Organisation& organisation, const Permission& permission) {
  xml.open("t:UserId");
  if (permission.who == PermissionFor::everyone) xml.text("t:DistinguishedUser", "Default");
  if (permission.who == PermissionFor::anonymous) xml.text("t:DistinguishedUser", "Anonymous");
  if (permission.who == PermissionFor::external) xml.text("t:ExternalUserIdentity", permission.user);
  if (permission.who == PermissionFor::user) {
    const Mailbox* mailbox = organisation.find_mailbox(permission.user);
    const DistributionList* list = organisation.find_list(permission.user);
    if (mailbox != nullptr) xml.text("t:SID", mailbox->sid);
    xml.text("t:PrimarySmtpAddress", permission.user);
    xml.text("t:DisplayName", mailbox != nullptr ? mailbox->display_name
                              : list != nullptr  ? list->name
                                                 : permission.user);
  }
  xml.close("t:UserId");
}

void write_permission(XmlWriter& xml, const Organisation& organisation, const Permission& permission, bool calendar) {
  const FolderRights& rights = permission.rights;
  const std::string_view name = calendar ? "t:CalendarPermission" : "t:Permission";
  xml.open(name);
  write_user(xml, organisation, permission);
  xml.boolean("t:CanCreateItems", rights.create_items);
  xml.boolean("t:CanCreateSubFolders", rights.create_subfolders);
  xml.boolean("t:IsFolderOwner", rights.owner);
  xml.boolean("t:IsFolderVisible", rights.visible);
  xml.boolean("t:IsFolderContact", rights.contact);
  xml.text("t:EditItems", name_in(kScopes, rights.edit));
  xml.text("t:DeleteItems", name_in(kScopes, rights.remove));
  xml.text("t:ReadItems", name_in(kDetails, rights.read));
  xml.text(calendar ? "t:CalendarPermissionLevel" : "t:PermissionLevel", level_of(rights));
  xml.close(name);
}

std::optional<SoapFault> check_permission(const SoapRequest& request, pugi::xml_node node, bool calendar) {
  const std::string_view level_name = calendar ? "CalendarPermissionLevel" : "PermissionLevel";
  if (auto fault =
          check_sequence(request, node,
                         {"UserId", "CanCreateItems?", "CanCreateSubFolders?", "IsFolderOwner?", "IsFolderVisible?",
                          "IsFolderContact?", "EditItems?", "DeleteItems?", "ReadItems?", level_name})) {
    return fault;
  }
  for (const std::string_view name : {"EditItems", "DeleteItems"}) {
    const auto scope = child(node, kTypesNs, name);
    if (scope && !value_in(kScopes, text_of(scope))) return invalid_choice(request, scope, "PermissionActionType");
  }
  const auto detail = child(node, kTypesNs, "ReadItems");
  const auto known = value_in(kDetails, text_of(detail));
  const bool partly = known && *known != ReadDetail::none && *known != ReadDetail::full;
  if (detail && (!known || (partly && !calendar))) {
    return invalid_choice(request, detail, calendar ? "CalendarPermissionReadAccessType" : "PermissionReadAccessType");
  }
  const auto level = child(node, kTypesNs, level_name);
  const std::string_view text = text_of(level);
  if ((text != "Custom" && !rights_of_level(text)) || (!calendar && text.starts_with("FreeBusy"))) {
    return invalid_choice(request, level, std::string(level_name) + "Type");
  }
  return std::nullopt;
}

}  // namespace

std::optional<SoapFault> check_permission_set(const SoapRequest& request, pugi::xml_node element) {
  if (auto fault = check_sequence(request, element, {"Permissions|CalendarPermissions", "UnknownEntries?"})) {
    return fault;
  }
  const auto list = elements(element).front();
  const bool calendar = local_name(list) == "CalendarPermissions";
  const std::string_view one = calendar ? "CalendarPermission" : "Permission";
  for (const auto node : elements(list)) {
    if (!is(node, kTypesNs, one)) return unexpected_child(request, list, node, {one});
    if (auto fault = check_permission(request, node, calendar)) return fault;
  }
  return std::nullopt;
}

std::expected<PermissionSet, ResponseError> read_permission_set(const Organisation& organisation, FolderKind kind,
                                                                pugi::xml_node element) {
  const bool calendar = kind == FolderKind::calendar;
  if (child(element, kTypesNs, calendar ? "Permissions" : "CalendarPermissions")) {
    return std::unexpected(calendar ? refuse("ErrorCannotSetNonCalendarPermissionOnCalendarFolder",
                                             "The permissions of other folders can't be set on a calendar.")
                                    : refuse("ErrorCannotSetCalendarPermissionOnNonCalendarFolder",
                                             "A calendar's permissions can be set on calendars only."));
  }
  if (child(element, kTypesNs, "UnknownEntries")) {
    return std::unexpected(refuse("ErrorCannotSetPermissionUnknownEntries", "Unknown entries can't be set."));
  }
  PermissionSet set;
  for (const auto node : elements(child(element, kTypesNs, calendar ? "CalendarPermissions" : "Permissions"))) {
    auto permission = read_permission(organisation, node);
    if (!permission) return std::unexpected(std::move(permission).error());
    if (set.find(permission->who, permission->user) != nullptr) {
      return std::unexpected(refuse("ErrorDuplicateUserIdsSpecified", "A user is named more than once."));
    }
    set.entries.push_back(*std::move(permission));
  }
  return set;
}

void write_permission_set(XmlWriter& xml, const Organisation& organisation, const Folder& folder) {
  const bool calendar = folder.kind == FolderKind::calendar;
  const std::string_view list = calendar ? "t:CalendarPermissions" : "t:Permissions";
  xml.open("t:PermissionSet");
  xml.open(list);
  for (const PermissionFor who : {PermissionFor::everyone, PermissionFor::anonymous}) {
    const Permission* set = folder.permissions.find(who);
    write_permission(xml, organisation, set == nullptr ? Permission{.who = who} : *set, calendar);
  }
  for (const Permission& each : folder.permissions.entries) {
    if (each.who == PermissionFor::everyone || each.who == PermissionFor::anonymous) continue;
    write_permission(xml, organisation, each, calendar);
  }
  xml.close(list);
  xml.close("t:PermissionSet");
}

}  // namespace mailward::exchange_sim
