#include "exchange_sim/access.h"

namespace mailward::exchange_sim {
namespace {

ResponseError no_such_mailbox() {
  return {
      .code = "ErrorNonExistentMailbox", .text = "The SMTP address has no mailbox associated with it.", .values = {}};
}

/// While its contents are on their way to another server.
ResponseError moving_mailbox() {
  return {.code = "ErrorMailboxMoveInProgress",
          .text = "Mailbox move in progress. Try again later., Cannot open mailbox.",
          .values = {}};
}

/// Where the mailbox was moved away: exchange.md, "Limits and policies of the server".
ResponseError moved_mailbox(const Mailbox& mailbox) {
  return {.code = "ErrorNonExistentMailbox",
          .text = "No mailbox with such guid.",
          .values = {{"MailboxGuid", mailbox.guid}}};
}

std::optional<ResponseError> where_it_went(const Organisation& organisation, const Mailbox& mailbox) {
  switch (organisation.place(mailbox)) {
    case MailboxPlace::here:
      break;
    case MailboxPlace::exchange_online:
      return moved_mailbox(mailbox);
    case MailboxPlace::moving:
      return moving_mailbox();
    case MailboxPlace::gone:
      return no_such_mailbox();
  }
  return std::nullopt;
}

SoapFault impersonation_denied() {
  return plain_fault("ErrorImpersonateUserDenied",
                     "The account does not have permission to impersonate the requested user.");
}

}  // namespace

std::expected<OperationContext, SoapFault> resolve_caller(Organisation& organisation, std::string_view account,
                                                          const SoapRequest& request) {
  OperationContext context{.organisation = organisation, .account = std::string(account)};
  if (request.impersonation) {
    context.mailbox = organisation.find_mailbox(request.impersonation->value);
    const bool gone = context.mailbox != nullptr && organisation.place(*context.mailbox) == MailboxPlace::gone;
    if (context.mailbox == nullptr || gone) {
      context.mailbox = nullptr;
      if (!organisation.has_impersonation(account)) return std::unexpected(impersonation_denied());
      context.mailbox_error = no_such_mailbox();
      return context;
    }
    if (!organisation.may_impersonate(account, *context.mailbox)) return std::unexpected(impersonation_denied());
  } else {
    context.mailbox = organisation.mailbox_of_account(account);
  }
  if (context.mailbox != nullptr) context.mailbox_error = where_it_went(organisation, *context.mailbox);
  return context;
}

std::optional<ResponseError> refusal_of_place(const OperationContext& context, const Mailbox& mailbox) {
  return &mailbox == context.mailbox ? std::nullopt : where_it_went(context.organisation, mailbox);
}

std::optional<ResponseError> refusal_of_caller(const OperationContext& context) {
  if (context.mailbox_error) return context.mailbox_error;
  if (context.mailbox != nullptr) return std::nullopt;
  return ResponseError{.code = "ErrorMissingEmailAddress",
                       .text =
                           "When making a request as an account that does not have a mailbox, you must specify the "
                           "mailbox primary SMTP address for any distinguished folder Ids.",
                       .values = {}};
}

std::expected<Mailbox*, ResponseError> open_mailbox(const OperationContext& context, std::string_view address) {
  if (context.mailbox_error) return std::unexpected(*context.mailbox_error);
  if (address.empty()) {
    if (const auto refusal = refusal_of_caller(context)) return std::unexpected(*refusal);
    return context.mailbox;
  }
  Mailbox* named = context.organisation.find_mailbox(address);
  if (named == nullptr) return std::unexpected(no_such_mailbox());
  if (!opens(context, *named)) return std::unexpected(access_denied());
  if (const auto refusal = refusal_of_place(context, *named)) return std::unexpected(*refusal);
  return named;
}

}  // namespace mailward::exchange_sim
