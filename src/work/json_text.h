#pragma once

#include <string_view>

#include "work/error.h"

namespace mailward::work {

/// Errors: bad_json, naming what it was, never its contents.
Status check_json(std::string_view text, std::string_view what);

}  // namespace mailward::work
