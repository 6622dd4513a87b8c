#include "tests/exchange_sim/conversation.h"

#include <fcntl.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <pugixml.hpp>
#include <sstream>
#include <stdexcept>

#include "base/digest.h"
#include "base/tls.h"
#include "exchange_sim/ntlm_crypto.h"
#include "tests/support/paths.h"
#include "tests/support/schema.h"

namespace mailward::testing {
namespace {

namespace ntlm = exchange_sim::ntlm;
constexpr auto kLimit = std::chrono::seconds(20);

/// A client's type 3 message: NTLMv2 over the server's target info, with a binding or without.
Bytes authenticate(const ntlm::Challenge& challenge, std::string_view domain, std::string_view user,
                   std::string_view password, const Bytes& end_point) {
  auto pairs = challenge.target_info;
  if (!end_point.empty()) {
    const auto hash = ntlm::channel_binding_hash(end_point);
    pairs.push_back({.id = ntlm::AvId::channel_bindings, .value = Bytes(hash.begin(), hash.end())});
  }
  Bytes blob{1, 1, 0, 0, 0, 0, 0, 0};
  blob.resize(16, 0);
  const Bytes client_challenge = random_bytes(8);
  blob.insert(blob.end(), client_challenge.begin(), client_challenge.end());
  blob.resize(28, 0);
  const Bytes info = ntlm::build_av_pairs(pairs);
  blob.insert(blob.end(), info.begin(), info.end());
  blob.resize(blob.size() + 4, 0);
  Bytes proven(challenge.server_challenge.begin(), challenge.server_challenge.end());
  proven.insert(proven.end(), blob.begin(), blob.end());
  const auto proof = ntlm::hmac_md5(ntlm::ntowf_v2(ntlm::nt_hash(password), user, domain), proven);
  Bytes response(proof.begin(), proof.end());
  response.insert(response.end(), blob.begin(), blob.end());

  Bytes message = to_bytes(std::string_view("NTLMSSP\0\3\0\0\0", 12));
  message.resize(72, 0);
  message[60] = 1;
  std::size_t at = 20;
  for (const Bytes& part :
       {response, to_utf16le(domain).value(), to_utf16le(user).value(), to_utf16le("WS1").value()}) {
    const std::array<std::size_t, 3> values{part.size(), part.size(), message.size()};
    for (std::size_t i = 0; i < values.size(); ++i) {
      message[at + i * 2] = static_cast<std::uint8_t>(values[i] & 0xff);
      message[at + i * 2 + 1] = static_cast<std::uint8_t>(values[i] >> 8);
    }
    message.insert(message.end(), part.begin(), part.end());
    at += 8;
  }
  return message;
}

pugi::xml_node find_element(const pugi::xml_document& document, std::string_view name) {
  return document.find_node([&](const pugi::xml_node& node) {
    const std::string_view full = node.name();
    return full.substr(full.find(':') == std::string_view::npos ? 0 : full.find(':') + 1) == name;
  });
}

}  // namespace

std::string envelope(const SoapCall& call) {
  std::string xml =
      "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\" "
      "xmlns:m=\"http://schemas.microsoft.com/exchange/services/2006/messages\" "
      "xmlns:t=\"http://schemas.microsoft.com/exchange/services/2006/types\"><s:Header>";
  if (!call.version.empty()) xml += "<t:RequestServerVersion Version=\"" + call.version + "\"/>";
  if (!call.impersonate.empty()) {
    xml += "<t:ExchangeImpersonation><t:ConnectingSID><t:PrimarySmtpAddress>" + call.impersonate +
           "</t:PrimarySmtpAddress></t:ConnectingSID></t:ExchangeImpersonation>";
  }
  return xml + "</s:Header><s:Body>" + call.body + "</s:Body></s:Envelope>";
}

std::string get_folder_call(std::string_view folder, std::string_view shape) {
  return "<m:GetFolder><m:FolderShape><t:BaseShape>" + std::string(shape) +
         "</t:BaseShape></m:FolderShape><m:FolderIds><t:DistinguishedFolderId Id=\"" + std::string(folder) +
         "\"/></m:FolderIds></m:GetFolder>";
}

std::string basic(std::string_view user, std::string_view password) {
  return "Basic " + to_base64(as_bytes(std::string(user) + ":" + std::string(password)));
}

http::Client client_of(const ExchangeSimulator& simulator) {
  http::ClientOptions options;
  options.trust = CertificateTrust::from_pem(simulator.ca_pem()).value();
  options.user_agent = "sim-tests";
  return http::Client(std::move(options));
}

Result<http::Response> post(http::Client& client, const std::string& url, const std::string& body,
                            const std::string& authorization, const http::Headers& more) {
  http::ClientRequest request{.method = "POST", .url = url, .headers = more, .body = body};
  request.headers.add("Content-Type", "text/xml; charset=utf-8");
  if (!authorization.empty()) request.headers.add("Authorization", authorization);
  return client.call(request, Deadline::after(kLimit));
}

http::Response call(const ExchangeSimulator& simulator, const SoapCall& soap) {
  http::Client client = client_of(simulator);
  auto answer = post(client, simulator.url(), envelope(soap), basic(kServiceAccount, kServicePassword));
  if (!answer) throw std::runtime_error(answer.error().describe());
  return *std::move(answer);
}

struct Line::State {
  FileDescriptor socket;
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context{SSL_CTX_new(TLS_client_method()), SSL_CTX_free};
  std::unique_ptr<SSL, decltype(&SSL_free)> tls{nullptr, SSL_free};
  Bytes end_point;
  std::string read_ahead;

