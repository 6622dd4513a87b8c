#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/secret.h"
#include "connections/error.h"

namespace mailward::connections {

/// Runs a program to its end, without a shell, its standard input empty and its other outputs thrown away, and returns
/// what it wrote to standard output. It gets a process group of its own, which is killed at the deadline, when stopped,
/// or beyond `limit` bytes. Errors: external_source.
Result<SecretString> output_of(const std::vector<std::string>& command, const std::vector<std::string>& environment,
                               std::size_t limit, Deadline deadline, const std::stop_token& stop);

}  // namespace mailward::connections
