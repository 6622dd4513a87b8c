#!/usr/bin/env python3
"""Reads the #includes of the whole tree and holds them against the floors of the house (ARCHITECTURE.md).

usage: check_layering.py [--root DIR] [--build BUILD_DIR]    exit 0: all holds, 1: something does not
       check_layering.py --self-test                         breaks every rule once in a small tree and looks for the cry

With --build, Ninja's record of what each object really read is held against the libraries' rooms too.
"""
import argparse
import os
import re
import subprocess
import sys
from collections import namedtuple

# What each room may include besides itself. CMakeLists.txt's USES must say the same.
USES = {
    "base": "",
    "db": "base",
    "http": "base",
    "mime": "base",
    "kerberos": "base",
    "ews": "base http kerberos",
    "directory": "base kerberos",
    "audit": "base db http",
    "secrets": "base db audit",
    "work": "base db audit",
    "notify": "base db http audit secrets work",
    "connections": "base db http audit secrets work notify ews directory kerberos",
    "access": "base db secrets audit",
    "renewal": "base db audit secrets work notify connections access",
    "api": "base db http audit secrets work notify directory connections access renewal",
    "cli": "base http api",
    "app": "base db http audit secrets work notify ews directory kerberos connections access renewal api cli",
    "exchange_sim": "base http mime",
}
USES = {room: set(used.split()) for room, used in USES.items()}

# From the ground up. A room uses lower floors; on its own floor only what is written in BESIDE.
FLOORS = [
    "base",
    "db http smtp mime vault kerberos directory ews",
    "audit secrets work notify access connections catalogue",
    "renewal recover protect remediate continuity",
    "api cli",
    "app",
]
FLOORS = [set(floor.split()) for floor in FLOORS]
BESIDE = {
    "ews": "http kerberos", "directory": "kerberos", "vault": "http mime", "secrets": "audit", "work": "audit",
    "notify": "work secrets audit", "access": "secrets audit", "connections": "work secrets audit notify",
    "catalogue": "work audit", "cli": "api",
}
BESIDE = {room: set(used.split()) for room, used in BESIDE.items()}

# Doors narrower than a floor: who may include these headers from outside their room.
# Opening EWS sessions belongs to connections/ alone, so that nothing bypasses the gate; app/ builds the transport.
NARROW = {
    "ews/session.h": {"connections"},
    "ews/session_pool.h": {"connections"},
    "ews/transport.h": {"connections", "app"},
}
NARROW_ROOMS = {"directory": {"connections", "access", "catalogue", "api", "app"}}

# Heavy libraries: the rooms that may include them. In a header only where no other room reaches that header.
LIBRARIES = {
    "boost": (r"boost/", "http smtp"),
    "OpenSSL": (r"openssl/", "base http ews secrets exchange_sim"),
    "libcurl": (r"curl/", "http ews notify"),
    "pugixml": (r"pugixml", "ews exchange_sim"),
    "libxml2": (r"libxml/", "exchange_sim"),
    "GMime": (r"(gmime|glib|gio|gobject)(/|\.h)", "mime"),
    "libpq": (r"(postgresql/)?(libpq|pg_config)", "db"),
    "SQLite": (r"sqlite3", "db"),
    "OpenLDAP": (r"(ldap|lber|ldif)\w*\.h", "directory exchange_sim"),
    "krb5": (r"(krb5|gssapi|profile\.h)", "kerberos ews exchange_sim"),
    "libsodium": (r"sodium", "base secrets audit access"),
    "c-ares": (r"ares", "base"),
    "zlib": (r"zlib\.h", "ews"),
    "spdlog": (r"spdlog/", "base"),
    "toml++": (r"toml\+\+/", "app cli exchange_sim"),
    "CLI11": (r"CLI/", "app cli exchange_sim"),
}
LIBRARIES = {name: (re.compile(pattern), set(rooms.split())) for name, (pattern, rooms) in LIBRARIES.items()}
# nlohmann::json may be used everywhere, but its templates stay out of headers that other rooms read.
JSON = re.compile(r"nlohmann/(?!json_fwd)")

