#!/usr/bin/env python3
"""Packs what UTS #46 must know of each character as the table that ProtocolClients.Transport carries.

    build/character-table.py FOLDER

FOLDER has, of one version of Unicode, IdnaMappingTable.txt (unicode.org/Public/idna), UnicodeData.txt,
DerivedNormalizationProps.txt, DerivedBidiClass.txt and DerivedJoiningType.txt (unicode.org/Public/ucd).

The table, in variable-length numbers (seven bits a byte, the lowest first) under zlib; CharacterTable.cs reads it:
the count of ranges, and for each how far it begins behind the one before, its properties (status 2 bits, mark 1,
joining 3, direction 4, combining class 8, the lowest first) and, where it is mapped, how many characters to and each;
the count of characters that decompose, and for each how far behind the one before, its two parts (the second 0 for one
part alone) and whether they compose again.
"""
import os
import sys
import zlib

STATUS = {"valid": 0, "deviation": 0, "mapped": 1, "ignored": 2, "disallowed": 3}
JOINING = {"T": 1, "D": 2, "L": 3, "R": 4}
DIRECTION = {name: number for number, name in enumerate(["L", "R", "AL", "AN", "EN", "ES", "CS", "ET", "ON", "BN", "NSM"], 1)}
LAST = 0x10FFFF


def rows(name):
    """The rows of a file, each with its first and last character and its fields behind them."""
    with open(os.path.join(sys.argv[1], name), encoding="utf-8") as file:
        for line in file:
            fields = [field.strip() for field in line.split("#")[0].split(";")]
            if fields[0]:
                first, _, last = fields[0].partition("..")
                yield int(first, 16), int(last or first, 16), fields[1:]


def number(value):
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


status = [3] * (LAST + 1)
mapping = [()] * (LAST + 1)
for first, last, fields in rows("IdnaMappingTable.txt"):
    to = tuple(int(part, 16) for part in fields[1].split()) if fields[0] == "mapped" else ()
    for c in range(first, last + 1):
        status[c], mapping[c] = STATUS[fields[0]], to

rest = [0] * (LAST + 1)
for first, last, fields in rows("DerivedJoiningType.txt"):
    for c in range(first, last + 1):
        rest[c] |= JOINING.get(fields[0], 0) << 3
for first, last, fields in rows("DerivedBidiClass.txt"):
    for c in range(first, last + 1):
        rest[c] |= DIRECTION.get(fields[0], 0) << 6

decompositions = {}
begin = None
for first, last, fields in rows("UnicodeData.txt"):
    name, category, combining, parts = fields[0], fields[1], int(fields[2]), fields[4]
    span = range(begin, last + 1) if name.endswith(", Last>") else range(first, last + 1)
    begin = first if name.endswith(", First>") else None
    for c in span:
        rest[c] |= (combining << 10) | (4 if category.startswith("M") else 0)
    if parts and not parts.startswith("<"):
        decompositions[first] = [int(part, 16) for part in parts.split()]
excluded = {c for first, last, fields in rows("DerivedNormalizationProps.txt") if fields[0] == "Full_Composition_Exclusion"
            for c in range(first, last + 1)}

ranges = []
for c in range(LAST + 1):
    entry = (status[c] | rest[c], mapping[c])
    if not ranges or ranges[-1][1] != entry:
        ranges.append((c, entry))

table = bytearray(number(len(ranges)))
before = 0
for start, (properties, to) in ranges:
    table += number(start - before) + number(properties)
    if to:
        table += number(len(to)) + b"".join(map(number, to))
    before = start
table += number(len(decompositions))
before = 0
for c, parts in sorted(decompositions.items()):
    table += number(c - before) + number(parts[0]) + number(parts[1] if len(parts) > 1 else 0) + number(0 if c in excluded else 1)
    before = c

target = os.path.join(os.path.dirname(__file__), "..", "src", "ProtocolClients.Transport", "Unicode", "characters.zz")
packed = zlib.compress(bytes(table), 9)
with open(target, "wb") as file:
    file.write(packed)
print(f"{len(ranges)} ranges, {len(decompositions)} decompositions, {len(table)} bytes, {len(packed)} packed")
