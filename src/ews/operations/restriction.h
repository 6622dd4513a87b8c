#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ews/operations/field_path.h"

namespace mailward::ews {

/// Which items or folders a search is for (t:Restriction, MS-OXWSSRCH 2.2.4.38). Made by its functions, and put
/// together: `Restriction::all_of({Restriction::exists(…), !Restriction::equal(…)})`. Exchange compares by the
/// property's type: dates as xs:dateTime, numbers in decimal.
class Restriction {
 public:
  enum class Mode { full_string, prefixed, substring, prefix_on_words, exact_phrase };
  enum class Comparison { exact, ignore_case, ignore_non_spacing, loose, ignore_case_and_non_spacing };

  static Restriction exists(const FieldPath& field);
  static Restriction contains(const FieldPath& field, std::string_view text, Mode mode = Mode::substring,
                              Comparison comparison = Comparison::ignore_case);
  /// None of the bits is set.
  static Restriction excludes(const FieldPath& field, std::uint32_t bits);
  static Restriction equal(const FieldPath& field, std::string_view value);
  static Restriction not_equal(const FieldPath& field, std::string_view value);
  static Restriction greater(const FieldPath& field, std::string_view value);
  static Restriction at_least(const FieldPath& field, std::string_view value);
  static Restriction less(const FieldPath& field, std::string_view value);
  static Restriction at_most(const FieldPath& field, std::string_view value);
  /// At least two; of one it is that one.
  static Restriction all_of(const std::vector<Restriction>& parts);
  static Restriction any_of(const std::vector<Restriction>& parts);
  Restriction operator!() const;

  /// m:Restriction.
  void write(XmlWriter& writer) const;

 private:
  explicit Restriction(std::string xml) : xml_(std::move(xml)) {}
  static Restriction compared(std::string_view element, const FieldPath& field, std::string_view value);
  static Restriction joined(std::string_view element, const std::vector<Restriction>& parts);
  std::string xml_;  ///< the expression, written
};

}  // namespace mailward::ews
