#include "renewal/measure_source.h"

#include "access/measures.h"
#include "secrets/measures.h"

namespace mailward::renewal {

namespace {

class OfConnections : public MeasureSource {
 public:
  explicit OfConnections(const connections::MeasureLines& lines) : lines_(lines) {}
  Result<std::vector<Measure>> lines(const connections::Readings& readings) const override {
    return lines_.lines(readings);
  }

 private:
  const connections::MeasureLines& lines_;
};

class OfAccess : public MeasureSource {
 public:
  OfAccess(const access::Access& access, const Clock& clock) : access_(access), clock_(clock) {}
  Result<std::vector<Measure>> lines(const connections::Readings&) const override {
    return access::measure_lines(access_.users, access_.tokens, clock_.now());
  }

 private:
  const access::Access& access_;
  const Clock& clock_;
};

class OfSecrets : public MeasureSource {
 public:
  OfSecrets(db::Database& database, const Clock& clock) : database_(database), clock_(clock) {}
  Result<std::vector<Measure>> lines(const connections::Readings&) const override {
    return database_.read([&](db::Session& session) { return secrets::measure_lines(session, clock_.now()); });
  }

 private:
  db::Database& database_;
  const Clock& clock_;
};

}  // namespace

std::vector<std::unique_ptr<MeasureSource>> measure_sources(const connections::MeasureLines& connections,
                                                            const access::Access& access, db::Database& database,
                                                            const Clock& clock) {
  std::vector<std::unique_ptr<MeasureSource>> sources;
  sources.push_back(std::make_unique<OfConnections>(connections));
  sources.push_back(std::make_unique<OfAccess>(access, clock));
  sources.push_back(std::make_unique<OfSecrets>(database, clock));
  return sources;
}

}  // namespace mailward::renewal
