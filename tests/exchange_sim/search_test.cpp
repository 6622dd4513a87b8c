// Restrictions, order, groups, pages and query strings.
#include "tests/exchange_sim/store_conversation.h"

namespace mailward::testing {
namespace {

class Search : public StoreConversation {
 protected:
  void SetUp() override {
    StoreConversation::SetUp();
    folder_ = make_folder("Search");
    put("alpha one", "Low", "Red", "2025-01-01T08:00:00Z", "apples and pears", 10);
    put("beta two", "Normal", "Blue", "2025-01-02T08:00:00Z", "plums", 6);
    put("Alpha three", "High", "Red", "2025-01-03T08:00:00Z", "pears", 8);
    put("gamma four", "High", "", "2025-01-04T08:00:00Z", "cherries", 4);
  }
  void put(const std::string& subject, const std::string& importance, const std::string& category,
           const std::string& received, const std::string& body, int bits) {
    const auto extended = [](const std::string& name, const std::string& value) {
      return "<t:ExtendedProperty>" + name + "<t:Value>" + value + "</t:Value></t:ExtendedProperty>";
    };
    made("<t:Message><t:Subject>" + subject + "</t:Subject><t:Body BodyType=\"Text\">" + body + "</t:Body>" +
             (category.empty() ? "" : "<t:Categories><t:String>" + category + "</t:String></t:Categories>") +
             "<t:Importance>" + importance + "</t:Importance>" +
             extended("<t:ExtendedFieldURI PropertyTag=\"0x0E06\" PropertyType=\"SystemTime\"/>", received) +
             extended(kBits, std::to_string(bits)) +
             "<t:ToRecipients><t:Mailbox><t:EmailAddress>userb@example.test</t:EmailAddress></t:Mailbox>"
             "</t:ToRecipients></t:Message>",
         folder_);
  }
  /// First words of the subjects, in their order.
  std::string subjects(const std::string& rest, const std::string& view = "") {
    std::string out;
    for (const std::string& subject : texts(find(folder_, rest, view), "Subject")) {
      out += (out.empty() ? "" : " ") + subject.substr(subject.find(' ') + 1);
    }
    return out;
  }
  std::string where(const std::string& expression) {
    return subjects("<m:Restriction>" + expression + "</m:Restriction>" + kUp);
  }
  static std::string field(const std::string& uri) { return "<t:FieldURI FieldURI=\"" + uri + "\"/>"; }
  static std::string two(const std::string& name, const std::string& path, const std::string& value) {
    return "<t:" + name + ">" + path + "<t:FieldURIOrConstant><t:Constant Value=\"" + value +
           "\"/></t:FieldURIOrConstant></t:" + name + ">";
  }
  static std::string contains(const std::string& path, const std::string& mode, const std::string& comparison,
                              const std::string& value) {
    return "<t:Contains ContainmentMode=\"" + mode + "\" ContainmentComparison=\"" + comparison + "\">" + path +
           "<t:Constant Value=\"" + value + "\"/></t:Contains>";
  }
  std::string query(const std::string& text) {
    return subjects(std::string(kUp) + "<m:QueryString>" + text + "</m:QueryString>");
  }

