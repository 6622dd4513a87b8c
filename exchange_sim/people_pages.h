#pragma once

#include "http/router.h"

namespace mailward::exchange_sim {

class Simulator;

/// The pages for people at the root of the control API: what is played and how to reach it, mailboxes with their
/// folders and messages, accounts, faults, connections, what clients did lately. A message is shown as people read it,
/// then as its bytes. They change nothing, hold no script and load nothing; whatever stands in a message is shown as
/// text.
void add_people_pages(http::Router& router, Simulator& simulator);

}  // namespace mailward::exchange_sim
