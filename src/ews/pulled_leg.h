#pragma once

#include <optional>

#include "ews/curl_connection.h"
#include "ews/failure.h"

namespace mailward::ews {

/// Runs a leg whose body, under status 200, goes to `pull.take` on this thread while it arrives, uncompressed. `head`
/// is what the call has seen so far. What the taker or the decompression failed by; how the leg itself ended stands in
/// it.
std::optional<Failure> run_pulled(CurlConnection& connection, Leg& leg, const Pull& pull, Evidence head);

/// Undoes the compression of a body that came whole. Errors: as Gunzip's.
Outcome<void> uncompress(Leg& leg, std::size_t limit);

}  // namespace mailward::ews
