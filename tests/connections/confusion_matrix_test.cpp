#include "tests/connections/confusion_matrix.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "connections/failure_class.h"

namespace mailward::testing {
namespace {

/// Verdicts that no fault of a server makes.
const std::map<std::string, std::string> kNotByFaults{
    {"unreachable", "needs a machine without a route; the wording is tested in base/"},
    {"tls_failed", "what is left when no other TLS class fits"},
    {"logon_not_allowed", "Samba keeps no logon hours; the codes are tested in directory/ and kerberos/"},
    {"mailbox_check_missing", "a note, never a verdict"},
    {"older_database", "found at the start, tested with rotations"},
    {"password_changed_elsewhere", "found by the gate, tested with it"},
    {"cancelled", "a person's wish, tested with the connection test"},
    {"account_busy", "two tests at once, tested with the connection test"},
    {"internal_error", "Mailward's own trouble"},
    {"proxy_unreachable", "tested with a real proxy in connections/"},
    {"proxy_tls", "tested with a real proxy in connections/"},
    {"proxy_refused", "tested with a real proxy in connections/"},
    {"proxy_sign_in", "tested with a real proxy in connections/"},
    {"autodiscover_differs", "a note, never a verdict"},
    {"autodiscover_silent", "a note, never a verdict"},
};

struct Row {
  Scenario scenario;
  std::string found;
  bool right() const { return scenario.verdict == found; }
};

std::string matrix_text(const std::vector<Row>& rows) {
  std::ostringstream out;
  out << "# Confusion matrix of the connection test\n\n"
         "Every fault of the simulator and of the test Active Directory, and what the connection test names it. Made "
         "by\n"
         "`tests/connections/confusion_matrix_test.cpp`, which fails when a verdict changes or a row off the diagonal "
         "has no\n"
         "line of explanation; write it anew with `MAILWARD_WRITE_DOCS=1 ./dev test --filter='ConfusionMatrix*'`.\n\n"
         "A row is on the diagonal (=) where the verdict is the fault's own class.\n\n"
         "| fault | how it is met | own class | verdict | |\n|---|---|---|---|---|\n";
  std::map<std::string, int> off;
  int number = 0;
  for (const Row& row : rows) {
    std::string mark = "=";
    if (!row.right()) {
      const auto [entry, fresh] = off.try_emplace(row.scenario.explanation, number + 1);
      if (fresh) ++number;
      mark = fmt::format("[{}]", entry->second);
    }
    out << fmt::format("| {} | {} | {} | {} | {} |\n", row.scenario.fault, row.scenario.setting, row.scenario.verdict,
                       row.found, mark);
  }
  std::map<int, std::string> lines;
  for (const auto& [explanation, at] : off) lines[at] = explanation;
  out << "\n## Off the diagonal\n\n";
  for (const auto& [at, explanation] : lines) out << fmt::format("{}. {}\n", at, explanation);
  out << "\n## Verdicts that no fault here makes\n\n";
  for (const auto& [verdict, why] : kNotByFaults) out << fmt::format("- `{}`: {}\n", verdict, why);
  return out.str();
}

std::string contents(const std::filesystem::path& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(ConfusionMatrix, names_every_fault_or_says_why_it_cannot) {
  if (const auto why = SambaDc::unavailable()) GTEST_SKIP() << *why;
  std::vector<Row> rows;
  std::set<std::string> faults;
  std::set<std::string> verdicts;
  for (auto& scenarios : {simulator_scenarios(), directory_scenarios()}) {
    for (const Scenario& scenario : scenarios) {
      SCOPED_TRACE(scenario.fault + " " + scenario.setting);
      const TestOutcome outcome = scenario.run();
      rows.push_back({scenario, outcome.verdict});
      faults.insert(scenario.fault);
      verdicts.insert(outcome.verdict);
      if (scenario.explanation.empty()) {
        EXPECT_EQ(outcome.verdict, scenario.verdict) << outcome.text();
        continue;
      }
      // Where a group is named, the fault's own class is among its candidates.
      const std::string text = outcome.text();
      const auto candidates = outcome.result.value("candidates", std::vector<std::string>{});
      if (!candidates.empty() && scenario.verdict != "refused_right_password") {
        EXPECT_NE(std::ranges::find(candidates, scenario.verdict), candidates.end()) << text;
      }
      // What is said must come with what to do.
      if (outcome.verdict != "none") EXPECT_FALSE(outcome.result.value("remedy", "").empty()) << text;
    }
  }

  // No fault of the simulator is left out.
  const std::string source = contents(source_dir() / "exchange_sim/faults.cpp");
  const std::regex entry("\\{FaultKind::\\w+, \"(\\w+)\"\\}");
  std::size_t known = 0;
  for (std::sregex_iterator it(source.begin(), source.end(), entry), end; it != end; ++it) {
    ++known;
    EXPECT_TRUE(faults.contains((*it)[1].str()))
        << "the matrix has no row for the simulator's fault " << (*it)[1].str();
  }
  EXPECT_GE(known, 30u);

  // Every class is somebody's verdict, or it says why not.
  for (const connections::FailureClassInfo& info : connections::failure_classes()) {
    const std::string name(info.name);
    EXPECT_NE(verdicts.contains(name), kNotByFaults.contains(name)) << name;
    if (info.weight != connections::Weight::note && name != "cancelled") EXPECT_FALSE(info.remedy.empty()) << name;
  }

  const auto path = source_dir() / "docs/confusion-matrix.md";
  const std::string text = matrix_text(rows);
  if (std::getenv("MAILWARD_WRITE_DOCS") != nullptr) std::ofstream(path) << text;
  EXPECT_EQ(contents(path), text) << "docs/confusion-matrix.md is not what was found";
}

}  // namespace
}  // namespace mailward::testing
