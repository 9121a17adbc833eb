using System.Buffers.Binary;
using System.Numerics;

namespace ProtocolClients.Transport;

/// <summary>
/// SHA-512/256 (FIPS 180-4 §5.3.6.2, §6.7), which the platform lacks: the rounds of SHA-512 from other initial values, cut to 256 bits. It is
/// not the first half of SHA-512, which the example of RFC 7616 §3.9.2 shows by mistake (erratum 4897).
/// </summary>
internal sealed class Sha512T256
{
    /// <summary>The length of a hash in bytes.</summary>
    public const int Length = 32;

    private const int BlockLength = 128;

    private static ReadOnlySpan<ulong> Initial =>
    [
        0x22312194FC2BF72C, 0x9F555FA3C84C64C2, 0x2393B86B6F53B151, 0x963877195940EABD,
        0x96283EE2A88EFFE3, 0xBE5E1E2553863992, 0x2B0199FC2C85B8AA, 0x0EB72DDC81C52CA2,
    ];

    private static ReadOnlySpan<ulong> Rounds =>
    [
        0x428A2F98D728AE22, 0x7137449123EF65CD, 0xB5C0FBCFEC4D3B2F, 0xE9B5DBA58189DBBC,
        0x3956C25BF348B538, 0x59F111F1B605D019, 0x923F82A4AF194F9B, 0xAB1C5ED5DA6D8118,
        0xD807AA98A3030242, 0x12835B0145706FBE, 0x243185BE4EE4B28C, 0x550C7DC3D5FFB4E2,
        0x72BE5D74F27B896F, 0x80DEB1FE3B1696B1, 0x9BDC06A725C71235, 0xC19BF174CF692694,
        0xE49B69C19EF14AD2, 0xEFBE4786384F25E3, 0x0FC19DC68B8CD5B5, 0x240CA1CC77AC9C65,
        0x2DE92C6F592B0275, 0x4A7484AA6EA6E483, 0x5CB0A9DCBD41FBD4, 0x76F988DA831153B5,
        0x983E5152EE66DFAB, 0xA831C66D2DB43210, 0xB00327C898FB213F, 0xBF597FC7BEEF0EE4,
        0xC6E00BF33DA88FC2, 0xD5A79147930AA725, 0x06CA6351E003826F, 0x142929670A0E6E70,
        0x27B70A8546D22FFC, 0x2E1B21385C26C926, 0x4D2C6DFC5AC42AED, 0x53380D139D95B3DF,
        0x650A73548BAF63DE, 0x766A0ABB3C77B2A8, 0x81C2C92E47EDAEE6, 0x92722C851482353B,
        0xA2BFE8A14CF10364, 0xA81A664BBC423001, 0xC24B8B70D0F89791, 0xC76C51A30654BE30,
        0xD192E819D6EF5218, 0xD69906245565A910, 0xF40E35855771202A, 0x106AA07032BBD1B8,
        0x19A4C116B8D2D0C8, 0x1E376C085141AB53, 0x2748774CDF8EEB99, 0x34B0BCB5E19B48A8,
        0x391C0CB3C5C95A63, 0x4ED8AA4AE3418ACB, 0x5B9CCA4F7763E373, 0x682E6FF3D6B2B8A3,
        0x748F82EE5DEFB2FC, 0x78A5636F43172F60, 0x84C87814A1F0AB72, 0x8CC702081A6439EC,
        0x90BEFFFA23631E28, 0xA4506CEBDE82BDE9, 0xBEF9A3F7B2C67915, 0xC67178F2E372532B,
        0xCA273ECEEA26619C, 0xD186B8C721C0C207, 0xEADA7DD6CDE0EB1E, 0xF57D4F7FEE6ED178,
        0x06F067AA72176FBA, 0x0A637DC5A2C898A6, 0x113F9804BEF90DAE, 0x1B710B35131C471B,
        0x28DB77F523047D84, 0x32CAAB7B40C72493, 0x3C9EBE0A15C9BEBC, 0x431D67C49C100D4C,
        0x4CC5D4BECB3E42B6, 0x597F299CFC657E2A, 0x5FCB6FAB3AD6FAEC, 0x6C44198C4A475817,
    ];

