#include "renewal/html.h"

namespace mailward::renewal {

std::string escaped(std::string_view text) {
  std::string html;
  html.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        html += "&amp;";
        break;
      case '<':
        html += "&lt;";
        break;
      case '>':
        html += "&gt;";
        break;
      case '"':
        html += "&quot;";
        break;
      case '\'':
        html += "&#39;";
        break;
      default:
        html += c;
    }
  }
  return html;
}

std::string page_time(Timestamp time) {
  std::string text = format_timestamp(time).substr(0, 16);
  text[10] = ' ';
  return text + " UTC";
}

}  // namespace mailward::renewal
