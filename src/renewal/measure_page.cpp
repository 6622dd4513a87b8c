#include "renewal/measure_page.h"

#include <array>

#include <nlohmann/json.hpp>

#include "renewal/html.h"

namespace mailward::renewal {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kStyle = R"(
:root { color-scheme: light; }
body { margin: 0 auto; max-width: 190mm; padding: 8mm; color: #1b1f24; background: #fff;
  font: 10pt/1.45 "Segoe UI", "Liberation Sans", Arial, sans-serif; }
h1 { font-size: 18pt; margin: 0 0 1mm; }
h2 { font-size: 12.5pt; margin: 8mm 0 2mm; padding-bottom: 1mm; border-bottom: .4mm solid #1b1f24; break-after: avoid; }
.lead { color: #4a5361; margin: 0 0 4mm; }
article { padding: 2.5mm 0; border-bottom: .2mm solid #c9cfd8; break-inside: avoid; }
h3 { font-size: 10.5pt; margin: 0; }
.subject { color: #4a5361; }
p { margin: .8mm 0; }
dl { display: grid; grid-template-columns: 48mm 1fr; gap: .3mm 4mm; margin: 1mm 0; font-size: 9pt; }
dt { color: #4a5361; } dd { margin: 0; overflow-wrap: anywhere; }
.remedy { font: 8.5pt/1.4 "Cascadia Mono", "Liberation Mono", monospace; background: #f2f4f7; padding: 1.5mm 2mm;
  overflow-wrap: anywhere; white-space: pre-wrap; }
.small { font-size: 8.5pt; color: #4a5361; overflow-wrap: anywhere; }
@page { size: A4; margin: 14mm 12mm; }
@media print { body { max-width: none; padding: 0; } .remedy { background: #fff; border: .2mm solid #c9cfd8; } }
)";

std::string fact_list(const ListedMeasure& listed) {
  std::string html;
  for (const MeasureFact& fact : listed.measure.facts) {
    html += "<dt>" + escaped(fact.name) + "</dt><dd>" + escaped(fact.value) + "</dd>\n";
  }
  const std::string seen = listed.measure.seen_at ? page_time(*listed.measure.seen_at) : std::string("not yet");
  html += "<dt>seen</dt><dd>" + escaped(seen + ", " + listed.measure.seen_how) + "</dd>\n";
  return "<dl>\n" + html + "</dl>\n";
}

std::string article(const ListedMeasure& listed) {
  const Measure& line = listed.measure;
  const std::string_view kind = name_of(line.subject.kind);
  const std::string about = line.subject.name.empty() ? std::string(kind) : std::string(kind) + " " + line.subject.name;
  std::string html = "<article>\n<h3>" + escaped(line.title()) + "</h3>\n<p class=\"subject\">" + escaped(about) +
                     "</p>\n<p>" + escaped(line.sentence) + "</p>\n" + fact_list(listed);
  if (listed.acceptance) {
    html += "<p>Accepted until " + escaped(format_timestamp(listed.acceptance->until).substr(0, 10)) + " by " +
            escaped(listed.acceptance->by) + ": " + escaped(listed.acceptance->reason) + "</p>\n";
  }
  if (line.outcome == MeasureOutcome::ok || line.outcome == MeasureOutcome::not_applicable) {
    return html + "</article>\n";
  }
  html += "<p>Wanted: " + escaped(line.info->titles.well) + ". " + escaped(line.info->why) + "</p>\n";
  if (!line.remedy.empty()) html += "<p class=\"remedy\">" + escaped(line.remedy) + "</p>\n";
  const Guidance& source = line.info->source;
  html += "<p class=\"small\">" + escaped(source.document) + ": " + escaped(source.section) + ". " +
          escaped(source.url) + "</p>\n";
  return html + "</article>\n";
}

struct Group {
  std::string_view title;
  std::string_view state;
  std::optional<MeasureUrgency> urgency;
};

constexpr std::array<Group, 7> kGroups{{{"To do now", "to_do", MeasureUrgency::now},
                                        {"To do soon", "to_do", MeasureUrgency::soon},
                                        {"To do later", "to_do", MeasureUrgency::later},
                                        {"Cannot be told", "cannot_tell", std::nullopt},
                                        {"Accepted", "accepted", std::nullopt},
                                        {"As it should be", "ok", std::nullopt},
                                        {"Not applicable", "not_applicable", std::nullopt}}};

}  // namespace

Json json_of(const ListedMeasure& listed) {
  const Measure& line = listed.measure;
  Json json{{"id", line.info->id},
            {"title", line.title()},
            {"wanted", line.info->titles.well},
            {"subject", line.subject.text()},
            {"subject_kind", name_of(line.subject.kind)},
            {"subject_id", line.subject.id},
            {"subject_name", line.subject.name},
            {"state", listed.state()},
            {"outcome", name_of(line.outcome)},
            {"urgency", name_of(line.urgency)},
            {"sentence", line.sentence},
            {"facts", Json::array()},
            {"seen_at", line.seen_at ? Json(format_timestamp(*line.seen_at)) : Json(nullptr)},
            {"seen_how", line.seen_how},
            {"why", line.info->why},
            {"remedy", line.remedy},
            {"source",
             {{"document", line.info->source.document},
              {"section", line.info->source.section},
              {"url", line.info->source.url}}},
            {"acceptance", nullptr}};
  for (const MeasureFact& fact : line.facts) json["facts"].push_back({{"name", fact.name}, {"value", fact.value}});
  if (listed.acceptance) {
    json["acceptance"] = {{"reason", listed.acceptance->reason},
                          {"by", listed.acceptance->by},
                          {"until", format_timestamp(listed.acceptance->until)},
                          {"created", format_timestamp(listed.acceptance->created)}};
  }
  return json;
}

Json export_json(const std::vector<ListedMeasure>& lines, Timestamp made) {
  Json list = Json::array();
  for (const ListedMeasure& one : lines) list.push_back(json_of(one));
  return {{"made", format_timestamp(made)}, {"measures", std::move(list)}};
}

std::string export_html(const std::vector<ListedMeasure>& lines, Timestamp made) {
  std::string html =
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>Recommended measures, " +
      page_time(made) + "</title>\n<style>" + std::string(kStyle) +
      "</style>\n</head>\n<body>\n<h1>Recommended measures</h1>\n<p class=\"lead\">Mailward, " + page_time(made) +
      ". A list to work off: what was seen, when and how, and who asks for it.</p>\n";
  for (const Group& group : kGroups) {
    std::string articles;
    for (const ListedMeasure& one : lines) {
      const bool here = one.state() == group.state && (!group.urgency || one.measure.urgency == *group.urgency);
      if (here) articles += article(one);
    }
    if (!articles.empty()) html += "<h2>" + std::string(group.title) + "</h2>\n" + articles;
  }
  return html + "</body>\n</html>\n";
}

}  // namespace mailward::renewal
