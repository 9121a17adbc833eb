#!/usr/bin/env python3
"""Packs a Public Suffix List (public_suffix_list.dat) as the snapshot that ProtocolClients.Http carries.

    build/public-suffix-list.py [LIST] VERSION

LIST is /usr/share/publicsuffix/public_suffix_list.dat of Debian's package publicsuffix unless it is named; VERSION goes into
the head of the snapshot. Comments are dropped, names become A-labels, the two sections stay apart, and all of it is zlib.
"""
import os
import sys
import zlib

source = sys.argv[1] if len(sys.argv) > 2 else "/usr/share/publicsuffix/public_suffix_list.dat"
target = os.path.join(os.path.dirname(__file__), "..", "src", "ProtocolClients.Http", "Cookies", "public_suffix_list.dat.zz")
lines = [
    "// This Source Code Form is subject to the terms of the Mozilla Public",
    "// License, v. 2.0. If a copy of the MPL was not distributed with this",
    "// file, You can obtain one at https://mozilla.org/MPL/2.0/.",
    "// The list without its comments, names as A-labels; the whole of it: https://publicsuffix.org/list/public_suffix_list.dat",
    "// VERSION: " + sys.argv[-1],
]
for line in open(source, encoding="utf-8"):
    if "===" in line and ("BEGIN" in line or "END" in line):
        lines.append(line.strip())
    line = line.split()[0] if line.split() else ""
    if not line or line.startswith("//"):
        continue
    mark = line[0] if line[0] == "!" else ""
    labels = line[len(mark):].split(".")
    lines.append(mark + ".".join(label if label == "*" else label.encode("idna").decode("ascii") for label in labels))

with open(target, "wb") as packed:
    packed.write(zlib.compress(("\n".join(lines) + "\n").encode("ascii"), 9))
