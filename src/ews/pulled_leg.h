#pragma once

#include <optional>
#include <stop_token>

#include "ews/failure.h"
#include "ews/loop.h"

namespace mailward::ews {

/// Runs a leg whose body, under status 200, goes to `pull.take` on this thread while it arrives, uncompressed. `head`
/// is what the call has seen so far. What the taker or the decompression failed by; how the leg itself ended stands in
/// it.
std::optional<Failure> run_pulled(Transport::Loop& loop, CurlConnection& connection, Leg& leg, const Pull& pull,
                                  Evidence head, const std::stop_token& stop);

/// Undoes the compression of a body that came whole. Errors: as Gunzip's.
Outcome<void> uncompress(Leg& leg, std::size_t limit);

}  // namespace mailward::ews
