#include "exchange_sim/inbox_rules.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/bytes.h"
#include "exchange_sim/associated_items.h"
#include "exchange_sim/rule_conditions.h"
#include "exchange_sim/store_ids.h"
#include "exchange_sim/xml_reading.h"
#include "exchange_sim/xml_writing.h"

namespace mailward::exchange_sim {
namespace {

/// PidTagRuleId, PidTagRuleSequence, PidTagRuleName, PidTagExtendedRuleMessageActions (MS-OXORULE 2.2.1).
constexpr std::string_view kId = "tag:6674:Long";
constexpr std::string_view kSequence = "tag:6676:Integer";
constexpr std::string_view kName = "tag:6682:String";
constexpr std::string_view kActions = "tag:e99:Binary";

constexpr std::array<std::string_view, 12> kKnownActions{"AssignCategories",
                                                         "CopyToFolder",
                                                         "Delete",
                                                         "ForwardAsAttachmentToRecipients",
                                                         "ForwardToRecipients",
                                                         "MarkImportance",
                                                         "MarkAsRead",
                                                         "MoveToFolder",
                                                         "PermanentDelete",
                                                         "RedirectToRecipients",
                                                         "ServerReplyWithMessage",
                                                         "StopProcessingRules"};

bool truth(pugi::xml_node node) {
  const std::string_view text = text_of(node);
  return text == "true" || text == "1";
}

bool fires(const ItemView& view, pugi::xml_node rule) {
  if (!truth(child(rule, kTypesNs, "IsEnabled"))) return false;
  for (const auto action : elements(child(rule, kTypesNs, "Actions"))) {
    if (std::ranges::find(kKnownActions, local_name(action)) == kKnownActions.end()) return false;
  }
  for (const auto condition : elements(child(rule, kTypesNs, "Conditions"))) {
    if (rule_condition(view, condition) != Fit::holds) return false;
  }
  // Any exception that holds, or cannot be judged, keeps the rule away.
  return std::ranges::all_of(elements(child(rule, kTypesNs, "Exceptions")),
                             [&](pugi::xml_node exception) { return rule_condition(view, exception) == Fit::fails; });
}

Folder* folder_of(Mailbox& mailbox, pugi::xml_node target) {
  if (const auto id = child(target, kTypesNs, "FolderId")) return mailbox.find_folder(id.attribute("Id").value());
  const std::string_view name = child(target, kTypesNs, "DistinguishedFolderId").attribute("Id").value();
  mailbox.ensure_distinguished(name);
  return mailbox.find_distinguished(name);
}

std::vector<Address> addresses_in(pugi::xml_node node) {
  std::vector<Address> found;
  for (const auto each : elements(node)) {
    found.push_back({.name = std::string(text_of(child(each, kTypesNs, "Name"))),
                     .smtp = std::string(text_of(child(each, kTypesNs, "EmailAddress")))});
  }
  return found;
}

void assign_categories(Item& item, pugi::xml_node action) {
  static const FieldId kCategories = field_id("item:Categories");
  const Value* before = item.find(kCategories);
  std::string inner = before == nullptr ? std::string() : before->inner;
  for (const auto each : elements(action)) {
    const std::string one = "<t:String>" + escape_text(text_of(each)) + "</t:String>";
    if (inner.find(one) == std::string::npos) inner += one;
  }
  item.set(kCategories, {.inner = std::move(inner)});
}

/// What the rules have decided so far.
struct Decisions {
  std::vector<Folder*> moved;
  std::vector<Folder*> copied;
  bool destroyed = false;
  std::vector<RuleVerdict::Sending> sendings;
  std::vector<const Item*> replies;
};

void act(Mailbox& mailbox, Item& item, pugi::xml_node action, Decisions& decisions) {
  const std::string_view name = local_name(action);
  const auto folder_into = [&](std::vector<Folder*>& folders) {
    // A folder that is gone since makes the rule do nothing.
    if (Folder* folder = folder_of(mailbox, action)) folders.push_back(folder);
  };
  if (name == "MoveToFolder") {
    folder_into(decisions.moved);
  } else if (name == "CopyToFolder") {
    folder_into(decisions.copied);
  } else if (name == "Delete" && truth(action)) {
    decisions.moved.push_back(mailbox.find_distinguished("deleteditems"));
  } else if (name == "PermanentDelete" && truth(action)) {
    decisions.destroyed = true;
  } else if (name == "MarkAsRead" && truth(action)) {
    item.read = true;
  } else if (name == "MarkImportance") {
    item.set(field_id("item:Importance"), {.inner = escape_text(text_of(action))});
  } else if (name == "AssignCategories") {
    assign_categories(item, action);
  } else if (name == "RedirectToRecipients") {
    decisions.sendings.push_back({.how = Onward::redirected, .to = addresses_in(action)});
  } else if (name == "ForwardToRecipients") {
    decisions.sendings.push_back({.how = Onward::forwarded, .to = addresses_in(action)});
  } else if (name == "ForwardAsAttachmentToRecipients") {
    decisions.sendings.push_back({.how = Onward::attached, .to = addresses_in(action)});
  } else if (name == "ServerReplyWithMessage") {
    // A template that is gone since makes the rule do nothing.
    const Item* reply = mailbox.find_item(action.attribute("Id").value());
    if (reply != nullptr) decisions.replies.push_back(reply);
  }
}

}  // namespace

std::vector<InboxRule> inbox_rules(const Mailbox& mailbox) {
  std::vector<InboxRule> found;
  for (Item* item : all_associated(*mailbox.find_distinguished("inbox"), kRuleClass)) {
    const std::string sequence = extended_text(*item, kSequence);
    InboxRule rule{.item = item, .id = extended_text(*item, kId), .priority = 0, .xml = {}};
    std::from_chars(sequence.data(), sequence.data() + sequence.size(), rule.priority);
    if (const auto xml = from_base64(extended_text(*item, kActions))) rule.xml = as_text(*xml);
    found.push_back(std::move(rule));
  }
  std::ranges::sort(found, {}, [](const InboxRule& rule) { return std::pair(rule.priority, rule.item->arrived); });
  return found;
}

void keep_rule(Item& item, const std::string& xml, const std::string& id, int priority) {
  const pugi::xml_document rule = parse_kept(xml);
  set_extended_text(item, kId, id);
  set_extended_text(item, kSequence, std::to_string(priority));
  set_extended_text(item, kName, text_of(child(rule.document_element(), kTypesNs, "DisplayName")));
  set_extended_text(item, kActions, to_base64(as_bytes(xml)));
}

std::string new_rule_id(Mailbox& mailbox) {
  std::string hex = make_guid(mailbox.next_seed("rule"));
  std::erase(hex, '-');
  return to_base64(from_hex(hex.substr(0, 16)).value());
}

RuleVerdict apply_rules(Mailbox& mailbox, Item& item) {
  Decisions decisions;
  for (const InboxRule& rule : inbox_rules(mailbox)) {
    const pugi::xml_document document = parse_kept(rule.xml);
    const auto node = document.document_element();
    if (!fires({.mailbox = mailbox, .item = item}, node)) continue;
    const auto actions = child(node, kTypesNs, "Actions");
    for (const auto action : elements(actions)) act(mailbox, item, action, decisions);
    if (truth(child(actions, kTypesNs, "StopProcessingRules"))) break;
  }
  RuleVerdict verdict{.folders = decisions.moved,
                      .destroyed = decisions.destroyed,
                      .sendings = std::move(decisions.sendings),
                      .replies = std::move(decisions.replies)};
  if (!decisions.copied.empty() || decisions.destroyed) {
    if (verdict.folders.empty() && !decisions.destroyed) {
      verdict.folders.push_back(mailbox.find_distinguished("inbox"));
    }
    if (decisions.destroyed) verdict.folders.clear();
    verdict.folders.insert(verdict.folders.end(), decisions.copied.begin(), decisions.copied.end());
  }
  return verdict;
}

}  // namespace mailward::exchange_sim
