#include "tests/support/databases.h"

#include <stdexcept>

namespace mailward::testing {
namespace {

void migrate(const std::string& url) {
  const auto opened = db::Database::open({.url = url}, db::OpenAs::service);
  if (!opened) throw std::runtime_error(opened.error().describe());
}

/// The closed database that copies are made of: as a file.
const std::filesystem::path& sqlite_template() {
  static const TemporaryFolder folder;
  static const std::filesystem::path file = [] {
    auto made = folder.path() / "template.db";
    migrate("sqlite:" + made.string());
    return made;
  }();
  return file;
}

const std::string& postgres_template() {
  static const std::string url = [] {
    auto made = PostgresServer::shared().fresh_database();
    migrate(made);
    return made;
  }();
  return url;
}

}  // namespace

std::string new_database(db::Backend backend, const std::filesystem::path& folder, bool empty) {
  if (backend == db::Backend::postgresql) {
    return empty ? PostgresServer::shared().fresh_database()
                 : PostgresServer::shared().fresh_database(postgres_template());
  }
  const auto file = folder / "test.db";
  if (!empty) std::filesystem::copy_file(sqlite_template(), file);
  return "sqlite:" + file.string();
}

}  // namespace mailward::testing
