#include <algorithm>
#include <array>

#include "exchange_sim/people.h"
#include "exchange_sim/shapes.h"

namespace mailward::exchange_sim {
namespace {

constexpr std::array<std::string_view, 4> kBooleans{"true", "false", "1", "0"};
/// In the schema's order.
constexpr std::array<std::string_view, 4> kLevels{"None", "Editor", "Reviewer", "Author"};
constexpr std::array<std::string_view, 6> kFolders{"Calendar", "Tasks", "Inbox", "Contacts", "Notes", "Journal"};

ResponseError not_a_delegate() {
  return {.code = "ErrorNotDelegate", .text = "The user is no delegate for the mailbox.", .values = {}};
}

ResponseError no_user() {
  return {.code = "ErrorDelegateNoUser", .text = "The specified delegate user could not be found.", .values = {}};
}

/// The mailbox that a t:UserId names, by its address or SID; null for none.
const Mailbox* user_of(const OperationContext& context, pugi::xml_node user) {
  for (const std::string_view element : {"PrimarySmtpAddress", "SID"}) {
    if (const auto node = child(user, kTypesNs, element)) return context.organisation.find_mailbox(text_of(node));
  }
  return nullptr;
}

Delegate* find_delegate(Mailbox& mailbox, std::string_view smtp) {
  const auto found = std::ranges::find_if(mailbox.delegates,
                                          [&](const Delegate& each) { return equal_ignoring_case(each.smtp, smtp); });
  return found == mailbox.delegates.end() ? nullptr : &*found;
}

enum class Permissions { shown, left_out };

/// What the delegate may do in a default folder is in its permissions.
std::string_view level_in(const Mailbox& mailbox, std::string_view folder, std::string_view user) {
  const Permission* set = mailbox.find_distinguished(lower_case(folder))->permissions.find(PermissionFor::user, user);
  const std::string_view level = set == nullptr ? "None" : level_of(set->rights);
  return std::ranges::find(kLevels, level) == kLevels.end() ? "Custom" : level;
}

/// None of the permissions that others set (Custom) is touched.
void set_level(Mailbox& mailbox, std::string_view folder, std::string_view user, std::string_view level) {
  Folder* found = mailbox.find_distinguished(lower_case(folder));
  const auto rights = rights_of_level(level);
  if (found == nullptr || !rights) return;
  if (level == "None") {
    found->permissions.remove(user);
  } else {
    found->permissions.set({.user = std::string(user), .rights = *rights});
  }
  mailbox.note_change(*found);
}

void write_delegate(XmlWriter& xml, const Mailbox& mailbox, const Mailbox& user, const Delegate& delegate,
                    Permissions permissions) {
  xml.open("m:DelegateUser");
  xml.open("t:UserId");
  xml.text("t:SID", user.sid);
  xml.text("t:PrimarySmtpAddress", user.smtp);
  xml.text("t:DisplayName", user.display_name);
  xml.close("t:UserId");
  if (permissions == Permissions::shown) {
    xml.open("t:DelegatePermissions");
    for (const std::string_view folder : kFolders) {
      xml.text("t:" + std::string(folder) + "FolderPermissionLevel", level_in(mailbox, folder, user.smtp));
    }
    xml.close("t:DelegatePermissions");
  }
  xml.boolean("t:ReceiveCopiesOfMeetingMessages", delegate.receives_copies);
  xml.boolean("t:ViewPrivateItems", delegate.sees_private);
  xml.close("m:DelegateUser");
}

void write_one(XmlWriter& xml, const std::expected<std::string, ResponseError>& content) {
  constexpr std::string_view kName = "m:DelegateUserResponseMessageType";
  xml.open(kName, {{"ResponseClass", content ? "Success" : "Error"}});
  if (content) {
    xml.text("m:ResponseCode", "NoError");
    xml.raw(*content);
  } else {
    write_error_content(xml, content.error());
  }
  xml.close(kName);
}

void take_wish(Mailbox& mailbox, Delegate& delegate, pugi::xml_node node) {
  for (const auto level : elements(child(node, kTypesNs, "DelegatePermissions"))) {
    std::string_view folder = local_name(level);
    folder.remove_suffix(std::min(folder.size(), std::string_view("FolderPermissionLevel").size()));
    set_level(mailbox, folder, delegate.smtp, text_of(level));
  }
  if (const auto copies = child(node, kTypesNs, "ReceiveCopiesOfMeetingMessages")) {
    delegate.receives_copies = is_true(text_of(copies));
  }
  if (const auto sees = child(node, kTypesNs, "ViewPrivateItems")) delegate.sees_private = is_true(text_of(sees));
}

std::expected<std::string, ResponseError> set_delegate(OperationContext& context, Mailbox& mailbox, pugi::xml_node node,
                                                       bool adds) {
  const Mailbox* user = user_of(context, child(node, kTypesNs, "UserId"));
  if (user == nullptr) return std::unexpected(no_user());
  if (user == &mailbox) {
    return std::unexpected(ResponseError{
        .code = "ErrorDelegateCannotAddOwner", .text = "The owner of a mailbox cannot be its delegate.", .values = {}});
  }
  Delegate* delegate = find_delegate(mailbox, user->smtp);
  if (adds && delegate != nullptr) {
    return std::unexpected(ResponseError{
        .code = "ErrorDelegateAlreadyExists", .text = "The user is already a delegate for the mailbox.", .values = {}});
  }
  if (!adds && delegate == nullptr) {
    return std::unexpected(
        ResponseError{.code = "ErrorNotDelegate", .text = "The user is not a delegate for the mailbox.", .values = {}});
  }
  if (adds) delegate = &mailbox.delegates.emplace_back(Delegate{.smtp = user->smtp});
  context.organisation.let_send_for(user->smtp, mailbox.smtp, true);
  take_wish(mailbox, *delegate, node);
  XmlWriter xml;
  write_delegate(xml, mailbox, *user, *delegate, Permissions::shown);
  return xml.take();
}

/// m:Mailbox names whose delegates are meant.
std::expected<Mailbox*, ResponseError> named_mailbox(const OperationContext& context, const SoapRequest& request) {
  const auto mailbox = child(request.body, kMessagesNs, "Mailbox");
  return open_mailbox(context, text_of(child(mailbox, kTypesNs, "EmailAddress")));
}

OperationResult set_delegates(OperationContext& context, const SoapRequest& request, bool adds) {
  const std::string_view list_name = adds ? "DelegateUsers" : "DelegateUsers?";
  if (auto fault = check_sequence(request, request.body, {"Mailbox", list_name, "DeliverMeetingRequests?"})) {
    return std::unexpected(*std::move(fault));
  }
  const auto list = child(request.body, kMessagesNs, "DelegateUsers");
  for (const auto node : elements(list)) {
    if (auto fault = check_sequence(
            request, node,
            {"UserId", "DelegatePermissions?", "ReceiveCopiesOfMeetingMessages?", "ViewPrivateItems?"})) {
      return std::unexpected(*std::move(fault));
    }
  }
  const auto mailbox = named_mailbox(context, request);
  if (!mailbox) return sole_error(context, mailbox.error());
  if (const auto deliver = child(request.body, kMessagesNs, "DeliverMeetingRequests")) {
    (*mailbox)->deliver_meeting_requests = text_of(deliver);
  }
  XmlWriter xml;
  if (list) xml.open("m:ResponseMessages");
  for (const auto node : elements(list)) write_one(xml, set_delegate(context, **mailbox, node, adds));
  if (list) xml.close("m:ResponseMessages");
  return sole_success(context, xml.str());
}

}  // namespace

/// MS-OXWSDLGM 3.1.4.2. Shape: Microsoft's documentation of the operation.
OperationResult get_delegate(OperationContext& context, const SoapRequest& request) {
  if (auto fault = check_attribute(request, request.body, "IncludePermissions", "boolean", kBooleans)) {
    return std::unexpected(*std::move(fault));
  }
  if (auto fault = check_sequence(request, request.body, {"Mailbox", "UserIds?"})) {
    return std::unexpected(*std::move(fault));
  }
  const auto mailbox = named_mailbox(context, request);
  if (!mailbox) return sole_error(context, mailbox.error());
  const auto permissions =
      is_true(request.body.attribute("IncludePermissions").value()) ? Permissions::shown : Permissions::left_out;
  const auto described = [&](const Delegate& delegate) {
    XmlWriter xml;
    write_delegate(xml, **mailbox, *context.organisation.find_mailbox(delegate.smtp), delegate, permissions);
    return xml.take();
  };
  XmlWriter xml;
  const auto wanted = elements(child(request.body, kMessagesNs, "UserIds"));
  for (const auto user : wanted) {
    const Mailbox* named = user_of(context, user);
    const Delegate* delegate = named == nullptr ? nullptr : find_delegate(**mailbox, named->smtp);
    if (delegate != nullptr) {
      write_one(xml, described(*delegate));
    } else {
      write_one(xml, std::unexpected(named == nullptr ? no_user()
                                                      : ResponseError{.code = "ErrorNotDelegate",
                                                                      .text = "The user is not a delegate for the "
                                                                              "mailbox.",
                                                                      .values = {}}));
    }
  }
  if (wanted.empty()) {
    for (const Delegate& delegate : (*mailbox)->delegates) write_one(xml, described(delegate));
  }
  const std::string list = xml.str().empty() ? "" : "<m:ResponseMessages>" + xml.str() + "</m:ResponseMessages>";
  return sole_success(context, list + "<m:DeliverMeetingRequests>" + (*mailbox)->deliver_meeting_requests +
                                   "</m:DeliverMeetingRequests>");
}

/// MS-OXWSDLGM 3.1.4.1.
OperationResult add_delegate(OperationContext& context, const SoapRequest& request) {
  return set_delegates(context, request, true);
}

/// MS-OXWSDLGM 3.1.4.4.
OperationResult update_delegate(OperationContext& context, const SoapRequest& request) {
  return set_delegates(context, request, false);
}

/// MS-OXWSDLGM 3.1.4.3.
OperationResult remove_delegate(OperationContext& context, const SoapRequest& request) {
  if (auto fault = check_sequence(request, request.body, {"Mailbox", "UserIds"})) {
    return std::unexpected(*std::move(fault));
  }
  const auto mailbox = named_mailbox(context, request);
  if (!mailbox) return sole_error(context, mailbox.error());
  XmlWriter xml;
  for (const auto user : elements(child(request.body, kMessagesNs, "UserIds"))) {
    const Mailbox* named = user_of(context, user);
    const Delegate* delegate = named == nullptr ? nullptr : find_delegate(**mailbox, named->smtp);
    if (delegate == nullptr) {
      write_one(xml, std::unexpected(named == nullptr ? no_user() : not_a_delegate()));
      continue;
    }
    context.organisation.let_send_for(named->smtp, (*mailbox)->smtp, false);
    for (const std::string_view folder : kFolders) set_level(**mailbox, folder, named->smtp, "None");
    std::erase_if((*mailbox)->delegates, [&](const Delegate& each) { return &each == delegate; });
    write_one(xml, std::string());
  }
  return sole_success(context, "<m:ResponseMessages>" + xml.str() + "</m:ResponseMessages>");
}

}  // namespace mailward::exchange_sim
