#pragma once

#include <string_view>

namespace mailward::ews {

/// What becomes of what is deleted (DisposalType of the schema). A hard delete leaves nothing that its owner can
/// bring back; holds and single item recovery of the mailbox keep their copies all the same.
enum class Disposal { hard_delete, soft_delete, move_to_deleted_items };
std::string_view disposal_name(Disposal disposal);

}  // namespace mailward::ews