  void more() {
    std::array<char, 16384> buffer{};
    const int got = SSL_read(tls.get(), buffer.data(), static_cast<int>(buffer.size()));
    if (got <= 0) throw std::runtime_error("the connection ended within an answer");
    read_ahead.append(buffer.data(), static_cast<std::size_t>(got));
  }
  std::string take(std::size_t count) {
    while (read_ahead.size() < count) more();
    std::string taken = read_ahead.substr(0, count);
    read_ahead.erase(0, count);
    return taken;
  }
  std::string take_line() {
    std::size_t end = 0;
    while ((end = read_ahead.find("\r\n")) == std::string::npos) more();
    std::string line = take(end);
    take(2);
    return line;
  }
};

Line::Line(const ExchangeSimulator& simulator, const std::string& url) : state_(std::make_unique<State>()) {
  const std::string authority = url.substr(8, url.find('/', 8) - 8);
  const auto colon = authority.rfind(':');
  const SocketAddress to{.ip = IpAddress::parse(authority.substr(0, colon)).value(),
                         .port = static_cast<std::uint16_t>(std::stoi(authority.substr(colon + 1)))};
  auto socket = connect_tcp(to, Deadline::after(kLimit));
  if (!socket) throw std::runtime_error(socket.error().describe());
  state_->socket = *std::move(socket);
  const int fd = state_->socket.get();
  fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
  const timeval limit{.tv_sec = kLimit.count(), .tv_usec = 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  SSL_CTX_load_verify_locations(state_->context.get(), simulator.ca_file().c_str(), nullptr);
  SSL_CTX_set_verify(state_->context.get(), SSL_VERIFY_PEER, nullptr);
  state_->tls.reset(SSL_new(state_->context.get()));
  SSL_set_fd(state_->tls.get(), fd);
  if (SSL_connect(state_->tls.get()) != 1) throw std::runtime_error("no TLS with " + authority);
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(SSL_get1_peer_certificate(state_->tls.get()),
                                                                X509_free);
  state_->end_point = tls_server_end_point(certificate.get()).value();
}

Line::~Line() = default;

const Bytes& Line::end_point() const {
  return state_->end_point;
}

http::Response Line::begin(const std::string& body, const std::string& authorization) {
  std::string request =
      "POST /EWS/Exchange.asmx HTTP/1.1\r\nHost: mail.example.test\r\nUser-Agent: sim-tests\r\n"
      "Content-Type: text/xml; charset=utf-8\r\nContent-Length: " +
      std::to_string(body.size()) + "\r\n";
  if (!authorization.empty()) request += "Authorization: " + authorization + "\r\n";
  request += "\r\n" + body;
  if (SSL_write(state_->tls.get(), request.data(), static_cast<int>(request.size())) <= 0) {
    throw std::runtime_error("the connection is closed");
  }
  http::Response response;
  response.status = std::stoi(state_->take_line().substr(9, 3));
  for (std::string line = state_->take_line(); !line.empty(); line = state_->take_line()) {
    const auto colon = line.find(':');
    response.headers.add(line.substr(0, colon), line.substr(std::min(line.size(), colon + 2)));
  }
  return response;
}

std::string Line::chunk() {
  const auto size = std::stoul(state_->take_line(), nullptr, 16);
  std::string piece = state_->take(size);
  state_->take_line();
  return piece;
}

http::Response Line::post(const std::string& body, const std::string& authorization) {
  http::Response response = begin(body, authorization);
  if (response.headers.has_token("Transfer-Encoding", "chunked")) {
    while (const auto size = std::stoul(state_->take_line(), nullptr, 16)) {
      response.body += state_->take(size);
      state_->take_line();
    }
    state_->take_line();
  } else {
    response.body = state_->take(std::stoul(std::string(response.headers.get("Content-Length", "0"))));
  }
  return response;
}

http::Response ntlm_call(Line& line, std::string_view user, std::string_view password, Binding binding,
                         const std::string& body, std::string_view scheme) {
  const auto slash = user.find('\\');
  const std::string word = std::string(scheme) + " ";
  Bytes end_point = binding == Binding::none ? Bytes{} : line.end_point();
  if (binding == Binding::wrong) end_point.back() ^= 1;
  const auto first = line.post("", word + to_base64(from_hex("4e544c4d5353500001000000058208a2").value()));
  for (const std::string_view value : first.headers.all("WWW-Authenticate")) {
    if (!value.starts_with(word)) continue;
    const auto challenge = ntlm::parse_challenge(from_base64(value.substr(word.size())).value());
    if (!challenge) throw std::runtime_error(challenge.error().describe());
    const Bytes token = authenticate(*challenge, user.substr(0, slash), user.substr(slash + 1), password, end_point);
    return line.post(body, word + to_base64(token));
  }
  throw std::runtime_error("no challenge came");
}

std::string schema_errors(const std::vector<std::string>& envelopes) {
  return schema_errors(envelopes, *shared_dir() / "ews-schema" / "messages.xsd");
}

std::string schema_errors(const std::vector<std::string>& envelopes, const std::filesystem::path& schema) {
  std::string errors;
  for (const std::string& text : envelopes) {
    pugi::xml_document document;
    if (!document.load_string(text.c_str())) return "not well-formed";
    pugi::xml_document alone;
    auto inside = alone.append_copy(find_element(document, "Body").first_child());
    // The envelope's declarations come along.
    for (auto scope = find_element(document, "Body"); scope; scope = scope.parent()) {
      for (const auto attribute : scope.attributes()) {
        if (std::string_view(attribute.name()).starts_with("xmlns") && !inside.attribute(attribute.name())) {
          inside.append_attribute(attribute.name()) = attribute.value();
        }
      }
    }
    std::ostringstream body;
    alone.save(body, "", pugi::format_raw);
    errors += schema_errors_of(schema, body.str());
  }
  return errors;
}

std::string element_text(const std::string& xml, std::string_view name) {
  pugi::xml_document document;
  document.load_string(xml.c_str());
  return find_element(document, name).text().get();
}

std::string attribute_of(const std::string& xml, std::string_view element, std::string_view attribute) {
  pugi::xml_document document;
  document.load_string(xml.c_str());
  return find_element(document, element).attribute(std::string(attribute).c_str()).value();
}

Ran run(std::vector<std::string> command, const std::vector<std::pair<std::string, std::string>>& environment) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "output";
  command.insert(command.begin(), {"timeout", "60"});
  std::vector<char*> argv;
  for (std::string& each : command) argv.push_back(each.data());
  argv.push_back(nullptr);
  std::vector<std::string> variables;
  for (char** each = environ; *each != nullptr; ++each) variables.emplace_back(*each);
  for (const auto& [name, value] : environment) {
    std::erase_if(variables, [&](const std::string& each) { return each.starts_with(name + "="); });
    variables.push_back(name + "=" + value);
  }
  std::vector<char*> envp;
  for (std::string& each : variables) envp.push_back(each.data());
  envp.push_back(nullptr);
  const pid_t pid = fork();
  if (pid == 0) {
    const int out = open(file.c_str(), O_CREAT | O_WRONLY | O_TRUNC, 0600);
    if (out < 0) _exit(127);
    dup2(out, STDOUT_FILENO);
    dup2(out, STDERR_FILENO);
    execvpe(argv[0], argv.data(), envp.data());
    _exit(127);
  }
  int status = 0;
  waitpid(pid, &status, 0);
  std::ifstream in(file);
  std::ostringstream text;
  text << in.rdbuf();
  return {.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1, .output = text.str()};
}

}  // namespace mailward::testing
