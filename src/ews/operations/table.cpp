#include "ews/operations/table.h"

#include <algorithm>

#include "ews/operations/create_folder.h"
#include "ews/operations/create_item.h"
#include "ews/operations/delete_folder.h"
#include "ews/operations/delete_item.h"
#include "ews/operations/find_folder.h"
#include "ews/operations/find_item.h"
#include "ews/operations/get_folder.h"
#include "ews/operations/get_item.h"
#include "ews/operations/get_server_time_zones.h"
#include "ews/operations/move_item.h"
#include "ews/operations/resolve_names.h"

namespace mailward::ews {
namespace {

template <typename Value>
std::size_t count_of(const std::vector<Value>& values) {
  return values.size();
}

std::size_t count_of(const Nothing&) {
  return 0;
}

std::size_t count_of(const auto& page) {
  return page.found.size();
}

template <typename Operation>
Outcome<std::vector<MessageSummary>> summarise(XmlElement payload) {
  MW_TRY(auto response, Operation::read(payload));
  std::vector<MessageSummary> summaries;
  for (auto& message : response.messages) {
    std::size_t values = count_of(message.value);
    summaries.push_back({.status = std::move(message.status), .values = values});
  }
  return summaries;
}

template <typename Operation>
constexpr OperationEntry entry() {
  return {.name = Operation::kName, .read = &summarise<Operation>};
}

constexpr OperationEntry kOperations[] = {
    entry<CreateFolder>(),       entry<CreateItem>(), entry<DeleteFolder>(), entry<DeleteItem>(),
    entry<FindFolder>(),         entry<FindItem>(),   entry<GetFolder>(),    entry<GetItem>(),
    entry<GetServerTimeZones>(), entry<MoveItem>(),   entry<ResolveNames>(),
};

}  // namespace

std::span<const OperationEntry> operations() {
  return kOperations;
}

const OperationEntry* find_operation(std::string_view name) {
  const auto* found = std::ranges::find(kOperations, name, &OperationEntry::name);
  return found == std::end(kOperations) ? nullptr : found;
}

}  // namespace mailward::ews
