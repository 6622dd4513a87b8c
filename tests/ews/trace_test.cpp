// What real servers sent is read as index.tsv says, and as a second reader by another parser reads it
// (support/read_answers.py).
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <set>
#include <sstream>

#include "ews/answer_reader.h"
#include "ews/operations/find_folder.h"
#include "ews/operations/find_item.h"
#include "ews/operations/get_folder.h"
#include "ews/operations/get_item.h"
#include "ews/operations/resolve_names.h"
#include "ews/operations/sync_folder_items.h"
#include "ews/operations/table.h"
#include "ews/response_code.h"
#include "ews/soap.h"
#include "tests/ews/support/answer_lines.h"
#include "tests/ews/support/simulator_session.h"
#include "tests/support/mutations.h"
#include "tests/support/operations_table.h"
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

/// The envelope, or the bare answer where whoever kept it left that away.
Outcome<Envelope> read_kept(const Trace& trace) {
  const std::string bytes = contents(trace.file);
  auto envelope = read_envelope(bytes, trace.operation);
  if (envelope || !envelope.error().is(EwsError::not_soap)) return envelope;
  auto document = XmlDocument::parse(bytes);
  if (!document || document->root().name() != trace.operation + "Response") return envelope;
  XmlElement payload = document->root();
  return Envelope{.document = *std::move(document), .version = {}, .payload = payload};
}

/// What the second reader says of each file.
std::map<std::string, std::vector<std::string>> second_reading(const std::vector<Trace>& traces) {
  std::string command = "python3 '" + (testing::source_dir() / "tests/ews/support/read_answers.py").string() + "'";
  for (const Trace& trace : traces) command += " " + trace.operation + " '" + trace.file.string() + "'";
  std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  std::string out;
  std::array<char, 65536> piece{};
  for (std::size_t got = 1; got > 0;) {
    got = fread(piece.data(), 1, piece.size(), pipe.get());
    out.append(piece.data(), got);
  }
  std::map<std::string, std::vector<std::string>> read;
  std::vector<std::string>* lines = nullptr;
  std::istringstream in(out);
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("= ")) {
      lines = &read[line.substr(2)];
    } else if (lines != nullptr) {
      lines->push_back(line);
    }
  }
  return read;
}

TEST(Traces, every_real_answer_is_understood_as_a_second_reader_understands_it) {
  auto shared = testing::shared_dir();
  if (!shared) GTEST_SKIP() << "no ../shared: recorded answers of real servers are not tried";
  std::vector<Trace> compared;
  for (const Trace& trace : responses(*shared)) {
    const auto* operation = find_operation(trace.operation);
    if (operation == nullptr || !trace.provenance.starts_with("real")) continue;
    SCOPED_TRACE(trace.name);
    auto envelope = read_kept(trace);
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
    for (const auto& message : *messages) EXPECT_NE(message.status.said.code, ResponseCode::unknown);
    compared.push_back(trace);
  }
  // Samples of the documents too, for operations of which nobody recorded an answer.
  for (const Trace& trace : responses(*shared)) {
    if (trace.provenance.starts_with("real") || !trace.well_formed || find_operation(trace.operation) == nullptr)
      continue;
    if (read_kept(trace)) compared.push_back(trace);
  }
  const auto second = second_reading(compared);
  std::set<std::string> operations_compared;
  std::set<std::string> recorded;  // by real servers
  for (const Trace& trace : compared) {
    SCOPED_TRACE(trace.name);
    auto envelope = read_kept(trace);
    auto found = second.find(trace.file.string());
    ASSERT_NE(found, second.end());
    EXPECT_EQ(testing::answer_lines(trace.operation, envelope->payload), found->second);
    operations_compared.insert(trace.operation);
    if (trace.provenance.starts_with("real")) recorded.insert(trace.operation);
  }
  RecordProperty("read", static_cast<int>(compared.size()));
  EXPECT_GE(compared.size(), 300U);
  std::string missing;
  for (const auto& operation : operations()) {
    if (!operations_compared.contains(std::string(operation.name))) missing += std::string(operation.name) + " ";
  }
  EXPECT_EQ(missing, "") << "no recorded answer, nor a sample, for these";
  EXPECT_EQ(testing::operations_column("recorded answers", recorded), "");
}

