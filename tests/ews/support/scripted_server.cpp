#include "tests/ews/support/scripted_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <stdexcept>

#include "ews/http_fields.h"

namespace mailward::testing {
namespace {

/// Reads and writes either TLS or plain TCP.
class Channel {
 public:
  Channel(int socket, SSL* ssl) : socket_(socket), ssl_(ssl) {}
  /// 0 or less at the end.
  ssize_t read(char* data, std::size_t size) {
    if (ssl_ == nullptr) return ::recv(socket_, data, size, 0);
    return SSL_read(ssl_, data, static_cast<int>(size));
  }
  bool write(std::string_view bytes) {
    while (!bytes.empty()) {
      ssize_t done = ssl_ == nullptr ? ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL)
                                     : SSL_write(ssl_, bytes.data(),
                                                 static_cast<int>(std::min<std::size_t>(bytes.size(), 1U << 20U)));
      if (done <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(done));
    }
    return true;
  }

 private:
  int socket_;
  SSL* ssl_;
};

/// Ends its own side and reads what is still coming, as a server that lingers does: else TCP would reset the connection
/// and take the answer with it.
void drain(int socket) {
  shutdown(socket, SHUT_WR);
  timeval limit{.tv_sec = 2, .tv_usec = 0};
  setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  char chunk[16384];
  while (recv(socket, &chunk[0], sizeof chunk, 0) > 0) {
  }
}

std::string_view trimmed(std::string_view text) {
  auto begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

void read_head(ReceivedRequest& request, std::string_view head) {
  auto end = head.find("\r\n");
  request.line = head.substr(0, end);
  while (end != std::string_view::npos) {
    head.remove_prefix(end + 2);
    end = head.find("\r\n");
    auto colon = head.substr(0, end).find(':');
    if (colon == std::string_view::npos) continue;
    request.fields.emplace_back(head.substr(0, colon), trimmed(head.substr(0, end).substr(colon + 1)));
  }
}

/// Reads one request as far as `reading` says. False when the connection ended before its first byte.
bool read_request(Channel& channel, std::string& buffer, const Reading& reading, ReceivedRequest& request) {
  auto limit_reached = [&] { return buffer.size() >= reading.bytes; };
  auto more = [&] {
    char chunk[16384];
    std::size_t wanted = std::min(sizeof chunk, reading.bytes - std::min(buffer.size(), reading.bytes));
    ssize_t got = channel.read(&chunk[0], wanted);
    if (got <= 0) return false;
    buffer.append(&chunk[0], static_cast<std::size_t>(got));
    return true;
  };
  if (reading.bytes == 0) return true;
  std::size_t head_end = std::string::npos;
  while ((head_end = buffer.find("\r\n\r\n")) == std::string::npos) {
    if (limit_reached()) break;
    if (!more()) {
      if (buffer.empty()) return false;
      break;
    }
  }
  read_head(request, std::string_view(buffer).substr(0, head_end));
  if (head_end == std::string::npos || limit_reached()) return true;
  if (reading.head_only) {
    buffer.clear();
    return true;
  }
  std::string_view length_text = request.field("Content-Length");
  std::size_t length = length_text.empty() ? 0 : std::stoul(std::string(length_text));
  while (buffer.size() < head_end + 4 + length) {
    if (limit_reached() || !more()) break;
  }
  request.body = buffer.substr(head_end + 4, length);
  request.whole = request.body.size() == length;
  buffer.erase(0, std::min(buffer.size(), head_end + 4 + length));
  return true;
}

}  // namespace

std::string_view ReceivedRequest::field(std::string_view name) const {
  for (const auto& [field, value] : fields) {
    if (ews::same_ignoring_case(field, name)) return value;
  }
  return {};
}

ScriptedServer::ScriptedServer(Script script, CertificateWish wish) : script_(std::move(script)) {
  std::signal(SIGPIPE, SIG_IGN);
  IssuedCertificate issued = authority_.issue(wish);
  context_ = SSL_CTX_new(TLS_server_method());
  BIO* certificate_text = BIO_new_mem_buf(issued.certificate.data(), static_cast<int>(issued.certificate.size()));
  X509* certificate = PEM_read_bio_X509(certificate_text, nullptr, nullptr, nullptr);
  BIO* key_text = BIO_new_mem_buf(issued.key.data(), static_cast<int>(issued.key.size()));
  EVP_PKEY* key = PEM_read_bio_PrivateKey(key_text, nullptr, nullptr, nullptr);
  bool ready = SSL_CTX_use_certificate(context_, certificate) == 1 && SSL_CTX_use_PrivateKey(context_, key) == 1;
  X509_free(certificate);
  EVP_PKEY_free(key);
  BIO_free(certificate_text);
  BIO_free(key_text);
  if (!ready) throw std::runtime_error("the test server's certificate is unusable");
  if (script_.newest_tls != 0) {
    SSL_CTX_set_security_level(context_, 0);
    SSL_CTX_set_max_proto_version(context_, script_.newest_tls);
  }
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in any{};
  any.sin_family = AF_INET;
  std::memcpy(&any.sin_addr, script_.at.ip.raw().data(), sizeof any.sin_addr);
  any.sin_port = htons(script_.at.port);
  const int reuse = 1;
  setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof reuse);
  socklen_t size = sizeof any;
  if (bind(listener_, reinterpret_cast<sockaddr*>(&any), size) != 0 || listen(listener_, 64) != 0 ||
      getsockname(listener_, reinterpret_cast<sockaddr*>(&any), &size) != 0) {
    throw std::runtime_error("the test server cannot listen");
  }
  script_.at.port = ntohs(any.sin_port);
  acceptor_ = std::thread([this] { accept_loop(); });
}

