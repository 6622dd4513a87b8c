#pragma once

#include <memory>
#include <vector>

#include "access/access.h"
#include "base/measure.h"
#include "connections/measures.h"
#include "db/database.h"

/// Where lines come from: each room by one of these, in the order of the page.
namespace mailward::renewal {

class MeasureSource {
 public:
  virtual ~MeasureSource() = default;
  /// All of the room's lines as of now. Thread-safe.
  virtual Result<std::vector<Measure>> lines(const connections::Readings& readings) const = 0;
};

/// Those of connections/, access/ and secrets/. What is given must outlive them.
std::vector<std::unique_ptr<MeasureSource>> measure_sources(const connections::MeasureLines& connections,
                                                            const access::Access& access, db::Database& database,
                                                            const Clock& clock);

}  // namespace mailward::renewal
