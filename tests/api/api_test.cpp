// The API over the real socket of the real service.
#include <algorithm>
#include <cstring>
#include <fstream>
#include <thread>

#include <grp.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "http/client.h"
#include "tests/app/service_process.h"
#include "tests/support/paths.h"

namespace mailward::testing {
namespace {

using Json = nlohmann::json;

constexpr const char* kPassword = "Never-Shown-Passw0rd!";

class Api : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = std::make_unique<TemporaryFolder>();
    service_ = std::make_unique<ServiceProcess>(folder_->path() / "state");
  }
  static void TearDownTestSuite() {
    service_.reset();
    folder_.reset();
  }

  static http::Client client() {
    http::ClientOptions options;
    options.unix_socket = service_->socket();
    return http::Client(options);
  }
  static http::Response send(const std::string& method, const std::string& path, const std::string& body = {},
                             const std::string& type = "application/json") {
    http::ClientRequest request{.method = method, .url = "http://local/api/v1" + path, .headers = {}, .body = body};
    if (!body.empty()) request.headers.set("Content-Type", type);
    auto answer = client().call(request, Deadline::after(std::chrono::seconds(20)));
    if (!answer) throw std::runtime_error(answer.error().describe());
    return *answer;
  }
  static Json form(const std::string& description, const std::string& mailbox) {
    return {{"description", description},
            {"ews_url", "https://mail.example.test/EWS/Exchange.asmx"},
            {"master_mailbox", mailbox},
            {"password", kPassword}};
  }
  static Json create(const std::string& description, const std::string& mailbox) {
    const auto made = send("POST", "/connections", form(description, mailbox).dump());
    EXPECT_EQ(made.status, 201) << made.body;
    return Json::parse(made.body);
  }

  static std::unique_ptr<TemporaryFolder> folder_;
  static std::unique_ptr<ServiceProcess> service_;
};

std::unique_ptr<TemporaryFolder> Api::folder_;
std::unique_ptr<ServiceProcess> Api::service_;

TEST_F(Api, tells_how_the_service_is) {
  const auto answer = send("GET", "/status");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.headers.get("Content-Type"), "application/json");
  EXPECT_EQ(answer.headers.get("X-Request-Id").size(), 36U);
  const Json status = Json::parse(answer.body);
  EXPECT_EQ(status.at("database").at("kind"), "sqlite");
  EXPECT_TRUE(status.at("connections").contains("needs_credential"));
  EXPECT_TRUE(status.at("needs_a_person").is_array());
}

TEST_F(Api, keeps_connections_and_never_answers_a_password) {
  const Json made = create("Kept", "kept@example.test");
  EXPECT_EQ(made.at("state"), "untested");
  EXPECT_EQ(made.at("password"), "pending");
  const std::string path = "/connections/" + made.at("id").get<std::string>();
  Json change = form("Kept and renamed", "kept@example.test");
  change.erase("password");
  change["version"] = made.at("version");
  const auto changed = send("PUT", path, change.dump());
  ASSERT_EQ(changed.status, 200) << changed.body;
  EXPECT_EQ(Json::parse(changed.body).at("description"), "Kept and renamed");
  const std::string everything = send("GET", "/connections").body + send("GET", path).body +
                                 send("GET", "/accounts").body + send("GET", "/audit").body +
                                 send("GET", "/keys").body + send("GET", "/runs").body;
  EXPECT_EQ(everything.find(kPassword), std::string::npos);
  EXPECT_EQ(service_->log().find(kPassword), std::string::npos);
  EXPECT_NE(send("GET", "/audit").body.find("local:" + std::to_string(getuid())), std::string::npos);
  const std::string version = std::to_string(Json::parse(changed.body).at("version").get<int>());
  EXPECT_EQ(send("DELETE", path).status, 422);
  EXPECT_EQ(send("DELETE", path + "?version=" + version).status, 204);
  EXPECT_EQ(send("GET", path).status, 404);
}

