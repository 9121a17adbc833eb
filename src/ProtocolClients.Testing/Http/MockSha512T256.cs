using System.Buffers.Binary;
using System.Numerics;

namespace ProtocolClients.Testing;

/// <summary>
/// SHA-512/256 (FIPS 180-4) from its definition: the constants are worked out from the primes, the initial values by the standard's
/// generating function. Slow and short, and of no common line with what it judges.
/// </summary>
internal static class MockSha512T256
{
    private static readonly ulong[] Primes = [.. Enumerable.Range(2, 408).Where(static n => Enumerable.Range(2, n - 2).All(d => n % d != 0)).Select(static n => (ulong)n)];

    // The first 64 bits of the fraction of the cube roots of the first 80 primes; of the square roots of the first 8.
    private static readonly ulong[] Rounds = [.. Primes.Take(80).Select(static prime => RootFraction(prime, 3))];

    private static readonly ulong[] Initial = Digest(
        [.. Primes.Take(8).Select(static prime => RootFraction(prime, 2) ^ 0xA5A5A5A5A5A5A5A5)], "SHA-512/256"u8);

    public static byte[] Hash(ReadOnlySpan<byte> message)
    {
        byte[] hash = new byte[64];
        ulong[] words = Digest(Initial, message);
        for (int i = 0; i < 8; i++) BinaryPrimitives.WriteUInt64BigEndian(hash.AsSpan(i * 8), words[i]);
        return hash[..32];
    }

    private static ulong RootFraction(ulong prime, int degree)
    {
        BigInteger scaled = (BigInteger)prime << (64 * degree);
        BigInteger low = 0, high = BigInteger.One << 72;
        while (high - low > 1)
        {
            BigInteger middle = (low + high) / 2;
            if (BigInteger.Pow(middle, degree) <= scaled) low = middle;
            else high = middle;
        }

        return (ulong)(low & ulong.MaxValue);
    }

    private static ulong[] Digest(ulong[] initial, ReadOnlySpan<byte> message)
    {
        int length = ((message.Length + 17 + 127) / 128) * 128;
        byte[] padded = new byte[length];
        message.CopyTo(padded);
        padded[message.Length] = 0x80;
        BinaryPrimitives.WriteInt64BigEndian(padded.AsSpan(length - 8), message.Length * 8L);
        ulong[] hash = [.. initial];
        for (int at = 0; at < length; at += 128)
        {
            var schedule = new Queue<ulong>(16);
            for (int i = 0; i < 16; i++) schedule.Enqueue(BinaryPrimitives.ReadUInt64BigEndian(padded.AsSpan(at + (i * 8))));
            ulong[] v = [.. hash];
            for (int round = 0; round < 80; round++)
            {
                ulong[] window = [.. schedule];
                ulong sum = v[7] + Mix(v[4], 14, 18, 41) + ((v[4] & v[5]) | (~v[4] & v[6])) + Rounds[round] + window[0];
                ulong other = Mix(v[0], 28, 34, 39) + ((v[0] & v[1]) | (v[2] & (v[0] | v[1])));
                v = [sum + other, v[0], v[1], v[2], v[3] + sum, v[4], v[5], v[6]];
                schedule.Enqueue(window[0] + Small(window[1], 1, 8, 7) + window[9] + Small(window[14], 19, 61, 6));
                schedule.Dequeue();
            }

            for (int i = 0; i < 8; i++) hash[i] += v[i];
        }

        return hash;
    }

    private static ulong Mix(ulong x, int a, int b, int c) => ulong.RotateRight(x, a) ^ ulong.RotateRight(x, b) ^ ulong.RotateRight(x, c);

    private static ulong Small(ulong x, int a, int b, int shift) => ulong.RotateRight(x, a) ^ ulong.RotateRight(x, b) ^ (x >> shift);
}
