#pragma once

#include <expected>
#include <memory>
#include <optional>
#include <pugixml.hpp>
#include <string>
#include <string_view>
#include <vector>

/// Reading requests: a tree with limits, and names with their namespaces.
namespace mailward::exchange_sim {

inline constexpr std::string_view kSoapNs = "http://schemas.xmlsoap.org/soap/envelope/";
inline constexpr std::string_view kMessagesNs = "http://schemas.microsoft.com/exchange/services/2006/messages";
inline constexpr std::string_view kTypesNs = "http://schemas.microsoft.com/exchange/services/2006/types";
inline constexpr std::string_view kErrorsNs = "http://schemas.microsoft.com/exchange/services/2006/errors";

struct XmlLimits {
  std::size_t bytes = std::size_t{36} * 1024 * 1024;
  std::size_t depth = 64;
  std::size_t nodes = 200'000;
  std::size_t attributes = 200'000;
};

/// Where something stands in the request: both count from 1, as .NET's reader counts.
struct XmlPlace {
  std::size_t line = 0;
  std::size_t position = 0;
};

/// Why a request is no XML, in the words of .NET's reader; no place for what breaks a limit.
struct XmlTrouble {
  std::string words;
  XmlPlace place;
};

/// A parsed request. Nodes are valid as long as it lives. Not copied, cheap to move.
class XmlRequest {
 public:
  static std::expected<XmlRequest, XmlTrouble> parse(std::string text, const XmlLimits& limits = {});

  pugi::xml_node root() const { return document_->document_element(); }
  /// The place of a node's name, minus its "<".
  XmlPlace place(pugi::xml_node node) const;

 private:
  std::unique_ptr<pugi::xml_document> document_;
  std::vector<std::size_t> line_starts_;
  std::size_t size_ = 0;
};

std::string_view local_name(pugi::xml_node node);
/// By the declarations in scope; empty where none is.
std::string_view namespace_of(pugi::xml_node node);
bool is(pugi::xml_node node, std::string_view ns, std::string_view name);
/// The first element child of that name, or a null node.
pugi::xml_node child(pugi::xml_node node, std::string_view ns, std::string_view name);
/// Its element children.
std::vector<pugi::xml_node> elements(pugi::xml_node node);
/// The whole text in it.
std::string_view text_of(pugi::xml_node node);

}  // namespace mailward::exchange_sim
