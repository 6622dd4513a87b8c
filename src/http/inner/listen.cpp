#include "http/inner/listen.h"

#include <cerrno>
#include <cstring>
#include <system_error>

#include <arpa/inet.h>
#include <grp.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace mailward::http {

namespace {

std::string words(int error) {
  return std::system_category().message(error);
}

sockaddr* general(sockaddr_storage& storage) {
  return reinterpret_cast<sockaddr*>(&storage);
}

socklen_t fill(sockaddr_storage& storage, const SocketAddress& address) {
  std::memset(&storage, 0, sizeof storage);
  if (address.ip.is_v4()) {
    auto* v4 = reinterpret_cast<sockaddr_in*>(&storage);
    v4->sin_family = AF_INET;
    v4->sin_port = htons(address.port);
    std::memcpy(&v4->sin_addr, address.ip.raw().data(), 4);
    return sizeof(sockaddr_in);
  }
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&storage);
  v6->sin6_family = AF_INET6;
  v6->sin6_port = htons(address.port);
  std::memcpy(&v6->sin6_addr, address.ip.raw().data(), 16);
  return sizeof(sockaddr_in6);
}

std::optional<SocketAddress> read(const sockaddr_storage& storage) {
  if (storage.ss_family == AF_INET) {
    const auto* v4 = reinterpret_cast<const sockaddr_in*>(&storage);
    std::array<std::uint8_t, 4> bytes{};
    std::memcpy(bytes.data(), &v4->sin_addr, bytes.size());
    return SocketAddress{IpAddress::v4(bytes), ntohs(v4->sin_port)};
  }
  if (storage.ss_family == AF_INET6) {
    const auto* v6 = reinterpret_cast<const sockaddr_in6*>(&storage);
    std::array<std::uint8_t, 16> bytes{};
    std::memcpy(bytes.data(), &v6->sin6_addr, bytes.size());
    return SocketAddress{IpAddress::v6(bytes), ntohs(v6->sin6_port)};
  }
  return std::nullopt;
}

Result<sockaddr_un> unix_address(const std::filesystem::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.native().size() >= sizeof address.sun_path) {
    return fail(Error(ServerError::bad_address, "The socket's path " + path.string() + " is too long.")
                    .with_remedy("Choose one of at most " + std::to_string(sizeof address.sun_path - 1) + " bytes."));
  }
  std::memcpy(address.sun_path, path.c_str(), path.native().size());
  return address;
}

Result<std::optional<gid_t>> group_number(const std::string& name) {
  if (name.empty()) return std::nullopt;
  group entry{};
  group* found = nullptr;
  std::array<char, std::size_t{16} * 1024> buffer{};
  if (getgrnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr) {
    return fail(ServerError::socket_permission, "There is no group named " + name + ".");
  }
  return found->gr_gid;
}

Status give_to_group(const std::filesystem::path& path, std::optional<gid_t> group, mode_t mode) {
  if (group && chown(path.c_str(), static_cast<uid_t>(-1), *group) != 0) {
    return fail(
        Error(ServerError::socket_permission, path.string() + " cannot be given to the group: " + words(errno) + ".")
            .with_remedy("The service's user must be a member of that group."));
  }
  if (chmod(path.c_str(), mode) != 0) {
    return fail(ServerError::socket_permission, path.string() + " cannot be given its mode: " + words(errno) + ".");
  }
  return {};
}

Status prepare_folder(const std::filesystem::path& folder, std::optional<gid_t> group) {
  std::error_code error;
  if (!std::filesystem::exists(folder, error)) {
    if (folder.has_parent_path()) std::filesystem::create_directories(folder.parent_path(), error);
    if (mkdir(folder.c_str(), 0700) == 0) return give_to_group(folder, group, group ? 0750 : 0700);
    if (errno != EEXIST) {
      return fail(ServerError::bad_address,
                  "The socket's folder " + folder.string() + " cannot be made: " + words(errno) + ".");
    }
  }
  struct stat facts{};
  if (stat(folder.c_str(), &facts) != 0 || !S_ISDIR(facts.st_mode)) {
    return fail(ServerError::bad_address, "The socket's folder " + folder.string() + " is no folder that can be used.");
  }
  if ((facts.st_mode & (S_IWGRP | S_IWOTH)) != 0 || (facts.st_uid != 0 && facts.st_uid != geteuid())) {
    return fail(Error(ServerError::socket_permission, "Others may write to the socket's folder " + folder.string() +
                                                          ", and so put a socket of their own there.")
                    .with_remedy("chown it to the service's user and chmod go-w " + folder.string()));
  }
  return {};
}

