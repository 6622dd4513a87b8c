#include "tests/support/operations_table.h"

#include <array>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>
#include <vector>

#include "tests/support/paths.h"

namespace mailward::testing {

namespace {

constexpr std::array<std::string_view, 6> kColumns{"our client", "simulator",          "exchangelib",
                                                   "DavMail",    "ews-javascript-api", "recorded answers"};
constexpr std::string_view kMark = "x";
/// The table is what follows this line.
constexpr std::string_view kHead = "| operation |";

using Rows = std::map<std::string, std::array<bool, kColumns.size()>>;

std::filesystem::path file() {
  return source_dir() / "docs" / "ews-operations.md";
}

std::vector<std::string> cells(const std::string& line) {
  std::vector<std::string> found;
  std::istringstream in(line);
  std::string cell;
  std::getline(in, cell, '|');
  while (std::getline(in, cell, '|')) {
    const auto first = cell.find_first_not_of(' ');
    found.push_back(first == std::string::npos ? "" : cell.substr(first, cell.find_last_not_of(' ') - first + 1));
  }
  return found;
}

/// The text before the table, and its rows.
std::pair<std::string, Rows> read() {
  std::ifstream in(file());
  std::string text;
  Rows rows;
  bool inside = false;
  for (std::string line; std::getline(in, line);) {
    inside = inside || line.starts_with(kHead);
    if (!inside) {
      text += line + "\n";
      continue;
    }
    const auto row = cells(line);
    if (row.size() <= kColumns.size() || row[0] == "operation" || row[0] == "---") continue;
    for (std::size_t i = 0; i < kColumns.size(); ++i) rows[row[0]].at(i) = row[i + 1] == kMark;
  }
  return {text, rows};
}

void write(const std::string& text, const Rows& rows) {
  std::ofstream out(file());
  out << text << kHead;
  for (const auto column : kColumns) out << " " << column << " |";
  out << "\n|---|";
  for (std::size_t i = 0; i < kColumns.size(); ++i) out << "---|";
  out << "\n";
  for (const auto& [name, marks] : rows) {
    if (marks == decltype(marks){}) continue;
    out << "| " << name << " |";
    for (const bool mark : marks) out << " " << (mark ? kMark : "") << " |";
    out << "\n";
  }
}

}  // namespace

std::string operations_column(std::string_view column, const std::set<std::string>& elements) {
  // A few operations' request elements end with a word that is not of the name.
  constexpr std::string_view kRequest = "Request";
  std::set<std::string> seen;
  for (const std::string& each : elements) {
    seen.insert(each.ends_with(kRequest) ? each.substr(0, each.size() - kRequest.size()) : each);
  }
  std::size_t index = 0;
  while (kColumns.at(index) != column) ++index;  // throws for one that is none
  auto [text, rows] = read();
  if (std::getenv("MAILWARD_WRITE_TABLES") != nullptr) {
    for (auto& [name, marks] : rows) marks.at(index) = false;
    for (const std::string& name : seen) rows[name].at(index) = true;
    write(text, rows);
    return {};
  }
  std::string differs;
  for (const auto& [name, marks] : rows) {
    if (marks.at(index) && !seen.contains(name)) differs += name + " stands in the table and was not seen\n";
  }
  for (const std::string& name : seen) {
    const auto row = rows.find(name);
    if (row == rows.end() || !row->second.at(index)) differs += name + " was seen and does not stand in the table\n";
  }
  if (!differs.empty()) {
    differs = "docs/ews-operations.md, column '" + std::string(column) + "':\n" + differs +
              "MAILWARD_WRITE_TABLES=1 before this test writes it\n";
  }
  return differs;
}

}  // namespace mailward::testing