TEST_F(Api, refuses_the_second_of_two_who_change_the_same) {
  const Json made = create("Twice", "twice@example.test");
  const std::string path = "/connections/" + made.at("id").get<std::string>();
  Json change = form("First", "twice@example.test");
  change.erase("password");
  change["version"] = made.at("version");
  EXPECT_EQ(send("PUT", path, change.dump()).status, 200);
  change["description"] = "Second";
  const auto refused = send("PUT", path, change.dump());
  EXPECT_EQ(refused.status, 409);
  const Json problem = Json::parse(refused.body);
  EXPECT_EQ(refused.headers.get("Content-Type"), "application/problem+json");
  EXPECT_EQ(problem.at("code"), "connections.version_conflict");
  EXPECT_EQ(problem.at("status"), 409);
  EXPECT_EQ(problem.at("request_id"), std::string(refused.headers.get("X-Request-Id")));
  EXPECT_EQ(Json::parse(send("GET", path).body).at("description"), "First");
}

TEST_F(Api, sends_a_password_only_where_it_was_shown_to_go) {
  const Json made = create("Shown", "shown@example.test");
  Json thiefs = form("Thief", "shown@example.test");
  thiefs["ews_url"] = "https://thief.example.test/EWS/Exchange.asmx";
  thiefs["password"] = "Any-Passw0rd!";
  const Json thief = Json::parse(send("POST", "/connections", thiefs.dump()).body);
  const std::string account = "/accounts/" + made.at("account").get<std::string>();
  const Json stands = Json::parse(send("GET", account).body);
  ASSERT_EQ(stands.at("connections").size(), 2U);
  for (const Json& one : stands.at("connections")) {
    EXPECT_EQ(one.at("destination_proven"), false);
    EXPECT_NE(one.at("destination").get<std::string>().find("ews="), std::string::npos);
  }
  const Json connection = Json::parse(send("GET", "/connections/" + made.at("id").get<std::string>()).body);

  Json body{
      {"version", stands.at("version")}, {"password", "New-Passw0rd!"}, {"connections", Json::array({thief.at("id")})}};
  const auto silent = send("PUT", account + "/password", body.dump());
  EXPECT_EQ(silent.status, 422) << "nobody says where it was shown to go";
  EXPECT_NE(silent.body.find("destinations"), std::string::npos);
  body["destinations"] = Json::array({connection.at("destination")});
  const auto refused = send("PUT", account + "/password", body.dump());
  EXPECT_EQ(refused.status, 409) << refused.body;
  EXPECT_EQ(Json::parse(refused.body).at("code"), "connections.destination_changed");
  EXPECT_NE(refused.body.find("what differs: EWS host"), std::string::npos) << refused.body;
  EXPECT_EQ(Json::parse(send("GET", account).body).at("version"), stands.at("version"));
  body["connections"] = Json::array({made.at("id")});
  EXPECT_EQ(send("PUT", account + "/password", body.dump()).status, 200);
  const Json versions = Json::parse(send("GET", account).body).at("credentials");
  EXPECT_EQ(versions.at(0).at("destinations"), Json::array({connection.at("destination")}));
}

TEST_F(Api, saves_a_form_with_a_password_only_where_it_was_shown_to_go) {
  const Json made = create("Form", "form@example.test");
  const std::string path = "/connections/" + made.at("id").get<std::string>();
  Json change = form("Form", "form@example.test");
  change.erase("password");
  change["connection"] = made.at("id");
  change["ews_url"] = "https://other.example.test/EWS/Exchange.asmx";
  const auto shown = send("POST", "/destinations", change.dump());
  ASSERT_EQ(shown.status, 200) << shown.body;
  EXPECT_NE(shown.body.find("ews=other.example.test:443"), std::string::npos) << shown.body;
  change.erase("connection");
  change["version"] = made.at("version");
  change["password"] = kPassword;
  EXPECT_EQ(send("PUT", path, change.dump()).status, 422);
  change["destination"] = made.at("destination");
  const auto refused = send("PUT", path, change.dump());
  EXPECT_EQ(refused.status, 409) << refused.body;
  EXPECT_EQ(Json::parse(refused.body).at("code"), "connections.destination_changed");
  change["destination"] = Json::parse(shown.body).at("destination");
  EXPECT_EQ(send("PUT", path, change.dump()).status, 200);
  // A test of the stored connection's form sends it, too.
  change.erase("version");
  change["connection"] = made.at("id");
  change["destination"] = made.at("destination");
  EXPECT_EQ(send("POST", "/connection-tests", change.dump()).status, 409);
}

