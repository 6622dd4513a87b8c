#include <nlohmann/json.hpp>

#include "renewal/renewal_report.h"

namespace mailward::renewal {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kHead = R"(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Renewal of all secrets</title>
<style>
:root { color-scheme: light; }
body { font: 14px/1.5 system-ui, sans-serif; color: #1b1f24; background: #fff; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin: 0 0 .25rem; }
h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; border-bottom: 1px solid #c9ced6; padding-bottom: .25rem; }
h3 { font-size: 1rem; margin: 0; }
section.item { border: 1px solid #c9ced6; border-radius: 6px; padding: .75rem 1rem; margin: .75rem 0; break-inside: avoid; }
section.item > p { margin: .25rem 0; color: #4a5260; }
.state { float: right; font-weight: 600; }
.done { color: #14692f; } .failed, .left { color: #a3161f; } .waiting, .kept { color: #7a4d00; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; margin: .5rem 0 0; }
dt { color: #4a5260; } dd { margin: 0; overflow-wrap: anywhere; }
code { font: 12.5px/1.5 ui-monospace, monospace; overflow-wrap: anywhere; }
footer { margin-top: 2rem; color: #4a5260; }
@page { margin: 18mm; }
@media print { body { margin: 0; max-width: none; font-size: 10.5pt; } a { color: inherit; } }
</style>
</head>
<body>
)";

std::string escaped(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
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
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string words(std::string_view name) {
  std::string text(name);
  for (char& c : text) {
    if (c == '_') c = ' ';
  }
  return text;
}

/// A value in a line: lists with commas between, objects as "name: value".
std::string value_text(const Json& value) {
  if (value.is_null()) return "–";
  if (value.is_string()) return value.get<std::string>();
  if (value.is_array()) {
    std::string text;
    for (const Json& one : value) text += (text.empty() ? "" : ", ") + value_text(one);
    return text.empty() ? "none" : text;
  }
  if (value.is_object()) {
    std::string text;
    for (const auto& [name, one] : value.items())
      text += (text.empty() ? "" : "; ") + words(name) + ": " + value_text(one);
    return text;
  }
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string line(std::string_view name, const std::string& value) {
  if (value.empty()) return {};
  return "<dt>" + escaped(name) + "</dt><dd>" + escaped(value) + "</dd>\n";
}

std::string text_in(const Json& json, const char* name) {
  const auto found = json.find(name);
  return found == json.end() || found->is_null() ? std::string() : value_text(*found);
}

/// The person's name, and when.
std::string deed(const Json& plan, const char* actor, const char* when) {
  const auto found = plan.find(actor);
  if (found == plan.end() || !found->is_object()) return {};
  const std::string at = text_in(plan, when);
  return text_in(*found, "name") + (at.empty() ? "" : ", " + at);
}

std::string item_section(const Json& item) {
  const std::string state = text_in(item, "state");
  std::string html = "<section class=\"item\">\n<span class=\"state " + escaped(state) + "\">" + escaped(words(state)) +
                     "</span>\n<h3>" + escaped(text_in(item, "position")) + ". " + escaped(text_in(item, "title")) +
                     ": " + escaped(text_in(item, "opens")) + "</h3>\n<p>" + escaped(text_in(item, "reason")) +
                     "</p>\n<dl>\n";
  html += line("way", words(text_in(item, "way")));
  if (item.value("times", 1) > 1) {
    html += line("renewed", text_in(item, "done_times") + " of " + text_in(item, "times") + " times");
  }
  html += line("before", value_text(item.value("before", Json::object())));
  html += line("after", value_text(item.value("after", Json::object())));
  const Json proof = item.value("proof", Json::object());
  for (const auto& [name, one] : proof.items()) {
    if (name != "rotations") html += line("proof: " + words(name), value_text(one));
  }
  for (const Json& rotation : proof.value("rotations", Json::array()))
    html += line("proof: rotation", value_text(rotation));
  const Json seen = item.value("seen_with_old", Json::array());
  if (!seen.empty()) html += line("seen with the old one", value_text(seen));
  html += line("why", text_in(item, "why"));
  html += line("what to do", text_in(item, "remedy"));
  return html + "</dl>\n</section>\n";
}

}  // namespace

std::string page_of(const Json& report) {
  const Json& plan = report.at("plan");
  std::string html(kHead);
  html += "<h1>Renewal of all secrets</h1>\n<p>Plan " + escaped(text_in(plan, "id")) + ": " +
          escaped(words(text_in(plan, "state"))) + ". " + escaped(text_in(plan, "meaning")) + " " +
          escaped(text_in(plan, "why")) + "</p>\n<dl>\n";
  html += line("asked for by", deed(plan, "asked_by", "created"));
  html += line("approved by", deed(plan, "approved_by", "approved"));
  if (plan.value("approved_by", Json()).is_null()) {
    html += line("approval", plan.value("needs_approval", false) ? "demanded, and not given" : "not demanded");
  }
  html += line("started by", deed(plan, "started_by", "started"));
  html += line("ended", text_in(plan, "ended"));
  html += line("kinds", plan.value("kinds", Json::array()).empty() ? "all" : text_in(plan, "kinds"));
  html += "</dl>\n<h2>Secret by secret</h2>\n";
  for (const Json& item : report.at("items")) {
    // What stays is named below.
    if (text_in(item, "way") != "stays") html += item_section(item);
  }
  html += "<h2>What stayed open</h2>\n";
  if (report.at("stayed_open").empty()) html += "<p>Nothing.</p>\n";
  for (const Json& one : report.at("stayed_open")) {
    html += "<p><strong>" + escaped(text_in(one, "position")) + ". " + escaped(text_in(one, "title")) + ": " +
            escaped(text_in(one, "opens")) + "</strong><br>" + escaped(text_in(one, "why")) + "<br>" +
            escaped(text_in(one, "what_to_do")) + "</p>\n";
  }
  const Json& head = report.at("audit_head");
  html += "<footer><p>Made " + escaped(text_in(report, "made")) + ". The audit trail ended then with entry " +
          escaped(text_in(head, "number")) + ", whose chained hash is <code>" + escaped(text_in(head, "mac")) +
          "</code>: a copy of the trail that holds it holds everything above.</p></footer>\n</body>\n</html>\n";
  return html;
}

}  // namespace mailward::renewal
