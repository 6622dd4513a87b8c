#include "db/value.h"

#include <stdexcept>

namespace mailward::db {

template <typename T>
const T& Row::get(std::size_t column) const {
  if (column >= values_.size()) throw std::logic_error("the answer has no column " + std::to_string(column));
  const T* value = std::get_if<T>(&values_[column]);
  if (value == nullptr) throw std::logic_error("column " + std::to_string(column) + " is NULL or of another type");
  return *value;
}

bool Row::is_null(std::size_t column) const {
  if (column >= values_.size()) throw std::logic_error("the answer has no column " + std::to_string(column));
  return std::holds_alternative<std::monostate>(values_[column]);
}

std::int64_t Row::integer(std::size_t column) const {
  return get<std::int64_t>(column);
}
double Row::real(std::size_t column) const {
  return get<double>(column);
}
const std::string& Row::text(std::size_t column) const {
  return get<std::string>(column);
}
const Bytes& Row::bytes(std::size_t column) const {
  return get<Bytes>(column);
}

std::optional<std::int64_t> Row::maybe_integer(std::size_t column) const {
  if (is_null(column)) return std::nullopt;
  return integer(column);
}
std::optional<std::string> Row::maybe_text(std::size_t column) const {
  if (is_null(column)) return std::nullopt;
  return text(column);
}
std::optional<Bytes> Row::maybe_bytes(std::size_t column) const {
  if (is_null(column)) return std::nullopt;
  return bytes(column);
}
std::optional<Timestamp> Row::maybe_time(std::size_t column) const {
  if (is_null(column)) return std::nullopt;
  return time(column);
}

}  // namespace mailward::db
