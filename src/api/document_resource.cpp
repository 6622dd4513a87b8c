#include <array>

#include "api/console_files.h"
#include "api/route.h"

namespace mailward::api {

namespace {

Outcome openapi(Call&) {
  return http::Response::of(200, "application/json", std::string(openapi_document()));
}

}  // namespace

std::span<const Route> document_routes() {
  static constexpr std::array kRoutes{
      Route{"GET", "/openapi.json", Anybody{}, Takes::nothing, openapi},
  };
  return kRoutes;
}

}  // namespace mailward::api
