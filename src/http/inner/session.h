#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "http/inner/core.h"
#include "http/inner/request_parser.h"
#include "http/inner/transport.h"
#include "http/router.h"

namespace mailward::http {

/// One connection, from its acceptance to its end. Everything happens on the io thread; handlers and queries run on the
/// pools while the session's coroutine waits. The coroutine keeps the session alive.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(Core& core, Listener& listener, int fd, std::uint64_t number);
  static void begin(const std::shared_ptr<Session>& session);

  std::uint64_t number() const { return connection_.number; }
  Listener& listener() const { return listener_; }
  /// Whose connections are counted together: the peer's address, of IPv6 its /64.
  const std::optional<IpAddress>& network() const { return network_; }
  /// Ends the connection if its deadline has passed.
  void expire(MonotonicTime now);
  /// No further request; ends at once if none is under way.
  void drain();
  /// Ends at once.
  void kill();
  /// Its turn to shake hands has come; false if it no longer wants it.
  bool take_turn();

 private:
  static constexpr MonotonicTime kNever = MonotonicTime::max();

  /// What an answer must know of its request.
  struct Asked {
    bool head_only = false;
    bool http_1_0 = false;
    bool keep_alive = false;
  };

  static Task<void> run(std::shared_ptr<Session> self);

  // session.cpp: the connection's life and its reading side
  Task<bool> shake_hands();
  Task<void> hang();
  Task<void> finish();
  bool over() const { return killed_ || timed_out_; }
  void set_deadline(std::chrono::milliseconds span);
  /// Reads once into `input_`.
  void read_once();
  /// Drops the first bytes of the input and wipes the place that they leave.
  void take_from_input(std::size_t bytes);
  /// Reads what is there, and has `wakeup_` notified when more comes or the client goes.
  void watch();
  /// Waits until `input_` has grown; false when it will not any more.
  Task<bool> fill();
  Task<bool> write_all(std::string_view bytes);
  /// Waits until `span` is over, `early` says so after a wake-up, or the client has gone.
  Task<void> pause(std::chrono::milliseconds span, std::function<bool()> early = {});
  /// Runs `work` on the pool while watching the client; false if the pool did not take it.
  Task<bool> on_pool(Pool& pool, std::function<void()> work);

  // exchange.cpp: one request and its answer. Each says whether the connection may serve another.
  Task<bool> serve_one();
  Task<bool> read_head(RequestParser& parser);
  Task<bool> read_body(RequestParser& parser);
  Task<bool> dispatch(Request& request, const Router::Route& route, Asked asked);
  Task<bool> refuse(int status, std::string_view why, Asked asked, std::string allow = {});
  Task<bool> answer(Response response, Asked asked);
  Task<bool> answer_with_fault(const Response& response, const Fault& fault, Asked asked);
  Task<bool> stream(StreamedResponse answer, Asked asked);

  Core& core_;
  Listener& listener_;
  Transport transport_;
  Connection connection_;
  std::optional<IpAddress> network_;
  Wakeup wakeup_;
  std::string input_;
  MonotonicTime deadline_ = kNever;
  Ending ending_ = Ending::close;
  bool armed_ = false;  ///< a wait for readability is under way
  bool eof_ = false;
  bool idle_ = true;  ///< between requests
  bool timed_out_ = false;
  bool killed_ = false;
  bool waits_for_turn_ = false;
  bool has_turn_ = false;
  bool lingers_ = false;  ///< the client may still be sending what nobody reads
  bool closing_ = false;
  std::optional<int> unsent_;  ///< while a write waits: what the client has not yet taken of the bytes before
  bool abrupt_ = false;        ///< the end is not announced in TLS
};

}  // namespace mailward::http