    private readonly ulong[] _state = Initial.ToArray();
    private readonly ulong[] _schedule = new ulong[80];
    private readonly byte[] _block = new byte[BlockLength];
    private ulong _length;
    private int _held;

    /// <summary>The hash of bytes.</summary>
    public static byte[] HashData(ReadOnlySpan<byte> bytes)
    {
        var hash = new Sha512T256();
        hash.Append(bytes);
        return hash.Finish();
    }

    /// <summary>Takes further bytes.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        _length += (ulong)bytes.Length;
        if (_held > 0)
        {
            int taken = Math.Min(BlockLength - _held, bytes.Length);
            bytes[..taken].CopyTo(_block.AsSpan(_held));
            _held += taken;
            bytes = bytes[taken..];
            if (_held < BlockLength) return;
            Compress(_block);
            _held = 0;
        }

        for (; bytes.Length >= BlockLength; bytes = bytes[BlockLength..]) Compress(bytes);
        bytes.CopyTo(_block);
        _held = bytes.Length;
    }

    /// <summary>The hash of all that was taken; nothing can be taken after it.</summary>
    public byte[] Finish()
    {
        // A bit, zeros, and the length in bits as 128 of them, at the end of a block (FIPS 180-4 §5.1.2).
        ulong length = _length;
        Span<byte> padding = stackalloc byte[BlockLength * 2];
        padding.Clear();
        padding[0] = 0x80;
        int end = (_held < 112 ? BlockLength : BlockLength * 2) - _held;
        BinaryPrimitives.WriteUInt64BigEndian(padding[(end - 16)..], length >> 61);
        BinaryPrimitives.WriteUInt64BigEndian(padding[(end - 8)..], length << 3);
        Append(padding[..end]);
        byte[] hash = new byte[Length];
        for (int i = 0; i < 4; i++) BinaryPrimitives.WriteUInt64BigEndian(hash.AsSpan(i * 8), _state[i]);
        return hash;
    }

    private void Compress(ReadOnlySpan<byte> block)
    {
        ulong[] w = _schedule;
        for (int i = 0; i < 16; i++) w[i] = BinaryPrimitives.ReadUInt64BigEndian(block[(i * 8)..]);
        for (int i = 16; i < 80; i++)
        {
            ulong s0 = BitOperations.RotateRight(w[i - 15], 1) ^ BitOperations.RotateRight(w[i - 15], 8) ^ (w[i - 15] >> 7);
            ulong s1 = BitOperations.RotateRight(w[i - 2], 19) ^ BitOperations.RotateRight(w[i - 2], 61) ^ (w[i - 2] >> 6);
            w[i] = w[i - 16] + s0 + w[i - 7] + s1;
        }

        ulong a = _state[0], b = _state[1], c = _state[2], d = _state[3], e = _state[4], f = _state[5], g = _state[6], h = _state[7];
        for (int i = 0; i < 80; i++)
        {
            ulong t1 = h + (BitOperations.RotateRight(e, 14) ^ BitOperations.RotateRight(e, 18) ^ BitOperations.RotateRight(e, 41))
                + ((e & f) ^ (~e & g)) + Rounds[i] + w[i];
            ulong t2 = (BitOperations.RotateRight(a, 28) ^ BitOperations.RotateRight(a, 34) ^ BitOperations.RotateRight(a, 39))
                + ((a & b) ^ (a & c) ^ (b & c));
            (h, g, f, e, d, c, b, a) = (g, f, e, d + t1, c, b, a, t1 + t2);
        }

        _state[0] += a;
        _state[1] += b;
        _state[2] += c;
        _state[3] += d;
        _state[4] += e;
        _state[5] += f;
        _state[6] += g;
        _state[7] += h;
    }
}
