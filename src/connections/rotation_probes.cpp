#include "connections/rotation_probes.h"

#include "base/log.h"
#include "ews/operations/get_folder.h"

namespace mailward::connections {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

constexpr std::chrono::milliseconds kBetween = 100ms;
constexpr std::chrono::seconds kCall = 30s;

bool worked_before(const ServerConnection& connection) {
  const bool sound = connection.state == ConnectionState::healthy || connection.state == ConnectionState::degraded;
  return sound && !connection.form.mailbox_check.empty();
}

ews::GetFolder inbox() {
  ews::GetFolder operation;
  operation.shape = ews::BaseShape::id_only;
  operation.folders = {ews::DistinguishedFolder{"inbox", {}}};
  return operation;
}

}  // namespace

RotationProbes::RotationProbes(Pool& pool, Gate& gate, const Clock& clock,
                               const std::vector<ServerConnection>& connections) {
  for (const ServerConnection& connection : connections) {
    if (!worked_before(connection)) continue;
    {
      const std::scoped_lock lock(shared_->mutex);
      ++shared_->running;
    }
    const Status taken = pool.submit([&gate, &clock, shared = shared_, stop = stop_.get_token(), id = connection.id,
                                      mailbox = connection.form.mailbox_check] {
      ews::CallContext context;
      context.impersonate = {ews::Impersonation::Kind::smtp_address, mailbox};
      while (!stop.stop_requested()) {
        // The call under way ends by itself: one that is broken off would look as if it had failed.
        const auto reply =
            gate.call(id, kContinuityProbe, inbox(), context, Deadline::after(kCall, clock), {}, Repeat::harmless);
        if (!reply) log::failure("rotation.probe", reply.error().error);
        std::unique_lock lock(shared->mutex);
        shared->changed.wait_for(lock, stop, kBetween, [] { return false; });
      }
      const std::scoped_lock lock(shared->mutex);
      --shared->running;
      shared->changed.notify_all();
    });
    if (taken) continue;
    const std::scoped_lock lock(shared_->mutex);
    --shared_->running;
  }
}

RotationProbes::~RotationProbes() {
  stop_.request_stop();
  std::unique_lock lock(shared_->mutex);
  shared_->changed.wait(lock, [&] { return shared_->running == 0; });
}

}  // namespace mailward::connections
