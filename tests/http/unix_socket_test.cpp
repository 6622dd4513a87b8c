#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "http/client.h"
#include "tests/http/server_fixture.h"

namespace mailward::http::testing {

namespace {

mode_t mode_of(const std::filesystem::path& path) {
  struct stat facts{};
  return stat(path.c_str(), &facts) == 0 ? facts.st_mode & 07777U : 0;
}

class UnixListener : public ServerTest {
 protected:
  Result<std::unique_ptr<Server>> listen(const std::filesystem::path& path, std::string group = {}) const {
    ServerOptions wanted;
    wanted.listeners.push_back({.name = "unix", .at = UnixSocket{path, std::move(group)}, .tls = {}, .router = router});
    return Server::start(std::move(wanted));
  }
};

}  // namespace

TEST_F(UnixListener, folder_and_socket_are_their_owners_alone) {
  const auto server = listen(socket_path());
  ASSERT_TRUE(server) << server.error().describe();
  EXPECT_EQ(mode_of(socket_path().parent_path()), 0700U);
  EXPECT_EQ(mode_of(socket_path()), 0600U);
}

TEST_F(UnixListener, a_group_is_let_in) {
  const gid_t gid = getegid();
  const group* entry = getgrgid(gid);
  ASSERT_NE(entry, nullptr);
  const auto server = listen(socket_path(), entry->gr_name);
  ASSERT_TRUE(server) << server.error().describe();
  EXPECT_EQ(mode_of(socket_path().parent_path()), 0750U);
  EXPECT_EQ(mode_of(socket_path()), 0660U);
  struct stat facts{};
  ASSERT_EQ(stat(socket_path().c_str(), &facts), 0);
  EXPECT_EQ(facts.st_gid, gid);
  const auto unknown = listen(folder.path() / "other" / "socket", "no-such-group");
  ASSERT_FALSE(unknown);
  EXPECT_TRUE(unknown.error().is(ServerError::socket_permission));
}

TEST_F(UnixListener, the_kernel_says_who_is_there) {
  router->add("GET", "/who", [](const Request&, Connection& connection) {
    const auto& who = *connection.credentials;
    return Response::text(200, std::to_string(who.uid) + " " + std::to_string(who.gid) + " " + std::to_string(who.pid));
  });
  const auto server = listen(socket_path());
  ASSERT_TRUE(server);
  RawClient client = RawClient::unix_socket(socket_path());
  client.send("GET /who HTTP/1.1\r\nHost: local\r\n\r\n");
  EXPECT_EQ(client.answer().body,
            std::to_string(geteuid()) + " " + std::to_string(getegid()) + " " + std::to_string(getpid()));
}

TEST_F(UnixListener, a_live_socket_is_left_alone_and_a_stale_one_replaced) {
  auto first = listen(socket_path());
  ASSERT_TRUE(first);
  const auto second = listen(socket_path());
  ASSERT_FALSE(second);
  EXPECT_TRUE(second.error().is(ServerError::address_in_use));
  EXPECT_EQ((RawClient::unix_socket(socket_path()).connected()), true);

  const auto stale = folder.path() / "run" / "stale.sock";
  ASSERT_EQ(link(socket_path().c_str(), stale.c_str()), 0);  // outlives its server under another name
  first->reset();
  EXPECT_FALSE(std::filesystem::exists(socket_path()));
  ASSERT_TRUE(std::filesystem::exists(stale));
  const auto third = listen(stale);
  ASSERT_TRUE(third) << third.error().describe();
  EXPECT_TRUE(RawClient::unix_socket(stale).connected());
}

TEST_F(UnixListener, what_is_no_socket_is_not_replaced) {
  std::filesystem::create_directory(folder.path() / "run");
  std::ofstream(socket_path()) << "precious";
  const auto server = listen(socket_path());
  ASSERT_FALSE(server);
  EXPECT_TRUE(server.error().is(ServerError::bad_address));
  EXPECT_TRUE(std::filesystem::exists(socket_path()));
}

TEST_F(UnixListener, a_folder_that_others_may_write_to_is_refused) {
  std::filesystem::create_directory(folder.path() / "run");
  for (const mode_t mode : {0777U, 0770U, 01777U}) {
    chmod((folder.path() / "run").c_str(), mode);
    const auto server = listen(socket_path());
    ASSERT_FALSE(server);
    EXPECT_TRUE(server.error().is(ServerError::socket_permission)) << server.error().describe();
    EXPECT_FALSE(server.error().remedy().empty());
  }
}

TEST_F(UnixListener, too_long_a_path_is_an_error) {
  const auto server = listen(folder.path() / std::string(120, 'a'));
  ASSERT_FALSE(server);
  EXPECT_TRUE(server.error().is(ServerError::bad_address));
}

TEST_F(UnixListener, a_replaced_socket_file_is_not_removed_at_the_end) {
  auto server = listen(socket_path());
  ASSERT_TRUE(server);
  std::filesystem::remove(socket_path());
  std::ofstream(socket_path()) << "another's";
  server->reset();
  EXPECT_TRUE(std::filesystem::exists(socket_path()));
}

}  // namespace mailward::http::testing
