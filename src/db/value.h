#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/id.h"

namespace mailward::db {

/// A parameter of a statement: a view, so it must not outlive what it was made from (as an argument of a call it never
/// does). Integers, booleans (0 and 1), times (microseconds since 1970) and ids are BIGINT; text must be UTF-8 without
/// NUL; bytes are bytes. An empty optional is a NULL of its type; nullptr is a NULL whose type the server infers.
class Param {
 public:
  enum class Type : std::uint8_t { unknown, integer, real, text, bytes };

  Param(std::nullptr_t) : type_(Type::unknown) {}
  Param(bool value) : Param(static_cast<std::int64_t>(value)) {}
  Param(int value) : Param(static_cast<std::int64_t>(value)) {}
  Param(unsigned value) : Param(static_cast<std::int64_t>(value)) {}
  Param(std::int64_t value) : type_(Type::integer), value_(value) {}
  Param(double value) : type_(Type::real), value_(value) {}
  Param(const char* value) : type_(Type::text), value_(std::string_view(value)) {}
  Param(std::string_view value) : type_(Type::text), value_(value) {}
  Param(const std::string& value) : type_(Type::text), value_(std::string_view(value)) {}
  Param(const Bytes& value) : type_(Type::bytes), value_(BytesView(value)) {}
  Param(BytesView value) : type_(Type::bytes), value_(value) {}
  template <std::size_t N>
  Param(const std::array<std::uint8_t, N>& value) : Param(BytesView(value)) {}
  Param(Timestamp value) : Param(to_micros(value)) {}
  Param(Duration value) : Param(static_cast<std::int64_t>(value.count())) {}
  template <typename Tag>
  Param(Id<Tag> value) : Param(value.value()) {}
  template <typename T>
  Param(const std::optional<T>& value) : Param(value ? Param(*value) : null_of(T())) {}

  Type type() const { return type_; }
  bool is_null() const { return std::holds_alternative<std::monostate>(value_); }
  std::int64_t integer() const { return std::get<std::int64_t>(value_); }
  double real() const { return std::get<double>(value_); }
  std::string_view text() const { return std::get<std::string_view>(value_); }
  BytesView bytes() const { return std::get<BytesView>(value_); }

 private:
  static Param null_of(const Param& sample) {
    Param null = nullptr;
    null.type_ = sample.type_;
    return null;
  }

  Type type_;
  std::variant<std::monostate, std::int64_t, double, std::string_view, BytesView> value_;
};

/// The parameters of one call, `$1` first: `{id, name, bytes}` or a vector.
class Params {
 public:
  Params() = default;
  Params(std::initializer_list<Param> list) : all_(list.begin(), list.size()) {}
  Params(const std::vector<Param>& list) : all_(list) {}
  std::size_t size() const { return all_.size(); }
  const Param& operator[](std::size_t index) const { return all_[index]; }
  auto begin() const { return all_.begin(); }
  auto end() const { return all_.end(); }

 private:
  std::span<const Param> all_;
};

using Value = std::variant<std::monostate, std::int64_t, double, std::string, Bytes>;

/// One row of an answer; owns its values. Columns are counted from 0. Asking a column for a type that it does not have,
/// or a NULL for its value, is a broken invariant (tables are typed, NOT NULL is declared) and throws std::logic_error.
class Row {
 public:
  explicit Row(std::vector<Value> values) : values_(std::move(values)) {}

  std::size_t size() const { return values_.size(); }
  bool is_null(std::size_t column) const;
  std::int64_t integer(std::size_t column) const;
  bool flag(std::size_t column) const { return integer(column) != 0; }
  double real(std::size_t column) const;
  const std::string& text(std::size_t column) const;
  const Bytes& bytes(std::size_t column) const;
  Timestamp time(std::size_t column) const { return from_micros(integer(column)); }
  /// `row.id<RunId>(0)`.
  template <typename IdType>
  IdType id(std::size_t column) const {
    return IdType::from_value(integer(column));
  }

  std::optional<std::int64_t> maybe_integer(std::size_t column) const;
  std::optional<std::string> maybe_text(std::size_t column) const;
  std::optional<Bytes> maybe_bytes(std::size_t column) const;
  std::optional<Timestamp> maybe_time(std::size_t column) const;
  template <typename IdType>
  std::optional<IdType> maybe_id(std::size_t column) const {
    if (is_null(column)) return std::nullopt;
    return id<IdType>(column);
  }

 private:
  template <typename T>
  const T& get(std::size_t column) const;
  std::vector<Value> values_;
};

using Rows = std::vector<Row>;

}  // namespace mailward::db
