#include <algorithm>
#include <vector>

#include "exchange_sim/ews_values.h"
#include "exchange_sim/operations.h"

namespace mailward::exchange_sim {
namespace {

struct Step {
  std::vector<std::string_view> names;
  bool optional = false;
};

Step read_step(std::string_view text) {
  Step step;
  if (text.ends_with('?')) {
    step.optional = true;
    text.remove_suffix(1);
  }
  while (true) {
    const auto bar = text.find('|');
    step.names.push_back(text.substr(0, bar));
    if (bar == std::string_view::npos) return step;
    text.remove_prefix(bar + 1);
  }
}

std::string in_quotes(std::string_view text) {
  return "'" + std::string(text) + "'";
}

std::string possible_elements(const std::vector<std::string_view>& names, std::string_view ns) {
  if (names.empty()) return {};
  std::string list;
  for (const std::string_view name : names) list += (list.empty() ? "" : ", ") + std::string(name);
  return " List of possible elements expected: " + in_quotes(list) + " in namespace " + in_quotes(ns) + ".";
}

}  // namespace

SoapFault unexpected_child(const SoapRequest& request, pugi::xml_node list, pugi::xml_node node,
                           const std::vector<std::string_view>& possible) {
  return schema_violation(request.xml, node,
                          "The element " + in_quotes(local_name(list)) + " in namespace " +
                              in_quotes(namespace_of(list)) + " has invalid child element " +
                              in_quotes(local_name(node)) + " in namespace " + in_quotes(namespace_of(node)) + "." +
                              possible_elements(possible, kTypesNs));
}

SoapFault incomplete(const SoapRequest& request, pugi::xml_node list) {
  return schema_violation(request.xml, list,
                          "The element " + in_quotes(local_name(list)) + " in namespace " +
                              in_quotes(namespace_of(list)) + " has incomplete content.");
}

SoapFault invalid_value(const SoapRequest& request, pugi::xml_node node, std::string_view type,
                        std::string_view constraint) {
  return schema_violation(request.xml, node,
                          "The '" + std::string(namespace_of(node)) + ":" + std::string(local_name(node)) +
                              "' element is invalid - The value " + in_quotes(text_of(node)) +
                              " is invalid according to its datatype " + in_quotes(type) + " - " +
                              std::string(constraint));
}

SoapFault invalid_attribute(const SoapRequest& request, pugi::xml_node node, const char* name, std::string_view type,
                            std::string_view constraint) {
  return schema_violation(request.xml, node,
                          "The " + in_quotes(name) + " attribute is invalid - The value " +
                              in_quotes(node.attribute(name).value()) + " is invalid according to its datatype " +
                              in_quotes(type) + " - " + std::string(constraint));
}

SoapFault invalid_choice(const SoapRequest& request, pugi::xml_node node, std::string_view type) {
  return schema_violation(request.xml, node,
                          "The '" + std::string(namespace_of(node)) + ":" + std::string(local_name(node)) +
                              "' element is invalid - The value " + in_quotes(text_of(node)) +
                              " is invalid according to its datatype '" + std::string(kTypesNs) + ":" +
                              std::string(type) + "' - The Enumeration constraint failed.");
}

bool is_true(std::string_view text) {
  return text == "true" || text == "1";
}

std::optional<SoapFault> check_sequence(const SoapRequest& request, pugi::xml_node node,
                                        std::initializer_list<std::string_view> sequence) {
  const std::string_view ns = namespace_of(node);
  const std::string element = "The element " + in_quotes(local_name(node)) + " in namespace " + in_quotes(ns);
  const auto children = elements(node);
  auto at = children.begin();
  std::vector<std::string_view> expected;
  for (const std::string_view text : sequence) {
    if (text == "*") return std::nullopt;
    const Step step = read_step(text);
    expected.insert(expected.end(), step.names.begin(), step.names.end());
    const bool there = at != children.end() && std::ranges::any_of(step.names, [&](std::string_view name) {
                         return is(*at, kMessagesNs, name) || is(*at, kTypesNs, name);
                       });
    if (there) {
      ++at;
      expected.clear();
    } else if (!step.optional) {
      if (at == children.end()) {
        return schema_violation(request.xml, node,
                                element + " has incomplete content." + possible_elements(expected, ns));
      }
      return schema_violation(request.xml, *at,
                              element + " has invalid child element " + in_quotes(local_name(*at)) + " in namespace " +
                                  in_quotes(namespace_of(*at)) + "." + possible_elements(expected, ns));
    }
  }
  if (at == children.end()) return std::nullopt;
  return schema_violation(request.xml, *at,
                          element + " has invalid child element " + in_quotes(local_name(*at)) + " in namespace " +
                              in_quotes(namespace_of(*at)) + ".");
}

std::optional<SoapFault> check_int_attribute(const SoapRequest& request, pugi::xml_node node, const char* name) {
  const auto attribute = node.attribute(name);
  if (!attribute || read_int(attribute.value())) return std::nullopt;
  return invalid_attribute(request, node, name, "http://www.w3.org/2001/XMLSchema:int",
                           "The string " + in_quotes(attribute.value()) + " is not a valid Int32 value.");
}

std::optional<SoapFault> check_attribute(const SoapRequest& request, pugi::xml_node node, const char* name,
                                         std::string_view type, std::span<const std::string_view> allowed) {
  const auto attribute = node.attribute(name);
  if (!attribute) {
    return schema_violation(request.xml, node, "The required attribute " + in_quotes(name) + " is missing.");
  }
  if (allowed.empty() || std::ranges::find(allowed, std::string_view(attribute.value())) != allowed.end()) {
    return std::nullopt;
  }
  return schema_violation(request.xml, node,
                          "The " + in_quotes(name) + " attribute is invalid - The value " +
                              in_quotes(attribute.value()) + " is invalid according to its datatype '" +
                              std::string(kTypesNs) + ":" + std::string(type) +
                              "' - The Enumeration constraint failed.");
}

}  // namespace mailward::exchange_sim
