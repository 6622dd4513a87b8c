#include "base/log.h"

#include <fmt/format.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <memory>
#include <mutex>

#include "base/bytes.h"

namespace mailward::log {
namespace {

std::shared_ptr<spdlog::logger> make_logger(spdlog::sink_ptr sink) {
  auto logger = std::make_shared<spdlog::logger>("mailward", std::move(sink));
  logger->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
  logger->flush_on(spdlog::level::trace);
  return logger;
}

/// Where the lines go; taken by who writes, so that another may take its place meanwhile.
struct Target {
  std::mutex mutex;
  std::shared_ptr<spdlog::logger> logger = make_logger(std::make_shared<spdlog::sinks::stderr_sink_mt>());
  std::string file;
};

Target& target() {
  static Target instance;
  return instance;
}

std::shared_ptr<spdlog::logger> logger() {
  const std::scoped_lock lock(target().mutex);
  return target().logger;
}

constexpr std::size_t kValueLimit = 2000;

std::string in_quotes(std::string_view value) {
  std::string text = printable(value, kValueLimit);
  const bool plain =
      !text.empty() && std::ranges::none_of(text, [](char c) { return c == ' ' || c == '"' || c == '='; });
  if (plain) return text;
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out.push_back('\\');
    out.push_back(c);
  }
  return out + "\"";
}

spdlog::level::level_enum to_spdlog(Level level) {
  switch (level) {
    case Level::debug:
      return spdlog::level::debug;
    case Level::info:
      return spdlog::level::info;
    case Level::warn:
      return spdlog::level::warn;
    case Level::error:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

}  // namespace

void set_level(Level level) {
  logger()->set_level(to_spdlog(level));
}

bool to_file(const std::string& path) {
  try {
    auto made = make_logger(std::make_shared<spdlog::sinks::basic_file_sink_mt>(path));
    const std::scoped_lock lock(target().mutex);
    made->set_level(target().logger->level());
    target().logger = std::move(made);
    target().file = path;
    return true;
  } catch (const spdlog::spdlog_ex&) {
    return false;
  }
}

bool reopen() {
  std::string file;
  {
    const std::scoped_lock lock(target().mutex);
    file = target().file;
  }
  return file.empty() || to_file(file);
}

void write(Level level, std::string_view event, Fields fields) {
  std::string line(event);
  for (const auto& [key, value] : fields) line += fmt::format(" {}={}", key, in_quotes(value));
  logger()->log(to_spdlog(level), "{}", line);
}

void failure(std::string_view event, const Error& error) {
  write(Level::error, event,
        {{"error", fmt::format("{}.{}", error.subject(), error.name())}, {"message", error.describe()}});
}

}  // namespace mailward::log
