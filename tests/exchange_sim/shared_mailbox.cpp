#include "tests/exchange_sim/shared_mailbox.h"

namespace mailward::testing {
namespace {

constexpr std::string_view kConfig = R"(
[exchange]
schemes = ["Basic"]
[[account]]
name = 'EXAMPLE\svc-mailward'
password = "Sample-Passw0rd!"
[[account]]
name = 'EXAMPLE\svc-archive'
password = "Sample-Archive-1!"
[[mailbox]]
smtp = "usera@example.test"
name = "User A"
full_access = ['EXAMPLE\svc-archive', "userd@example.test"]
[[mailbox]]
smtp = "userb@example.test"
name = "User B"
[[mailbox]]
smtp = "userc@example.test"
name = "User C"
[[mailbox]]
smtp = "userd@example.test"
name = "User D"
[[distribution_list]]
smtp = "office@example.test"
name = "Office"
members = ["inner@example.test"]
[[distribution_list]]
smtp = "inner@example.test"
members = ["userb@example.test"]
[[impersonation]]
account = 'EXAMPLE\svc-mailward'
everyone = true
[[public_folder]]
path = "Board"
owners = ["userc@example.test"]
items = 1
[[public_folder]]
path = "Archive"
mailbox = "pf-contents@example.test"
)";

std::string set_of(const std::string& permissions) {
  const std::string list =
      permissions.find("CalendarPermission") == std::string::npos ? "Permissions" : "CalendarPermissions";
  return "<t:PermissionSet><t:" + list + ">" + permissions + "</t:" + list + "></t:PermissionSet>";
}

}  // namespace

SimulatorOptions SharedMailbox::options() const {
  return {.config = std::string(kConfig), .environment = {}};
}

std::string SharedMailbox::owners(const std::string& folder) {
  return "<t:DistinguishedFolderId Id=\"" + folder + "\"><t:Mailbox><t:EmailAddress>" + std::string(kOwner) +
         "</t:EmailAddress></t:Mailbox></t:DistinguishedFolderId>";
}

std::string SharedMailbox::share(const std::string& folder, const std::string& permissions) {
  const std::string kind = permissions.find("CalendarPermission") == std::string::npos ? "Folder" : "CalendarFolder";
  return code("<m:UpdateFolder><m:FolderChanges><t:FolderChange>" + folder_element(folder) +
              "<t:Updates><t:SetFolderField><t:FieldURI FieldURI=\"folder:PermissionSet\"/><t:" + kind + ">" +
              set_of(permissions) + "</t:" + kind +
              "></t:SetFolderField></t:Updates></t:FolderChange></m:FolderChanges></m:UpdateFolder>");
}

std::string SharedMailbox::permission(const std::string& user, const std::string& level, const std::string& single) {
  const bool named = user.find('@') != std::string::npos;
  const std::string element = named ? "PrimarySmtpAddress" : "DistinguishedUser";
  return "<t:Permission><t:UserId><t:" + element + ">" + user + "</t:" + element + "></t:UserId>" + single +
         "<t:PermissionLevel>" + level + "</t:PermissionLevel></t:Permission>";
}

std::string SharedMailbox::calendar_permission(const std::string& user, const std::string& level) {
  const bool named = user.find('@') != std::string::npos;
  const std::string element = named ? "PrimarySmtpAddress" : "DistinguishedUser";
  return "<t:CalendarPermission><t:UserId><t:" + element + ">" + user + "</t:" + element +
         "></t:UserId><t:CalendarPermissionLevel>" + level + "</t:CalendarPermissionLevel></t:CalendarPermission>";
}

std::string SharedMailbox::get_folder(const std::string& folder, const std::string& property) {
  return ask(
      "<m:GetFolder><m:FolderShape><t:BaseShape>Default</t:BaseShape><t:AdditionalProperties><t:FieldURI "
      "FieldURI=\"folder:" +
          property + "\"/></t:AdditionalProperties></m:FolderShape><m:FolderIds>" + folder +
          "</m:FolderIds></m:GetFolder>",
      std::string(kOther));
}

std::string SharedMailbox::find_items(const std::string& folder) {
  return "<m:FindItem Traversal=\"Shallow\"><m:ItemShape><t:BaseShape>AllProperties</t:BaseShape></m:ItemShape>"
         "<m:ParentFolderIds>" +
         folder + "</m:ParentFolderIds></m:FindItem>";
}

std::string SharedMailbox::create_in(const std::string& folder, const std::string& item, const std::string& caller,
                                     const std::string& attributes) {
  return ask("<m:CreateItem " + attributes + "><m:SavedItemFolderId>" + folder + "</m:SavedItemFolderId><m:Items>" +
                 item + "</m:Items></m:CreateItem>",
             caller);
}

std::string SharedMailbox::get_item(const std::string& id, const std::string& caller) {
  return ask("<m:GetItem><m:ItemShape><t:BaseShape>AllProperties</t:BaseShape></m:ItemShape><m:ItemIds>" +
                 item_element(id) + "</m:ItemIds></m:GetItem>",
             caller);
}

std::string SharedMailbox::change_subject(const std::string& id, const std::string& caller) {
  return code(
      "<m:UpdateItem ConflictResolution=\"AlwaysOverwrite\" MessageDisposition=\"SaveOnly\" "
      "SendMeetingInvitationsOrCancellations=\"SendToNone\"><m:ItemChanges><t:ItemChange>" +
          item_element(id) +
          "<t:Updates><t:SetItemField><t:FieldURI FieldURI=\"item:Subject\"/><t:Item><t:Subject>changed"
          "</t:Subject></t:Item></t:SetItemField></t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>",
      caller);
}

std::string SharedMailbox::delete_item(const std::string& id, const std::string& caller) {
  return code("<m:DeleteItem DeleteType=\"MoveToDeletedItems\" SendMeetingCancellations=\"SendToNone\"><m:ItemIds>" +
                  item_element(id) + "</m:ItemIds></m:DeleteItem>",
              caller);
}

}  // namespace mailward::testing
