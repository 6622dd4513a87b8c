#!/usr/bin/env python3
"""Writes a C++ source that holds the console's files and the OpenAPI document.

usage: embed_console.py MANIFEST OPENAPI OUT

MANIFEST is build/console/manifest.json: {"files": [{"path": "/assets/x.js", "type": "text/javascript", "file": "assets/x.js",
"gzip": "assets/x.js.gz"}, …]}, files beside it. Whatever is listed is there compressed; the plain form serves clients that
take no gzip.
"""
import hashlib
import json
import os
import sys


def literal(text):
    return json.dumps(text, ensure_ascii=True)


def main():
    manifest, openapi, out = sys.argv[1:]
    folder = os.path.dirname(os.path.abspath(manifest))
    with open(manifest, encoding="utf-8") as file:
        files = json.load(file)["files"]
    lines = ["// Made by tools/embed_console.py.", '#include "api/console_files.h"', "",
             '#pragma clang diagnostic ignored "-Wc23-extensions"', "", "namespace mailward::api {", "", "namespace {", ""]
    entries = []

    def embed(name, path):
        # The hash makes this text another one when the file is: neither Ninja nor ccache follows an #embed.
        with open(path, "rb") as file:
            digest = hashlib.sha256(file.read()).hexdigest()
        lines.append(f"constexpr char {name}[] = {{  // {digest}\n#embed {literal(path)}\n}};")

    for number, one in enumerate(files):
        plain, packed = os.path.join(folder, one["file"]), os.path.join(folder, one["gzip"])
        with open(plain, "rb") as file:
            tag = hashlib.sha256(file.read()).hexdigest()[:32]
        embed(f"kPlain{number}", plain)
        embed(f"kPacked{number}", packed)
        kept = "true" if one["path"].startswith("/assets/") else "false"
        entries.append(f'    {{{literal(one["path"])}, {literal(one["type"])}, {literal(tag)}, {kept}, '
                       f"{{kPlain{number}, sizeof kPlain{number}}}, {{kPacked{number}, sizeof kPacked{number}}}}},")
    embed("kOpenapi", os.path.abspath(openapi))
    lines += ["", "}  // namespace", "", "std::span<const ConsoleFile> console_files() {"]
    if entries:
        lines += ["  static constexpr ConsoleFile kFiles[] = {", *entries, "  };", "  return kFiles;"]
    else:
        lines.append("  return {};")
    lines += ["}", "", "std::string_view openapi_document() {", "  return {kOpenapi, sizeof kOpenapi};", "}", "",
              "}  // namespace mailward::api", ""]
    os.makedirs(os.path.dirname(os.path.abspath(out)), exist_ok=True)
    with open(out, "w", encoding="utf-8") as file:
        file.write("\n".join(lines))


if __name__ == "__main__":
    main()
