#include "cli/terminal.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include <sys/ioctl.h>
#include <unistd.h>

namespace mailward::cli {

namespace {

constexpr std::size_t kLeastWidth = 40;
constexpr std::size_t kMostWidth = 1000;
constexpr std::size_t kGap = 2;
constexpr std::size_t kLeastColumn = 6;
/// What a wrapped column is given before others are shortened for it.
constexpr std::size_t kWrappedWidth = 24;

bool is_combining(char32_t c) {
  return (c >= 0x300 && c <= 0x36f) || (c >= 0x200b && c <= 0x200f) || (c >= 0xfe00 && c <= 0xfe0f);
}

bool is_wide(char32_t c) {
  return (c >= 0x1100 && c <= 0x115f) || (c >= 0x2e80 && c <= 0xa4cf) || (c >= 0xac00 && c <= 0xd7a3) ||
         (c >= 0xf900 && c <= 0xfaff) || (c >= 0xff00 && c <= 0xff60) || (c >= 0x1f300 && c <= 0x1faff);
}

struct Character {
  std::size_t bytes;
  std::size_t columns;
};

/// Of a text that is not empty.
Character first_of(std::string_view utf8) {
  const auto lead = static_cast<std::uint8_t>(utf8.front());
  const std::size_t wanted = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  const std::size_t length = std::min(wanted, utf8.size());
  char32_t c = wanted == 1 ? lead : lead & (0xffU >> (wanted + 1));
  for (std::size_t k = 1; k < length; ++k) c = (c << 6) | (static_cast<std::uint8_t>(utf8[k]) & 0x3fU);
  return {.bytes = length, .columns = is_combining(c) ? 0U : is_wide(c) ? 2U : 1U};
}

std::string indented(const std::vector<std::string>& lines, std::size_t indent) {
  std::string text;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (i > 0) text += "\n" + std::string(indent, ' ');
    text += lines[i];
  }
  return text;
}

}  // namespace

Terminal Terminal::of_standard_output() {
  Terminal terminal;
  terminal.is_terminal = isatty(STDOUT_FILENO) == 1;
  const char* no_colour = std::getenv("NO_COLOR");
  const char* kind = std::getenv("TERM");
  terminal.colour = terminal.is_terminal && (no_colour == nullptr || *no_colour == '\0') && kind != nullptr &&
                    std::string_view(kind) != "dumb";
  std::size_t told = 0;
  if (const char* columns = std::getenv("COLUMNS"); columns != nullptr) {
    const std::string_view text(columns);
    std::from_chars(text.data(), text.data() + text.size(), told);
  }
  winsize size{};
  if (terminal.is_terminal && told > 0) {
    terminal.width = std::clamp(told, kLeastWidth, kMostWidth);
  } else if (terminal.is_terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
    terminal.width = std::max<std::size_t>(size.ws_col, kLeastWidth);
  }
  return terminal;
}

std::string Terminal::in(Colour colour_of_text, std::string_view text) const {
  std::string_view code;
  switch (colour_of_text) {
    case Colour::plain:
      return std::string(text);
    case Colour::good:
      code = "32";
      break;
    case Colour::warning:
      code = "33";
      break;
    case Colour::bad:
      code = "31";
      break;
    case Colour::faint:
      code = "2";
      break;
    case Colour::strong:
      code = "1";
      break;
  }
  if (!colour) return std::string(text);
  return std::string("\x1b[").append(code).append("m").append(text).append("\x1b[0m");
}

std::size_t columns_of(std::string_view utf8) {
  std::size_t columns = 0;
  while (!utf8.empty()) {
    const Character first = first_of(utf8);
    columns += first.columns;
    utf8.remove_prefix(first.bytes);
  }
  return columns;
}

std::string shortened(std::string_view text, std::size_t width) {
  if (columns_of(text) <= width) return std::string(text);
  std::size_t bytes = 0;
  for (std::size_t columns = 1; bytes < text.size();) {
    const Character next = first_of(text.substr(bytes));
    columns += next.columns;
    if (columns > width) break;
    bytes += next.bytes;
  }
  return std::string(text.substr(0, bytes)) + "…";
}

