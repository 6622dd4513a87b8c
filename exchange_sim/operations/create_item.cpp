#include <array>

#include "exchange_sim/mailbox_changes.h"
#include "exchange_sim/operations.h"
#include "exchange_sim/shapes.h"

namespace mailward::exchange_sim {
namespace {

using Place = std::expected<FolderRef, ResponseError>;

constexpr std::array<std::string_view, 3> kDispositions{"SaveOnly", "SendOnly", "SendAndSaveCopy"};

std::expected<std::vector<pugi::xml_node>, SoapFault> read_messages(const SoapRequest& request) {
  const auto list = child(request.body, kMessagesNs, "Items");
  const auto nodes = elements(list);
  const std::string element = "The element 'Items' in namespace '" + std::string(kMessagesNs) + "'";
  if (nodes.empty()) return std::unexpected(schema_violation(request.xml, list, element + " has incomplete content."));
  for (const auto node : nodes) {
    if (!is(node, kTypesNs, "Message")) {
      return std::unexpected(schema_violation(request.xml, node,
                                              element + " has invalid child element '" + std::string(local_name(node)) +
                                                  "' in namespace '" + std::string(namespace_of(node)) + "'."));
    }
    if (auto fault = check_sequence(request, node, {"ItemClass?", "Subject?", "Sensitivity?", "Body?", "*"})) {
      return std::unexpected(*std::move(fault));
    }
  }
  return nodes;
}

/// Where it is to be saved: what is named, else the drafts.
std::expected<Place, SoapFault> read_place(const OperationContext& context, const SoapRequest& request) {
  if (const auto target = child(request.body, kMessagesNs, "SavedItemFolderId")) {
    return read_target_folder(context, request, target);
  }
  if (context.mailbox_error) return Place(std::unexpect, *context.mailbox_error);
  if (context.mailbox == nullptr) {
    return Place(std::unexpect,
                 ResponseError{.code = "ErrorMissingEmailAddress",
                               .text = "When making a request as an account that does not have a mailbox, you must "
                                       "specify the mailbox primary SMTP address for any distinguished folder Ids.",
                               .values = {}});
  }
  return FolderRef{.mailbox = context.mailbox, .folder = context.mailbox->find_distinguished("drafts")};
}

}  // namespace

/// MS-OXWSCORE 3.1.4.2, for messages that are saved. Recorded: gautamsi-ews-js 15.1.427. No mail flows here: who would
/// send is told that its allowance is used up.
OperationResult create_item(const OperationContext& context, const SoapRequest& request) {
  const auto disposition = request.body.attribute("MessageDisposition");
  if (disposition) {
    if (auto fault =
            check_attribute(request, request.body, "MessageDisposition", "MessageDispositionType", kDispositions)) {
      return std::unexpected(*std::move(fault));
    }
  }
  if (auto fault = check_sequence(request, request.body, {"SavedItemFolderId?", "Items"})) {
    return std::unexpected(*std::move(fault));
  }
  const auto messages = read_messages(request);
  if (!messages) return std::unexpected(messages.error());
  auto place = read_place(context, request);
  if (!place) return std::unexpected(place.error());
  std::optional<ResponseError> refusal;
  if (!*place) {
    refusal = place->error();
  } else if (!disposition) {
    refusal = {.code = "ErrorMessageDispositionRequired",
               .text = "The MessageDisposition attribute is required for message items.",
               .values = {}};
  } else if (std::string_view(disposition.value()) != "SaveOnly") {
    refusal = {.code = "ErrorSubmissionQuotaExceeded",
               .text = "The message can't be submitted because the sender's submission quota was exceeded.",
               .values = {}};
  }

  XmlWriter xml;
  xml.open("m:ResponseMessages");
  const std::string folder = refusal ? std::string() : (*place)->folder->id;
  for (const auto node : *messages) {
    if (refusal) {
      write_error(xml, "CreateItem", *refusal);
      continue;
    }
    Mailbox& mailbox = context.organisation.contents_of(*(*place)->mailbox);
    const Item& made = make_draft(mailbox, folder, std::string(text_of(child(node, kTypesNs, "Subject"))),
                                  std::string(text_of(child(node, kTypesNs, "Body"))));
    XmlWriter content;
    content.open("m:Items");
    write_item(content, mailbox, made, {.additional = {}}, ItemDetail::found);
    content.close("m:Items");
    write_success(xml, "CreateItem", content.str());
  }
  xml.close("m:ResponseMessages");
  return xml.take();
}

}  // namespace mailward::exchange_sim
