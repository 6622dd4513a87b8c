#include "exchange_sim/inbox_rules.h"

#include <algorithm>
#include <charconv>

#include "exchange_sim/associated_items.h"
#include "exchange_sim/folder_reading.h"
#include "exchange_sim/shapes.h"

namespace mailward::exchange_sim {
namespace {

/// What is wrong with one operation of an UpdateInboxRules.
struct RuleError {
  std::size_t index = 0;
  std::string_view field;
  std::string_view code;
  std::string value;
};

struct RuleOperation {
  std::string_view name;
  pugi::xml_node rule;  ///< null where it only names one
  std::string id;
  int priority = 0;
};

RuleOperation read_operation(pugi::xml_node node) {
  RuleOperation read{.name = local_name(node), .rule = child(node, kTypesNs, "Rule"), .id = {}, .priority = 0};
  read.id = text_of(child(read.rule ? read.rule : node, kTypesNs, "RuleId"));
  const std::string_view text = text_of(child(read.rule, kTypesNs, "Priority"));
  std::from_chars(text.data(), text.data() + text.size(), read.priority);
  return read;
}

bool names_a_folder(const Mailbox& mailbox, pugi::xml_node target) {
  if (const auto id = child(target, kTypesNs, "FolderId")) {
    return mailbox.find_folder(id.attribute("Id").value()) != nullptr;
  }
  return mailbox.find_distinguished(child(target, kTypesNs, "DistinguishedFolderId").attribute("Id").value()) !=
         nullptr;
}

std::optional<RuleError> error_in_rule(const Mailbox& mailbox, const RuleOperation& operation) {
  const auto actions = elements(child(operation.rule, kTypesNs, "Actions"));
  if (actions.empty()) return RuleError{.field = "Actions", .code = "MissingAction", .value = {}};
  if (text_of(child(operation.rule, kTypesNs, "DisplayName")).empty()) {
    return RuleError{.field = "DisplayName", .code = "EmptyValueFound", .value = {}};
  }
  if (operation.priority < 1) {
    return RuleError{.field = "Priority", .code = "InvalidValue", .value = std::to_string(operation.priority)};
  }
  for (const auto action : actions) {
    const std::string_view name = local_name(action);
    if ((name == "MoveToFolder" || name == "CopyToFolder") && !names_a_folder(mailbox, action)) {
      return RuleError{.field = name == "MoveToFolder" ? "Action:MoveToFolder" : "Action:CopyToFolder",
                       .code = "FolderDoesNotExist",
                       .value = elements(action).empty() ? "" : elements(action).front().attribute("Id").value()};
    }
    const char* reply = action.attribute("Id").value();
    if (name == "ServerReplyWithMessage" && mailbox.find_item(reply) == nullptr) {
      return RuleError{.field = "Action:ServerReplyWithMessage", .code = "InvalidValue", .value = reply};
    }
  }
  return std::nullopt;
}

std::optional<RuleError> error_in(const Mailbox& mailbox, const RuleOperation& operation) {
  const auto known = inbox_rules(mailbox);
  const bool there = std::ranges::find(known, operation.id, &InboxRule::id) != known.end();
  if (operation.name == "CreateRuleOperation") {
    if (!operation.id.empty()) return RuleError{.field = "RuleId", .code = "CreateWithRuleId", .value = operation.id};
  } else if (!there) {
    return RuleError{.field = "RuleId", .code = "RuleNotFound", .value = operation.id};
  }
  return operation.name == "DeleteRuleOperation" ? std::nullopt : error_in_rule(mailbox, operation);
}

/// What t:Rule holds, with the id that the store gave it in front.
std::string kept_rule(const Mailbox& mailbox, pugi::xml_node rule, const std::string& id) {
  for (const auto action : elements(child(rule, kTypesNs, "Actions"))) name_folders_by_id(mailbox, action);
  XmlWriter xml;
  xml.text("t:RuleId", id);
  for (const auto element : elements(rule)) {
    if (local_name(element) == "RuleId") continue;
    xml.raw("<t:" + std::string(local_name(element)) + ">" + normalised(element) +
            "</t:" + std::string(local_name(element)) + ">");
  }
  return xml.take();
}

void carry_out(Mailbox& mailbox, const RuleOperation& operation) {
  if (operation.name == "CreateRuleOperation") {
    auto item = new_associated(mailbox, kRuleClass);
    const std::string id = new_rule_id(mailbox);
    keep_rule(*item, kept_rule(mailbox, operation.rule, id), id, operation.priority);
    mailbox.add(std::move(item), *mailbox.find_distinguished("inbox"), Arrival::created);
    return;
  }
  const auto known = inbox_rules(mailbox);
  const auto found = std::ranges::find(known, operation.id, &InboxRule::id);
  // One operation of the request may have taken away what the next one names.
  if (found == known.end()) return;
  if (operation.name == "DeleteRuleOperation") {
    mailbox.dispose(*found->item, Disposal::hard_delete);
    return;
  }
  keep_rule(*found->item, kept_rule(mailbox, operation.rule, found->id), found->id, operation.priority);
  mailbox.note_change(*found->item);
}

std::string described(const std::vector<RuleError>& errors) {
  XmlWriter xml;
  xml.open("m:RuleOperationErrors");
  for (const RuleError& error : errors) {
    xml.open("t:RuleOperationError");
    xml.number("t:OperationIndex", static_cast<long long>(error.index));
    xml.open("t:ValidationErrors");
    xml.open("t:Error");
    xml.text("t:FieldURI", error.field);
    xml.text("t:ErrorCode", error.code);
    xml.text("t:ErrorMessage", "The rule can't be saved: " + std::string(error.code) + ".");
    xml.text("t:FieldValue", error.value);
    xml.close("t:Error");
    xml.close("t:ValidationErrors");
    xml.close("t:RuleOperationError");
  }
  xml.close("m:RuleOperationErrors");
  return xml.take();
}

}  // namespace

/// MS-OXWSRULES 3.1.4.1. Shape: Microsoft's documentation of the operation.
OperationResult get_inbox_rules(OperationContext& context, const SoapRequest& request) {
  if (auto fault = check_sequence(request, request.body, {"MailboxSmtpAddress?"})) {
    return std::unexpected(*std::move(fault));
  }
  const auto mailbox = open_mailbox(context, text_of(child(request.body, kMessagesNs, "MailboxSmtpAddress")));
  if (!mailbox) return sole_error(context, mailbox.error());
  XmlWriter xml;
  xml.boolean("m:OutlookRuleBlobExists", false);
  const auto rules = inbox_rules(**mailbox);
  if (!rules.empty()) xml.open("m:InboxRules");
  for (const InboxRule& rule : rules) xml.raw("<t:Rule>" + rule.xml + "</t:Rule>");
  if (!rules.empty()) xml.close("m:InboxRules");
  return sole_success(context, xml.str());
}

/// MS-OXWSRULES 3.1.4.2. All of the operations or none.
OperationResult update_inbox_rules(OperationContext& context, const SoapRequest& request) {
  if (auto fault =
          check_sequence(request, request.body, {"MailboxSmtpAddress?", "RemoveOutlookRuleBlob?", "Operations"})) {
    return std::unexpected(*std::move(fault));
  }
  const auto list = child(request.body, kMessagesNs, "Operations");
  std::vector<RuleOperation> operations;
  for (const auto node : elements(list)) {
    const std::string_view name = local_name(node);
    if (name == "DeleteRuleOperation") {
      if (auto fault = check_sequence(request, node, {"RuleId"})) return std::unexpected(*std::move(fault));
    } else if (name == "CreateRuleOperation" || name == "SetRuleOperation") {
      if (auto fault = check_sequence(request, node, {"Rule"})) return std::unexpected(*std::move(fault));
      if (auto fault = check_sequence(request, child(node, kTypesNs, "Rule"),
                                      {"RuleId?", "DisplayName", "Priority", "IsEnabled", "IsNotSupported?",
                                       "IsInError?", "Conditions?", "Exceptions?", "Actions?"})) {
        return std::unexpected(*std::move(fault));
      }
    } else {
      return std::unexpected(unexpected_child(request, list, node));
    }
    operations.push_back(read_operation(node));
  }
  if (operations.empty()) return std::unexpected(incomplete(request, list));
  const auto mailbox = open_mailbox(context, text_of(child(request.body, kMessagesNs, "MailboxSmtpAddress")));
  if (!mailbox) return sole_error(context, mailbox.error());
  std::vector<RuleError> errors;
  for (std::size_t i = 0; i < operations.size(); ++i) {
    if (auto error = error_in(**mailbox, operations[i])) {
      error->index = i;
      errors.push_back(*std::move(error));
    }
  }
  if (!errors.empty()) {
    return sole_error(context,
                      {.code = "ErrorInboxRulesValidationError",
                       .text = "Validation of at least one rule operation failed.",
                       .values = {}},
                      described(errors));
  }
  for (const RuleOperation& operation : operations) carry_out(**mailbox, operation);
  return sole_success(context, "");
}

}  // namespace mailward::exchange_sim
