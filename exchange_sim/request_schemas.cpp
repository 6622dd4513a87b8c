#include "exchange_sim/request_schemas.h"

#include <libxml/parser.h>
#include <libxml/xmlschemas.h>

#include "base/bytes.h"
#include "base/file.h"
#include "exchange_sim/freeing.h"
#include "exchange_sim/xml_reading.h"

namespace mailward::exchange_sim {
namespace {

constexpr std::size_t kLargest = std::size_t{16} * 1024 * 1024;
/// Limits were kept before (xml_reading.h).
constexpr int kReading = XML_PARSE_NONET | XML_PARSE_HUGE;

using Document = std::unique_ptr<xmlDoc, Freeing<xmlFreeDoc>>;
using Schema = std::unique_ptr<xmlSchema, Freeing<xmlSchemaFree>>;
using SchemaReader = std::unique_ptr<xmlSchemaParserCtxt, Freeing<xmlSchemaFreeParserCtxt>>;
using Validator = std::unique_ptr<xmlSchemaValidCtxt, Freeing<xmlSchemaFreeValidCtxt>>;

/// The first of what libxml2 complains of.
struct Complaint {
  std::optional<RequestSchemas::Violation> first;

  static void take(void* self, xmlErrorPtr error) {
    auto& first = static_cast<Complaint*>(self)->first;
    if (first || error == nullptr || error->message == nullptr) return;
    std::string_view words = error->message;
    while (words.ends_with('\n')) words.remove_suffix(1);
    first = {.line = error->line > 0 ? static_cast<std::size_t>(error->line) : 0, .what = std::string(words)};
  }
};

bool is(const xmlNode* node, std::string_view name) {
  return node->type == XML_ELEMENT_NODE && node->ns != nullptr &&
         kSoapNs == reinterpret_cast<const char*>(node->ns->href) && name == reinterpret_cast<const char*>(node->name);
}

xmlNode* first_element(xmlNode* node) {
  while (node != nullptr && node->type != XML_ELEMENT_NODE) node = node->next;
  return node;
}

/// What stands in soap:Body.
xmlNode* content_of(xmlDoc* document) {
  xmlNode* envelope = xmlDocGetRootElement(document);
  if (envelope == nullptr || !is(envelope, "Envelope")) return nullptr;
  for (xmlNode* part = envelope->children; part != nullptr; part = part->next) {
    if (is(part, "Body")) return first_element(part->children);
  }
  return nullptr;
}

}  // namespace

struct RequestSchemas::Parsed {
  Schema schema;
};

RequestSchemas::~RequestSchemas() = default;

Result<std::unique_ptr<RequestSchemas>> RequestSchemas::open(const std::filesystem::path& folder) {
  std::unique_ptr<RequestSchemas> schemas(new RequestSchemas());
  const std::string file = folder / "messages.xsd";
  // What types.xsd imports may lie elsewhere.
  for (const char* name : {"messages.xsd", "types.xsd", "xml.xsd"}) {
    if (name == std::string_view("xml.xsd") && !std::filesystem::exists(folder / name)) continue;
    MW_TRY(schemas->texts_[name], read_file(folder / name, kLargest));
  }
  Complaint complaint;
  const SchemaReader reader(xmlSchemaNewParserCtxt(file.c_str()));
  if (!reader) return fail(BaseError::malformed, file + " cannot be read as a schema");
  xmlSchemaSetParserStructuredErrors(reader.get(), &Complaint::take, &complaint);
  Schema schema(xmlSchemaParse(reader.get()));
  if (!schema) {
    const std::string why = complaint.first ? ": " + printable(complaint.first->what) : "";
    return fail(Error(BaseError::malformed, "the schema " + file + " does not hold" + why)
                    .with_remedy("take messages.xsd, types.xsd and what they import from one place: an Exchange's EWS "
                                 "folder, or Microsoft's documentation"));
  }
  schemas->parsed_ = std::make_unique<Parsed>(std::move(schema));
  return schemas;
}

const std::string* RequestSchemas::find(std::string_view name) const {
  const auto found = texts_.find(name);
  return found == texts_.end() ? nullptr : &found->second;
}

std::optional<RequestSchemas::Violation> RequestSchemas::violation_in(std::string_view envelope) const {
  const Document document(xmlReadMemory(envelope.data(), static_cast<int>(envelope.size()), nullptr, nullptr,
                                        kReading | XML_PARSE_NOERROR | XML_PARSE_NOWARNING));
  if (!document) return std::nullopt;
  xmlNode* content = content_of(document.get());
  if (content == nullptr) return std::nullopt;
  Complaint complaint;
  const Validator validator(xmlSchemaNewValidCtxt(parsed_->schema.get()));
  xmlSchemaSetValidStructuredErrors(validator.get(), &Complaint::take, &complaint);
  xmlSchemaValidateOneElement(validator.get(), content);
  return complaint.first;
}

}  // namespace mailward::exchange_sim
