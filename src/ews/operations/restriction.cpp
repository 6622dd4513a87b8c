#include "ews/operations/restriction.h"

namespace mailward::ews {
namespace {

std::string_view mode_name(Restriction::Mode mode) {
  switch (mode) {
    case Restriction::Mode::full_string:
      return "FullString";
    case Restriction::Mode::prefixed:
      return "Prefixed";
    case Restriction::Mode::substring:
      return "Substring";
    case Restriction::Mode::prefix_on_words:
      return "PrefixOnWords";
    case Restriction::Mode::exact_phrase:
      return "ExactPhrase";
  }
  return "Substring";
}

std::string_view comparison_name(Restriction::Comparison comparison) {
  switch (comparison) {
    case Restriction::Comparison::exact:
      return "Exact";
    case Restriction::Comparison::ignore_case:
      return "IgnoreCase";
    case Restriction::Comparison::ignore_non_spacing:
      return "IgnoreNonSpacingCharacters";
    case Restriction::Comparison::loose:
      return "Loose";
    case Restriction::Comparison::ignore_case_and_non_spacing:
      return "IgnoreCaseAndNonSpacingCharacters";
  }
  return "IgnoreCase";
}

}  // namespace

Restriction Restriction::exists(const FieldPath& field) {
  XmlWriter writer;
  writer.open("t:Exists");
  write_field_path(writer, field);
  writer.close();
  return Restriction(writer.take());
}

Restriction Restriction::contains(const FieldPath& field, std::string_view text, Mode mode, Comparison comparison) {
  XmlWriter writer;
  writer.open("t:Contains").attribute("ContainmentMode", mode_name(mode));
  writer.attribute("ContainmentComparison", comparison_name(comparison));
  write_field_path(writer, field);
  writer.open("t:Constant").attribute("Value", text).close().close();
  return Restriction(writer.take());
}

Restriction Restriction::excludes(const FieldPath& field, std::uint32_t bits) {
  XmlWriter writer;
  writer.open("t:Excludes");
  write_field_path(writer, field);
  writer.open("t:Bitmask").attribute("Value", std::to_string(bits)).close().close();
  return Restriction(writer.take());
}

Restriction Restriction::compared(std::string_view element, const FieldPath& field, std::string_view value) {
  XmlWriter writer;
  writer.open(element);
  write_field_path(writer, field);
  writer.open("t:FieldURIOrConstant").open("t:Constant").attribute("Value", value).close().close().close();
  return Restriction(writer.take());
}

Restriction Restriction::equal(const FieldPath& field, std::string_view value) {
  return compared("t:IsEqualTo", field, value);
}
Restriction Restriction::not_equal(const FieldPath& field, std::string_view value) {
  return compared("t:IsNotEqualTo", field, value);
}
Restriction Restriction::greater(const FieldPath& field, std::string_view value) {
  return compared("t:IsGreaterThan", field, value);
}
Restriction Restriction::at_least(const FieldPath& field, std::string_view value) {
  return compared("t:IsGreaterThanOrEqualTo", field, value);
}
Restriction Restriction::less(const FieldPath& field, std::string_view value) {
  return compared("t:IsLessThan", field, value);
}
Restriction Restriction::at_most(const FieldPath& field, std::string_view value) {
  return compared("t:IsLessThanOrEqualTo", field, value);
}

Restriction Restriction::joined(std::string_view element, const std::vector<Restriction>& parts) {
  if (parts.size() == 1) return parts.front();
  XmlWriter writer;
  writer.open(element);
  for (const Restriction& part : parts) writer.raw(part.xml_);
  writer.close();
  return Restriction(writer.take());
}

Restriction Restriction::all_of(const std::vector<Restriction>& parts) {
  return joined("t:And", parts);
}
Restriction Restriction::any_of(const std::vector<Restriction>& parts) {
  return joined("t:Or", parts);
}

Restriction Restriction::operator!() const {
  XmlWriter writer;
  writer.open("t:Not").raw(xml_).close();
  return Restriction(writer.take());
}

void Restriction::write(XmlWriter& writer) const {
  writer.open("m:Restriction").raw(xml_).close();
}

}  // namespace mailward::ews
