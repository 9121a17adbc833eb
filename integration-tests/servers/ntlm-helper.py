#!/usr/bin/python3
"""Squid's side of NTLM version 2 (MS-NLMP) for one user: reads YR and KK lines, answers TT, AF and NA (squid's helper protocol).
Usage: ntlm-helper.py FILE, which holds user:password. A third implementation, beside the client's and the mock server's."""
import base64, hashlib, hmac, os, struct, sys, time

user, password = open(sys.argv[1]).read().strip().split(":", 1)


def md4(data):
    def rotate(x, n):
        x &= 0xFFFFFFFF
        return (x << n | x >> (32 - n)) & 0xFFFFFFFF

    state = [0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476]
    padded = data + b"\x80" + b"\0" * ((55 - len(data)) % 64) + struct.pack("<Q", 8 * len(data))
    rounds = (
        (0, (3, 7, 11, 19), range(16), lambda x, y, z: (x & y) | (~x & z)),
        (0x5A827999, (3, 5, 9, 13), [4 * (i % 4) + i // 4 for i in range(16)], lambda x, y, z: (x & y) | (x & z) | (y & z)),
        (0x6ED9EBA1, (3, 9, 11, 15), [0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15], lambda x, y, z: x ^ y ^ z),
    )
    for block in range(0, len(padded), 64):
        words = struct.unpack("<16I", padded[block:block + 64])
        a, b, c, d = state
        for add, shifts, order, f in rounds:
            for step, k in enumerate(order):
                a, b, c, d = d, rotate(a + f(b, c, d) + words[k] + add, shifts[step % 4]), b, c
        state = [(x + y) & 0xFFFFFFFF for x, y in zip(state, (a, b, c, d))]
    return struct.pack("<4I", *state)


def keyed(key, data):
    return hmac.new(key, data, hashlib.md5).digest()


def part(message, at):
    length, _, offset = struct.unpack_from("<HHI", message, at)
    return message[offset:offset + length]


def challenge(nonce):
    name = "FLEET".encode("utf-16le")
    pairs = b"".join(struct.pack("<HH", key, len(value)) + value for key, value in (
        (2, name), (1, name), (7, struct.pack("<Q", int((time.time() + 11644473600) * 10_000_000))), (0, b"")))
    return (b"NTLMSSP\0" + struct.pack("<IHHII", 2, len(name), len(name), 56, 0xE28A8215) + nonce + b"\0" * 8
            + struct.pack("<HHI", len(pairs), len(pairs), 56 + len(name)) + b"\x0a\0\0\0\0\0\0\x0f" + name + pairs)


def proves(message, nonce):
    response, domain, name = part(message, 20), part(message, 28), part(message, 36)
    identity = user.upper().encode("utf-16le") + domain
    proof = keyed(keyed(md4(password.encode("utf-16le")), identity), nonce + response[16:])
    return name.decode("utf-16le").lower() == user and hmac.compare_digest(proof, response[:16])


nonce = b""
for line in sys.stdin:
    words = line.split()
    try:
        if words[0] == "YR":
            nonce = os.urandom(8)
            print("TT", base64.b64encode(challenge(nonce)).decode(), flush=True)
        elif words[0] == "KK" and nonce:
            print("AF " + user if proves(base64.b64decode(words[1]), nonce) else "NA wrong", flush=True)
            nonce = b""
        else:
            print("BH unexpected", flush=True)
    except (ValueError, IndexError, struct.error):
        print("NA malformed", flush=True)
