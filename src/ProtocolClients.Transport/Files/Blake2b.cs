using System.Buffers.Binary;
using System.Runtime.Intrinsics;

namespace ProtocolClients;

/// <summary>
/// BLAKE2b without a key (RFC 7693). The platform has none, and the packages that have one are several times slower or as large as all of
/// this suite; it hashes what everybody may know, so no time that it takes tells a secret.
/// </summary>
internal sealed class Blake2b
{
    private const int Block = 128;
    private const int Rounds = 12;

    private static readonly ulong[] Start =
    [
        0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
        0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179,
    ];

    private readonly byte[] _block = new byte[Block];
    private readonly ulong[] _words = new ulong[Block / sizeof(ulong)];
    private readonly int _length;
    private Vector256<ulong> _low;
    private Vector256<ulong> _high;
    private UInt128 _hashed;
    private int _filled;

    /// <param name="length">The bytes of the hash, 1 to 64.</param>
    public Blake2b(int length)
    {
        _length = length;
        Reset();
    }

    // RFC 7693 §2.7: the order of the message's words in each round; that of the last two is that of the first two.
    private static ReadOnlySpan<byte> Sigma =>
    [
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
        14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3,
        11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4,
        7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8,
        9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13,
        2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9,
        12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11,
        13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10,
        6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5,
        10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0,
    ];

    public void Append(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            // A block is only compressed when more follows: the last one is marked.
            if (_filled == Block)
            {
                _hashed += Block;
                Compress(_block, last: false);
                _filled = 0;
            }

            while (_filled == 0 && bytes.Length > Block)
            {
                _hashed += Block;
                Compress(bytes[..Block], last: false);
                bytes = bytes[Block..];
            }

            int taken = Math.Min(Block - _filled, bytes.Length);
            bytes[..taken].CopyTo(_block.AsSpan(_filled));
            _filled += taken;
            bytes = bytes[taken..];
        }
    }

    public byte[] Finish()
    {
        _hashed += (ulong)_filled;
        _block.AsSpan(_filled).Clear();
        Compress(_block, last: true);
        Span<byte> whole = stackalloc byte[64];
        for (int i = 0; i < 4; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(whole[(8 * i)..], _low[i]);
            BinaryPrimitives.WriteUInt64LittleEndian(whole[(32 + (8 * i))..], _high[i]);
        }

        Reset();
        return whole[.._length].ToArray();
    }

    public void Reset()
    {
        // The parameter block of a hash without key, salt and tree (RFC 7693 §2.5).
        _low = Vector256.Create(Start.AsSpan(0, 4)) ^ Vector256.Create(0x01010000 ^ (ulong)_length, 0, 0, 0);
        _high = Vector256.Create(Start.AsSpan(4, 4));
        _hashed = 0;
        _filled = 0;
    }

    // F of RFC 7693 §3.2; the four columns, and then the four diagonals, side by side.
    private void Compress(ReadOnlySpan<byte> block, bool last)
    {
        ulong[] m = _words;
        for (int i = 0; i < m.Length; i++) m[i] = BinaryPrimitives.ReadUInt64LittleEndian(block[(i * sizeof(ulong))..]);
        Vector256<ulong> a = _low;
        Vector256<ulong> b = _high;
        Vector256<ulong> c = Vector256.Create(Start.AsSpan(0, 4));
        Vector256<ulong> d = Vector256.Create(Start.AsSpan(4, 4)) ^ Vector256.Create((ulong)_hashed, (ulong)(_hashed >> 64), last ? ulong.MaxValue : 0, 0);
        for (int round = 0; round < Rounds; round++)
        {
            ReadOnlySpan<byte> s = Sigma.Slice(round % 10 * 16, 16);
            Mix(ref a, ref b, ref c, ref d, Vector256.Create(m[s[0]], m[s[2]], m[s[4]], m[s[6]]), Vector256.Create(m[s[1]], m[s[3]], m[s[5]], m[s[7]]));
            b = Vector256.Shuffle(b, Vector256.Create(1UL, 2, 3, 0));
            c = Vector256.Shuffle(c, Vector256.Create(2UL, 3, 0, 1));
            d = Vector256.Shuffle(d, Vector256.Create(3UL, 0, 1, 2));
            Mix(ref a, ref b, ref c, ref d, Vector256.Create(m[s[8]], m[s[10]], m[s[12]], m[s[14]]), Vector256.Create(m[s[9]], m[s[11]], m[s[13]], m[s[15]]));
            b = Vector256.Shuffle(b, Vector256.Create(3UL, 0, 1, 2));
            c = Vector256.Shuffle(c, Vector256.Create(2UL, 3, 0, 1));
            d = Vector256.Shuffle(d, Vector256.Create(1UL, 2, 3, 0));
        }

        _low ^= a ^ c;
        _high ^= b ^ d;
    }

    // G of RFC 7693 §3.1
    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.AggressiveInlining)]
    private static void Mix(
        ref Vector256<ulong> a, ref Vector256<ulong> b, ref Vector256<ulong> c, ref Vector256<ulong> d, Vector256<ulong> x, Vector256<ulong> y)
    {
        a += b + x;
        d = Right(d ^ a, 32);
        c += d;
        b = Right(b ^ c, 24);
        a += b + y;
        d = Right(d ^ a, 16);
        c += d;
        b = Right(b ^ c, 63);
    }

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.AggressiveInlining)]
    private static Vector256<ulong> Right(Vector256<ulong> value, int bits) => (value >>> bits) | (value << (64 - bits));
}
