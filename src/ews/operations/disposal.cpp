#include "ews/operations/disposal.h"

namespace mailward::ews {

std::string_view disposal_name(Disposal disposal) {
  switch (disposal) {
    case Disposal::hard_delete:
      return "HardDelete";
    case Disposal::soft_delete:
      return "SoftDelete";
    case Disposal::move_to_deleted_items:
      return "MoveToDeletedItems";
  }
  return "HardDelete";
}

}  // namespace mailward::ews
