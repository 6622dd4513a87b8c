#include <array>

#include "exchange_sim/operations.h"

namespace mailward::exchange_sim {

std::expected<Disposal, SoapFault> read_disposal(const SoapRequest& request) {
  static constexpr std::array<std::string_view, 3> kNames{"HardDelete", "SoftDelete", "MoveToDeletedItems"};
  if (auto fault = check_attribute(request, request.body, "DeleteType", "DisposalType", kNames)) {
    return std::unexpected(*std::move(fault));
  }
  const std::string_view name = request.body.attribute("DeleteType").value();
  if (name == "HardDelete") return Disposal::hard_delete;
  return name == "SoftDelete" ? Disposal::soft_delete : Disposal::move_to_deleted_items;
}

}  // namespace mailward::exchange_sim
