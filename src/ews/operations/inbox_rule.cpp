#include "ews/operations/inbox_rule.h"

#include <algorithm>
#include <span>
#include <string_view>
#include <utility>

#include "ews/operations/new_item.h"
#include "ews/operations/shape.h"

namespace mailward::ews {
namespace {

/// How a clause is written (types.xsd).
enum class Kind { text, texts, addresses, folder, range, item };
struct KnownClause {
  std::string_view name;
  Kind kind = Kind::text;
};

/// RulePredicatesType, in its order.
constexpr KnownClause kPredicates[] = {{"Categories", Kind::texts},
                                       {"ContainsBodyStrings", Kind::texts},
                                       {"ContainsHeaderStrings", Kind::texts},
                                       {"ContainsRecipientStrings", Kind::texts},
                                       {"ContainsSenderStrings", Kind::texts},
                                       {"ContainsSubjectOrBodyStrings", Kind::texts},
                                       {"ContainsSubjectStrings", Kind::texts},
                                       {"FlaggedForAction"},
                                       {"FromAddresses", Kind::addresses},
                                       {"FromConnectedAccounts", Kind::texts},
                                       {"HasAttachments"},
                                       {"Importance"},
                                       {"IsApprovalRequest"},
                                       {"IsAutomaticForward"},
                                       {"IsAutomaticReply"},
                                       {"IsEncrypted"},
                                       {"IsMeetingRequest"},
                                       {"IsMeetingResponse"},
                                       {"IsNDR"},
                                       {"IsPermissionControlled"},
                                       {"IsReadReceipt"},
                                       {"IsSigned"},
                                       {"IsVoicemail"},
                                       {"ItemClasses", Kind::texts},
                                       {"MessageClassifications", Kind::texts},
                                       {"NotSentToMe"},
                                       {"SentCcMe"},
                                       {"SentOnlyToMe"},
                                       {"SentToAddresses", Kind::addresses},
                                       {"SentToMe"},
                                       {"SentToOrCcMe"},
                                       {"Sensitivity"},
                                       {"WithinDateRange", Kind::range},
                                       {"WithinSizeRange", Kind::range}};

/// RuleActionsType, in its order.
constexpr KnownClause kActions[] = {{"AssignCategories", Kind::texts},
                                    {"CopyToFolder", Kind::folder},
                                    {"Delete"},
                                    {"ForwardAsAttachmentToRecipients", Kind::addresses},
                                    {"ForwardToRecipients", Kind::addresses},
                                    {"MarkImportance"},
                                    {"MarkAsRead"},
                                    {"MoveToFolder", Kind::folder},
                                    {"PermanentDelete"},
                                    {"RedirectToRecipients", Kind::addresses},
                                    {"SendSMSAlertToRecipients", Kind::addresses},
                                    {"ServerReplyWithMessage", Kind::item},
                                    {"StopProcessingRules"}};

RuleClause read_clause(XmlElement element) {
  RuleClause clause{.name = std::string(element.name())};
  for (XmlElement at = element.first_child(); at; at = at.next_sibling()) {
    const auto name = at.name();
    if (name == "String") {
      clause.texts.push_back(at.text());
    } else if (name == "Address" || name == "Mailbox") {
      clause.mailboxes.push_back(read_mailbox(at));
    } else if (name == "FolderId") {
      clause.folder = read_folder_id(at);
    } else if (name == "DistinguishedFolderId") {
      clause.folder = DistinguishedFolder{.name = std::string(at.attribute("Id")),
                                          .mailbox = at.child("Mailbox").child("EmailAddress").text()};
    } else {
      clause.texts.push_back(std::string(name) + " " + at.text());
    }
  }
  if (!element.first_child() && !element.text().empty()) clause.texts.push_back(element.text());
  if (element.has_attribute("Id")) clause.texts.emplace_back(element.attribute("Id"));
  return clause;
}

std::vector<RuleClause> read_clauses(XmlElement element) {
  std::vector<RuleClause> clauses;
  for (XmlElement at : element.children()) clauses.push_back(read_clause(at));
  return clauses;
}

void write_clause(XmlWriter& writer, const RuleClause& clause, Kind kind) {
  writer.open("t:" + clause.name);
  switch (kind) {
    case Kind::text:
      if (!clause.texts.empty()) writer.text(clause.texts.front());
      break;
    case Kind::texts:
      for (const std::string& text : clause.texts) writer.element("t:String", text);
      break;
    case Kind::addresses:
      for (const Mailbox& mailbox : clause.mailboxes) write_mailbox(writer, "t:Address", mailbox);
      break;
    case Kind::folder:
      if (clause.folder) write_folder_ref(writer, *clause.folder);
      break;
    case Kind::range:
      for (const std::string& text : clause.texts) {
        const auto space = text.find(' ');
        writer.element("t:" + text.substr(0, space), space == std::string::npos ? "" : text.substr(space + 1));
      }
      break;
    case Kind::item:
      if (!clause.texts.empty()) writer.attribute("Id", clause.texts.front());
      break;
  }
  writer.close();
}

/// A clause that the table does not know stands last, as text: the server will say what it thinks of it.
void write_clauses(XmlWriter& writer, std::string_view element, const std::vector<RuleClause>& clauses,
                   std::span<const KnownClause> known) {
  if (clauses.empty()) return;
  const auto place_of = [&](const RuleClause* clause) {
    return std::ranges::find(known, std::string_view(clause->name), &KnownClause::name) - known.begin();
  };
  std::vector<const RuleClause*> ordered;
  for (const RuleClause& clause : clauses) ordered.push_back(&clause);
  std::ranges::sort(ordered, {}, [&](const RuleClause* one) { return std::pair(place_of(one), one); });
  writer.open(element);
  for (const RuleClause* clause : ordered) {
    const auto place = static_cast<std::size_t>(place_of(clause));
    write_clause(writer, *clause, place < known.size() ? known[place].kind : Kind::text);
  }
  writer.close();
}

}  // namespace

InboxRule read_inbox_rule(XmlElement element) {
  return {.id = element.child("RuleId").text(),
          .name = element.child("DisplayName").text(),
          .priority = element.child("Priority").integer().value_or(0),
          .enabled = element.child("IsEnabled").boolean().value_or(false),
          .in_error = element.child("IsInError").boolean().value_or(false),
          .not_supported = element.child("IsNotSupported").boolean().value_or(false),
          .conditions = read_clauses(element.child("Conditions")),
          .exceptions = read_clauses(element.child("Exceptions")),
          .actions = read_clauses(element.child("Actions"))};
}

void write_inbox_rule(XmlWriter& writer, const InboxRule& rule) {
  writer.open("t:Rule");
  if (!rule.id.empty()) writer.element("t:RuleId", rule.id);
  writer.element("t:DisplayName", rule.name).element("t:Priority", std::to_string(rule.priority));
  writer.element("t:IsEnabled", rule.enabled ? "true" : "false");
  write_clauses(writer, "t:Conditions", rule.conditions, kPredicates);
  write_clauses(writer, "t:Exceptions", rule.exceptions, kPredicates);
  write_clauses(writer, "t:Actions", rule.actions, kActions);
  writer.close();
}

}  // namespace mailward::ews
