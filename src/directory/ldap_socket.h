#pragma once

#include <lber.h>

#include <cstddef>
#include <optional>
#include <stop_token>

#include "base/clock.h"
#include "base/file.h"
#include "base/result.h"

namespace mailward::directory {

/// The bytes beneath libldap's TLS: a connected, non-blocking socket that is read and written under one deadline and
/// stop token, and at most so many bytes are read. libldap's own waiting would block on half a message. One thread.
class LdapSocket {
 public:
  LdapSocket(FileDescriptor socket, Deadline deadline, std::stop_token stop, std::size_t read_limit);

  int fd() const { return socket_.get(); }
  /// Puts itself under `buffer` as its provider; must outlive it.
  Status install(Sockbuf* buffer);
  /// What ended the reading or writing, where it was deadline, stop token or limit.
  const std::optional<Error>& failure() const { return failure_; }
  /// Notes and returns it when the deadline has passed or a stop is asked for.
  std::optional<Error> check();

  ber_slen_t read(void* data, ber_len_t size);
  ber_slen_t write(const void* data, ber_len_t size);

 private:
  bool wait(short events);

  FileDescriptor socket_;
  Deadline deadline_;
  std::stop_token stop_;
  std::size_t read_left_;
  std::optional<Error> failure_;
};

}  // namespace mailward::directory
