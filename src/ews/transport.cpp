#include "ews/transport.h"

#include <curl/curl.h>

#include <stdexcept>

namespace mailward::ews {

Transport::Transport() {
  static const CURLcode kReady = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (kReady != CURLE_OK) throw std::runtime_error("libcurl cannot be set up");
}

Transport::Counters Transport::counters() const {
  return {.connects = connects_, .handshakes = handshakes_, .requests = requests_, .active = active_};
}

}  // namespace mailward::ews
