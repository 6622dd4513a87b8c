#include <array>

#include <nlohmann/json.hpp>

#include "api/forms.h"
#include "api/json.h"
#include "api/route.h"
#include "connections/preparation.h"

namespace mailward::api {

namespace {

Outcome answer(Call& call, const connections::ConnectionForm& form, std::optional<connections::ConnectionId> edited) {
  MW_TRY(const auto facts, connections::preparation_facts(call.parts.ledger, form, edited));
  MW_TRY(const auto made, connections::prepare(facts));
  return json_response(200, {{"script", made.script}, {"undo", made.undo}});
}

/// Of a form as it stands, with "connection" where it edits one.
Outcome prepare_form(Call& call) {
  auto form = read_connection_form(call.body);
  // Neither has a part in it.
  if (form.description.empty()) form.description = "unsaved";
  if (form.ews_url.empty()) form.ews_url = "https://unsaved.example/EWS/Exchange.asmx";
  std::optional<connections::ConnectionId> edited;
  if (const std::string named = call.body.text("connection"); !named.empty()) {
    MW_TRY(const auto stands, call.parts.ledger.find_connection(named));
    edited = stands.id;
  }
  API_CHECK(finish(call.body, form));
  return answer(call, form, edited);
}

Outcome prepare_stored(Call& call) {
  MW_TRY(const auto stands, call.parts.ledger.find_connection(call.path("id")));
  return answer(call, stands.form, stands.id);
}

}  // namespace

std::span<const Route> preparation_routes() {
  static constexpr std::array kRoutes{
      Route{"POST", "/connections/prepare", Right::see_connections, Takes::object, prepare_form},
      Route{"GET", "/connections/{id}/prepare", Right::see_connections, Takes::nothing, prepare_stored},
  };
  return kRoutes;
}

}  // namespace mailward::api
