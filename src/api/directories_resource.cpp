#include <array>

#include <nlohmann/json.hpp>

#include "api/forms.h"
#include "api/json.h"
#include "api/route.h"

namespace mailward::api {

namespace {

using connections::DirectoryRecord;

http::Response answer(int status, const DirectoryRecord& directory) {
  http::Response response = json_response(status, json_of(directory));
  if (status == 201) response.headers.set("Location", "/api/v1/directories/" + directory.id.text());
  return response;
}

Outcome list_directories(Call& call) {
  MW_TRY(const auto directories, call.parts.ledger.directories());
  Json list = Json::array();
  for (const DirectoryRecord& directory : directories) list.push_back(json_of(directory));
  return json_response(200, {{"directories", list}});
}

Outcome create_directory(Call& call) {
  const auto form = read_directory_form(call.body);
  auto password = read_password(call.body, "reader_password");
  API_CHECK(finish(call.body, form));
  if (password || !form.trust_pem.empty()) MW_CHECK(call.require_confirmed());
  MW_TRY(const auto made, call.parts.ledger.create_directory(form, std::move(password), call.by));
  return answer(201, made);
}

Outcome get_directory(Call& call) {
  MW_TRY(const auto directory, call.parts.ledger.find_directory(call.path("id")));
  MW_CHECK(call.note_view("directory", directory.id.text()));
  return answer(200, directory);
}

Outcome put_directory(Call& call) {
  MW_TRY(const auto stands, call.parts.ledger.find_directory(call.path("id")));
  const auto form = read_directory_form(call.body, stands.form.reader_sign_in);
  const auto version = read_version(call.body);
  auto password = read_password(call.body, "reader_password");
  API_CHECK(finish(call.body, form));
  if (password || form.trust_pem != stands.form.trust_pem) MW_CHECK(call.require_confirmed());
  MW_TRY(const auto saved, call.parts.ledger.update_directory(stands.id, version, form, std::move(password), call.by));
  return answer(200, saved);
}

Outcome delete_directory(Call& call) {
  MW_TRY(const auto stands, call.parts.ledger.find_directory(call.path("id")));
  auto version = read_deleted_version(call);
  if (!version) return std::unexpected(std::move(version.error()));
  MW_CHECK(call.parts.ledger.delete_directory(stands.id, *version, call.by));
  return http::Response::empty(204);
}

}  // namespace

std::span<const Route> directory_routes() {
  static constexpr std::array<std::string_view, 1> kVersion{"version"};
  static constexpr std::array kRoutes{
      Route{"GET", "/directories", Right::see_connections, Takes::nothing, list_directories},
      Route{"POST", "/directories", Right::change_connections, Takes::object, create_directory},
      Route{"GET", "/directories/{id}", Right::see_connections, Takes::nothing, get_directory},
      Route{"PUT", "/directories/{id}", Right::change_connections, Takes::object, put_directory},
      Route{"DELETE", "/directories/{id}", Right::change_connections, Takes::nothing, delete_directory, kVersion},
  };
  return kRoutes;
}

}  // namespace mailward::api