TEST_F(Api, searches_with_a_password_only_where_it_was_shown_to_go) {
  const Json made = create("Search", "search@example.test");
  Json search = form("Search", "search@example.test");
  search.erase("password");
  search.erase("ews_url");
  search["connection"] = made.at("id");
  search["autodiscover"] = "usera@nowhere.invalid";
  search["confirmed"] = Json::array({"Autodiscover.Nowhere.invalid"});
  const auto shown = send("POST", "/destinations", search.dump());
  ASSERT_EQ(shown.status, 200) << shown.body;
  const std::string destination = Json::parse(shown.body).at("destination");
  EXPECT_EQ(destination,
            "mailward-search-destination-1\nconfirmed=autodiscover.nowhere.invalid\ntrust=system\n"
            "authentication=negotiate,ntlm\nautodiscover=nowhere.invalid\n");
  EXPECT_EQ(Json::parse(shown.body).at("destination_proven"), false);

  Json asked = search;
  asked["password"] = kPassword;
  const auto silent = send("POST", "/autodiscover", asked.dump());
  EXPECT_EQ(silent.status, 422) << silent.body;
  EXPECT_NE(silent.body.find("\"destination\""), std::string::npos) << silent.body;
  // Another scheme, another host: not what the person saw.
  for (const auto& [member, value] : std::vector<std::pair<std::string, Json>>{
           {"authentication", Json::array({"basic"})}, {"confirmed", Json::array({"thief.test"})}}) {
    Json changed = asked;
    changed["destination"] = destination;
    changed[member] = value;
    const auto refused = send("POST", "/autodiscover", changed.dump());
    EXPECT_EQ(Json::parse(refused.body).at("code"), "connections.destination_changed") << member << refused.body;
  }
  asked["destination"] = destination;
  EXPECT_EQ(send("POST", "/autodiscover", asked.dump()).status, 200);
  asked["confirmed"] = Json::array({"a b"});
  EXPECT_EQ(send("POST", "/autodiscover", asked.dump()).status, 422);
}

/// Whoever edits a connection may name a proxy of his own, and wait for its password to be typed.
TEST_F(Api, sends_a_proxy_s_password_only_where_it_was_shown_to_go) {
  Json form = this->form("Proxied", "proxied@example.test");
  form["proxy_url"] = "http://proxy.example.test:3128";
  form["proxy_sign_in"] = "basic";
  form["proxy_user"] = "proxyuser";
  form["proxy_password"] = "Proxy-Passw0rd-1";
  const auto saved = send("POST", "/connections", form.dump());
  ASSERT_EQ(saved.status, 201) << saved.body;
  const Json made = Json::parse(saved.body);
  form.erase("password");
  form["autodiscover"] = "usera@example.test";
  form["confirmed"] = Json::array();
  form["connection"] = made.at("id");
  Json saving = form;
  saving.erase("connection");
  saving.erase("confirmed");
  saving.erase("autodiscover");
  saving["version"] = made.at("version");
  Json testing = form;
  testing.erase("confirmed");
  const std::vector<std::tuple<std::string, std::string, Json>> ways{
      {"PUT", "/connections/" + made.at("id").get<std::string>(), saving},
      {"POST", "/connection-tests", testing},
      {"POST", "/autodiscover", form}};
  for (const auto& [method, path, body] : ways) {
    const auto silent = send(method, path, body.dump());
    EXPECT_EQ(silent.status, 422) << path << silent.body;
    EXPECT_EQ(Json::parse(silent.body).at("errors").at(0).at("field"), "destination") << path << silent.body;
    Json asked = body;
    asked.erase("proxy_password");
    asked.erase("version");
    asked["connection"] = made.at("id");
    Json sent = body;
    sent["destination"] = Json::parse(send("POST", "/destinations", asked.dump()).body).at("destination");
    Json stolen = sent;
    stolen["proxy_url"] = "http://thief.example.test:3128";
    const auto refused = send(method, path, stolen.dump());
    EXPECT_EQ(refused.status, 409) << path << refused.body;
    EXPECT_NE(refused.body.find("what differs: proxy"), std::string::npos) << path << refused.body;
    // As it was shown it goes, as far as there is a proxy.
    const auto taken = send(method, path, sent.dump());
    if (path == "/autodiscover") {
      EXPECT_EQ(taken.status, 422) << taken.body;
      EXPECT_NE(taken.body.find("proxy_url: the name proxy.example.test has no address"), std::string::npos)
          << taken.body;
    } else {
      EXPECT_LT(taken.status, 300) << path << taken.body;
    }
  }
}

