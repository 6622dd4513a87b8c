#include <algorithm>
#include <array>

#include "base/bytes.h"
#include "exchange_sim/associated_items.h"
#include "exchange_sim/ews_values.h"
#include "exchange_sim/shapes.h"

namespace mailward::exchange_sim {
namespace {

/// PidTagRoamingDictionary, PidTagRoamingXmlStream, PidTagRoamingBinary (MS-OXOCFG 2.2.2).
constexpr std::string_view kDictionary = "tag:7c07:Binary";
constexpr std::string_view kXml = "tag:7c08:Binary";
constexpr std::string_view kBinary = "tag:7c09:Binary";

constexpr std::array<std::string_view, 5> kProperties{"Id", "Dictionary", "XmlData", "BinaryData", "All"};

/// A list of t:UserConfigurationPropertyType.
std::vector<std::string_view> words_of(std::string_view list) {
  constexpr std::string_view kSpace = " \t\r\n";
  std::vector<std::string_view> words;
  for (auto at = list.find_first_not_of(kSpace); at != std::string_view::npos;
       at = list.find_first_not_of(kSpace, at)) {
    const auto end = std::min(list.find_first_of(kSpace, at), list.size());
    words.push_back(list.substr(at, end - at));
    at = end;
  }
  return words;
}

bool asks(std::string_view list, std::string_view property) {
  const auto words = words_of(list);
  return std::ranges::find(words, property) != words.end() || std::ranges::find(words, "All") != words.end();
}

ResponseError configuration_not_found() {
  ResponseError error = item_not_found();
  error.text += ", The configuration object was not found.";
  return error;
}

ResponseError configuration_exists() {
  return {.code = "ErrorItemSave", .text = "A configuration object of that name is there already.", .values = {}};
}

std::string class_of(std::string_view name) {
  return "IPM.Configuration." + std::string(name);
}

/// t:UserConfigurationName or m:UserConfigurationName: a folder and, as an attribute, what it is called there.
struct Place {
  pugi::xml_node node;
  std::expected<FolderRef, ResponseError> folder;
  std::string name;
};

std::expected<Place, SoapFault> read_place(const OperationContext& context, const SoapRequest& request,
                                           pugi::xml_node node, FolderUse use) {
  if (auto fault = check_attribute(request, node, "Name", "NonEmptyStringType", {})) {
    return std::unexpected(*std::move(fault));
  }
  auto folder = read_target_folder(context, request, node, use);
  if (!folder) return std::unexpected(std::move(folder).error());
  return Place{.node = node, .folder = *std::move(folder), .name = node.attribute("Name").value()};
}

struct Wish {
  Place place;
  pugi::xml_node configuration;
};

std::expected<Wish, SoapFault> read_wish(const OperationContext& context, const SoapRequest& request) {
  if (auto fault = check_sequence(request, request.body, {"UserConfiguration"})) {
    return std::unexpected(*std::move(fault));
  }
  const auto node = child(request.body, kMessagesNs, "UserConfiguration");
  if (auto fault = check_sequence(request, node,
                                  {"UserConfigurationName", "ItemId?", "Dictionary?", "XmlData?", "BinaryData?"})) {
    return std::unexpected(*std::move(fault));
  }
  auto place = read_place(context, request, child(node, kTypesNs, "UserConfigurationName"), FolderUse::own);
  if (!place) return std::unexpected(std::move(place).error());
  return Wish{.place = *std::move(place), .configuration = node};
}

/// A truth has one form, as all that is stored by its type; the rest is kept as it was written.
std::string kept_dictionary(pugi::xml_node dictionary) {
  XmlWriter xml;
  for (const auto entry : elements(dictionary)) {
    xml.open("t:DictionaryEntry");
    for (const auto object : elements(entry)) {
      const std::string name = "t:" + std::string(local_name(object));
      const bool truth = text_of(child(object, kTypesNs, "Type")) == "Boolean";
      xml.open(name);
      for (const auto part : elements(object)) {
        const std::string_view text = text_of(part);
        const bool value = local_name(part) == "Value";
        xml.text("t:" + std::string(local_name(part)),
                 truth && value ? is_true(text) || text == "True" ? "true" : "false" : text);
      }
      xml.close(name);
    }
    xml.close("t:DictionaryEntry");
  }
  return xml.take();
}

/// What is named is replaced, what is not stays.
void take_parts(Item& item, pugi::xml_node configuration) {
  if (const auto dictionary = child(configuration, kTypesNs, "Dictionary")) {
    set_extended_text(item, kDictionary, to_base64(as_bytes(kept_dictionary(dictionary))));
  }
  if (const auto xml = child(configuration, kTypesNs, "XmlData")) set_extended_text(item, kXml, text_of(xml));
  if (const auto binary = child(configuration, kTypesNs, "BinaryData")) {
    set_extended_text(item, kBinary, text_of(binary));
  }
}

void write_parts(XmlWriter& xml, const Item& item, std::string_view wanted) {
  if (item.find_extended(kDictionary) != nullptr && asks(wanted, "Dictionary")) {
    const auto inner = decode_base64(extended_text(item, kDictionary));
    xml.open("t:Dictionary");
    xml.raw(inner.value_or(std::string()));
    xml.close("t:Dictionary");
  }
  if (item.find_extended(kXml) != nullptr && asks(wanted, "XmlData")) {
    xml.text("t:XmlData", extended_text(item, kXml));
  }
  if (item.find_extended(kBinary) != nullptr && asks(wanted, "BinaryData")) {
    xml.text("t:BinaryData", extended_text(item, kBinary));
  }
}

std::expected<Item*, ResponseError> find_configuration(const Place& place) {
  if (!place.folder) return std::unexpected(place.folder.error());
  Item* found = find_associated(*place.folder->folder, class_of(place.name));
  if (found == nullptr) return std::unexpected(configuration_not_found());
  return found;
}

std::expected<std::string, ResponseError> described(const Place& place, std::string_view wanted) {
  const auto item = find_configuration(place);
  if (!item) return std::unexpected(item.error());
  XmlWriter xml;
  xml.open("m:UserConfiguration");
  xml.open("t:UserConfigurationName", {{"Name", place.name}});
  xml.raw(normalised(place.node));
  xml.close("t:UserConfigurationName");
  if (asks(wanted, "Id")) write_item_id(xml, *place.folder->mailbox, **item);
  write_parts(xml, **item, wanted);
  xml.close("m:UserConfiguration");
  return xml.take();
}

}  // namespace

/// MS-OXWSUSRCFG 3.1.4.3. Shape: Microsoft's documentation of the operation.
OperationResult get_user_configuration(OperationContext& context, const SoapRequest& request) {
  if (auto fault = check_sequence(request, request.body, {"UserConfigurationName", "UserConfigurationProperties"})) {
    return std::unexpected(*std::move(fault));
  }
  const auto place =
      read_place(context, request, child(request.body, kMessagesNs, "UserConfigurationName"), FolderUse::read);
  if (!place) return std::unexpected(place.error());
  const auto properties = child(request.body, kMessagesNs, "UserConfigurationProperties");
  const std::string_view wanted = text_of(properties);
  // A list of them, which may be empty.
  for (const auto word : words_of(wanted)) {
    if (std::ranges::find(kProperties, word) == kProperties.end()) {
      return std::unexpected(invalid_choice(request, properties, "UserConfigurationPropertyType"));
    }
  }
  return one_message("GetUserConfiguration", described(*place, wanted));
}

/// MS-OXWSUSRCFG 3.1.4.1. The configuration is an associated item of the folder.
OperationResult create_user_configuration(OperationContext& context, const SoapRequest& request) {
  const auto wish = read_wish(context, request);
  if (!wish) return std::unexpected(wish.error());
  const auto& folder = wish->place.folder;
  if (!folder) return one_message("CreateUserConfiguration", std::unexpected(folder.error()));
  const std::string item_class = class_of(wish->place.name);
  if (find_associated(*folder->folder, item_class) != nullptr) {
    return one_message("CreateUserConfiguration", std::unexpected(configuration_exists()));
  }
  auto item = new_associated(*folder->mailbox, item_class);
  take_parts(*item, wish->configuration);
  folder->mailbox->add(std::move(item), *folder->folder, Arrival::created);
  return one_message("CreateUserConfiguration", "");
}

/// MS-OXWSUSRCFG 3.1.4.4.
OperationResult update_user_configuration(OperationContext& context, const SoapRequest& request) {
  const auto wish = read_wish(context, request);
  if (!wish) return std::unexpected(wish.error());
  const auto item = find_configuration(wish->place);
  if (!item) return one_message("UpdateUserConfiguration", std::unexpected(item.error()));
  take_parts(**item, wish->configuration);
  wish->place.folder->mailbox->note_change(**item);
  return one_message("UpdateUserConfiguration", "");
}

/// MS-OXWSUSRCFG 3.1.4.2.
OperationResult delete_user_configuration(OperationContext& context, const SoapRequest& request) {
  if (auto fault = check_sequence(request, request.body, {"UserConfigurationName"})) {
    return std::unexpected(*std::move(fault));
  }
  const auto place =
      read_place(context, request, child(request.body, kMessagesNs, "UserConfigurationName"), FolderUse::own);
  if (!place) return std::unexpected(place.error());
  const auto item = find_configuration(*place);
  if (!item) return one_message("DeleteUserConfiguration", std::unexpected(item.error()));
  place->folder->mailbox->dispose(**item, Disposal::hard_delete);
  return one_message("DeleteUserConfiguration", "");
}

}  // namespace mailward::exchange_sim
