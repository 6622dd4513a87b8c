#include "exchange_sim/body_text.h"

#include <algorithm>
#include <array>

#include "base/bytes.h"
#include "exchange_sim/item.h"
#include "exchange_sim/xml_writing.h"

namespace mailward::exchange_sim {
namespace {

constexpr std::array<std::string_view, 8> kBlocks{"p", "div", "br", "tr", "li", "h1", "h2", "h3"};
constexpr std::array<std::string_view, 3> kSilent{"style", "script", "head"};

std::string_view tag_name(std::string_view tag) {
  if (tag.starts_with('/')) tag.remove_prefix(1);
  return tag.substr(0, tag.find_first_of(" \t\r\n/"));
}

}  // namespace

std::string text_from_html(std::string_view html) {
  std::string out;
  std::string silent;
  while (!html.empty()) {
    const auto open = html.find('<');
    if (silent.empty()) {
      for (const char c : html.substr(0, open)) {
        if (c != '\r' && c != '\n') out += c;
      }
    }
    if (open == std::string_view::npos) break;
    const auto close = html.find('>', open);
    if (close == std::string_view::npos) break;
    const std::string_view tag = html.substr(open + 1, close - open - 1);
    const std::string name = lower_case(tag_name(tag));
    if (silent.empty() && std::ranges::find(kSilent, name) != kSilent.end() && !tag.starts_with('/')) {
      silent = name;
    } else if (tag.starts_with('/') && name == silent) {
      silent.clear();
    } else if (silent.empty() && (tag.starts_with('/') || name == "br") &&
               std::ranges::find(kBlocks, name) != kBlocks.end()) {
      out += "\r\n";
    }
    html.remove_prefix(close + 1);
  }
  return plain_text(out);
}

std::string html_from_text(std::string_view text) {
  return "<html><head>\r\n<meta http-equiv=\"Content-Type\" content=\"text/html; charset=utf-8\"></head><body><div>" +
         escape_text(text) + "</div></body></html>";
}

}  // namespace mailward::exchange_sim