TEST_F(Api, lets_the_server_s_own_user_send_a_stored_password_elsewhere) {
  const Json made = create("Rebound", "rebound@example.test");
  const std::string path = "/connections/" + made.at("id").get<std::string>();
  Json change = form("Rebound", "rebound@example.test");
  change.erase("password");
  change["version"] = made.at("version");
  change["ews_url"] = "https://moved.example.test/EWS/Exchange.asmx";
  EXPECT_EQ(Json::parse(send("PUT", path, change.dump()).body).at("code"), "connections.password_must_be_typed");

  Json asked = change;
  asked.erase("version");
  asked["connection"] = made.at("id");
  const std::string there = Json::parse(send("POST", "/destinations", asked.dump()).body).at("destination");
  std::string one_line = there.substr(there.find('\n') + 1);
  one_line.pop_back();
  std::ranges::replace(one_line, '\n', ' ');
  const Ended unasked = service_->cli({"account", "rebind", "rebound@example.test", "--to", one_line});
  EXPECT_NE(unasked.code, 0) << "nobody was there to ask";
  const Ended done = service_->cli({"account", "rebind", "rebound@example.test", "--to", one_line, "--yes"});
  EXPECT_EQ(done.code, 0) << done.err;
  const auto saved = send("PUT", path, change.dump());
  EXPECT_EQ(saved.status, 200) << saved.body;
  EXPECT_NE(send("GET", "/audit?action=account.rebind").body.find("moved.example.test"), std::string::npos);
}

TEST_F(Api, says_of_each_field_what_is_wrong) {
  const auto refused =
      send("POST", "/connections",
           R"({"description":"","ews_url":"http://mail.example.test","master_mailbox":"svc@example.test",
                                "concurrency":"many","mailbox_chek":"a@example.test"})");
  EXPECT_EQ(refused.status, 422) << refused.body;
  std::map<std::string, std::string> fields;
  for (const Json& one : Json::parse(refused.body).at("errors")) fields[one.at("field")] = one.at("detail");
  EXPECT_TRUE(fields.contains("description"));
  EXPECT_TRUE(fields.contains("ews_url"));
  EXPECT_NE(fields["concurrency"].find("whole number"), std::string::npos);
  EXPECT_NE(fields["mailbox_chek"].find("mailbox_check"), std::string::npos);
}

struct BadBody {
  const char* what;
  std::string body;
  std::string type;
  int status;
};

