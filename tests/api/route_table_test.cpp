// The route table, the OpenAPI document and the matrix of roles say the same.
#include <fstream>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "api/console_files.h"
#include "api/route.h"

namespace mailward::api {
namespace {

using nlohmann::json;

std::string name_of_needs(const Needs& needs) {
  if (std::holds_alternative<Anybody>(needs)) return "anybody";
  if (std::holds_alternative<Known>(needs)) return "known";
  if (std::holds_alternative<SignedIn>(needs)) return "signed_in";
  if (std::holds_alternative<OnServer>(needs)) return "on_server";
  return std::string(name_of(std::get<Right>(needs)));
}

std::string lower(std::string_view text) {
  std::string made(text);
  for (char& c : made) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return made;
}

TEST(RouteTable, is_what_the_document_describes) {
  const json document = json::parse(openapi_document());
  std::set<std::string> described;
  for (const auto& [path, methods] : document.at("paths").items()) {
    for (const auto& [method, operation] : methods.items()) described.insert(method + " " + path);
  }
  for (const Route* route : all_routes()) {
    const std::string name = lower(route->method) + " " + std::string(route->pattern);
    ASSERT_EQ(described.erase(name), 1U) << name << " stands not in src/api/openapi.json";
    const json& operation = document.at("paths").at(std::string(route->pattern)).at(lower(route->method));
    EXPECT_EQ(operation.at("x-needs"), name_of_needs(route->needs)) << name;
    EXPECT_EQ(operation.value("x-sensitive", false), route->sensitive == Sensitive::yes) << name;
    EXPECT_EQ(operation.contains("requestBody"), route->takes != Takes::nothing) << name;
    if (operation.contains("requestBody")) {
      EXPECT_EQ(operation.at("requestBody").at("required"), route->takes == Takes::object) << name;
    }
    std::set<std::string> query(route->query.begin(), route->query.end());
    for (const json& parameter : operation.value("parameters", json::array())) {
      if (parameter.at("in") == "query") EXPECT_EQ(query.erase(parameter.at("name")), 1U) << name << " " << parameter;
    }
    EXPECT_TRUE(query.empty()) << name << " takes query parameters that the document does not name";
  }
  EXPECT_TRUE(described.empty()) << "the document describes what is not there: " << *described.begin();
}

}  // namespace
}  // namespace mailward::api
