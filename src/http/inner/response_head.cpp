#include "http/inner/response_head.h"

#include <algorithm>
#include <array>
#include <chrono>

namespace mailward::http {

namespace {

void append_two(std::string& out, unsigned number) {
  out += static_cast<char>('0' + number / 10 % 10);
  out += static_cast<char>('0' + number % 10);
}

void append_safely(std::string& out, std::string_view text) {
  for (const char letter : text) out += letter == '\r' || letter == '\n' || letter == '\0' ? ' ' : letter;
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
  append_safely(out, name);
  out += ": ";
  append_safely(out, value);
  out += "\r\n";
}

}  // namespace

std::string http_date(Timestamp time) {
  static constexpr std::array<std::string_view, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(time - day));
  std::string out(kDays.at(std::chrono::weekday(day).c_encoding()));
  out += ", ";
  append_two(out, static_cast<unsigned>(date.day()));
  out += ' ';
  out += kMonths.at(static_cast<unsigned>(date.month()) - 1);
  out += ' ';
  out += std::to_string(static_cast<int>(date.year()));
  out += ' ';
  append_two(out, static_cast<unsigned>(clock.hours().count()));
  out += ':';
  append_two(out, static_cast<unsigned>(clock.minutes().count()));
  out += ':';
  append_two(out, static_cast<unsigned>(clock.seconds().count()));
  return out += " GMT";
}

std::string response_head(int status, std::string_view reason, const Headers& headers, const HeadFacts& facts) {
  std::string out;
  out.reserve(512);
  out += "HTTP/1.1 ";
  out += std::to_string(status);
  out += ' ';
  append_safely(out, reason.empty() ? reason_phrase(status) : reason);
  out += "\r\n";
  for (const auto& [name, value] : headers) append_field(out, name, value);
  if (facts.has_body && facts.framing == Framing::content_length && !headers.has("Content-Length")) {
    append_field(out, "Content-Length", std::to_string(facts.body_size));
  }
  if (facts.has_body && facts.framing == Framing::chunked) append_field(out, "Transfer-Encoding", "chunked");
  if (!headers.has("Date")) append_field(out, "Date", facts.date);
  if (!facts.connection.empty() && !headers.has("Connection")) append_field(out, "Connection", facts.connection);
  return out += "\r\n";
}

}  // namespace mailward::http