TEST_F(Api, refuses_bodies_that_hold_too_much) {
  Json many = Json::object();
  for (int i = 0; i <= 200; ++i) many["m" + std::to_string(i)] = 0;
  const auto members = send("POST", "/connections", many.dump());
  EXPECT_EQ(members.status, 400) << members.body;
  EXPECT_LT(members.body.size(), 1000U);
  const auto elements = send("POST", "/connections", Json{{"products", std::vector<int>(20'001)}}.dump());
  EXPECT_EQ(elements.status, 400) << elements.body;
  EXPECT_EQ(send("GET", "/audit?actor=%FF").status, 422);
}

TEST_F(Api, refuses_bodies_that_it_does_not_read) {
  std::string deep;
  for (int i = 0; i < 2000; ++i) deep += R"({"a":)";
  const BadBody table[] = {
      {"no JSON", "{", "application/json", 400},
      {"no object", "[1]", "application/json", 400},
      {"a form", "description=x", "application/x-www-form-urlencoded", 415},
      {"too deep", deep, "application/json", 400},
      {"a member twice", R"({"description":"a","description":"b"})", "application/json", 400},
      {"the password twice", R"({"password":"a","password":"b"})", "application/json", 400},
      {"no UTF-8", "{\"description\":\"\xff\"}", "application/json", 400},
      {"too long", "{\"description\":\"" + std::string(1100 * 1024, 'x') + "\"}", "application/json", 413},
      {"a second document", "{} {}", "application/json", 400},
  };
  for (const BadBody& bad : table) {
    const auto answer = send("POST", "/connections", bad.body, bad.type);
    EXPECT_EQ(answer.status, bad.status) << bad.what << ": " << answer.body.substr(0, 300);
    EXPECT_EQ(answer.headers.get("Content-Type"), "application/problem+json") << bad.what;
  }
}

TEST_F(Api, answers_what_it_does_not_know_with_a_problem) {
  const auto missing = send("GET", "/no-such-thing");
  EXPECT_EQ(missing.status, 404);
  EXPECT_EQ(Json::parse(missing.body).at("code"), "api.no_such_resource");
  const auto method = send("DELETE", "/status");
  EXPECT_EQ(method.status, 405);
  EXPECT_FALSE(method.headers.get("Allow").empty());
  const auto query = send("GET", "/runs?kindd=x");
  EXPECT_EQ(query.status, 422);
  EXPECT_NE(query.body.find("did you mean"), std::string::npos);
  EXPECT_EQ(send("GET", "/runs?limit=0").status, 422);
  EXPECT_EQ(send("GET", "/runs/0000000000001").status, 404);
  EXPECT_EQ(send("GET", "/connections/nobody").status, 404);
}

/// Reads the stream's events, at most `most`.
std::vector<http::StreamEvent> events_of(http::Client client, const std::string& run, const std::string& after,
                                         std::size_t most) {
  std::vector<http::StreamEvent> events;
  http::ClientRequest request{
      .method = "GET", .url = "http://local/api/v1/runs/" + run + "/events", .headers = {}, .body = {}};
  if (!after.empty()) request.headers.set("Last-Event-ID", after);
  const auto read = client.stream(
      request,
      [&](const http::StreamEvent& event) {
        events.push_back(event);
        return events.size() < most;
      },
      Deadline::after(std::chrono::seconds(60)));
  if (!read) throw std::runtime_error(read.error().describe());
  return events;
}

TEST_F(Api, streams_a_run_and_goes_on_where_a_client_left_it) {
  const Json made = create("Streamed", "streamed@example.test");
  const auto started = send("POST", "/connections/" + made.at("id").get<std::string>() + "/test");
  ASSERT_EQ(started.status, 202) << started.body;
  const std::string run = Json::parse(started.body).at("id");
  const auto events = events_of(client(), run, "", SIZE_MAX);
  ASSERT_FALSE(events.empty());
  EXPECT_EQ(events.front().type, "snapshot");
  const Json last = Json::parse(events.back().data);
  EXPECT_NE(last.at("state"), "running");
  EXPECT_EQ(events.back().id, std::to_string(last.at("seq").get<int>()));
  // The name of the host is unknown here, so the test failed at its first steps; the whole of it is one snapshot now.
  const auto whole = events_of(client(), run, "", SIZE_MAX);
  ASSERT_EQ(whole.size(), 1U);
  const Json snapshot = Json::parse(whole.front().data);
  const auto& steps = snapshot.at("steps");
  ASSERT_FALSE(steps.empty());
  // After any number only what changed later comes, and after the last nothing: the stream just ends.
  const std::int64_t middle = steps.front().at("seq");
  const auto rest = events_of(client(), run, std::to_string(middle), SIZE_MAX);
  ASSERT_EQ(rest.size(), 1U);
  EXPECT_EQ(rest.front().type, "change");
  for (const Json& step : Json::parse(rest.front().data).at("steps"))
    EXPECT_GT(step.at("seq").get<std::int64_t>(), middle);
  EXPECT_TRUE(events_of(client(), run, whole.front().id, SIZE_MAX).empty());
}

TEST_F(Api, writes_down_that_somebody_saved_in_spite_of_a_failed_test) {
  const Json made = create("In spite", "in-spite@example.test");
  const std::string path = "/connections/" + made.at("id").get<std::string>();
  const std::string run = Json::parse(send("POST", path + "/test").body).at("id");
  events_of(client(), run, "", SIZE_MAX);
  Json change = form("In spite of it", "in-spite@example.test");
  change.erase("password");
  change["version"] = made.at("version");
  change["despite_test"] = "no such run";
  const auto refused = send("PUT", path, change.dump());
  EXPECT_EQ(refused.status, 422);
  EXPECT_NE(refused.body.find("despite_test"), std::string::npos) << refused.body;
  const auto written = [] {
    return Json::parse(send("GET", "/audit?action=connection.save_despite_test").body).at("entries");
  };
  EXPECT_TRUE(written().empty());

  change["despite_test"] = run;
  const auto saved = send("PUT", path, change.dump());
  ASSERT_EQ(saved.status, 200) << saved.body;
  Json other = form("Another in spite", "another-in-spite@example.test");
  other["despite_test"] = run;
  const auto created = send("POST", "/connections", other.dump());
  ASSERT_EQ(created.status, 201) << created.body;
  const Json entries = written();
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries.at(0).at("object_id"), Json::parse(created.body).at("id"));
  EXPECT_EQ(entries.at(1).at("object_id"), made.at("id"));
  for (const Json& entry : entries) EXPECT_EQ(entry.at("details").at("run"), run);
}

/// Asks for the status as another user; the status line, or why nothing came.
std::string status_line_as(uid_t uid, gid_t gid, const std::filesystem::path& socket_path) {
  int pipe_ends[2];
  if (pipe(pipe_ends) != 0) return "no pipe";
  const pid_t pid = fork();
  if (pid == 0) {
    char line[64] = {};
    const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, socket_path.c_str(), sizeof address.sun_path - 1);
    const char* request = "GET /api/v1/status HTTP/1.1\r\nHost: local\r\nConnection: close\r\n\r\n";
    if (setgroups(0, nullptr) != 0 || setgid(gid) != 0 || setuid(uid) != 0) {
      std::strcpy(line, "no change of user");
    } else if (fd < 0 || connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      std::strcpy(line, "no connection");
    } else if (write(fd, request, std::strlen(request)) < 0 || read(fd, line, 12) < 0) {
      std::strcpy(line, "no answer");
    }
    if (write(pipe_ends[1], line, std::strlen(line)) < 0) _exit(1);
    _exit(0);
  }
  close(pipe_ends[1]);
  char line[64] = {};
  const ssize_t got = read(pipe_ends[0], line, sizeof line - 1);
  close(pipe_ends[0]);
  waitpid(pid, nullptr, 0);
  return {line, got > 0 ? static_cast<std::size_t>(got) : 0};
}

TEST_F(Api, lets_nobody_else_in_even_where_the_socket_is_open_to_all) {
  if (getuid() != 0) GTEST_SKIP() << "only root can become another user";
  constexpr uid_t kNobody = 65534;
  EXPECT_EQ(status_line_as(kNobody, kNobody, service_->socket()), "no connection");
  // Somebody widens what was made narrow: the peer is asked for all the same.
  for (auto path = service_->socket(); path != path.root_path(); path = path.parent_path()) {
    if (path.string().starts_with(folder_->path().string())) chmod(path.c_str(), 0777);
  }
  EXPECT_EQ(status_line_as(kNobody, kNobody, service_->socket()), "HTTP/1.1 403");
  EXPECT_EQ(status_line_as(0, 0, service_->socket()), "HTTP/1.1 200");
}

TEST(ApiGroup, lets_the_configured_group_in) {
  if (getuid() != 0) GTEST_SKIP() << "only root can become another user";
  const group* mail = getgrnam("mail");
  if (mail == nullptr) GTEST_SKIP() << "there is no group \"mail\" here";
  const gid_t group = mail->gr_gid;
  const TemporaryFolder folder;
  chmod(folder.path().c_str(), 0755);
  const auto socket = folder.path() / "run" / "mailward.sock";
  const auto config = folder.path() / "mailward.toml";
  std::ofstream(config) << "[server]\nsocket_group = \"mail\"\n";
  const ServiceProcess service(folder.path() / "state", {"--config", config.string(), "--socket", socket.string()});
  constexpr uid_t kNobody = 65534;
  EXPECT_EQ(status_line_as(kNobody, group, socket), "HTTP/1.1 200");
  EXPECT_EQ(status_line_as(kNobody, kNobody, socket), "no connection");
}

}  // namespace
}  // namespace mailward::testing
