#include "bench/ews/bare.h"

#include <curl/curl.h>
#include <openssl/evp.h>

#include <atomic>
#include <memory>
#include <pugixml.hpp>
#include <stdexcept>
#include <thread>

namespace mailward::bench {
namespace {

std::size_t keep(char* data, std::size_t size, std::size_t count, void* to) {
  static_cast<std::string*>(to)->append(data, size * count);
  return size * count;
}

/// One easy handle: one connection.
class Handle {
 public:
  Handle(const Server& server, BareScheme scheme) : easy_(curl_easy_init(), curl_easy_cleanup) {
    heads_ = curl_slist_append(heads_, "Content-Type: text/xml; charset=utf-8");
    heads_ = curl_slist_append(heads_, "Expect:");
    // By its name, for which Kerberos has a ticket.
    const std::string place = server.host + ":" + std::to_string(server.port);
    place_ = curl_slist_append(place_, (place + ":" + server.address).c_str());
    set(CURLOPT_RESOLVE, place_);
    set(CURLOPT_URL, ("https://" + place + "/EWS/Exchange.asmx").c_str());
    set(CURLOPT_CAINFO, server.ca_file.c_str());
    set(CURLOPT_HTTPHEADER, heads_);
    set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_WRITEFUNCTION, keep);
    set(CURLOPT_WRITEDATA, &answer_);
    switch (scheme) {
      case BareScheme::basic:
        set(CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
        break;
      case BareScheme::ntlm:
        set(CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_NTLM));
        break;
      case BareScheme::negotiate:
        set(CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_NEGOTIATE));
        break;
    }
    const std::string credential = scheme == BareScheme::negotiate ? ":" : server.user + ":" + server.password;
    set(CURLOPT_USERPWD, credential.c_str());
  }
  ~Handle() {
    curl_slist_free_all(heads_);
    curl_slist_free_all(place_);
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;

  const std::string& post(const std::string& body) {
    answer_.clear();
    set(CURLOPT_POSTFIELDSIZE, static_cast<long>(body.size()));
    set(CURLOPT_POSTFIELDS, body.c_str());
    const CURLcode code = curl_easy_perform(easy_.get());
    if (code != CURLE_OK) throw std::runtime_error(std::string("bare libcurl: ") + curl_easy_strerror(code));
    long status = 0;
    curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
    if (status != 200) throw std::runtime_error("bare libcurl: HTTP " + std::to_string(status));
    return answer_;
  }

 private:
  template <typename Value>
  void set(CURLoption option, Value value) {
    curl_easy_setopt(easy_.get(), option, value);
  }

  std::unique_ptr<CURL, void (*)(CURL*)> easy_;
  curl_slist* heads_ = nullptr;
  curl_slist* place_ = nullptr;
  std::string answer_;
};

std::size_t decoded_size(std::string_view text) {
  std::string out(text.size(), '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                   reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  if (size < 0) throw std::runtime_error("bare loop: no base64");
  return static_cast<std::size_t>(size) - (text.ends_with("==") ? 2U : text.ends_with('=') ? 1U : 0U);
}

}  // namespace

Did bare_posts(const Server& server, BareScheme scheme, int connections, const std::string& body,
               std::chrono::milliseconds lasts) {
  const auto end = std::chrono::steady_clock::now() + lasts;
  std::atomic<std::uint64_t> done{0};
  std::atomic<std::uint64_t> bytes{0};
  std::atomic<bool> failed{false};
  {
    std::vector<std::jthread> threads;
    threads.reserve(static_cast<std::size_t>(connections));
    for (int i = 0; i < connections; ++i) {
      threads.emplace_back([&] {
        try {
          Handle handle(server, scheme);
          while (std::chrono::steady_clock::now() < end) {
            bytes += handle.post(body).size();
            ++done;
          }
        } catch (const std::exception& error) {
          std::fprintf(stderr, "%s\n", error.what());
          failed = true;
        }
      });
    }
  }
  if (failed) throw std::runtime_error("bare libcurl failed");
  return {.done = done, .bytes = bytes};
}

Did bare_fetch(const Server& server, const std::vector<std::string>& bodies) {
  Handle handle(server, BareScheme::basic);
  Did did;
  for (const std::string& body : bodies) {
    const std::string& answer = handle.post(body);
    pugi::xml_document document;
    if (!document.load_buffer(answer.data(), answer.size())) throw std::runtime_error("bare loop: no XML");
    const pugi::xml_node messages = document.first_child().child("s:Body").first_child().child("m:ResponseMessages");
    for (const pugi::xml_node message : messages.children()) {
      for (const pugi::xml_node item : message.child("m:Items").children()) {
        did.bytes += decoded_size(item.child_value("t:MimeContent"));
        ++did.done;
      }
    }
  }
  return did;
}

}  // namespace mailward::bench