ScriptedServer::~ScriptedServer() {
  {
    std::scoped_lock lock(mutex_);
    stopping_ = true;
    for (int socket : sockets_) shutdown(socket, SHUT_RDWR);
  }
  stopped_.notify_all();
  shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  for (auto& worker : workers_) worker.join();
  for (int socket : sockets_) ::close(socket);
  ::close(listener_);
  SSL_CTX_free(context_);
}

SocketAddress ScriptedServer::address() const {
  return script_.at;
}

ews::Endpoint ScriptedServer::endpoint() const {
  return {.host = "mail.example.test",
          .port = 443,
          .address = address(),
          .trust = CertificateTrust::from_pem(authority_.pem()).value()};
}

std::vector<ReceivedRequest> ScriptedServer::seen() const {
  std::scoped_lock lock(mutex_);
  return seen_;
}

unsigned ScriptedServer::connections() const {
  std::scoped_lock lock(mutex_);
  return connections_;
}

void ScriptedServer::accept_loop() {
  for (;;) {
    int socket = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    std::scoped_lock lock(mutex_);
    if (stopping_ || socket < 0) {
      if (socket >= 0) ::close(socket);
      if (stopping_) return;
      continue;
    }
    sockets_.push_back(socket);
    unsigned number = ++connections_;
    workers_.emplace_back([this, socket, number] { serve(socket, number); });
  }
}

void ScriptedServer::serve(int socket, unsigned connection) {
  auto end_tcp = [&] { shutdown(socket, SHUT_RDWR); };
  if (script_.greet) {
    std::scoped_lock lock(script_mutex_);
    if (!script_.greet(connection)) return end_tcp();
  }
  SSL* ssl = nullptr;
  if (!script_.plain) {
    ssl = SSL_new(context_);
    SSL_set_fd(ssl, socket);
    if (SSL_accept(ssl) != 1) {
      SSL_free(ssl);
      ERR_clear_error();
      return end_tcp();
    }
  }
  Channel channel(socket, ssl);
  std::string buffer;
  for (unsigned nth = 1;; ++nth) {
    Reading reading;
    if (script_.reading) {
      std::scoped_lock lock(script_mutex_);
      reading = script_.reading(connection, nth);
    }
    ReceivedRequest request{.connection = connection, .nth = nth};
    if (!read_request(channel, buffer, reading, request)) break;
    if (reading.bytes > 0) {
      std::scoped_lock lock(mutex_);
      seen_.push_back(request);
    }
    Reaction reaction;
    {
      std::scoped_lock lock(script_mutex_);
      reaction = script_.react(request, ssl);
    }
    bool written = channel.write(reaction.bytes);
    if (written && reaction.after == After::keep) continue;
    if (written && reaction.after == After::hang) {
      std::unique_lock lock(mutex_);
      stopped_.wait(lock, [this] { return stopping_; });
    }
    if (written && reaction.after == After::close_notify) {
      if (ssl != nullptr) SSL_shutdown(ssl);
      drain(socket);
    }
    if (reaction.after == After::reset) {
      linger at_once{.l_onoff = 1, .l_linger = 0};
      setsockopt(socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
      // Closes the connection but keeps its number taken, so that the server's end does not close another's.
      std::scoped_lock lock(mutex_);
      if (ssl != nullptr) SSL_set_quiet_shutdown(ssl, 1);
      int spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
      dup2(spare, socket);
      ::close(spare);
    }
    break;
  }
  if (ssl != nullptr) {
    SSL_set_quiet_shutdown(ssl, 1);
    SSL_free(ssl);
    ERR_clear_error();
  }
  end_tcp();
}

std::string http_answer(int status, std::string_view body, std::string_view more_fields,
                        std::string_view content_type) {
  std::string answer = "HTTP/1.1 " + std::to_string(status) + " Said\r\n";
  if (!content_type.empty() && !body.empty()) answer += "Content-Type: " + std::string(content_type) + "\r\n";
  answer += more_fields;
  answer += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n";
  return answer + std::string(body);
}

std::string get_folder_answer() {
  return R"(<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Header>)"
         R"(<h:ServerVersionInfo MajorVersion="15" MinorVersion="2" MajorBuildNumber="1544" MinorBuildNumber="9" Version="V2017_07_11" )"
         R"(xmlns:h="http://schemas.microsoft.com/exchange/services/2006/types"/></s:Header><s:Body>)"
         R"(<m:GetFolderResponse xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages" )"
         R"(xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types"><m:ResponseMessages>)"
         R"(<m:GetFolderResponseMessage ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode><m:Folders>)"
         R"(<t:Folder><t:FolderId Id="AAMk" ChangeKey="AQAA"/><t:DisplayName>Inbox</t:DisplayName><t:TotalCount>3</t:TotalCount>)"
         R"(<t:ChildFolderCount>0</t:ChildFolderCount><t:UnreadCount>1</t:UnreadCount></t:Folder></m:Folders>)"
         R"(</m:GetFolderResponseMessage></m:ResponseMessages></m:GetFolderResponse></s:Body></s:Envelope>)";
}

}  // namespace mailward::testing
