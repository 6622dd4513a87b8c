#include "ews/operations/disposition.h"

namespace mailward::ews {

std::string_view disposition_name(Disposition disposition) {
  switch (disposition) {
    case Disposition::save_only:
      return "SaveOnly";
    case Disposition::send_only:
      return "SendOnly";
    case Disposition::send_and_save_copy:
      return "SendAndSaveCopy";
  }
  return "SaveOnly";
}

}  // namespace mailward::ews
