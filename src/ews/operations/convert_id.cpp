#include "ews/operations/convert_id.h"

#include "ews/operations/read_messages.h"
#include "ews/operations/shape.h"

namespace mailward::ews {

namespace {

std::string_view format_name(ConvertId::Format format) {
  switch (format) {
    case ConvertId::Format::ews_legacy:
      return "EwsLegacyId";
    case ConvertId::Format::ews:
      return "EwsId";
    case ConvertId::Format::entry:
      return "EntryId";
    case ConvertId::Format::hex_entry:
      return "HexEntryId";
    case ConvertId::Format::store:
      return "StoreId";
    case ConvertId::Format::owa:
      return "OwaId";
  }
  return "EwsId";
}

ConvertId::Format format_of(std::string_view name) {
  using Format = ConvertId::Format;
  for (Format format : {Format::ews_legacy, Format::entry, Format::hex_entry, Format::store, Format::owa}) {
    if (format_name(format) == name) return format;
  }
  return Format::ews;
}

}  // namespace

std::string ConvertId::body() const {
  XmlWriter writer;
  open_operation(writer, kName).attribute("DestinationFormat", format_name(to)).open("m:SourceIds");
  for (const AlternateId& id : ids) {
    writer.open("t:AlternateId").attribute("Format", format_name(id.format)).attribute("Id", id.id);
    writer.attribute("Mailbox", id.mailbox);
    if (id.archive) writer.attribute("IsArchive", "true");
    writer.close();
  }
  writer.close().close();
  return writer.take();
}

Outcome<ConvertId::Response> ConvertId::read(XmlElement payload) {
  return read_messages<AlternateId>(payload, kName, [](XmlElement message) {
    XmlElement id = message.child("AlternateId");
    return AlternateId{.format = format_of(id.attribute("Format")),
                       .id = std::string(id.attribute("Id")),
                       .mailbox = std::string(id.attribute("Mailbox")),
                       .archive = id.attribute("IsArchive") == "true"};
  });
}

}  // namespace mailward::ews
