#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "connections/sign_in_events.h"

/// What people have handed in of the controllers' event logs after one rotation, and what is made of it.
namespace mailward::connections {

/// What one file held of one controller. A file that was cut by time is several of these.
struct EventImport {
  std::string controller;  ///< as its events name it, in lower case
  Timestamp taken;
  Timestamp first;                    ///< of its events, of whatever account and time
  Timestamp last;                     ///< the same
  std::vector<SignInOrigin> origins;  ///< at most kMostOrigins, the most frequent
  std::int64_t unlisted = 0;          ///< origins beyond those
};
inline constexpr std::size_t kMostOrigins = 100;
inline constexpr std::size_t kMostImports = 200;

/// A file as a whole.
struct EventFile {
  std::size_t lines = 0;  ///< with an event each
  std::int64_t of_this_server = 0;
  std::int64_t of_exchange = 0;
  std::int64_t of_others = 0;
  std::int64_t after_hour = 0;      ///< of those three: after what is watched
  std::int64_t older = 0;           ///< than the rotation, which are not counted above
  std::int64_t other_accounts = 0;  ///< the same
  std::vector<std::string> controllers;
  std::string told;  ///< all of that for a person
};

/// What events are held against.
struct EventMatch {
  std::string sam_account_name;
  Timestamp since;  ///< the new password's time
  Timestamp until;  ///< the end of the hour that is watched
  Known known;
};

/// Takes the events of one file among `imports`, each controller's by itself: in place of what was handed in before of
/// the same controller and time, and beside everything else. Errors: limit_exceeded above kMostImports.
Result<EventFile> take_file(std::vector<EventImport>& imports, const std::vector<SignInEvent>& events,
                            const EventMatch& match, Timestamp now);

/// An origin for a person: "app7 (somebody else): 3 let in, 0 refused, from … to …".
std::string text_of(const SignInOrigin& origin);

}  // namespace mailward::connections
