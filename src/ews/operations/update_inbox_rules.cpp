#include "ews/operations/update_inbox_rules.h"

#include <algorithm>

#include "ews/operations/read_messages.h"
#include "ews/operations/shape.h"

namespace mailward::ews {
namespace {

std::vector<UpdateInboxRules::Mistake> read_mistakes(XmlElement errors) {
  std::vector<UpdateInboxRules::Mistake> mistakes;
  for (XmlElement at : errors.children("RuleOperationError")) {
    const auto place =
        static_cast<std::size_t>(std::max<std::int64_t>(0, at.child("OperationIndex").integer().value_or(0)));
    for (XmlElement error : at.child("ValidationErrors").children("Error")) {
      mistakes.push_back({.operation = place,
                          .field = error.child("FieldURI").text(),
                          .code = error.child("ErrorCode").text(),
                          .text = error.child("ErrorMessage").text(),
                          .value = error.child("FieldValue").text()});
    }
  }
  return mistakes;
}

}  // namespace

std::string UpdateInboxRules::body() const {
  XmlWriter writer;
  open_operation(writer, kName);
  if (!mailbox.empty()) writer.element("m:MailboxSmtpAddress", mailbox);
  writer.element("m:RemoveOutlookRuleBlob", remove_outlook_rules ? "true" : "false").open("m:Operations");
  for (const auto& operation : operations) {
    if (const auto* gone = std::get_if<Delete>(&operation)) {
      writer.open("t:DeleteRuleOperation").element("t:RuleId", gone->id).close();
      continue;
    }
    const auto* made = std::get_if<Create>(&operation);
    writer.open(made != nullptr ? "t:CreateRuleOperation" : "t:SetRuleOperation");
    write_inbox_rule(writer, made != nullptr ? made->rule : std::get<Set>(operation).rule);
    writer.close();
  }
  writer.close().close();
  return writer.take();
}

/// The answer is its own response message; what was wrong stands in it beside the error.
Outcome<UpdateInboxRules::Response> UpdateInboxRules::read(XmlElement payload) {
  MW_TRY(auto response, read_single(payload, [](XmlElement) { return Done{}; }));
  response.messages.front().value.mistakes = read_mistakes(payload.child("RuleOperationErrors"));
  return response;
}

}  // namespace mailward::ews
