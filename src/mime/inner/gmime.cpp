#include "mime/inner/gmime.h"

#include <mutex>

namespace mailward::mime::inner {

void start() {
  static std::once_flag once;
  std::call_once(once, [] { g_mime_init(); });
}

}  // namespace mailward::mime::inner
