#include <array>

#include "base/bytes.h"
#include "exchange_sim/shapes.h"

namespace mailward::exchange_sim {
namespace {

constexpr std::array<std::string_view, 6> kFormats{"EwsLegacyId", "EwsId", "EntryId", "HexEntryId", "StoreId", "OwaId"};
constexpr std::string_view kXsi = "http://www.w3.org/2001/XMLSchema-instance";

/// An id taken apart: whose it is, and which of his folders or items.
struct Known {
  const Mailbox* owner = nullptr;
  Bytes entry;
};

std::string in_url(std::string_view base64) {
  std::string out;
  for (const char c : base64) out += c == '+' ? "%2b" : c == '/' ? "%2f" : c == '=' ? "%3d" : std::string(1, c);
  return out;
}

std::string out_of_url(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::string_view escape = text.substr(i, 3);
    const bool known =
        escape == "%2b" || escape == "%2B" || escape == "%2f" || escape == "%2F" || escape == "%3d" || escape == "%3D";
    if (!known) {
      out += text[i];
      continue;
    }
    out += escape[1] == '3' ? '=' : (escape[2] | 0x20) == 'b' ? '+' : '/';
    i += 2;
  }
  return out;
}

/// 2007's form has the mailbox's address before the entry id, each with its length.
std::string legacy_id(const Known& known) {
  const std::string& smtp = known.owner->smtp;
  Bytes raw{0x00, 0x00, static_cast<std::uint8_t>(smtp.size()), 0x00};
  raw.insert(raw.end(), smtp.begin(), smtp.end());
  raw.insert(raw.end(), {0x00, static_cast<std::uint8_t>(known.entry.size()), 0x00});
  raw.insert(raw.end(), known.entry.begin(), known.entry.end());
  return to_base64(raw);
}

std::optional<Bytes> entry_of_legacy(std::string_view id) {
  const auto raw = from_base64(id);
  constexpr std::size_t kHead = 4;
  if (!raw || raw->size() < kHead || (*raw)[0] != 0 || (*raw)[1] != 0) return std::nullopt;
  const std::size_t at = kHead + (*raw)[2] + 3;
  if (raw->size() <= at || raw->size() != at + (*raw)[at - 2]) return std::nullopt;
  return Bytes(raw->begin() + static_cast<std::ptrdiff_t>(at), raw->end());
}

/// A length stands before the entry id.
std::string owa_id(const Known& known) {
  Bytes raw{static_cast<std::uint8_t>(known.entry.size())};
  raw.insert(raw.end(), known.entry.begin(), known.entry.end());
  return in_url(to_base64(raw));
}

/// The kind of the object stands behind it.
std::string store_id(const Known& known) {
  Bytes raw = known.entry;
  raw.push_back(0x00);
  return to_base64(raw);
}

std::string written(const Known& known, std::string_view format) {
  if (format == "EwsId") return id_of_entry(known.owner->guid, known.entry);
  if (format == "EwsLegacyId") return legacy_id(known);
  if (format == "HexEntryId") {
    std::string hex = to_hex(known.entry);
    for (char& c : hex) c = static_cast<char>(c >= 'a' ? c - 0x20 : c);
    return hex;
  }
  if (format == "OwaId") return owa_id(known);
  if (format == "StoreId") return store_id(known);
  return to_base64(known.entry);
}

std::optional<Bytes> without_first(const Result<Bytes>& raw) {
  if (!raw || raw->size() < 2 || raw->front() != raw->size() - 1) return std::nullopt;
  return Bytes(raw->begin() + 1, raw->end());
}

std::optional<Bytes> entry_in(std::string_view id, std::string_view format) {
  if (format == "EwsId") return entry_id_of(id);
  if (format == "EwsLegacyId") return entry_of_legacy(id);
  if (format == "OwaId") return without_first(from_base64(out_of_url(id)));
  const auto raw = format == "HexEntryId" ? from_hex(lower_case(id)) : from_base64(id);
  if (!raw || raw->empty()) return std::nullopt;
  if (format != "StoreId") return *raw;
  return Bytes(raw->begin(), raw->end() - 1);
}

/// Entry ids name no mailbox: the request does.
std::optional<Known> read_id(OperationContext& context, pugi::xml_node node, const char* attribute) {
  const std::string_view id = node.attribute(attribute).value();
  const std::string_view format = node.attribute("Format").value();
  if (id.size() > 1024) return std::nullopt;
  Known known;
  const std::string_view mailbox = node.attribute("Mailbox").value();
  known.owner = format == "EwsId" ? context.organisation.mailbox_of_id(id) : context.organisation.find_mailbox(mailbox);
  if (local_name(node) != "AlternateId") known.owner = context.organisation.public_folders();
  auto entry = entry_in(id, format);
  if (known.owner == nullptr || !entry) return std::nullopt;
  known.entry = *std::move(entry);
  // An entry id of ours is as long as a folder's or an item's.
  if (id_of_entry(known.owner->guid, known.entry).size() < 100) return std::nullopt;
  return known;
}

std::optional<std::string> converted(OperationContext& context, pugi::xml_node node, std::string_view to) {
  const std::string_view name = local_name(node);
  XmlWriter xml;
  if (name == "AlternateId") {
    const auto known = read_id(context, node, "Id");
    if (!known) return std::nullopt;
    xml.empty("m:AlternateId", {{"xmlns:xsi", kXsi},
                                {"xsi:type", "t:AlternateIdType"},
                                {"Format", to},
                                {"Id", written(*known, to)},
                                {"Mailbox", known->owner->smtp}});
    return xml.take();
  }
  const auto folder = read_id(context, node, "FolderId");
  if (!folder) return std::nullopt;
  if (name == "AlternatePublicFolderId") {
    xml.empty("m:AlternateId", {{"xmlns:xsi", kXsi},
                                {"xsi:type", "t:AlternatePublicFolderIdType"},
                                {"Format", to},
                                {"FolderId", written(*folder, to)}});
    return xml.take();
  }
  const auto item = read_id(context, node, "ItemId");
  if (!item) return std::nullopt;
  xml.empty("m:AlternateId", {{"xmlns:xsi", kXsi},
                              {"xsi:type", "t:AlternatePublicFolderItemIdType"},
                              {"Format", to},
                              {"FolderId", written(*folder, to)},
                              {"ItemId", written(*item, to)}});
  return xml.take();
}

}  // namespace

/// MS-OXWSCVTID 3.1.4.1. The forms are like Exchange's, what is in them is ours. Recorded: Microsoft's documentation.
OperationResult convert_id(OperationContext& context, const SoapRequest& request) {
  if (auto fault = check_attribute(request, request.body, "DestinationFormat", "IdFormatType", kFormats)) {
    return std::unexpected(*fault);
  }
  if (auto fault = check_sequence(request, request.body, {"SourceIds"})) return std::unexpected(*fault);
  const std::string_view to = request.body.attribute("DestinationFormat").value();
  const auto ids = child(request.body, kMessagesNs, "SourceIds");
  if (elements(ids).empty()) return std::unexpected(incomplete(request, ids));
  XmlWriter xml;
  xml.open("m:ResponseMessages");
  for (const auto node : elements(ids)) {
    if (auto fault = check_attribute(request, node, "Format", "IdFormatType", kFormats)) {
      return std::unexpected(*fault);
    }
    const auto content = converted(context, node, to);
    if (content) {
      write_success(xml, "ConvertId", *content);
    } else {
      write_error(xml, "ConvertId", id_malformed());
    }
  }
  xml.close("m:ResponseMessages");
  return xml.take();
}

}  // namespace mailward::exchange_sim
