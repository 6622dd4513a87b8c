#include "tests/ews/support/mailbox_script.h"

#include <algorithm>
#include <array>
#include <random>

namespace mailward::testing {

namespace {

constexpr std::array kWords{"Angebot",  "réunion",     "日本語",   "Ελλάδα",  "שלום",          "смета",
                            "😀 smile", "a/b\\c",      "<&\"'>",   "  outer", "ünïcödé",       "tab\there",
                            "plain",    "100% & more", "O'Neill;", "ไทย",     "مرحبا (draft)", "=?utf-8?q?x?="};
constexpr std::array kHows{"hard", "soft", "deleted_items"};
constexpr std::array kImportances{"Low", "Normal", "High"};

/// Keeps what exists, so that every step can be carried out.
class Writer {
 public:
  explicit Writer(unsigned seed) : random_(seed) {}

  Step next() {
    while (true) {
      Step step = attempt(below(100));
      if (!step.is_null()) return step;
    }
  }

 private:
  struct Folder {
    std::string name;
    std::string parent;
  };
  struct Item {
    std::string name;
    std::string folder;
    bool message = true;
    bool mime = false;
  };

  std::size_t below(std::size_t limit) { return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random_); }
  template <typename List>
  const auto& any(const List& list) {
    return list.at(below(list.size()));
  }
  std::string text(const std::string& after = {}) { return std::string(any(kWords)) + " " + after; }
  std::string fresh(char kind) { return kind + std::to_string(++made_); }
  /// A folder for messages.
  std::string folder() { return folders_.empty() || below(4) == 0 ? "inbox" : any(folders_).name; }
  bool below_itself(std::string_view folder, std::string_view inside) const {
    while (inside != "inbox") {
      if (inside == folder) return true;
      const auto found = std::ranges::find(folders_, inside, &Folder::name);
      inside = found->parent;
    }
    return false;
  }
  void forget_in(const std::string& gone) {
    std::erase_if(items_, [&](const Item& each) { return each.folder == gone; });
  }

