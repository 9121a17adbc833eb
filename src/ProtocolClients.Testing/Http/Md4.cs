using System.Buffers.Binary;

namespace ProtocolClients.Testing;

/// <summary>MD4 (RFC 1320), which hashes passwords for NTLM and is good for nothing else; the platform has it no more.</summary>
internal static class Md4
{
    private static readonly int[][] Shifts = [[3, 7, 11, 19], [3, 5, 9, 13], [3, 9, 11, 15]];

    private static readonly int[][] Orders =
    [
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
        [0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15],
        [0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15],
    ];

    public static byte[] Hash(ReadOnlySpan<byte> message)
    {
        int length = (message.Length + 9 + 63) / 64 * 64;
        byte[] padded = new byte[length];
        message.CopyTo(padded);
        padded[message.Length] = 0x80;
        BinaryPrimitives.WriteInt64LittleEndian(padded.AsSpan(length - 8), message.Length * 8L);
        uint[] state = [0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476];
        for (int at = 0; at < length; at += 64)
        {
            uint[] x = [.. Enumerable.Range(0, 16).Select(i => BinaryPrimitives.ReadUInt32LittleEndian(padded.AsSpan(at + (i * 4))))];
            (uint a, uint b, uint c, uint d) = (state[0], state[1], state[2], state[3]);
            for (int round = 0; round < 3; round++)
            {
                for (int step = 0; step < 16; step++)
                {
                    uint mixed = round switch
                    {
                        0 => (b & c) | (~b & d),
                        1 => ((b & c) | (b & d) | (c & d)) + 0x5A827999,
                        _ => (b ^ c ^ d) + 0x6ED9EBA1,
                    };
                    uint next = uint.RotateLeft(a + mixed + x[Orders[round][step]], Shifts[round][step % 4]);
                    (a, d, c, b) = (d, c, b, next);
                }
            }

            state[0] += a;
            state[1] += b;
            state[2] += c;
            state[3] += d;
        }

        byte[] hash = new byte[16];
        for (int i = 0; i < 4; i++) BinaryPrimitives.WriteUInt32LittleEndian(hash.AsSpan(i * 4), state[i]);
        return hash;
    }
}
