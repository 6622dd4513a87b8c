#pragma once

#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "base/clock.h"
#include "renewal/measures.h"

namespace mailward::renewal {

/// One line as the API and the export write it.
nlohmann::ordered_json json_of(const ListedMeasure& listed);
/// {"made": …, "measures": […]}: what an auditor keeps, as data.
nlohmann::ordered_json export_json(const std::vector<ListedMeasure>& lines, Timestamp made);
/// The same as a page of its own: HTML with its style inside, for A4 and for a screen, without scripts and without
/// anything fetched. Everything that was seen is escaped.
std::string export_html(const std::vector<ListedMeasure>& lines, Timestamp made);

}  // namespace mailward::renewal
