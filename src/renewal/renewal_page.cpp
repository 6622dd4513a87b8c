#include <algorithm>

#include <nlohmann/json.hpp>

#include "renewal/html.h"
#include "renewal/renewal_report.h"

/// The report as an auditor reads it: what came of it, by whom, then each secret in one row.
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
body { margin: 0 auto; max-width: 273mm; padding: 8mm; color: #1b1f24; background: #fff;
  font: 9.5pt/1.4 "Segoe UI", "Liberation Sans", Arial, sans-serif; }
h1 { font-size: 17pt; margin: 0; }
h2 { font-size: 12pt; margin: 6mm 0 1.5mm; break-after: avoid; }
p { margin: 1mm 0; }
.outcome { font-size: 11.5pt; font-weight: 600; margin: 1mm 0 3mm; }
.faint, dt { color: #4a5361; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .4mm 5mm; margin: 0; }
dd { margin: 0; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; table-layout: fixed; font-size: 8.5pt; }
th { text-align: left; font-weight: 600; border-bottom: .4mm solid #1b1f24; padding: 0 2mm 1mm 0; }
td { vertical-align: top; border-bottom: .2mm solid #c9cfd8; padding: 1.2mm 2mm 1.2mm 0; overflow-wrap: anywhere; }
tr { break-inside: avoid; }
thead { display: table-header-group; }
td p { margin: 0 0 .8mm; }
.number { width: 7mm; } .secret { width: 46mm; } .when { width: 37mm; }
code { font: 8pt/1.4 "Cascadia Mono", "Liberation Mono", monospace; overflow-wrap: anywhere; }
.failed, .left { color: #a3161f; } .waiting { color: #7a4d00; }
@page { size: A4 landscape; margin: 12mm; }
@media print { body { max-width: none; padding: 0; } }
@media screen and (max-width: 60rem) { .wide { overflow-x: auto; } .wide table { min-width: 56rem; } }
</style>
</head>
<body>
)";

std::string words(std::string_view name) {
  std::string text(name);
  std::ranges::replace(text, '_', ' ');
  return text;
}

std::string text_of(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string text_in(const Json& json, const char* name) {
  const auto found = json.is_object() ? json.find(name) : json.end();
  if (found == json.end() || found->is_null()) return {};
  return text_of(*found);
}

/// A moment as the report's data has it, to the second.
std::string moment(const std::string& text) {
  if (text.size() < 19) return text;
  return text.substr(0, 10) + " " + text.substr(11, 8) + " UTC";
}

std::string paragraph(const std::string& html, std::string_view of = {}) {
  if (html.empty()) return {};
  return (of.empty() ? "<p>" : "<p class=\"" + std::string(of) + "\">") + html + "</p>";
}

std::string line(std::string_view name, const std::string& value) {
  if (value.empty()) return {};
  return "<dt>" + escaped(name) + "</dt><dd>" + escaped(value) + "</dd>\n";
}

std::string deed(const Json& plan, const char* actor, const char* when) {
  const auto found = plan.find(actor);
  if (found == plan.end() || !found->is_object()) return {};
  const std::string at = text_in(plan, when);
  return text_in(*found, "name") + (at.empty() ? "" : ", " + moment(at));
}

std::string approval(const Json& plan) {
  if (std::string given = deed(plan, "approved_by", "approved"); !given.empty()) return given;
  return plan.value("needs_approval", false) ? "demanded, and not given" : "not demanded by this house";
}

/// The secret as it stood at one end of the renewal.
std::string stood(const Json& state) {
  if (const std::string revoked = text_in(state, "revoked"); !revoked.empty()) return "revoked " + moment(revoked);
  const std::string set = text_in(state, "created");
  if (set.empty()) return "–";
  std::string text = "set " + moment(set);
  if (const std::string by = text_in(state, "set_by"); !by.empty()) text += " by " + by;
  if (const std::string number = text_in(state, "version"); !number.empty()) text += "; number " + number;
  if (const std::string key = text_in(state, "key"); !key.empty()) text += "; key " + key;
  return text;
}

std::string front_ends(const Json& rotation) {
  std::string well;
  std::string other;
  for (const Json& one : rotation.value("front_ends", Json::array())) {
    const std::string address = text_in(one, "address");
    const std::string verdict = text_in(one, "verdict");
    std::string& list = verdict == "none" ? well : other;
    list += (list.empty() ? "" : ", ") + address + (verdict == "none" ? "" : " (" + words(verdict) + ")");
  }
  return (well.empty() ? "" : "; then accepted by the front ends " + well) +
         (other.empty() ? "" : "; not as it should be at " + other);
}

std::string behind(const Json& rotation) {
  std::string list;
  for (const Json& one : rotation.value("behind", Json::array())) {
    list += (list.empty() ? "" : ", ") + text_of(one);
  }
  return list.empty() ? "" : "; had not heard of it by then: " + list;
}

/// What shows that it was renewed: each rotation, then what its kind proves itself by.
std::string proof_of(const Json& item) {
  const Json proof = item.value("proof", Json::object());
  std::string html;
  for (const Json& rotation : proof.value("rotations", Json::array())) {
    html += paragraph("Rotation <code>" + escaped(text_in(rotation, "rotation")) + "</code>, " +
                      escaped(words(text_in(rotation, "mode")) + ": " + words(text_in(rotation, "state")) + "; " +
                              text_in(rotation, "controller") + " shows it as set " +
                              moment(text_in(rotation, "pwd_last_set_after")) + " and accepted it" +
                              front_ends(rotation) + behind(rotation)));
  }
  for (const auto& [name, value] : proof.items()) {
    if (name == "rotations") continue;
    html +=
        paragraph(escaped(name == "seen" ? "noticed " + moment(text_of(value)) : words(name) + ": " + text_of(value)));
  }
  return html;
}

std::string seen_with_old(const Json& item) {
  std::string html;
  for (const Json& one : item.value("seen_with_old", Json::array())) {
    html += paragraph(escaped(text_of(one)));
  }
  return html.empty() ? "<span class=\"faint\">nothing is watched for this kind</span>" : html;
}

std::string name_cells(const Json& item) {
  return "<tr><td>" + escaped(text_in(item, "position")) + "</td><td><strong>" + escaped(text_in(item, "title")) +
         "</strong><br>" + escaped(text_in(item, "opens")) + "</td>";
}

std::string renewed_row(const Json& item) {
  const int times = item.value("times", 1);
  return name_cells(item) + "<td>" + escaped(stood(item.value("before", Json::object()))) + "</td><td>" +
         escaped(stood(item.value("after", Json::object()))) +
         (times > 1 ? "; renewed " + std::to_string(times) + " times" : "") + "</td><td>" + proof_of(item) +
         paragraph(escaped(text_in(item, "why"))) + paragraph(escaped(text_in(item, "remedy"))) + "</td><td>" +
         seen_with_old(item) + "</td></tr>\n";
}

/// The state of one that is not renewed, as the first word of why.
std::string state_words(const std::string& state) {
  if (state == "left") return "left as it was";
  if (state == "waiting") return "waits for a person";
  return state == "planned" ? "its turn had not come" : words(state);
}

/// What happened to it, and what somebody still has to do.
std::string open_row(const Json& item) {
  const std::string state = text_in(item, "state");
  const std::string why = text_in(item, "why");
  const std::string remedy = text_in(item, "remedy");
  const std::string command = text_in(item, "command");
  return name_cells(item) + "<td>" + escaped(stood(item.value("before", Json::object()))) + "</td><td>" +
         paragraph(escaped(state_words(state)), state) +
         paragraph(escaped(why.empty() ? text_in(item, "meaning") : why)) + "</td><td>" +
         paragraph(escaped(remedy.empty() ? text_in(item, "how") : remedy)) +
         (command.empty() ? "" : "<code>" + escaped(command) + "</code>") + "</td><td>" + proof_of(item) +
         "</td></tr>\n";
}

std::string table(std::string_view title, std::string_view head, const std::string& rows) {
  if (rows.empty()) return {};
  return "<h2>" + std::string(title) + "</h2>\n<div class=\"wide\"><table>\n<thead><tr>" + std::string(head) +
         "</tr></thead>\n<tbody>\n" + rows + "</tbody>\n</table></div>\n";
}

/// The items by what came of them.
struct Sorted {
  std::string renewed;
  std::string open;
  std::string gone;
  int renewed_count = 0;
  int open_count = 0;
  int kept_count = 0;
};

Sorted sorted(const Json& items) {
  Sorted all;
  for (const Json& item : items) {
    const std::string state = text_in(item, "state");
    if (state == "kept" || text_in(item, "way") == "stays") {
      ++all.kept_count;
    } else if (state == "gone") {
      all.gone += (all.gone.empty() ? "" : ", ") + text_in(item, "title") + " (" + text_in(item, "opens") + ")";
    } else if (state == "done") {
      ++all.renewed_count;
      all.renewed += renewed_row(item);
    } else {
      ++all.open_count;
      all.open += open_row(item);
    }
  }
  return all;
}

std::string outcome(const Sorted& all) {
  const int wanted = all.renewed_count + all.open_count;
  std::string text = std::to_string(all.renewed_count) + " of " + std::to_string(wanted) + " secrets are renewed";
  if (all.open_count > 0)
    text += ", " + std::to_string(all.open_count) + (all.open_count == 1 ? " is" : " are") + " not";
  return text + ".";
}

}  // namespace

std::string page_of(const Json& report) {
  const Json& plan = report.at("plan");
  const Sorted all = sorted(report.at("items"));
  std::string html(kHead);
  html += "<h1>Renewal of all secrets</h1>\n<p class=\"outcome\">" + escaped(outcome(all)) + "</p>\n<dl>\n";
  html += line("state", words(text_in(plan, "state")) + ": " + text_in(plan, "meaning") + " " + text_in(plan, "why"));
  html += line("asked for by", deed(plan, "asked_by", "created"));
  html += line("approved by", approval(plan));
  html += line("started by", deed(plan, "started_by", "started"));
  html += line("ended", plan.at("ended").is_null() ? "not yet" : moment(text_in(plan, "ended")));
  std::string kinds;
  for (const Json& kind : plan.value("kinds", Json::array())) {
    kinds += (kinds.empty() ? "" : ", ") + words(text_of(kind));
  }
  html += line("of these kinds", kinds.empty() ? "all" : kinds);
  html += line("plan and its run", text_in(plan, "id") + ", " + text_in(plan, "run"));
  html += line("this report", moment(text_in(report, "made")));
  html += "</dl>\n";
  html +=
      table("Renewed",
            "<th class=\"number\">#</th><th class=\"secret\">Secret, and what it opens</th><th class=\"when\">Before"
            "</th><th class=\"when\">After</th><th>Proof</th><th class=\"secret\">Seen with the old one</th>",
            all.renewed);
  html +=
      table("Not renewed, and what stays to be done",
            "<th class=\"number\">#</th><th class=\"secret\">Secret, and what it opens</th><th class=\"when\">In "
            "force</th><th class=\"secret\">Why it is not renewed</th><th>What to do</th><th class=\"when\">Done so "
            "far</th>",
            all.open);
  if (all.open.empty()) html += "<h2>What stays to be done</h2>\n<p>Nothing.</p>\n";
  if (all.kept_count > 0 || !all.gone.empty()) html += "<h2>Not to be renewed</h2>\n";
  if (all.kept_count > 0) {
    html += "<p>" + std::to_string(all.kept_count) +
            " sub-keys, which open no password: they are sealed under the master key, and sealed again with each new "
            "one.</p>\n";
  }
  if (!all.gone.empty()) html += "<p>Not held any more when their turn came: " + escaped(all.gone) + ".</p>\n";
  const Json& head = report.at("audit_head");
  html +=
      "<h2>How to check it</h2>\n<p>The audit trail ended with entry " + escaped(text_in(head, "number")) +
      " when this was made, whose chained hash is <code>" + escaped(text_in(head, "mac")) +
      "</code>. A copy of the trail that holds that entry holds all of the above: <code>mailward audit verify</code> "
      "on the server, or the copies that are sent out.</p>\n</body>\n</html>\n";
  return html;
}

}  // namespace mailward::renewal
