#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mailward::cli {

enum class Colour { plain, good, warning, bad, faint, strong };

/// Standard output as it is: a person's terminal (with colour unless NO_COLOR is set, and a width), or a pipe or file
/// (plain lines).
struct Terminal {
  bool is_terminal = false;
  bool colour = false;
  std::size_t width = 100;
  static Terminal of_standard_output();
  std::string in(Colour colour_of_text, std::string_view text) const;
};

/// How many columns the text takes: characters, combining marks not counted, wide ones twice.
std::size_t columns_of(std::string_view utf8);
/// The text with spaces up to that width.
std::string padded(std::string_view text, std::size_t width);
/// The text where it fits, else its start and "…".
std::string shortened(std::string_view text, std::size_t width);
/// Lines of at most `width` columns, broken at spaces; a longer word stays whole.
std::vector<std::string> wrapped(std::string_view text, std::size_t width);

/// A table with a head. A pipe gets every row whole, on one line. On a terminal empty columns are left out and the
/// others shortened to its width, the widest first; the first one, which names the row, stays whole.
class Table {
 public:
  enum class Last { shortened, wrapped };
  explicit Table(std::vector<std::string> head, Last last = Last::shortened) : head_(std::move(head)), last_(last) {}
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  bool empty() const { return rows_.empty(); }
  std::string text(const Terminal& terminal) const;

 private:
  std::vector<std::size_t> widths_on(const Terminal& terminal) const;

  std::vector<std::string> head_;
  Last last_;
  std::vector<std::vector<std::string>> rows_;
};

/// "name  value" lines, names padded to the longest; empty values are left out.
std::string properties(const std::vector<std::pair<std::string, std::string>>& lines, const Terminal& terminal);

void print(std::string_view text);
void print_error(std::string_view text);

}  // namespace mailward::cli
