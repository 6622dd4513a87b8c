#include "ews/operations/get_inbox_rules.h"

#include "ews/operations/read_messages.h"
#include "ews/operations/shape.h"

namespace mailward::ews {

namespace {

/// Words and numbers by themselves; lists of texts; mailboxes; a folder; a range, as "name value" each.
GetInboxRules::Clause read_clause(XmlElement element) {
  GetInboxRules::Clause clause{.name = std::string(element.name()), .texts = {}, .mailboxes = {}, .folder = {}};
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

std::vector<GetInboxRules::Clause> read_clauses(XmlElement element) {
  std::vector<GetInboxRules::Clause> clauses;
  for (XmlElement at : element.children()) clauses.push_back(read_clause(at));
  return clauses;
}

}  // namespace

std::string GetInboxRules::body() const {
  XmlWriter writer;
  open_operation(writer, kName);
  if (!mailbox.empty()) writer.element("m:MailboxSmtpAddress", mailbox);
  writer.close();
  return writer.take();
}

/// The answer is its own response message.
Outcome<GetInboxRules::Response> GetInboxRules::read(XmlElement payload) {
  return read_single(payload, [](XmlElement message) {
    Rules read{.outlook_has_its_own = message.child("OutlookRuleBlobExists").boolean().value_or(false), .rules = {}};
    for (XmlElement at : message.child("InboxRules").children("Rule")) {
      read.rules.push_back({.id = at.child("RuleId").text(),
                            .name = at.child("DisplayName").text(),
                            .priority = at.child("Priority").integer().value_or(0),
                            .enabled = at.child("IsEnabled").boolean().value_or(false),
                            .in_error = at.child("IsInError").boolean().value_or(false),
                            .not_supported = at.child("IsNotSupported").boolean().value_or(false),
                            .conditions = read_clauses(at.child("Conditions")),
                            .exceptions = read_clauses(at.child("Exceptions")),
                            .actions = read_clauses(at.child("Actions"))});
    }
    return read;
  });
}

}  // namespace mailward::ews