/// Makes room for a new socket file: a stale one goes, anything else stays.
Status clear_the_way(const std::filesystem::path& path, const sockaddr_un& address) {
  struct stat facts{};
  if (lstat(path.c_str(), &facts) != 0) {
    if (errno == ENOENT) return {};
    return fail(ServerError::bad_address, path.string() + " cannot be looked at: " + words(errno) + ".");
  }
  if (!S_ISSOCK(facts.st_mode))
    return fail(ServerError::bad_address, path.string() + " is there already and is no socket.");
  const FileDescriptor probe(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const int connected = connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  if (connected == 0 || errno == EAGAIN) {
    return fail(Error(ServerError::address_in_use, "A running server answers on " + path.string() + " already.")
                    .with_remedy("Stop it first, or give this one another socket."));
  }
  if (errno != ECONNREFUSED) {
    return fail(ServerError::bad_address, path.string() + " cannot be tried: " + words(errno) + ".");
  }
  if (unlink(path.c_str()) != 0 && errno != ENOENT) {
    return fail(ServerError::bad_address,
                "The stale socket " + path.string() + " cannot be removed: " + words(errno) + ".");
  }
  return {};
}

std::unexpected<Error> cannot_listen(const std::string& where, int error) {
  return fail(error == EADDRINUSE ? ServerError::address_in_use : ServerError::bad_address,
              "Cannot listen on " + where + ": " + words(error) + ".");
}

}  // namespace

Result<ListeningSocket> ListeningSocket::open(const SocketAddress& address) {
  ListeningSocket made;
  made.fd_.reset(socket(address.ip.is_v4() ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!made.fd_) return cannot_listen(address.text(), errno);
  const int on = 1;
  setsockopt(made.fd(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (!address.ip.is_v4()) setsockopt(made.fd(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  sockaddr_storage storage{};
  const socklen_t length = fill(storage, address);
  if (bind(made.fd(), general(storage), length) != 0 || ::listen(made.fd(), SOMAXCONN) != 0) {
    return cannot_listen(address.text(), errno);
  }
  made.address_ = local_address(made.fd());
  return made;
}

Result<ListeningSocket> ListeningSocket::open(const UnixSocket& wanted) {
  MW_TRY(const sockaddr_un address, unix_address(wanted.path));
  MW_TRY(const std::optional<gid_t> group, group_number(wanted.group));
  const auto folder = wanted.path.has_parent_path() ? wanted.path.parent_path() : std::filesystem::path(".");
  MW_CHECK(prepare_folder(folder, group));
  MW_CHECK(clear_the_way(wanted.path, address));

  ListeningSocket made;
  made.fd_.reset(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!made.fd_) return cannot_listen(wanted.path.string(), errno);
  // Linux gives the file the mode that the socket has before bind(): at no moment is it open to others.
  fchmod(made.fd(), 0600);
  if (bind(made.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return cannot_listen(wanted.path.string(), errno);
  }
  struct stat facts{};
  if (lstat(wanted.path.c_str(), &facts) == 0) {
    made.path_ = std::filesystem::absolute(wanted.path);
    made.device_ = facts.st_dev;
    made.inode_ = facts.st_ino;
  }
  MW_CHECK(give_to_group(wanted.path, group, group ? 0660 : 0600));
  if (::listen(made.fd(), SOMAXCONN) != 0) return cannot_listen(wanted.path.string(), errno);
  return made;
}

void ListeningSocket::remove_file() {
  if (path_.empty()) return;
  struct stat facts{};
  if (lstat(path_.c_str(), &facts) == 0 && facts.st_dev == device_ && facts.st_ino == inode_) unlink(path_.c_str());
  path_.clear();
}

std::optional<SocketAddress> peer_address(int fd) {
  sockaddr_storage storage{};
  socklen_t length = sizeof storage;
  if (getpeername(fd, general(storage), &length) != 0) return std::nullopt;
  return read(storage);
}

std::optional<SocketAddress> local_address(int fd) {
  sockaddr_storage storage{};
  socklen_t length = sizeof storage;
  if (getsockname(fd, general(storage), &length) != 0) return std::nullopt;
  return read(storage);
}

}  // namespace mailward::http
