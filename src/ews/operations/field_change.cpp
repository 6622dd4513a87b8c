#include "ews/operations/field_change.h"

#include <string>

namespace mailward::ews {

void write_field_change(XmlWriter& writer, const FieldChange& change, std::string_view of, std::string_view kind) {
  const auto write = [&](std::string_view verb, const FieldPath& field, const Property* property) {
    writer.open("t:" + std::string(verb) + std::string(of) + "Field");
    write_field_path(writer, field);
    if (property != nullptr) {
      writer.open("t:" + std::string(kind));
      write_property(writer, *property);
      writer.close();
    }
    writer.close();
  };
  if (const auto* set = std::get_if<SetField>(&change)) {
    write("Set", set->property.field, &set->property);
  } else if (const auto* append = std::get_if<AppendToField>(&change)) {
    write("AppendTo", append->property.field, &append->property);
  } else {
    write("Delete", std::get<DeleteField>(change).field, nullptr);
  }
}

}  // namespace mailward::ews
