// The route table, the OpenAPI document and the matrix of roles say the same.
#include <fstream>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "api/body.h"
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

void gather_write_only(const json& schema, std::set<std::string>& names) {
  for (const auto& [name, one] : schema.items()) {
    if (!one.is_structured()) continue;
    if (one.is_object() && one.value("writeOnly", json(false)) == true) names.insert(name);
    gather_write_only(one, names);
  }
}

TEST(RouteTable, takes_every_write_only_member_into_guarded_memory) {
  std::set<std::string> names;
  gather_write_only(json::parse(openapi_document()), names);
  ASSERT_TRUE(names.contains("password"));
  for (const std::string& name : names) {
    auto body = Body::parse(json{{name, "Sample-1"}}.dump());
    ASSERT_TRUE(body.has_value()) << name;
    const auto secret = body->secret(name);
    ASSERT_TRUE(secret.has_value()) << name << " was read as a plain text";
    EXPECT_EQ(secret->reveal(), "Sample-1") << name;
    EXPECT_EQ(body->text(name), "") << name;
  }
}

}  // namespace
}  // namespace mailward::api
