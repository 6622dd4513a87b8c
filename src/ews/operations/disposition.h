#pragma once

#include <string_view>

namespace mailward::ews {

/// What becomes of a message that is made or changed (MessageDispositionType).
enum class Disposition { save_only, send_only, send_and_save_copy };
std::string_view disposition_name(Disposition disposition);

}  // namespace mailward::ews
