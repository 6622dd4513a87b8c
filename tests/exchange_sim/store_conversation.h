#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tests/exchange_sim/conversation.h"

namespace mailward::testing {

/// A simulator of its own for each test, and requests in short. Every request and answer is held against the schemas,
/// all at once at the end.
class StoreConversation : public ::testing::Test {
 protected:
  void SetUp() override { simulator_ = std::make_unique<ExchangeSimulator>(options()); }
  void TearDown() override;

  /// The answer's body; anything but HTTP 200 fails the test.
  std::string ask(const std::string& body, const std::string& mailbox = "usera@example.test");
  /// The response code of the fault.
  std::string fault(const std::string& body);
  /// The code of the first response message.
  std::string code(const std::string& body, const std::string& mailbox = "usera@example.test");

  std::string create(const std::string& item, const std::string& folder = "", const std::string& attributes = "");
  /// The id of the item that was made; fails the test where none was.
  std::string made(const std::string& item, const std::string& folder = "", const std::string& attributes = "");
  std::string get(const std::string& id, const std::string& shape = "AllProperties", const std::string& more = "");
  /// Sets one property of a message.
  std::string set_field(const std::string& id, const std::string& path, const std::string& element,
                        const std::string& kind = "Message");
  std::string update(const std::string& id, const std::string& updates, const std::string& attributes = "",
                     const std::string& change_key = "");
  std::string remove(const std::string& id, const std::string& how = "HardDelete", const std::string& more = "");
  std::string move(const std::string& id, const std::string& folder, const std::string& operation = "MoveItem");
  std::string make_folder(const std::string& name, const std::string& parent = "msgfolderroot",
                          const std::string& element = "Folder");
  std::string find(const std::string& folder, const std::string& rest = "", const std::string& view = "",
                   const std::string& shape = "Default");
  std::string total(const std::string& found) { return attribute_of(found, "RootFolder", "TotalItemsInView"); }

  ExchangeSimulator& sim() { return *simulator_; }
  virtual SimulatorOptions options() const { return {}; }

 private:
  std::unique_ptr<ExchangeSimulator> simulator_;
  std::vector<std::string> seen_;
};

/// An item's body; the envelope's own element has the same name.
std::string item_body(const std::string& answer);
std::string item_body_type(const std::string& answer);

/// A name of the schema or an id, as a folder's element.
std::string folder_element(const std::string& folder);
std::string item_element(const std::string& id, const std::string& change_key = "");
/// Every text of the elements of that local name, in their order.
std::vector<std::string> texts(const std::string& xml, std::string_view element);
/// Every value of that attribute in elements of that local name.
std::vector<std::string> attributes(const std::string& xml, std::string_view element, const std::string& attribute);

}  // namespace mailward::testing
