#include "db/postgres_values.h"

#include <bit>

#include "db/error.h"

namespace mailward::db {

namespace {

// pg_type.dat of PostgreSQL 15.
constexpr Oid kBool = 16;
constexpr Oid kBytea = 17;
constexpr Oid kName = 19;
constexpr Oid kInt8 = 20;
constexpr Oid kInt2 = 21;
constexpr Oid kInt4 = 23;
constexpr Oid kText = 25;
constexpr Oid kJson = 114;
constexpr Oid kUnknown = 705;
constexpr Oid kFloat4 = 700;
constexpr Oid kFloat8 = 701;
constexpr Oid kBpchar = 1042;
constexpr Oid kVarchar = 1043;
constexpr Oid kVoid = 2278;

std::uint64_t big_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char byte : bytes) value = (value << 8U) | static_cast<std::uint8_t>(byte);
  return value;
}

}  // namespace

WireValue::WireValue(std::uint64_t bits) : number_(true) {
  for (std::size_t i = 0; i < digits_.size(); ++i) digits_[i] = static_cast<char>(bits >> (56U - 8U * i));
}

WireValue to_wire(const Param& param) {
  if (param.is_null()) return WireValue(std::string_view());
  switch (param.type()) {
    case Param::Type::integer:
      return WireValue(static_cast<std::uint64_t>(param.integer()));
    case Param::Type::real:
      return WireValue(std::bit_cast<std::uint64_t>(param.real()));
    case Param::Type::text:
      return WireValue(param.text());
    case Param::Type::bytes:
      return WireValue(as_text(param.bytes()));
    case Param::Type::unknown:
      break;
  }
  return WireValue(std::string_view());
}

Oid type_of(const Param& param) {
  switch (param.type()) {
    case Param::Type::integer:
      return kInt8;
    case Param::Type::real:
      return kFloat8;
    case Param::Type::text:
      return kText;
    case Param::Type::bytes:
      return kBytea;
    case Param::Type::unknown:
      break;
  }
  return 0;
}

Result<Row> read_row(const PGresult* answer, int row) {
  std::vector<Value> values;
  const int count = PQnfields(answer);
  values.reserve(static_cast<std::size_t>(count));
  for (int column = 0; column < count; ++column) {
    if (PQgetisnull(answer, row, column) != 0) {
      values.emplace_back(std::monostate());
      continue;
    }
    const std::string_view raw(PQgetvalue(answer, row, column),
                               static_cast<std::size_t>(PQgetlength(answer, row, column)));
    switch (PQftype(answer, column)) {
      case kInt8:
        values.emplace_back(static_cast<std::int64_t>(big_endian(raw)));
        break;
      case kInt4:
        values.emplace_back(std::int64_t{static_cast<std::int32_t>(big_endian(raw))});
        break;
      case kInt2:
        values.emplace_back(std::int64_t{static_cast<std::int16_t>(big_endian(raw))});
        break;
      case kBool:
        values.emplace_back(std::int64_t{big_endian(raw) != 0});
        break;
      case kFloat8:
        values.emplace_back(std::bit_cast<double>(big_endian(raw)));
        break;
      case kFloat4:
        values.emplace_back(double{std::bit_cast<float>(static_cast<std::uint32_t>(big_endian(raw)))});
        break;
      case kText:
      case kVarchar:
      case kBpchar:
      case kName:
      case kJson:
      case kUnknown:
        values.emplace_back(std::string(raw));
        break;
      case kBytea:
        values.emplace_back(to_bytes(raw));
        break;
      case kVoid:
        values.emplace_back(std::monostate());
        break;
      default:
        return fail(DbError::misuse, std::string("column '") + PQfname(answer, column) +
                                         "' is of a type that is not read; cast it (a sum to BIGINT)");
    }
  }
  return Row(std::move(values));
}

}  // namespace mailward::db
