#pragma once

#include <string>
#include <string_view>

namespace mailward::exchange_sim {

/// HTML's text: tags left out, entities undone, line ends where blocks end.
std::string text_from_html(std::string_view html);
/// A page of the text, as Exchange makes it of a plain body.
std::string html_from_text(std::string_view text);

}  // namespace mailward::exchange_sim
