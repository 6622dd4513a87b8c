#include "exchange_sim/operations.h"

namespace mailward::exchange_sim {
namespace {

ResponseError no_such_mailbox() {
  return {
      .code = "ErrorNonExistentMailbox", .text = "The SMTP address has no mailbox associated with it.", .values = {}};
}

/// Where the mailbox was moved away: exchange.md, "Limits and policies of the server".
ResponseError moved_mailbox(const Mailbox& mailbox) {
  return {.code = "ErrorNonExistentMailbox",
          .text = "No mailbox with such guid.",
          .values = {{"MailboxGuid", mailbox.guid}}};
}

SoapFault impersonation_denied() {
  SoapFault fault;
  fault.code = "ErrorImpersonateUserDenied";
  fault.message = "The account does not have permission to impersonate the requested user.";
  return fault;
}

}  // namespace

std::expected<OperationContext, SoapFault> resolve_caller(Organisation& organisation, std::string_view account,
                                                          const SoapRequest& request) {
  OperationContext context{.organisation = organisation, .account = std::string(account)};
  if (request.impersonation) {
    context.mailbox = organisation.find_mailbox(request.impersonation->value);
    if (context.mailbox == nullptr) {
      if (!organisation.has_impersonation(account)) return std::unexpected(impersonation_denied());
      context.mailbox_error = no_such_mailbox();
      return context;
    }
    if (!organisation.may_impersonate(account, *context.mailbox)) return std::unexpected(impersonation_denied());
  } else {
    context.mailbox = organisation.mailbox_of_account(account);
  }
  if (context.mailbox != nullptr && organisation.place(*context.mailbox) == MailboxPlace::exchange_online) {
    context.mailbox_error = moved_mailbox(*context.mailbox);
  }
  return context;
}

}  // namespace mailward::exchange_sim
