#include <algorithm>
#include <array>

#include "exchange_sim/ews_values.h"
#include "exchange_sim/shapes.h"

namespace mailward::exchange_sim {
namespace {

std::size_t number_of(const char* text, std::size_t fallback) {
  const auto value = read_int(text);
  return value && *value >= 0 ? static_cast<std::size_t>(*value) : fallback;
}

std::optional<SoapFault> read_indexed(const SoapRequest& request, pugi::xml_node view, std::size_t total, Page& page) {
  static constexpr std::array<std::string_view, 2> kBasePoints{"Beginning", "End"};
  if (auto fault = check_attribute(request, view, "Offset", "int", {})) return fault;
  if (auto fault = check_attribute(request, view, "BasePoint", "IndexBasePointType", kBasePoints)) return fault;
  page.first = std::min(number_of(view.attribute("Offset").value(), 0), total);
  return std::nullopt;
}

/// t:FractionalPageViewType: the page begins at the item that stands at that fraction of the whole.
std::optional<SoapFault> read_fraction(const SoapRequest& request, pugi::xml_node view, std::size_t total, Page& page) {
  for (const char* name : {"Numerator", "Denominator"}) {
    if (auto fault = check_attribute(request, view, name, "int", {})) return fault;
  }
  const std::size_t above = number_of(view.attribute("Numerator").value(), 0);
  const std::size_t below = std::max<std::size_t>(number_of(view.attribute("Denominator").value(), 1), 1);
  page.fractional = true;
  page.first = above >= below ? total
                              : static_cast<std::size_t>(static_cast<double>(total) * static_cast<double>(above) /
                                                         static_cast<double>(below));
  return std::nullopt;
}

}  // namespace

std::expected<Page, SoapFault> read_page(const SoapRequest& request, pugi::xml_node view, std::size_t total) {
  Page page;
  std::size_t most = total;
  const std::string_view name = local_name(view);
  if (view) {
    page.paged = name.starts_with("Indexed") || name.starts_with("Fractional");
    auto fault = name.starts_with("Indexed")      ? read_indexed(request, view, total, page)
                 : name.starts_with("Fractional") ? read_fraction(request, view, total, page)
                                                  : std::nullopt;
    if (fault) return std::unexpected(*std::move(fault));
    for (const char* number : {"MaxEntriesReturned", "Offset", "Numerator", "Denominator"}) {
      if (auto wrong = check_int_attribute(request, view, number)) return std::unexpected(*std::move(wrong));
    }
    most = number_of(view.attribute("MaxEntriesReturned").value(), total);
  }
  page.count = std::min(most, total - page.first);
  page.next = page.first + page.count;
  page.last = page.next == total;
  if (std::string_view(view.attribute("BasePoint").value()) == "End") page.first = total - page.next;
  return page;
}

std::optional<ResponseError> refusal_of_page(pugi::xml_node view) {
  const auto number = [&](const char* name) { return read_int(view.attribute(name).value()); };
  if (const auto most = number("MaxEntriesReturned"); most && *most <= 0) {
    return ResponseError{
        .code = "ErrorInvalidPagingMaxRows", .text = "MaxEntriesReturned must be greater than zero.", .values = {}};
  }
  if (const auto offset = number("Offset"); offset && *offset < 0) {
    return ResponseError{
        .code = "ErrorInvalidIndexedPagingParameters", .text = "Offset must not be negative.", .values = {}};
  }
  const auto above = number("Numerator");
  const auto below = number("Denominator");
  if (above && below && (*below <= 0 || *above < 0 || *above > *below)) {
    return ResponseError{.code = "ErrorInvalidFractionalPagingParameters",
                         .text = "Numerator must be between zero and Denominator, and Denominator greater than zero.",
                         .values = {}};
  }
  return std::nullopt;
}

void shorten(Page& page, std::size_t most) {
  if (page.count <= most) return;
  page.next -= page.count - most;
  page.count = most;
  page.last = false;
}

void open_root_folder(XmlWriter& xml, const Page& page, std::size_t total) {
  const std::string next = std::to_string(page.next);
  const std::string all = std::to_string(total);
  const std::string_view last = page.last ? "true" : "false";
  if (page.fractional) {
    xml.open("m:RootFolder", {{"NumeratorOffset", next},
                              {"AbsoluteDenominator", all},
                              {"TotalItemsInView", all},
                              {"IncludesLastItemInRange", last}});
  } else if (page.paged) {
    xml.open("m:RootFolder",
             {{"IndexedPagingOffset", next}, {"TotalItemsInView", all}, {"IncludesLastItemInRange", last}});
  } else {
    xml.open("m:RootFolder", {{"TotalItemsInView", all}, {"IncludesLastItemInRange", last}});
  }
}

}  // namespace mailward::exchange_sim