/// The same, taken while it arrives in small pieces.
TEST(Traces, pulled_answers_give_what_whole_ones_give) {
  auto shared = testing::shared_dir();
  if (!shared) GTEST_SKIP() << "no ../shared: recorded answers of real servers are not tried";
  std::size_t units = 0;
  for (const Trace& trace : responses(*shared)) {
    if (!trace.well_formed || (trace.operation != "GetItem" && trace.operation != "FindItem")) continue;
    const std::string bytes = contents(trace.file);
    auto envelope = read_envelope(bytes, trace.operation);
    if (!envelope) continue;
    SCOPED_TRACE(trace.name);
    std::vector<std::string> whole;
    for (const auto& line : testing::answer_lines(trace.operation, envelope->payload)) {
      if (line.starts_with("I ")) whole.push_back(line);
    }
    std::vector<std::string> pulled;
    AnswerTaker taker;
    taker.unit = [&](std::size_t, XmlElement unit) -> Outcome<void> {
      pulled.push_back(testing::item_line(read_item(unit)));
      return {};
    };
    AnswerParts parts = trace.operation == "GetItem" ? GetItem::parts() : FindItem::parts();
    AnswerReader reader(parts, taker, {}, 64U << 20U);
    for (std::size_t at = 0; at < bytes.size(); at += 17) ASSERT_TRUE(reader.feed(bytes.substr(at, 17)));
    ASSERT_TRUE(reader.finish());
    EXPECT_EQ(pulled, whole);
    EXPECT_EQ(reader.version().text(), envelope->version.text());
    units += pulled.size();
  }
  EXPECT_GE(units, 100U);
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

/// One at every byte; of the others, which are many and long, at some hundred places each, and all about their ends.
TEST(Traces, cut_off_anywhere_no_answer_is_taken_for_whole) {
  auto shared = testing::shared_dir();
  if (!shared) GTEST_SKIP() << "no ../shared: recorded answers are not tried";
  constexpr std::size_t kCuts = 300;
  constexpr std::size_t kEnd = 60;
  std::size_t tried = 0;
  for (const Trace& trace : responses(*shared)) {
    const std::string whole = contents(trace.file);
    if (!read_envelope(whole, trace.operation)) continue;
    SCOPED_TRACE(trace.name);
    const std::size_t last = whole.rfind('>');
    const bool at_every_byte = trace.name == "otris-ews-cpp/resolve_names_error.response.xml";
    const std::size_t step = at_every_byte ? 1 : 1 + last / kCuts;
    for (std::size_t bytes = 0; bytes <= last; bytes += bytes + kEnd < last ? step : 1) {
      ASSERT_FALSE(read_envelope(std::string_view(whole).substr(0, bytes), trace.operation)) << "cut at " << bytes;
    }
    ++tried;
  }
  EXPECT_GE(tried, 250U);
}

/// What a broken or hostile server makes of them is read or refused, by whole answers and by those in pieces alike.
TEST(Traces, mutated_answers_do_no_harm) {
  auto shared = testing::shared_dir();
  if (!shared) GTEST_SKIP() << "no ../shared: recorded answers are not tried";
  testing::Mutations mutations(20261130);
  std::size_t read = 0;
  std::size_t refused = 0;
  for (const Trace& trace : responses(*shared)) {
    const auto* operation = find_operation(trace.operation);
    const std::string whole = contents(trace.file);
    if (operation == nullptr || whole.size() > 100'000) continue;
    SCOPED_TRACE(trace.name);
    for (int i = 0; i < 12; ++i) {
      const std::string changed = i % 3 == 0 ? mutations.of_bytes(whole) : mutations.of_xml(whole);
      const auto envelope = read_envelope(changed, trace.operation);
      const auto messages = envelope ? operation->read(envelope->payload) : std::unexpected(envelope.error());
      ++(messages ? read : refused);
      if (trace.operation != "GetItem") continue;
      AnswerTaker taker;
      taker.unit = [](std::size_t, XmlElement unit) -> Outcome<void> {
        (void)read_item(unit);
        return {};
      };
      AnswerReader reader(GetItem::parts(), taker, {}, 64U << 20U);
      bool fed = true;
      for (std::size_t at = 0; fed && at < changed.size(); at += 97) {
        fed = reader.feed(std::string_view(changed).substr(at, 97)).has_value();
      }
      const bool pulled = fed && reader.finish();
      if (!envelope && envelope.error().is(EwsError::truncated)) EXPECT_FALSE(pulled) << changed;
    }
  }
  EXPECT_GT(read, 1000U);
  EXPECT_GT(refused, 300U);
}

constexpr std::string_view kReplaying = R"(
[exchange]
schemes = ["NTLM"]
[[account]]
name = 'EXAMPLE\usera'
password = "Sample-Usera-1!"
[[mailbox]]
smtp = "usera@example.test"
account = 'EXAMPLE\usera'
)";

/// Calls it as often as it was recorded, and compares each reply with its file.
template <typename Operation>
std::size_t replayed(Session& session, const std::vector<Trace>& traces, const Operation& operation) {
  std::size_t compared = 0;
  for (const Trace& trace : traces) {
    if (trace.operation != Operation::kName) continue;
    SCOPED_TRACE(trace.name);
    const auto envelope = read_envelope(contents(trace.file), trace.operation);
    const auto kept = Operation::read(envelope->payload);
    const auto reply = call(session, operation, {}, Deadline::after(std::chrono::seconds(20)));
    EXPECT_TRUE(reply) << reply.error().error.describe();
    if (!reply || !kept) continue;
    EXPECT_EQ(reply->version.text(), envelope->version.text());
    EXPECT_EQ(reply->response.messages.size(), kept->messages.size());
    for (std::size_t i = 0; i < std::min(reply->response.messages.size(), kept->messages.size()); ++i) {
      EXPECT_EQ(reply->response.messages[i].status.said.code, kept->messages[i].status.said.code);
    }
    ++compared;
  }
  return compared;
}

/// Over HTTPS, by the session: what real servers said to others.
TEST(Traces, recorded_conversations_go_on_with_our_client) {
  auto shared = testing::shared_dir();
  if (!shared) GTEST_SKIP() << "no ../shared: recorded answers of real servers are not tried";
  const testing::TemporaryFolder folder;
  std::vector<Trace> traces;
  for (const Trace& trace : responses(*shared)) {
    const auto* operation = find_operation(trace.operation);
    if (operation == nullptr || !trace.provenance.starts_with("real")) continue;
    const auto envelope = read_envelope(contents(trace.file), trace.operation);
    if (!envelope || !operation->read(envelope->payload)) continue;
    traces.push_back(trace);
    std::string number = std::to_string(traces.size());
    number.insert(0, 6 - number.size(), '0');
    std::filesystem::copy_file(trace.file, folder.path() / (number + "." + trace.operation + ".response.xml"));
  }
  const testing::ExchangeSimulator simulator(
      {.config = "replay = \"" + folder.path().string() + "\"\n" + std::string(kReplaying), .environment = {}});
  Transport transport;
  Session session = testing::session_to(simulator, transport);
  const FolderRef inbox = DistinguishedFolder{.name = "inbox", .mailbox = {}};
  const ItemId item{.id = "AAMk", .change_key = {}};
  GetItem get;
  get.items = {item};
  FindItem find;
  find.parents = {inbox};
  FindFolder below;
  below.parents = {inbox};
  SyncFolderItems sync;
  sync.folder = inbox;
  std::size_t compared = replayed(session, traces, get) + replayed(session, traces, find);
  compared += replayed(session, traces, below) + replayed(session, traces, sync);
  compared += replayed(session, traces, GetFolder{.folders = {inbox}});
  compared += replayed(session, traces, ResolveNames{.name = "anybody"});
  EXPECT_GE(compared, 100U);
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
