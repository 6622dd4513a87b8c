#pragma once

#include <optional>

#include "ews/curl_connection.h"
#include "ews/failure.h"

namespace mailward::ews {

/// Names what ended a leg before a whole answer stood; nothing where the answer is whole. `target` is for the sentence.
std::optional<Failure> failure_of_leg(const Leg& leg, const SocketAddress& target, bool through_proxy);

/// What a leg that went through libcurl's proxy shows of the credential for it.
ProxyVerdict verdict_of_proxy(const Leg& leg);

/// Takes the head alone, for who reads the body while it arrives.
void note_head(const Leg& leg, Evidence& evidence);

/// Takes a leg's head, times and TLS facts into the evidence of its call.
void note_leg(const Leg& leg, Evidence& evidence);

}  // namespace mailward::ews
