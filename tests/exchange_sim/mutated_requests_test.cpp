// Requests as a broken client sends them, to a whole simulator: each has an HTTP answer that is a SOAP fault or a
// response of the schema, and the server goes on.
#include <map>
#include <optional>
#include <pugixml.hpp>

#include "base/bytes.h"
#include "tests/exchange_sim/store_conversation.h"
#include "tests/exchange_sim/valid_requests.h"
#include "tests/support/mutations.h"
#include "tests/support/paths.h"

namespace mailward::testing {
namespace {

constexpr std::uint32_t kSeed = 20261130;
constexpr int kRounds = 30;  ///< of each request
constexpr std::size_t kBatch = 400;
/// Without full data it departs from the schema, as Exchange does.
constexpr std::string_view kDeparting = "m:GetServerTimeZonesResponse";

class MutatedRequests : public StoreConversation {
 protected:
  void SetUp() override {
    StoreConversation::SetUp();
    requests_ = valid_requests(attribute_of(find("inbox", "", "", "IdOnly"), "ItemId", "Id"), make_folder("Own"));
  }
  /// The answer to a body as it stands. A simulator that fell over has none.
  http::Response send(const std::string& body) {
    for (int attempt = 0;; ++attempt) {
      if (!line_) line_.emplace(sim(), sim().url());
      try {
        return line_->post(body, basic(kServiceAccount, kServicePassword));
      } catch (const std::exception&) {
        // A connection may be ended; another must be had.
        line_.reset();
        if (attempt == 1) throw;
      }
    }
  }
  /// A fault, or a response whose shape is looked at with all others.
  void expect_proper(const http::Response& answer) {
    pugi::xml_document document;
    ASSERT_TRUE(document.load_string(answer.body.c_str())) << answer.body;
    ASSERT_STREQ(document.document_element().name(), "s:Envelope") << answer.body;
    const std::string_view payload = document.document_element().child("s:Body").first_child().name();
    const bool fault = payload == "s:Fault";
    ASSERT_EQ(answer.status, fault ? 500 : 200) << answer.body;
    if (!fault && payload != kDeparting) answers_.push_back(answer.body);
  }
  void expect_shapes() {
    if (!shared_dir()) return;  // the schema is there
    for (std::size_t at = 0; at < answers_.size(); at += kBatch) {
      const std::vector<std::string> batch(
          answers_.begin() + static_cast<std::ptrdiff_t>(at),
          answers_.begin() + static_cast<std::ptrdiff_t>(std::min(at + kBatch, answers_.size())));
      EXPECT_EQ(schema_errors(batch), "");
    }
  }

  std::vector<ValidRequest> requests_;
  std::vector<std::string> answers_;
  std::optional<Line> line_;
};

TEST_F(MutatedRequests, what_they_are_made_from_is_valid_and_does_what_it_says) {
  for (const ValidRequest& request : requests_) {
    const std::string answer = ask(request.body);
    EXPECT_EQ(answer.find("ResponseClass=\"Error\""), std::string::npos) << request.name << ": " << answer;
  }
}

TEST_F(MutatedRequests, each_is_answered_by_a_fault_or_a_response_of_the_schema) {
  Mutations mutations(kSeed);
  std::map<int, int> statuses;
  for (int round = 0; round < kRounds; ++round) {
    for (const ValidRequest& request : requests_) {
      // The envelope too, now and then.
      const std::string body = round % 10 == 9 ? mutations.of_xml(envelope({.body = request.body}))
                                               : envelope({.body = mutations.of_xml(request.body)});
      SCOPED_TRACE(::testing::Message() << "seed " << kSeed << ", round " << round << ", " << request.name << ": "
                                        << printable(body, 4000));
      const http::Response answer = send(body);
      ++statuses[answer.status];
      expect_proper(answer);
      if (HasFatalFailure()) return;
    }
  }
  EXPECT_GT(statuses[200], kRounds * 8) << "the readers must be reached";
  EXPECT_GT(statuses[500], kRounds) << "what is no request must be refused";
  expect_shapes();
  EXPECT_EQ(code(get_folder_call()), "NoError");
}

}  // namespace
}  // namespace mailward::testing
