// What real servers sent is read as index.tsv says, and its numbers agree with an independent count (xmllint).
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <memory>
#include <sstream>

#include "ews/operations/table.h"
#include "ews/response_code.h"
#include "ews/soap.h"
#include "tests/support/paths.h"

namespace mailward::ews {
namespace {

struct Trace {
  std::filesystem::path file;
  std::string name;
  std::string operation;
  std::string version;
  std::string provenance;
  bool well_formed = false;
};

std::string contents(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::vector<Trace> responses(const std::filesystem::path& shared) {
  std::ifstream in(shared / "ews-traces" / "index.tsv");
  std::vector<Trace> traces;
  std::string line;
  std::getline(in, line);
  while (std::getline(in, line)) {
    std::vector<std::string> columns;
    std::istringstream cells(line);
    for (std::string cell; std::getline(cells, cell, '\t');) columns.push_back(cell);
    if (columns.size() < 9 || columns[3] != "response") continue;
    traces.push_back({.file = shared / "ews-traces" / columns[0],
                      .name = columns[0],
                      .operation = columns[4],
                      .version = columns[5],
                      .provenance = columns[6],
                      .well_formed = columns[8] == "yes"});
  }
  return traces;
}

std::string xpath(const std::filesystem::path& file, const std::string& expression) {
  std::string command = "xmllint --nonet --huge --xpath \"" + expression + "\" '" + file.string() + "' 2>/dev/null";
  std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  std::array<char, 512> line{};
  std::string out;
  while (fgets(line.data(), line.size(), pipe.get()) != nullptr) out += line.data();
  while (out.ends_with('\n')) out.pop_back();
  return out;
}

std::string expected_counts(const std::filesystem::path& file, const std::string& operation) {
  std::string values = "//*[local-name()='Items']/*";
  if (operation.ends_with("Folder")) values = "//*[local-name()='Folders']/*";
  if (operation == "ResolveNames") values = "//*[local-name()='Resolution']";
  if (operation == "GetServerTimeZones") values = "//*[local-name()='TimeZoneDefinitions']/*";
  auto of_class = [](std::string_view name) {
    return "count(//*[local-name()='ResponseMessages']/*[@ResponseClass='" + std::string(name) + "']),' '";
  };
  return xpath(file, "concat(" + of_class("Success") + "," + of_class("Warning") + "," + of_class("Error") + ",count(" +
                         values + "),' ',//*[local-name()='ResponseCode'][1])");
}

std::string read_counts(const std::vector<MessageSummary>& messages) {
  std::array<std::size_t, 3> classes{};
  std::size_t values = 0;
  for (const auto& message : messages) {
    ++classes.at(static_cast<std::size_t>(message.status.response_class));
    values += message.values;
  }
  return std::to_string(classes[0]) + " " + std::to_string(classes[1]) + " " + std::to_string(classes[2]) + " " +
         std::to_string(values) + " " + messages.front().status.said.code_text;
}

TEST(Traces, every_real_answer_is_read_as_an_independent_count_says) {
  auto shared = testing::shared_dir();
  if (!shared) GTEST_SKIP() << "no ../shared: recorded answers of real servers are not tried";
  std::size_t read = 0;
  for (const Trace& trace : responses(*shared)) {
    const auto* operation = find_operation(trace.operation);
    if (operation == nullptr || !trace.provenance.starts_with("real")) continue;
    SCOPED_TRACE(trace.name);
    auto envelope = read_envelope(contents(trace.file), trace.operation);
    if (!trace.well_formed) {
      // Broken by whoever kept it, but for illegal characters, which real mailboxes have, and space before the
      // beginning.
      bool survives = trace.name.find("dodgy_ews_response") != std::string::npos ||
                      trace.name.find("ITEM_DOES_NOT_EXIST") != std::string::npos;
      EXPECT_EQ(envelope.has_value(), survives) << (envelope ? "read" : envelope.error().error.describe());
      continue;
    }
    ASSERT_TRUE(envelope) << envelope.error().error.describe();
    if (!trace.version.empty()) {
      EXPECT_EQ(envelope->version.text(), trace.version.substr(0, trace.version.find(' ')));
    }
    auto messages = operation->read(envelope->payload);
    ASSERT_TRUE(messages) << messages.error().error.describe();
    EXPECT_EQ(read_counts(*messages), expected_counts(trace.file, trace.operation));
    for (const auto& message : *messages) EXPECT_NE(message.status.said.code, ResponseCode::unknown);
    ++read;
  }
  RecordProperty("read", static_cast<int>(read));
  EXPECT_GE(read, 140U);
}

TEST(Traces, every_real_fault_keeps_its_code_and_words) {
  auto shared = testing::shared_dir();
  if (!shared) GTEST_SKIP() << "no ../shared: recorded answers of real servers are not tried";
  std::size_t read = 0;
  for (const Trace& trace : responses(*shared)) {
    if (!trace.operation.starts_with("Fault:") || !trace.provenance.starts_with("real")) continue;
    SCOPED_TRACE(trace.name);
    auto envelope = read_envelope(contents(trace.file), "GetFolder");
    ASSERT_FALSE(envelope);
    ASSERT_TRUE(envelope.error().said) << envelope.error().error.describe();
    std::string code = trace.operation.substr(6);
    if (code != "?") {
      EXPECT_EQ(envelope.error().said->code_text, code);
      EXPECT_NE(envelope.error().said->code, ResponseCode::unknown);
    }
    EXPECT_FALSE(envelope.error().said->text.empty());
    ++read;
  }
  EXPECT_GE(read, 5U);
}

/// Documentation's and other projects' own samples prove nothing of Exchange, but must do no harm. What cannot be read
/// of them is listed here, with the reason.
TEST(Traces, samples_written_by_hand_do_no_harm_and_their_departures_are_known) {
  auto shared = testing::shared_dir();
  if (!shared) GTEST_SKIP() << "no ../shared: samples are not tried";
  std::string departures;
  for (const Trace& trace : responses(*shared)) {
    if (trace.provenance.starts_with("real")) continue;
    std::string bytes = contents(trace.file);
    for (const auto& operation : operations()) {
      auto envelope = read_envelope(bytes, operation.name);
      auto messages = envelope ? operation.read(envelope->payload) : std::unexpected(envelope.error());
      if (!messages && operation.name == trace.operation) {
        departures += trace.name + ": " + messages.error().error.message() + "\n";
      }
    }
  }
  std::cout << "Samples that are not read, and why:\n" << departures;
  EXPECT_LE(std::ranges::count(departures, '\n'), 20);
}

TEST(Traces, cut_off_at_every_byte_no_answer_is_taken_for_whole) {
  auto shared = testing::shared_dir();
  if (!shared) GTEST_SKIP() << "no ../shared: a recorded answer is not tried";
  std::string whole = contents(*shared / "ews-traces" / "otris-ews-cpp" / "resolve_names_error.response.xml");
  auto last = whole.rfind('>');
  for (std::size_t bytes = 0; bytes <= last; ++bytes) {
    ASSERT_FALSE(read_envelope(whole.substr(0, bytes), "ResolveNames")) << "cut at " << bytes;
  }
  EXPECT_TRUE(read_envelope(whole, "ResolveNames"));
}

TEST(ResponseCodes, are_those_of_the_schema) {
  auto shared = testing::shared_dir();
  if (!shared) GTEST_SKIP() << "no ../shared: the schema is not compared";
  std::string schema = contents(*shared / "ews-schema" / "messages.xsd");
  auto begin = schema.find("name=\"ResponseCodeType\"");
  auto end = schema.find("</xs:simpleType>", begin);
  std::size_t known = 0;
  constexpr std::string_view kMark = "enumeration value=\"";
  for (auto at = schema.find(kMark, begin); at < end; at = schema.find(kMark, at + 1)) {
    auto from = at + kMark.size();
    std::string name = schema.substr(from, schema.find('"', from) - from);
    EXPECT_NE(response_code_of(name), ResponseCode::unknown) << name;
    EXPECT_EQ(response_code_name(response_code_of(name)), name);
    ++known;
  }
  EXPECT_EQ(known, 514U);
  EXPECT_EQ(response_code_of("ErrorOfTomorrow"), ResponseCode::unknown);
}

}  // namespace
}  // namespace mailward::ews
