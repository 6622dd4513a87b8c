#include "tests/product_support/loads.h"

#include <algorithm>
#include <stdexcept>

#include "ews/operations/get_folder.h"
#include "tests/support/wait_until.h"

namespace mailward::testing {

ProductLoads::ProductLoads(connections::Gate& gate, connections::ConnectionId connection, const std::string& mailbox,
                           Options options) {
  for (const std::string_view product : connections::kProducts) {
    for (int i = 0; i < options.threads_each; ++i) {
      threads_.emplace_back([this, &gate, connection, mailbox, product, options] {
        ews::GetFolder operation;
        operation.shape = ews::BaseShape::id_only;
        operation.folders = {ews::DistinguishedFolder{"inbox", {}}};
        ews::CallContext context;
        context.impersonate = {ews::Impersonation::Kind::smtp_address, mailbox};
        while (!stopping_) {
          const auto reply = gate.call(connection, product, operation, context, Deadline::after(options.deadline),
                                       stop_.get_token(), connections::Repeat::harmless);
          if (reply && !reply->response.first_error()) {
            ++succeeded_;
          } else if (!stopping_) {
            ++failed_;
            const std::string words =
                reply ? reply->response.first_error()->error.describe() : reply.error().error.describe();
            const std::scoped_lock lock(mutex_);
            if (std::ranges::find(words_, words) == words_.end()) words_.push_back(words);
          }
        }
      });
    }
  }
}

void ProductLoads::await_more(std::uint64_t calls) const {
  const std::uint64_t wanted = succeeded_ + calls;
  if (!wait_until([&] { return succeeded_ >= wanted; }, std::chrono::seconds(30))) {
    throw std::runtime_error("the loads do not get on: " + failures());
  }
}

std::string ProductLoads::failures() const {
  const std::scoped_lock lock(mutex_);
  std::string all;
  for (const std::string& one : words_) all += one + "\n";
  return all;
}

void ProductLoads::stop() {
  stopping_ = true;
  stop_.request_stop();
  for (std::thread& one : threads_) {
    if (one.joinable()) one.join();
  }
}

}  // namespace mailward::testing