  static constexpr const char* kBits = "<t:ExtendedFieldURI PropertyTag=\"0x3FDE\" PropertyType=\"Integer\"/>";
  static constexpr const char* kUp =
      "<m:SortOrder><t:FieldOrder Order=\"Ascending\"><t:FieldURI FieldURI=\"item:DateTimeReceived\"/></t:FieldOrder>"
      "</m:SortOrder>";
  std::string folder_;
};

TEST_F(Search, restrictions_of_every_kind_hold_by_type) {
  EXPECT_EQ(where(two("IsEqualTo", field("item:Subject"), "ALPHA ONE")), "one");
  EXPECT_EQ(where(two("IsNotEqualTo", field("item:Importance"), "High")), "one two");
  EXPECT_EQ(where(two("IsGreaterThan", field("item:Importance"), "Low")), "two three four") << "by rank, not by name";
  EXPECT_EQ(where(two("IsGreaterThan", field("item:DateTimeReceived"), "2025-01-02T09:00:00+01:00")), "three four");
  EXPECT_EQ(where(two("IsGreaterThanOrEqualTo", field("item:DateTimeReceived"), "2025-01-02T09:00:00+01:00")),
            "two three four");
  EXPECT_EQ(where(two("IsLessThan", kBits, "10")), "two three four") << "as numbers";
  EXPECT_EQ(where(two("IsLessThanOrEqualTo", kBits, "6")), "two four");
  EXPECT_EQ(where("<t:Excludes>" + std::string(kBits) + "<t:Bitmask Value=\"0x2\"/></t:Excludes>"), "three four");
  EXPECT_EQ(where("<t:Exists>" + field("item:Categories") + "</t:Exists>"), "one two three");
  EXPECT_EQ(where("<t:Not><t:Exists>" + field("item:Categories") + "</t:Exists></t:Not>"), "four");
  EXPECT_EQ(where("<t:And>" + two("IsEqualTo", field("item:Categories"), "Red") +
                  two("IsEqualTo", field("item:Importance"), "High") + "</t:And>"),
            "three");
  EXPECT_EQ(where("<t:Or>" + two("IsEqualTo", field("item:Categories"), "Blue") +
                  two("IsEqualTo", field("item:Importance"), "Low") + "</t:Or>"),
            "one two");
  EXPECT_EQ(where("<t:IsEqualTo>" + field("item:DateTimeCreated") + "<t:FieldURIOrConstant>" +
                  field("item:DateTimeCreated") + "</t:FieldURIOrConstant></t:IsEqualTo>"),
            "one two three four");
}

TEST_F(Search, containment_obeys_its_modes) {
  const std::string subject = field("item:Subject");
  EXPECT_EQ(where(contains(subject, "FullString", "IgnoreCase", "alpha ONE")), "one");
  EXPECT_EQ(where(contains(subject, "Prefixed", "IgnoreCase", "alpha")), "one three");
  EXPECT_EQ(where(contains(subject, "Prefixed", "Exact", "Alpha")), "three");
  EXPECT_EQ(where(contains(subject, "Substring", "IgnoreCase", "MMA")), "four");
  EXPECT_EQ(where(contains(subject, "PrefixOnWords", "IgnoreCase", "thr")), "three");
  EXPECT_EQ(where(contains(subject, "ExactPhrase", "IgnoreCase", "t")), "");
  EXPECT_EQ(where(contains(field("item:Body"), "ExactPhrase", "IgnoreCase", "pears")), "one three");
  EXPECT_EQ(where(contains(field("message:ToRecipients"), "Substring", "IgnoreCase", "user b")), "one two three four")
      << "by the resolved name";
}

TEST_F(Search, accents_count_only_where_the_comparison_says_so) {
  put("R\xc3\xa9union d\xe2\x80\x99\xc3\xa9quipe", "Low", "", "2025-01-05T08:00:00Z", "", 1);
  const auto found = [&](const std::string& comparison, const std::string& wanted) {
    return total(find(folder_, "<m:Restriction>" + contains(field("item:Subject"), "Substring", comparison, wanted) +
                                   "</m:Restriction>"));
  };
  for (const std::string comparison :
       {"IgnoreNonSpacingCharacters", "IgnoreCaseAndNonSpacingCharacters", "Loose", "LooseAndIgnoreCase",
        "LooseAndIgnoreNonSpace", "LooseAndIgnoreCaseAndIgnoreNonSpace"}) {
    EXPECT_EQ(found(comparison, "Reunion"), "1") << comparison;
    EXPECT_EQ(found(comparison, "Re\xcc\x81union"), "1") << comparison << ", composed otherwise";
    EXPECT_EQ(found(comparison, "reunion"), comparison == "IgnoreNonSpacingCharacters" ? "0" : "1") << comparison;
  }
  EXPECT_EQ(found("IgnoreCase", "Reunion"), "0");
  EXPECT_EQ(found("IgnoreCase", "R\xc3\x89UNION"), "1") << "in capitals";
  EXPECT_EQ(found("Exact", "Reunion"), "0");
}

TEST_F(Search, what_cannot_be_looked_for_or_put_in_order_is_refused) {
  const auto asked = [&](const std::string& expression) {
    return element_text(find(folder_, "<m:Restriction>" + expression + "</m:Restriction>"), "ResponseCode");
  };
  for (const std::string uri :
       {"item:Size", "item:DateTimeReceived", "message:IsRead", "item:MimeContent", "item:ItemId", "item:Importance"}) {
    EXPECT_EQ(asked(contains(field(uri), "Substring", "IgnoreCase", "x")), "ErrorContainsFilterWrongType") << uri;
  }
  EXPECT_EQ(asked(contains(kBits, "Substring", "IgnoreCase", "x")), "ErrorContainsFilterWrongType");
  const auto ordered = [&](const std::string& uri) {
    return element_text(
        find(folder_, "<m:SortOrder><t:FieldOrder Order=\"Ascending\">" + field(uri) + "</t:FieldOrder></m:SortOrder>"),
        "ResponseCode");
  };
  for (const std::string uri : {"item:MimeContent", "item:Attachments", "item:ResponseObjects", "item:EffectiveRights",
                                "calendar:Recurrence"}) {
    EXPECT_EQ(asked("<t:Exists>" + field(uri) + "</t:Exists>"), "ErrorUnsupportedPathForQuery") << uri;
    EXPECT_EQ(asked("<t:Not>" + two("IsEqualTo", field(uri), "x") + "</t:Not>"), "ErrorUnsupportedPathForQuery") << uri;
    EXPECT_EQ(ordered(uri), "ErrorUnsupportedPathForSortGroup") << uri;
    EXPECT_EQ(element_text(find(folder_, "<m:GroupBy Order=\"Descending\">" + field(uri) +
                                             "<t:AggregateOn Aggregate=\"Maximum\">" + field("item:Subject") +
                                             "</t:AggregateOn></m:GroupBy>"),
                           "ResponseCode"),
              "ErrorUnsupportedPathForSortGroup")
        << uri;
  }
  EXPECT_EQ(ordered("item:Body"), "ErrorUnsupportedPathForSortGroup");
  EXPECT_EQ(ordered("item:Size"), "NoError");
}

TEST_F(Search, order_pages_and_limits) {
  const auto by = [](const std::string& uri, const std::string& direction) {
    return "<m:SortOrder><t:FieldOrder Order=\"" + direction + "\">" + field(uri) + "</t:FieldOrder></m:SortOrder>";
  };
  EXPECT_EQ(subjects(""), "four three two one") << "newest first";
  EXPECT_EQ(subjects(by("item:Subject", "Ascending")), "one three two four");
  EXPECT_EQ(subjects("<m:SortOrder><t:FieldOrder Order=\"Descending\">" + field("item:Importance") +
                     "</t:FieldOrder><t:FieldOrder Order=\"Ascending\">" + field("item:Subject") +
                     "</t:FieldOrder></m:SortOrder>"),
            "three four two one");
  const auto indexed = [](int most, int offset, const std::string& from) {
    return "<m:IndexedPageItemView MaxEntriesReturned=\"" + std::to_string(most) + "\" Offset=\"" +
           std::to_string(offset) + "\" BasePoint=\"" + from + "\"/>";
  };
  EXPECT_EQ(subjects(kUp, indexed(2, 1, "Beginning")), "two three");
  EXPECT_EQ(subjects(kUp, indexed(2, 0, "End")), "three four");
  EXPECT_EQ(subjects(kUp, indexed(9, 4, "Beginning")), "");
  const std::string half =
      find(folder_, kUp, "<m:FractionalPageItemView MaxEntriesReturned=\"1\" Numerator=\"1\" Denominator=\"2\"/>");
  EXPECT_EQ(element_text(half, "Subject"), "Alpha three");
  EXPECT_EQ(attribute_of(half, "RootFolder", "NumeratorOffset"), "3");
  EXPECT_EQ(attribute_of(half, "RootFolder", "AbsoluteDenominator"), "4");
  const std::string sought =
      find(folder_, kUp,
           "<m:SeekToConditionPageItemView MaxEntriesReturned=\"2\" BasePoint=\"Beginning\"><t:Condition>" +
               two("IsEqualTo", field("item:Subject"), "beta two") + "</t:Condition></m:SeekToConditionPageItemView>");
  EXPECT_EQ(texts(sought, "Subject"), (std::vector<std::string>{"beta two", "Alpha three"}));
}

TEST_F(Search, groups_come_in_the_order_of_what_they_aggregate) {
  const std::string found = find(folder_, "<m:GroupBy Order=\"Descending\">" + field("item:Importance") +
                                              "<t:AggregateOn Aggregate=\"Maximum\">" + field("item:DateTimeReceived") +
                                              "</t:AggregateOn></m:GroupBy>");
  EXPECT_EQ(texts(found, "GroupIndex"), (std::vector<std::string>{"High", "Normal", "Low"}));
  EXPECT_EQ(texts(found, "Subject").front(), "gamma four");
}

TEST_F(Search, the_standard_groups_are_conversations_in_the_order_of_their_newest_items) {
  put("AW: beta two", "Low", "", "2025-01-05T08:00:00Z", "", 1);
  put("RE: gamma four", "Low", "", "2025-01-01T07:00:00Z", "", 1);
  const auto grouped = [](const std::string& direction, const std::string& by) {
    return "<m:DistinguishedGroupBy Order=\"" + direction + "\"><t:StandardGroupBy>" + by +
           "</t:StandardGroupBy></m:DistinguishedGroupBy>";
  };
  const std::string newest_first = find(folder_, grouped("Descending", "ConversationTopic"));
  EXPECT_EQ(texts(newest_first, "GroupIndex"),
            (std::vector<std::string>{"beta two", "gamma four", "Alpha three", "alpha one"}))
      << "by the newest of each, not by its oldest nor by name";
  EXPECT_EQ(texts(newest_first, "Subject"), (std::vector<std::string>{"AW: beta two", "beta two", "gamma four",
                                                                      "RE: gamma four", "Alpha three", "alpha one"}));
  const std::string page =
      find(folder_, grouped("Descending", "ConversationTopic"),
           "<m:IndexedPageItemView MaxEntriesReturned=\"2\" Offset=\"1\" BasePoint=\"Beginning\"/>");
  EXPECT_EQ(texts(page, "Subject"), (std::vector<std::string>{"beta two", "gamma four"}))
      << "cut from what was grouped";
  EXPECT_EQ(texts(page, "GroupIndex"), (std::vector<std::string>{"beta two", "gamma four"}));
  EXPECT_EQ(attribute_of(page, "RootFolder", "TotalItemsInView"), "6");
  EXPECT_EQ(texts(find(folder_, grouped("Ascending", "ConversationTopic")), "GroupIndex"),
            (std::vector<std::string>{"alpha one", "Alpha three", "gamma four", "beta two"}));
  EXPECT_EQ(fault("<m:FindItem Traversal=\"Shallow\"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>" +
                  grouped("Descending", "Subject") + "<m:ParentFolderIds>" + folder_element(folder_) +
                  "</m:ParentFolderIds></m:FindItem>"),
            "ErrorSchemaValidation");
}

TEST_F(Search, a_query_string_looks_into_words_and_fields) {
  EXPECT_EQ(query("pears"), "one three");
  EXPECT_EQ(query("subject:alpha"), "one three");
  EXPECT_EQ(query("subject:alpha AND importance:high"), "three");
  EXPECT_EQ(query("plums OR cherries"), "two four");
  EXPECT_EQ(query("NOT pears"), "two four");
  EXPECT_EQ(query("(plums OR pears) subject:one"), "one");
  EXPECT_EQ(query("&quot;apples and&quot;"), "one");
  EXPECT_EQ(query("received:2025-01-02"), "two");
  EXPECT_EQ(query("received:&gt;=2025-01-03"), "three four");
  EXPECT_EQ(query("received:2025-01-02..2025-01-03"), "two three");
  EXPECT_EQ(query("category:red"), "one three");
  EXPECT_EQ(query("to:userb"), "one two three four");
  EXPECT_EQ(query("hasattachments:true"), "");
  EXPECT_EQ(query("size:&gt;1000000"), "");
  EXPECT_EQ(query("kind:email"), "one two three four");
  EXPECT_EQ(query("((((((("), "one two three four") << "what is no query asks for nothing";
}

TEST_F(Search, calendar_views_and_bad_questions) {
  made(
      "<t:CalendarItem><t:Subject>m 1</t:Subject><t:Start>2025-03-01T10:00:00Z</t:Start><t:End>2025-03-01T11:00:00Z"
      "</t:End></t:CalendarItem>");
  made(
      "<t:CalendarItem><t:Subject>m 2</t:Subject><t:Start>2025-02-01T10:00:00Z</t:Start><t:End>2025-02-01T11:00:00Z"
      "</t:End></t:CalendarItem>");
  const auto view = [](const std::string& from, const std::string& until) {
    return "<m:CalendarView StartDate=\"" + from + "\" EndDate=\"" + until + "\"/>";
  };
  EXPECT_EQ(texts(find("calendar", "", view("2025-01-01T00:00:00Z", "2025-12-31T00:00:00Z")), "Subject"),
            (std::vector<std::string>{"m 2", "m 1"}));
  EXPECT_EQ(texts(find("calendar", "", view("2025-03-01T10:30:00Z", "2025-03-02T00:00:00Z")), "Subject"),
            (std::vector<std::string>{"m 1"}));
  const auto asked = [](const std::string& restriction) {
    return "<m:FindItem Traversal=\"Shallow\"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>"
           "<m:Restriction>" +
           restriction + "</m:Restriction><m:ParentFolderIds>" + folder_element("inbox") +
           "</m:ParentFolderIds></m:FindItem>";
  };
  for (const std::string& bad : {std::string("<t:Like/>"), std::string("<t:IsEqualTo/>"), std::string("<t:Exists/>"),
                                 "<t:IsEqualTo>" + field("item:Subject") + "</t:IsEqualTo>",
                                 "<t:Exists>" + field("item:NoSuchThing") + "</t:Exists>",
                                 contains(field("item:Subject"), "Everywhere", "Exact", "x")}) {
    EXPECT_EQ(fault(asked(bad)), "ErrorSchemaValidation") << bad;
  }
}

/// More items in the inbox than an answer may hold.
class CrowdedInbox : public StoreConversation {
 protected:
  SimulatorOptions options() const override {
    return {.config = R"(
[exchange]
schemes = ["Basic"]
[[account]]
name = 'EXAMPLE\svc-mailward'
password = "Sample-Passw0rd!"
[[mailbox]]
smtp = "usera@example.test"
messages = 1100
[[impersonation]]
account = 'EXAMPLE\svc-mailward'
everyone = true
)",
            .environment = {}};
  }
  /// How many items, the next page's offset, whether these are the last: "1000 1000 false".
  std::string page(const std::string& rest, int most, int offset) {
    const std::string found =
        find("inbox", rest,
             most == 0 ? ""
                       : "<m:IndexedPageItemView MaxEntriesReturned=\"" + std::to_string(most) + "\" Offset=\"" +
                             std::to_string(offset) + "\" BasePoint=\"Beginning\"/>",
             "IdOnly");
    EXPECT_EQ(total(found), "1100");
    return std::to_string(texts(found, "ItemId").size()) + " " +
           attribute_of(found, "RootFolder", "IndexedPagingOffset") + " " +
           attribute_of(found, "RootFolder", "IncludesLastItemInRange");
  }
};

TEST_F(CrowdedInbox, is_found_in_pages_of_250_items_with_a_restriction_and_of_1000_without) {
  EXPECT_EQ(page("", 0, 0), "1000  false");
  EXPECT_EQ(page("", 1100, 0), "1000 1000 false");
  EXPECT_EQ(page("", 1100, 1000), "100 1100 true");
  EXPECT_EQ(page("", 1000, 100), "1000 1100 true");
  const std::string restriction =
      "<m:Restriction><t:Exists><t:FieldURI FieldURI=\"item:Subject\"/></t:Exists></m:Restriction>";
  EXPECT_EQ(page(restriction, 0, 0), "250  false");
  EXPECT_EQ(page(restriction, 1000, 0), "250 250 false");
  EXPECT_EQ(page(restriction, 1000, 1000), "100 1100 true");
  EXPECT_EQ(page("<m:QueryString>kind:email</m:QueryString>", 1000, 500), "250 750 false");
}

// Microsoft's list of response codes.
TEST_F(Search, a_calendars_view_is_of_a_calendar_and_its_days_are_times) {
  const auto view = [](const std::string& start) {
    return "<m:CalendarView StartDate=\"" + start + "\" EndDate=\"2025-02-01T00:00:00Z\"/>";
  };
  const auto asked = [&](const std::string& folder, const std::string& start) {
    return "<m:FindItem Traversal=\"Shallow\"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>" +
           view(start) + "<m:ParentFolderIds>" + folder_element(folder) + "</m:ParentFolderIds></m:FindItem>";
  };
  EXPECT_EQ(code(asked("calendar", "2025-01-01T00:00:00Z")), "NoError");
  EXPECT_EQ(code(asked("inbox", "2025-01-01T00:00:00Z")), "ErrorCalendarFolderIsInvalidForCalendarView");
  EXPECT_EQ(fault(asked("calendar", "soon")), "ErrorSchemaValidation");
}

TEST_F(Search, a_restriction_of_more_than_255_expressions_is_too_long) {
  const auto asked = [&](int expressions) {
    std::string inside;
    for (int i = 0; i < expressions - 1; ++i) inside += "<t:Exists><t:FieldURI FieldURI=\"item:Subject\"/></t:Exists>";
    return "<m:FindItem "
           "Traversal=\"Shallow\"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape><m:Restriction>"
           "<t:Or>" +
           inside + "</t:Or></m:Restriction><m:ParentFolderIds>" + folder_element(folder_) +
           "</m:ParentFolderIds></m:FindItem>";
  };
  EXPECT_EQ(code(asked(255)), "NoError");
  EXPECT_EQ(code(asked(256)), "ErrorRestrictionTooLong");
}

}  // namespace
}  // namespace mailward::testing