  Step attempt(std::size_t choice) {
    if (choice < 10) return make_folder();
    if (choice < 16) return change_folder(choice);
    if (choice < 34) return make_message();
    if (choice < 42) return make_mime();
    if (choice < 52) return make_other(choice);
    if (choice < 60) {
      return {{"op", "send"}, {"subject", text(fresh('s'))}, {"body", text()}, {"to", {"userb@example.test"}}};
    }
    if (items_.empty()) return nullptr;
    return with_item(choice, below(items_.size()));
  }
  Step make_folder() {
    Folder made{.name = fresh('f'), .parent = folder()};
    // Names must not stand beside each other twice.
    Step step{{"op", "folder"}, {"as", made.name}, {"parent", made.parent}, {"name", text(made.name)}};
    folders_.push_back(std::move(made));
    return step;
  }
  Step change_folder(std::size_t choice) {
    if (folders_.empty()) return nullptr;
    const std::size_t which = below(folders_.size());
    Folder& one = folders_[which];
    if (choice < 12) return {{"op", "rename"}, {"folder", one.name}, {"name", text(fresh('n'))}};
    if (choice < 14) {
      const std::string to = folder();
      if (to == one.parent || below_itself(one.name, to)) return nullptr;
      one.parent = to;
      return {{"op", "move_folder"}, {"folder", one.name}, {"to", to}};
    }
    if (choice < 15) {
      forget_in(one.name);
      return {{"op", "empty"}, {"folder", one.name}, {"how", any(kHows)}};
    }
    const std::string gone = one.name;
    if (std::ranges::any_of(folders_, [&](const Folder& each) { return each.parent == gone; })) return nullptr;
    forget_in(gone);
    folders_.erase(folders_.begin() + static_cast<std::ptrdiff_t>(which));
    return {{"op", "delete_folder"}, {"folder", gone}, {"how", any(kHows)}};
  }
  Step make_message() {
    Item made{.name = fresh('m'), .folder = folder()};
    Step step{{"op", "message"},        {"as", made.name},
              {"folder", made.folder},  {"subject", text(made.name)},
              {"body", body()},         {"html", html_},
              {"read", below(2) == 0},  {"importance", any(kImportances)},
              {"categories", labels()}, {"to", {"userb@example.test", "x@other.test"}}};
    items_.push_back(std::move(made));
    return step;
  }
  std::string body() {
    html_ = below(2) == 0;
    return html_ ? "<html><body><p>" + std::to_string(below(1000)) + " <b>b</b></p></body></html>"
                 : text("\nsecond line\n");
  }
  Step labels() {
    Step list = Step::array();
    for (std::size_t i = below(3); i > 0; --i) list.push_back("Category " + std::to_string(i));
    return list;
  }
  Step make_mime() {
    Item made{.name = fresh('r'), .folder = folder(), .mime = true};
    Step step{{"op", "mime"},
              {"as", made.name},
              {"folder", made.folder},
              {"mime", "From: X <x@other.test>\r\nTo: usera@example.test\r\nSubject: =?utf-8?q?r=C3=A9?= " + made.name +
                           "\r\nMessage-ID: <" + made.name +
                           "@other.test>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
                           "Content-Transfer-Encoding: 8bit\r\n\r\n" +
                           text("\r\n.\r\nFrom here\r\n")}};
    items_.push_back(std::move(made));
    return step;
  }
  Step make_other(std::size_t choice) {
    Item made{.name = fresh('o'), .folder = {}, .message = false};
    Step step;
    if (choice < 45) {
      made.folder = "calendar";
      step = {{"op", "appointment"},
              {"subject", text(made.name)},
              {"start", "2026-12-0" + std::to_string(1 + below(9)) + "T1" + std::to_string(below(10)) + ":00:00Z"},
              {"minutes", 15 + below(200)},
              {"location", text()}};
    } else if (choice < 49) {
      made.folder = "contacts";
      step = {
          {"op", "contact"}, {"given", text()}, {"surname", text(made.name)}, {"address", made.name + "@other.test"}};
    } else {
      made.folder = "tasks";
      step = {{"op", "task"}, {"subject", text(made.name)}, {"due", "2026-12-1" + std::to_string(below(10))}};
    }
    step["as"] = made.name;
    items_.push_back(std::move(made));
    return step;
  }
  Step with_item(std::size_t choice, std::size_t which) {
    Item& one = items_[which];
    if (choice < 74) return change(one);
    if (choice < 80) {
      std::string content;
      for (std::size_t i = below(60) * 4; i > 0; --i) content += "ABCDwxyz0189+/"[below(14)];
      return {{"op", "attach"}, {"item", one.name}, {"name", text("file.bin")}, {"content", content}};
    }
    if (choice < 94) {
      if (!one.message) return nullptr;
      const std::string to = below(5) == 0 ? "drafts" : folder();
      if (to == one.folder) return nullptr;
      if (choice < 87) {
        one.folder = to;
        return {{"op", "move"}, {"item", one.name}, {"to", to}};
      }
      Item copy{.name = fresh('c'), .folder = to, .mime = one.mime};
      Step step{{"op", "copy"}, {"item", one.name}, {"to", to}, {"as", copy.name}};
      items_.push_back(std::move(copy));
      return step;
    }
    Step step{{"op", "delete"}, {"item", one.name}, {"how", any(kHows)}};
    items_.erase(items_.begin() + static_cast<std::ptrdiff_t>(which));
    return step;
  }
  Step change(const Item& one) {
    Step step{{"op", "change"}, {"item", one.name}, {"message", one.message}};
    switch (below(one.message ? 5 : 3)) {
      case 0:
        step["categories"] = labels();
        break;
      case 1:
        step["importance"] = any(kImportances);
        break;
      case 2:
        if (one.name.front() == 'o' && one.folder == "contacts") return nullptr;
        step["subject"] = text(fresh('t'));
        break;
      case 3:
        step["is_read"] = below(2) == 0;
        break;
      default:
        step["body"] = body();
        step["html"] = html_;
    }
    return step;
  }

  std::mt19937 random_;
  std::size_t made_ = 0;
  bool html_ = false;
  std::vector<Folder> folders_;
  std::vector<Item> items_;
};

}  // namespace

std::vector<Step> script_of(unsigned seed, std::size_t count) {
  Writer writer(seed);
  std::vector<Step> steps;
  while (steps.size() < count) steps.push_back(writer.next());
  return steps;
}

}  // namespace mailward::testing
