// Extended properties: which names and values there can be, on writing and on reading.
#include "tests/exchange_sim/store_conversation.h"

namespace mailward::testing {
namespace {

class ExtendedProperties : public StoreConversation {
 protected:
  static std::string uri(const std::string& attributes_of_path) {
    return "<t:ExtendedFieldURI " + attributes_of_path + "/>";
  }
  static std::string named(const std::string& type, const std::string& name = "mark") {
    return uri("DistinguishedPropertySetId=\"PublicStrings\" PropertyName=\"" + name + "\" PropertyType=\"" + type +
               "\"");
  }
  static std::string property(const std::string& path, const std::string& inside) {
    return "<t:ExtendedProperty>" + path + inside + "</t:ExtendedProperty>";
  }
  static std::string value(const std::string& text) { return "<t:Value>" + text + "</t:Value>"; }
  static std::string values(const std::string& text) { return "<t:Values>" + value(text) + "</t:Values>"; }
  std::string created(const std::string& path, const std::string& inside) {
    return element_text(create("<t:Message>" + property(path, inside) + "</t:Message>"), "ResponseCode");
  }
  std::string made_folder(const std::string& path, const std::string& inside) {
    return code("<m:CreateFolder><m:ParentFolderId>" + folder_element("inbox") +
                "</m:ParentFolderId><m:Folders><t:Folder><t:DisplayName>f</t:DisplayName>" + property(path, inside) +
                "</t:Folder></m:Folders></m:CreateFolder>");
  }
  static std::string also(const std::string& path) {
    return "<t:AdditionalProperties>" + path + "</t:AdditionalProperties>";
  }
  /// Attributes that do not go together, as far as the schema has nothing against them.
  static std::vector<std::string> impossible() {
    return {uri(R"(PropertyTag="0x37" PropertyId="3" PropertyType="String")"),
            uri(R"(PropertyTag="0x37" PropertyName="p" PropertyType="String")"),
            uri(R"(DistinguishedPropertySetId="PublicStrings" PropertySetId="00020329-0000-0000-C000-000000000046" )"
                R"(PropertyName="p" PropertyType="String")"),
            uri(R"(DistinguishedPropertySetId="PublicStrings" PropertyType="String")"),
            uri(R"(DistinguishedPropertySetId="Task" PropertyName="p" PropertyId="3" PropertyType="String")"),
            uri(R"(PropertyName="x" PropertyType="String")"),
            uri(R"(PropertyTag="0x8001" PropertyType="String")"),
            uri(R"(PropertyType="String")")};
  }
};

TEST_F(ExtendedProperties, a_value_that_its_type_cannot_have_is_refused) {
  const std::vector<std::pair<std::string, std::string>> wrong{
      {"Integer", "abc"},  {"Integer", "2147483648"}, {"Short", "40000"},          {"Long", "1e999"},
      {"Currency", "1.5"}, {"Double", "x"},           {"Float", "1e40"},           {"Boolean", "maybe"},
      {"CLSID", "zz"},     {"Binary", "!!"},          {"SystemTime", "yesterday"}, {"ApplicationTime", "noon"}};
  for (const auto& [type, text] : wrong) {
    EXPECT_EQ(created(named(type), value(text)), "ErrorInvalidExtendedPropertyValue") << type << " " << text;
  }
  EXPECT_EQ(created(named("IntegerArray"), "<t:Values><t:Value>1</t:Value><t:Value>x</t:Value></t:Values>"),
            "ErrorInvalidExtendedPropertyValue");
  const std::vector<std::pair<std::string, std::string>> right{{"Integer", "-2147483648"},
                                                               {"Short", "-1"},
                                                               {"Long", "9223372036854775807"},
                                                               {"Currency", "150"},
                                                               {"Double", "1.5e3"},
                                                               {"Float", "INF"},
                                                               {"Boolean", "1"},
                                                               {"CLSID", "00020329-0000-0000-C000-000000000046"},
                                                               {"Binary", "AAEC"},
                                                               {"SystemTime", "2027-01-02T03:04:05+01:00"},
                                                               {"String", ""}};
  for (const auto& [type, text] : right) EXPECT_EQ(created(named(type), value(text)), "NoError") << type << " " << text;
}

TEST_F(ExtendedProperties, several_values_belong_to_arrays_and_one_to_the_others) {
  EXPECT_EQ(created(named("String"), values("a")), "ErrorInvalidExtendedPropertyValue");
  EXPECT_EQ(created(named("StringArray"), value("a")), "ErrorInvalidExtendedPropertyValue");
  EXPECT_EQ(created(named("StringArray"), values("a")), "NoError");
  EXPECT_EQ(made_folder(named("Integer"), value("x")), "ErrorInvalidExtendedPropertyValue");
  EXPECT_EQ(made_folder(named("Integer"), value("7")), "NoError");
  EXPECT_EQ(fault("<m:CreateItem MessageDisposition=\"SaveOnly\"><m:Items><t:Message>" + property(named("String"), "") +
                  "</t:Message></m:Items></m:CreateItem>"),
            "ErrorSchemaValidation");
}

TEST_F(ExtendedProperties, attributes_that_do_not_go_together_are_refused_on_writing_and_on_reading) {
  const std::string id = made("<t:Message><t:Subject>x</t:Subject></t:Message>");
  const std::string order = "<m:SortOrder><t:FieldOrder Order=\"Ascending\">";
  for (const std::string& path : impossible()) {
    const std::string expected = "ErrorInvalidExtendedProperty";
    EXPECT_EQ(created(path, value("a")), expected) << path;
    EXPECT_EQ(made_folder(path, value("a")), expected) << path;
    EXPECT_EQ(element_text(set_field(id, path, property(path, value("a"))), "ResponseCode"), expected) << path;
    EXPECT_EQ(element_text(update(id, "<t:DeleteItemField>" + path + "</t:DeleteItemField>"), "ResponseCode"),
              expected);
    EXPECT_EQ(element_text(get(id, "IdOnly", also(path)), "ResponseCode"), expected) << path;
    EXPECT_EQ(code("<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape>" + also(path) +
                   "</m:FolderShape><m:FolderIds>" + folder_element("inbox") + "</m:FolderIds></m:GetFolder>"),
              expected);
    EXPECT_EQ(code("<m:SyncFolderItems><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape>" + also(path) +
                   "</m:ItemShape><m:SyncFolderId>" + folder_element("inbox") +
                   "</m:SyncFolderId><m:MaxChangesReturned>1</m:MaxChangesReturned></m:SyncFolderItems>"),
              expected);
    EXPECT_EQ(
        element_text(find("inbox", "<m:Restriction><t:Exists>" + path + "</t:Exists></m:Restriction>"), "ResponseCode"),
        expected);
    EXPECT_EQ(element_text(find("inbox", order + path + "</t:FieldOrder></m:SortOrder>"), "ResponseCode"), expected);
  }
  EXPECT_EQ(created(named("Object"), value("a")), "ErrorUnsupportedMapiPropertyType");
  EXPECT_EQ(element_text(get(id, "IdOnly", also(named("Error"))), "ResponseCode"), "ErrorUnsupportedMapiPropertyType");
}

TEST_F(ExtendedProperties, a_change_sets_the_property_that_its_path_names) {
  const std::string id = made("<t:Message><t:Subject>x</t:Subject></t:Message>");
  const auto set = [&](const std::string& path, const std::string& element) {
    return element_text(set_field(id, path, element), "ResponseCode");
  };
  EXPECT_EQ(set(named("String", "a"), property(named("String", "b"), value("1"))), "ErrorUpdatePropertyMismatch");
  EXPECT_EQ(set(named("String", "a"), property(named("Integer", "a"), value("1"))), "ErrorUpdatePropertyMismatch");
  EXPECT_EQ(set(named("String", "a"), "<t:Subject>y</t:Subject>"), "ErrorUpdatePropertyMismatch");
  EXPECT_EQ(texts(get(id, "IdOnly", also(named("String", "b"))), "Value"), std::vector<std::string>{});
  EXPECT_EQ(set(named("String", "a"),
                property(uri("PropertySetId=\"00020329-0000-0000-C000-000000000046\" PropertyName=\"a\" "
                             "PropertyType=\"String\""),
                         value("1"))),
            "NoError")
      << "the same property by its set's other name";
  EXPECT_EQ(texts(get(id, "IdOnly", also(named("String", "a"))), "Value"), std::vector<std::string>{"1"});

  const std::string folder = make_folder("f");
  EXPECT_EQ(code("<m:UpdateFolder><m:FolderChanges><t:FolderChange>" + folder_element(folder) +
                 "<t:Updates><t:SetFolderField>" + named("String", "a") + "<t:Folder>" +
                 property(named("String", "b"), value("1")) +
                 "</t:Folder></t:SetFolderField></t:Updates></t:FolderChange></m:FolderChanges></m:UpdateFolder>"),
            "ErrorUpdatePropertyMismatch");
}

TEST_F(ExtendedProperties, a_change_sets_the_entry_that_its_path_names) {
  const std::string id = made("<t:Contact><t:FileAs>c</t:FileAs></t:Contact>", "contacts");
  const auto set = [&](const std::string& key) {
    return element_text(
        set_field(id, "<t:IndexedFieldURI FieldURI=\"contacts:EmailAddress\" FieldIndex=\"EmailAddress1\"/>",
                  "<t:EmailAddresses><t:Entry Key=\"" + key + "\">a@example.test</t:Entry></t:EmailAddresses>",
                  "Contact"),
        "ResponseCode");
  };
  EXPECT_EQ(set("EmailAddress2"), "ErrorUpdatePropertyMismatch");
  EXPECT_EQ(set("EmailAddress1"), "NoError");
}

}  // namespace
}  // namespace mailward::testing
