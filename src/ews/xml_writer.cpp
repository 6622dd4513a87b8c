#include "ews/xml.h"

namespace mailward::ews {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

void append_escaped(std::string& out, std::string_view value, bool in_attribute) {
  for (std::size_t i = 0; i < value.size(); ++i) {
    char letter = value[i];
    switch (letter) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += in_attribute ? "&quot;" : "\"";
        break;
      // Written as it is, a reader would take it for a line end, or in an attribute for a space.
      case '\r':
        out += "&#xD;";
        break;
      case '\n':
        out += in_attribute ? "&#xA;" : "\n";
        break;
      case '\t':
        out += in_attribute ? "&#x9;" : "\t";
        break;
      default:
        if (static_cast<unsigned char>(letter) < 0x20) {
          out += kReplacement;
        } else if (value.substr(i, 3) == "\xEF\xBF\xBE" || value.substr(i, 3) == "\xEF\xBF\xBF") {
          out += kReplacement;
          i += 2;
        } else {
          out += letter;
        }
    }
  }
}

}  // namespace

void XmlWriter::end_tag_open() {
  if (in_tag_) out_ += '>';
  in_tag_ = false;
}

XmlWriter& XmlWriter::open(std::string_view name) {
  end_tag_open();
  out_ += '<';
  out_ += name;
  open_.emplace_back(name);
  in_tag_ = true;
  return *this;
}

XmlWriter& XmlWriter::attribute(std::string_view name, std::string_view value) {
  out_ += ' ';
  out_ += name;
  out_ += "=\"";
  append_escaped(out_, value, true);
  out_ += '"';
  return *this;
}

XmlWriter& XmlWriter::text(std::string_view value) {
  end_tag_open();
  append_escaped(out_, value, false);
  return *this;
}

XmlWriter& XmlWriter::close() {
  if (in_tag_) {
    out_ += "/>";
    in_tag_ = false;
  } else {
    out_ += "</";
    out_ += open_.back();
    out_ += '>';
  }
  open_.pop_back();
  return *this;
}

XmlWriter& XmlWriter::element(std::string_view name, std::string_view value) {
  return open(name).text(value).close();
}

XmlWriter& XmlWriter::raw(std::string_view xml) {
  end_tag_open();
  out_ += xml;
  return *this;
}

}  // namespace mailward::ews
