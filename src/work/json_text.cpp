#include "work/json_text.h"

#include <nlohmann/json.hpp>

namespace mailward::work {

Status check_json(std::string_view text, std::string_view what) {
  if (nlohmann::json::accept(text)) return {};
  return fail(WorkError::bad_json, std::string(what) + " is not JSON");
}

}  // namespace mailward::work
