#include "tests/support/schema.h"

#include <libxml/parser.h>
#include <libxml/xmlschemas.h>

#include <map>
#include <memory>
#include <stdexcept>

namespace mailward::testing {
namespace {

template <auto Free>
struct Freeing {
  template <class Object>
  void operator()(Object* object) const {
    Free(object);
  }
};
using Schema = std::unique_ptr<xmlSchema, Freeing<xmlSchemaFree>>;

void append_complaint(void* said, xmlErrorPtr error) {
  if (error == nullptr || error->message == nullptr) return;
  static_cast<std::string*>(said)->append(std::to_string(error->line)).append(": ").append(error->message);
}

xmlSchema* read_once(const std::filesystem::path& file) {
  static std::map<std::filesystem::path, Schema> read;
  Schema& schema = read[file];
  if (schema) return schema.get();
  xmlSetExternalEntityLoader(xmlNoNetExternalEntityLoader);
  const std::unique_ptr<xmlSchemaParserCtxt, Freeing<xmlSchemaFreeParserCtxt>> reader(
      xmlSchemaNewParserCtxt(file.c_str()));
  std::string said;
  xmlSchemaSetParserStructuredErrors(reader.get(), append_complaint, &said);
  schema.reset(xmlSchemaParse(reader.get()));
  if (!schema) throw std::runtime_error("the schema " + file.string() + " does not hold: " + said);
  return schema.get();
}

}  // namespace

std::string schema_errors_of(const std::filesystem::path& schema, const std::string& document) {
  xmlSchema* const rules = read_once(schema);
  std::string said;
  const std::unique_ptr<xmlParserCtxt, Freeing<xmlFreeParserCtxt>> parser(xmlNewParserCtxt());
  const std::unique_ptr<xmlDoc, Freeing<xmlFreeDoc>> read(
      xmlCtxtReadMemory(parser.get(), document.data(), static_cast<int>(document.size()), nullptr, nullptr,
                        XML_PARSE_NONET | XML_PARSE_HUGE | XML_PARSE_NOERROR | XML_PARSE_NOWARNING));
  if (!read) return "not well-formed";
  const std::unique_ptr<xmlSchemaValidCtxt, Freeing<xmlSchemaFreeValidCtxt>> validator(xmlSchemaNewValidCtxt(rules));
  xmlSchemaSetValidStructuredErrors(validator.get(), append_complaint, &said);
  const int verdict = xmlSchemaValidateDoc(validator.get(), read.get());
  return verdict == 0 ? std::string() : "not valid:\n" + said;
}

}  // namespace mailward::testing
