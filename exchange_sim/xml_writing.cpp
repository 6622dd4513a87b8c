#include "exchange_sim/xml_writing.h"

namespace mailward::exchange_sim {
namespace {

/// Written so that the compiler makes vector instructions of it.
bool is_plain(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte >= 0x20) & (c != '&') & (c != '<') & (c != '>') & (c != '"');
}

/// How far plain text goes from there. Large values are base64, and were half of the simulator's work letter by letter:
/// blocks without a way out in the midst are compared many letters at once.
std::size_t plain_run(std::string_view value, std::size_t from) {
  constexpr std::size_t kBlock = 64;
  while (from + kBlock <= value.size()) {
    unsigned other = 0;
    for (std::size_t i = 0; i < kBlock; ++i) other |= static_cast<unsigned>(!is_plain(value[from + i]));
    if (other != 0) break;
    from += kBlock;
  }
  while (from < value.size() && is_plain(value[from])) ++from;
  return from;
}

std::string escape(std::string_view value, bool attribute) {
  std::string out;
  out.reserve(value.size());
  for (std::size_t i = 0; i < value.size(); ++i) {
    const std::size_t run = plain_run(value, i);
    out.append(value.substr(i, run - i));
    if (run == value.size()) break;
    i = run;
    const char c = value[i];
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '\r':
        out += "&#xD;";
        break;
      case '"':
        out += attribute ? "&quot;" : "\"";
        break;
      case '\n':
        out += attribute ? "&#xA;" : "\n";
        break;
      case '\t':
        out += c;
        break;
      default:
        // What XML cannot hold is written as Exchange writes it, as a reference that a strict reader refuses.
        if (static_cast<unsigned char>(c) < 0x20) {
          out += "&#x";
          if (c >= 0x10) out += '1';
          out += "0123456789ABCDEF"[c & 0xf];
          out += ';';
        } else {
          out += c;
        }
    }
  }
  return out;
}

}  // namespace

std::string escape_text(std::string_view value) {
  return escape(value, false);
}
std::string escape_attribute(std::string_view value) {
  return escape(value, true);
}

void XmlWriter::tag(std::string_view name, Attributes attributes) {
  out_ += '<';
  out_ += name;
  for (const auto& [key, value] : attributes) {
    out_ += ' ';
    out_ += key;
    out_ += "=\"";
    out_ += escape_attribute(value);
    out_ += '"';
  }
}

void XmlWriter::open(std::string_view name, Attributes attributes) {
  tag(name, attributes);
  out_ += '>';
}

void XmlWriter::close(std::string_view name) {
  out_ += "</";
  out_ += name;
  out_ += '>';
}

void XmlWriter::empty(std::string_view name, Attributes attributes) {
  tag(name, attributes);
  out_ += "/>";
}

void XmlWriter::text(std::string_view name, std::string_view value, Attributes attributes) {
  if (value.empty()) return empty(name, attributes);
  open(name, attributes);
  out_ += escape_text(value);
  close(name);
}

}  // namespace mailward::exchange_sim