LINES_WANTED = 500
INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]')
MACHINE_PATH = re.compile(r"(?<![\w.}/-])/(work|root|home|farm)/")
SLEEP = re.compile(r"\b(sleep_for|sleep_until|u?sleep\s*\(|nanosleep|time\.sleep|waitForTimeout|sleep [0-9.]+)")
# Where no event can be waited for, tests poll by this one's wait_until().
THE_ONE_THAT_POLLS = "tests/support/wait_until.h"

Finding = namedtuple("Finding", "rule file line text")


class Tree:
    """The files of one tree, their rooms and their includes."""

    def __init__(self, root):
        self.root = root
        self.files = self._list()
        self.code = [f for f in self.files if re.match(r"(src|exchange_sim|tests|fuzz|bench)/.*\.(h|cpp|inc)$", f)]
        self.includes = {f: self._read_includes(f) for f in self.code}

    def _list(self):
        try:
            out = subprocess.run(["git", "-C", self.root, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                                 capture_output=True, check=True, text=True).stdout
            names = out.split("\0")
        except (subprocess.CalledProcessError, FileNotFoundError):
            names = [os.path.relpath(os.path.join(d, f), self.root) for d, _, fs in os.walk(self.root) for f in fs]
        return sorted(n for n in names if n and os.path.isfile(os.path.join(self.root, n)))

    def lines(self, name):
        with open(os.path.join(self.root, name), encoding="utf-8", errors="replace") as file:
            return file.read().splitlines()

    def _read_includes(self, name):
        """(line number, quoted, text as written, file of the tree or None) of each include."""
        found = []
        for number, line in enumerate(self.lines(name), 1):
            match = INCLUDE.match(line)
            if match:
                written = match.group(2)
                target = next((t for t in ("src/" + written, written) if t in self._set()), None)
                found.append((number, match.group(1) == '"', written, target))
        return found

    def _set(self):
        if not hasattr(self, "_names"):
            self._names = set(self.files)
        return self._names


def room_of(name):
    """The room of a file: base, ews, …, exchange_sim; tests, fuzz and bench may include anything."""
    parts = name.split("/")
    return parts[1] if parts[0] == "src" and len(parts) > 2 else parts[0]


def bound(name):
    return name.startswith(("src/", "exchange_sim/"))


def check_form(tree):
    for name in tree.code:
        for number, quoted, written, target in tree.includes[name]:
            if quoted and (".." in written.split("/") or "/" not in written):
                yield Finding("form", name, number, f'"{written}": write "room/file.h"')
            elif quoted and target is None:
                yield Finding("form", name, number, f'"{written}" is no file of this tree; a library goes in <>')
            elif not quoted and target is not None:
                yield Finding("form", name, number, f'<{written}> is a file of ours: write it in ""')
        if name.endswith(".h") and not any(line.strip() == "#pragma once" for line in tree.lines(name)):
            yield Finding("form", name, 1, "a header without #pragma once")


def check_floors(tree):
    for name in filter(bound, tree.code):
        room = room_of(name)
        if room not in USES:
            yield Finding("floors", name, 1, f"room {room}/ has no line in USES of tools/check_layering.py")
            continue
        for number, _, written, target in tree.includes[name]:
            if target is None or room_of(target) == room:
                continue
            used = room_of(target)
            if used not in USES[room]:
                yield Finding("floors", name, number, f"{room}/ may not include {written} (it may: {' '.join(sorted(USES[room])) or 'nothing'})")
            elif written in NARROW and room not in NARROW[written]:
                yield Finding("door", name, number, f"{written} is opened by {' and '.join(sorted(NARROW[written]))} alone")
            elif used in NARROW_ROOMS and room not in NARROW_ROOMS[used]:
                yield Finding("door", name, number, f"{used}/ is included by {' '.join(sorted(NARROW_ROOMS[used]))} alone")


def check_table():
    """USES itself against the floors of the design."""
    height = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
    for room, used_rooms in USES.items():
        if room == "exchange_sim":
            if used_rooms - {"base", "http", "mime", "smtp"}:
                yield Finding("table", "tools/check_layering.py", 1, "the simulator uses base, http, mime and smtp only")
            continue
        for used in used_rooms:
            if height[used] >= height[room] and used not in BESIDE.get(room, set()):
                yield Finding("table", "tools/check_layering.py", 1, f"{room} does not stand above {used}")


def check_cmake(tree):
    """CMakeLists.txt links each room with exactly what it may include."""
    if "CMakeLists.txt" not in tree.files:
        return
    seen = set()
    for number, line in enumerate(tree.lines("CMakeLists.txt"), 1):
        match = re.match(r"\s*(room|program)\((\S+)(?:\s+(?!USES\b|LIBS\b)([\w/]+))?(?:\s+USES\s+(.*?))?(?:\s+LIBS\b.*)?\)", line)
        if not match:
            continue
        kind, name, folder, used = match.groups()
        room = os.path.basename(folder) if kind == "program" else name
        seen.add(room)
        linked = set((used or "").split())
        if room not in USES:
            yield Finding("table", "CMakeLists.txt", number, f"room {room} has no line in USES of tools/check_layering.py")
        elif linked != USES[room]:
            differing = " ".join(sorted(linked ^ USES[room]))
            yield Finding("table", "CMakeLists.txt", number, f"{room}: USES here and in tools/check_layering.py differ: {differing}")
    for room in sorted({room_of(f) for f in tree.code if bound(f)} & set(USES) - seen):
        yield Finding("table", "CMakeLists.txt", 1, f"room {room} is not built")


def readers(tree):
    """header -> files that include it directly."""
    back = {}
    for name in tree.code:
        for _, _, _, target in tree.includes[name]:
            if target:
                back.setdefault(target, set()).add(name)
    return back


def foreign_reader(header, back):
    """A file of another room (tests excepted) that reaches the header, or None."""
    seen, todo = {header}, [header]
    while todo:
        for reader in sorted(back.get(todo.pop(), ())):
            if not bound(reader) or reader in seen:
                continue
            if room_of(reader) != room_of(header):
                return reader
            seen.add(reader)
            todo.append(reader)
    return None


def check_libraries(tree):
    back = readers(tree)
    for name in filter(bound, tree.code):
        room = room_of(name)
        for number, quoted, written, target in tree.includes[name]:
            if quoted or target:
                continue
            library = next((l for l, (pattern, _) in LIBRARIES.items() if pattern.match(written)), None)
            if library and room not in LIBRARIES[library][1]:
                yield Finding("library", name, number, f"<{written}>: {library} stays in {' '.join(sorted(LIBRARIES[library][1]))}")
            elif (library or JSON.match(written)) and name.endswith(".h"):
                reader = foreign_reader(name, back)
                if reader:
                    yield Finding("library", name, number, f"<{written}> in a header that {reader} reads: forward declare, or keep it in a .cpp")


def check_cycles(tree):
    state = {}

    def visit(name, path):
        state[name] = "open"
        for number, _, _, target in tree.includes.get(name, ()):
            if target is None or target not in tree.includes:
                continue
            if state.get(target) == "open":
                loop = path[path.index(target):] if target in path else [name]
                yield Finding("cycle", name, number, " -> ".join(loop + [target]))
            elif target not in state:
                yield from visit(target, path + [target])
        state[name] = "done"

    for name in tree.code:
        if name not in state:
            yield from visit(name, [name])


NAMESPACE = re.compile(r"(?:inline )?namespace ?([\w:]*) ?\{")
TYPE = re.compile(r"(?:struct|class|enum|enum class) (\w+)(?: final)?(?: ?:[^:;][^;]*)?\s*\{")


def check_names(tree):
    """Two types of one name in one namespace: the linker keeps one's inline members for both, and says nothing."""
    first = {}
    for name in tree.code:
        around = []
        for number, line in enumerate(tree.lines(name), 1):
            opened, made = NAMESPACE.match(line), TYPE.match(line)
            if opened:
                around.append(opened.group(1) or name)  # what has no name is the file's own
            elif line.startswith("}  // namespace") and around:
                around.pop()
            elif made:
                whole = "::".join([*around, made.group(1)])
                if whole in first:
                    yield Finding("name", name, number, f"{whole} is another type in {first[whole]}: the linker takes one for the other")
                first.setdefault(whole, name)


def check_text(tree):
    for name in tree.files:
        if name.endswith((".png", ".svg", ".ico", ".woff2", ".eml", ".bin")) or name.startswith("fuzz/corpus/"):
            continue
        for number, line in enumerate(tree.lines(name), 1):
            if MACHINE_PATH.search(line):
                yield Finding("path", name, number, f"the path of one machine: {line.strip()[:100]}")
            if name.startswith("tests/") and name != THE_ONE_THAT_POLLS and SLEEP.search(line):
                yield Finding("sleep", name, number, f"wait for a condition (tests/support/wait_until.h) instead: {line.strip()[:100]}")


def long_files(tree):
    for name in tree.code:
        count = len(tree.lines(name))
        if bound(name) and not name.endswith(".inc") and count > LINES_WANTED:
            yield Finding("length", name, 1, f"{count} lines: could a reader hold them?")


def check_objects(tree, build):
    """What the compiler really read, from Ninja's record: no object of a room depends on a library of another's."""
    listing = subprocess.run(["ninja", "-C", build, "-t", "deps"], capture_output=True, check=True, text=True).stdout
    name = room = None
    for line in listing.splitlines():
        match = re.match(r"CMakeFiles/mw_(\w+)\.dir/(.*)\.o: #deps", line)
        if match:
            room, name, told = match.group(1), match.group(2), set()
        elif not line.startswith(" "):
            name = None
        elif name and name in tree.files and room in USES and line.strip().startswith("/usr/include/"):
            path = re.sub(r"^x86_64-linux-gnu/|^aarch64-linux-gnu/", "", line.strip()[len("/usr/include/"):])
            for library in ("boost", "OpenSSL", "libcurl", "pugixml", "libpq", "SQLite", "OpenLDAP"):
                pattern, rooms = LIBRARIES[library]
                if pattern.match(path) and room not in rooms and library not in told:
                    told.add(library)
                    yield Finding("library", name, 1, f"compiling it reads {library} ({line.strip()}), which stays in {' '.join(sorted(rooms))}")


def check(root, build=None):
    tree = Tree(root)
    findings = []
    for part in (check_form, check_floors, check_cmake, check_libraries, check_cycles, check_names, check_text):
        findings += part(tree)
    findings += check_table()
    if build:
        findings += check_objects(tree, build)
    return findings, list(long_files(tree)), len(tree.code)


# The self-test: one small tree that holds, and one breach of each rule that must be found at its very place.
HOLDS = {
    "CMakeLists.txt": "room(base LIBS X)\nroom(http USES base LIBS Y)\n",
    "src/base/result.h": "#pragma once\n#include <expected>\n",
    "src/http/server.h": '#pragma once\n#include "base/result.h"\nclass Loop;\n',
    "src/http/loop.h": "#pragma once\n#include <boost/asio.hpp>\nnamespace mailward::http {\nclass Server final {\n};\nstruct Peer {\n};\n}  // namespace mailward::http\n",
    "src/base/loop.h": "#pragma once\nnamespace mailward {\nclass Server;\nstruct Peer {\n};\n}  // namespace mailward\n",
    "src/http/server.cpp": '#include "http/server.h"\n#include "http/loop.h"\n',
    "tests/http/server_test.cpp": '#include "http/loop.h"\n#include "base/result.h"\n',
}
BREACHES = [
    ("floors", "src/base/up.cpp", '#include "http/server.h"\n'),
    ("floors", "src/cellar/dig.h", "#pragma once\n"),
    ("floors", "src/audit/chain.cpp", '#include "work/run.h"\n'),
    ("floors", "exchange_sim/soap.cpp", '#include "ews/soap.h"\n'),
    ("floors", "src/cli/main_menu.cpp", '#include "db/database.h"\n'),
    ("door", "src/app/compose.cpp", '#include "ews/session.h"\n'),
    ("library", "src/api/routes.cpp", "#include <boost/asio.hpp>\n"),
    ("library", "src/http/request.h", "#pragma once\n#include <openssl/ssl.h>\n"),
    ("library", "src/api/wire.h", "#pragma once\n#include <nlohmann/json.hpp>\n"),
    ("form", "src/base/near.cpp", '#include "result.h"\n'),
    ("form", "src/base/away.cpp", '#include "../base/result.h"\n'),
    ("form", "src/base/angle.cpp", "#include <base/result.h>\n"),
    ("form", "src/base/gone.cpp", '#include "base/no_such_file.h"\n'),
    ("form", "src/base/twice.h", "int x;\n"),
    ("cycle", "src/base/b.h", '#pragma once\n#include "base/a.h"\n'),
    ("name", "src/http/spare.cpp", "namespace mailward::http {\nnamespace {\nstruct Peer {};\n}  // namespace\nclass Server : public Peer {\n};\n}  // namespace mailward::http\n"),
    ("path", "docs/how.md", "Look into /" + "root/notes.\n"),
    ("path", "src/base/place.cpp", 'auto p = "/' + 'home/me/x";\n'),
    ("sleep", "tests/base/slow_test.cpp", "std::this_thread::" + "sleep_for(1s);\n"),
    ("sleep", "tests/base/slow.sh", "sle" + "ep 1\n"),
    ("table", "CMakeLists.txt", "room(base LIBS X)\nroom(http USES base db LIBS Y)\n"),
    ("table", "CMakeLists.txt", "room(base LIBS X)\n"),
]
BESIDE_BREACHES = {  # what a breach needs around it
    "src/work/run.h": "#pragma once\n", "src/ews/soap.h": "#pragma once\n", "src/ews/session.h": "#pragma once\n",
    "src/db/database.h": "#pragma once\n", "src/base/a.h": '#pragma once\n#include "base/b.h"\n',
    "src/http/reader.cpp": '#include "http/request.h"\n', "src/app/reads.cpp": '#include "http/request.h"\n#include "api/wire.h"\n',
}


def self_test():
    import tempfile

    def found(files):
        with tempfile.TemporaryDirectory(prefix="layering-") as root:
            for name, text in files.items():
                os.makedirs(os.path.dirname(os.path.join(root, name)), exist_ok=True)
                with open(os.path.join(root, name), "w", encoding="utf-8") as file:
                    file.write(text)
            return check(root)[0]

    failed = 0
    for finding in found(HOLDS):
        failed += 1
        print(f"self-test: the tree that holds is blamed: {finding}")
    around = {**HOLDS, **BESIDE_BREACHES, "src/base/b.h": "#pragma once\n", "src/http/request.h": "#pragma once\n", "src/api/wire.h": "#pragma once\n"}
    rooms = "base http db work audit ews cli api app".split()
    around["CMakeLists.txt"] = "".join(f"room({r} USES {' '.join(sorted(USES[r]))} LIBS X)\n" if USES[r] else f"room({r} LIBS X)\n" for r in rooms)
    around["CMakeLists.txt"] += f"program(exchange-sim exchange_sim USES {' '.join(sorted(USES['exchange_sim']))})\n"
    for finding in found(around):
        failed += 1
        print(f"self-test: the surroundings are blamed: {finding}")
    for rule, name, text in BREACHES:
        base = HOLDS if name == "CMakeLists.txt" else around
        cries = found({**base, name: text})
        if not any(c.rule == rule and c.file == name or (rule == "cycle" == c.rule) for c in cries):
            failed += 1
            print(f"self-test: not found: {rule} in {name}: {text!r}; found {cries}")
    print(f"self-test: {len(BREACHES) + 2 - failed} of {len(BREACHES) + 2} held")
    return 1 if failed else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--root", default=os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    parser.add_argument("--build")
    parser.add_argument("--self-test", action="store_true")
    options = parser.parse_args()
    if options.self_test:
        return self_test()
    findings, warnings, files = check(options.root, options.build)
    for kind, listed in (("warning", warnings), ("error", findings)):
        for f in listed:
            print(f"{f.file}:{f.line}: {kind}: [{f.rule}] {f.text}")
    print(f"layering: {files} files, {len(findings)} errors, {len(warnings)} warnings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
