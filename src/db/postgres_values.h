#pragma once

#include <libpq-fe.h>

#include <string>

#include "base/result.h"
#include "db/value.h"

namespace mailward::db {

/// A parameter in PostgreSQL's binary form: a view where that is the value itself, else the eight bytes of a number.
class WireValue {
 public:
  explicit WireValue(std::string_view text) : text_(text), number_(false) {}
  explicit WireValue(std::uint64_t bits);
  const char* data() const { return number_ ? digits_.data() : (text_.empty() ? "" : text_.data()); }
  std::size_t size() const { return number_ ? digits_.size() : text_.size(); }

 private:
  std::string_view text_;
  std::array<char, 8> digits_{};
  bool number_;
};

WireValue to_wire(const Param& param);
/// The type's number in pg_type: int8, float8, text, bytea, or 0 for the server to infer.
Oid type_of(const Param& param);
/// A row of an answer in binary form. Errors: misuse for a column of a type that we do not take (numeric: cast it).
Result<Row> read_row(const PGresult* answer, int row);

}  // namespace mailward::db