std::string padded(std::string_view text, std::size_t width) {
  std::string all(text);
  const std::size_t columns = columns_of(text);
  if (columns < width) all.append(width - columns, ' ');
  return all;
}

std::vector<std::string> wrapped(std::string_view text, std::size_t width) {
  std::vector<std::string> lines;
  while (true) {
    const std::size_t end = text.find('\n');
    std::string_view paragraph = text.substr(0, end);
    std::string line;
    while (!paragraph.empty()) {
      const std::size_t space = paragraph.find(' ');
      const std::string_view word = paragraph.substr(0, space);
      if (!line.empty() && columns_of(line) + 1 + columns_of(word) > width) {
        lines.push_back(line);
        line.clear();
      } else if (!line.empty()) {
        line += ' ';
      }
      line += word;
      paragraph = space == std::string_view::npos ? std::string_view() : paragraph.substr(space + 1);
    }
    lines.push_back(line);
    if (end == std::string_view::npos) return lines;
    text.remove_prefix(end + 1);
  }
}

/// The columns' widths; 0: left out.
std::vector<std::size_t> Table::widths_on(const Terminal& terminal) const {
  std::vector<std::size_t> widths;
  for (std::size_t column = 0; column < head_.size(); ++column) {
    std::size_t width = 0;
    for (const auto& row : rows_) width = std::max(width, columns_of(row[column]));
    const bool needed = width > 0 || !terminal.is_terminal || column == 0;
    widths.push_back(needed ? std::max(width, columns_of(head_[column])) : 0);
  }
  if (!terminal.is_terminal) return widths;
  if (last_ == Last::wrapped) widths.back() = std::min(widths.back(), kWrappedWidth);
  const auto total = [&] {
    std::size_t sum = 0;
    for (const std::size_t width : widths) sum += width == 0 ? 0 : width + kGap;
    return sum - kGap;
  };
  while (total() > terminal.width) {
    const auto widest = std::max_element(widths.begin() + 1, widths.end());
    if (widest == widths.end() || *widest <= kLeastColumn) break;
    --*widest;
  }
  if (last_ == Last::wrapped && widths.back() > 0) {
    widths.back() += terminal.width - std::min(total(), terminal.width);
  }
  return widths;
}

std::string Table::text(const Terminal& terminal) const {
  const std::vector<std::size_t> widths = widths_on(terminal);
  const auto line = [&](const std::vector<std::string>& row, Colour colour) {
    std::string text;
    std::size_t before = 0;
    for (std::size_t column = 0; column < row.size(); ++column) {
      if (widths[column] == 0) continue;
      if (before > 0) text += std::string(kGap, ' ');
      if (column + 1 == row.size() && last_ == Last::wrapped && terminal.is_terminal) {
        text += indented(wrapped(row[column], widths[column]), before);
      } else {
        text += padded(shortened(row[column], widths[column]), widths[column]);
      }
      before += widths[column] + kGap;
    }
    while (text.ends_with(' ')) text.pop_back();
    return terminal.in(colour, text) + "\n";
  };
  std::string text = line(head_, Colour::faint);
  for (const auto& row : rows_) text += line(row, Colour::plain);
  return text;
}

std::string properties(const std::vector<std::pair<std::string, std::string>>& lines, const Terminal& terminal) {
  std::size_t width = 0;
  for (const auto& [name, value] : lines) width = std::max(width, columns_of(name));
  const std::size_t room = !terminal.is_terminal         ? SIZE_MAX
                           : terminal.width > width + 22 ? terminal.width - width - 2
                                                         : 20;
  std::string text;
  for (const auto& [name, value] : lines) {
    if (value.empty()) continue;
    text += terminal.in(Colour::faint, padded(name, width)) + "  " + indented(wrapped(value, room), width + 2) + "\n";
  }
  return text;
}

void print(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

void print_error(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stderr);
}

}  // namespace mailward::cli
