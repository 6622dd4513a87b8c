#include <array>

#include "exchange_sim/shapes.h"

namespace mailward::exchange_sim {
namespace {

constexpr std::array<std::string_view, 6> kFormats{"EwsLegacyId", "EwsId", "EntryId", "HexEntryId", "StoreId", "OwaId"};

}  // namespace

/// MS-OXWSCVTID 3.1.4.1, as far as clients use it to learn the server's version: EwsId to EwsId, anything else is
/// malformed.
OperationResult convert_id(OperationContext& context, const SoapRequest& request) {
  if (auto fault = check_attribute(request, request.body, "DestinationFormat", "IdFormatType", kFormats)) {
    return std::unexpected(*fault);
  }
  if (auto fault = check_sequence(request, request.body, {"SourceIds"})) return std::unexpected(*fault);
  const std::string_view to = request.body.attribute("DestinationFormat").value();
  XmlWriter xml;
  xml.open("m:ResponseMessages");
  for (const auto node : elements(child(request.body, kMessagesNs, "SourceIds"))) {
    const std::string_view id = node.attribute("Id").value();
    const Mailbox* owner = context.organisation.mailbox_of_id(id);
    const bool ews = to == "EwsId" && std::string_view(node.attribute("Format").value()) == "EwsId";
    if (!ews || owner == nullptr) {
      write_error(xml, "ConvertId", id_malformed());
      continue;
    }
    XmlWriter content;
    content.empty("m:AlternateId", {{"xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance"},
                                    {"xsi:type", "t:AlternateIdType"},
                                    {"Format", "EwsId"},
                                    {"Id", id},
                                    {"Mailbox", owner->smtp}});
    write_success(xml, "ConvertId", content.str());
  }
  xml.close("m:ResponseMessages");
  return xml.take();
}

}  // namespace mailward::exchange_sim
