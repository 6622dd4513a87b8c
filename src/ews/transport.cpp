#include "ews/transport.h"

#include "ews/loop.h"

namespace mailward::ews {

Transport::Transport() : loop_(std::make_unique<Loop>()) {}
Transport::~Transport() = default;

Transport::Counters Transport::counters() const {
  return loop_->counters();
}

}  // namespace mailward::ews
