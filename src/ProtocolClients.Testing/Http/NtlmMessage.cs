using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace ProtocolClients.Testing;

/// <summary>The messages of NTLM as a server reads and writes them (MS-NLMP §2.2.1), version 2 of its proof only (§3.3.2).</summary>
internal static class NtlmMessage
{
    private const uint Unicode = 0x00000001;
    private const uint RequestTarget = 0x00000004;
    private const uint Sign = 0x00000010;
    private const uint NtlmOnly = 0x00000200;
    private const uint AlwaysSign = 0x00008000;
    private const uint TargetIsServer = 0x00020000;
    private const uint ExtendedSecurity = 0x00080000;
    private const uint TargetInfo = 0x00800000;
    private const uint Version = 0x02000000;
    private const uint Key128 = 0x20000000;
    private const uint KeyExchange = 0x40000000;
    private const uint Key56 = 0x80000000;

    private static ReadOnlySpan<byte> Signature => "NTLMSSP\0"u8;

    /// <summary>1, 2 or 3; 0 for what is no message.</summary>
    public static int TypeOf(byte[]? message) =>
        message is { Length: >= 12 } && message.AsSpan().StartsWith(Signature) ? (int)Math.Min(3u + 1, BinaryPrimitives.ReadUInt32LittleEndian(message.AsSpan(8))) : 0;

    /// <summary>CHALLENGE_MESSAGE with the names of this server and the time, which asks for a signature over all messages.</summary>
    public static byte[] Challenge(byte[] challenge, byte[] negotiate)
    {
        uint asked = negotiate.Length >= 16 ? BinaryPrimitives.ReadUInt32LittleEndian(negotiate.AsSpan(12)) : 0;
        uint flags = Unicode | RequestTarget | NtlmOnly | TargetIsServer | ExtendedSecurity | TargetInfo | Version
            | (asked & (Sign | AlwaysSign | Key128 | KeyExchange | Key56));
        byte[] name = Encoding.Unicode.GetBytes("MOCK");
        byte[] info =
        [
            .. Pair(2, name), .. Pair(1, name), .. Pair(4, Encoding.Unicode.GetBytes("mock.test")), .. Pair(3, Encoding.Unicode.GetBytes("mock.test")),
            .. Pair(7, Time()), .. Pair(0, []),
        ];
        byte[] message = new byte[56 + name.Length + info.Length];
        Signature.CopyTo(message);
        message[8] = 2;
        Field(message, 12, name.Length, 56);
        BinaryPrimitives.WriteUInt32LittleEndian(message.AsSpan(20), flags);
        challenge.CopyTo(message, 24);
        Field(message, 40, info.Length, 56 + name.Length);
        message[48] = 10;
        message[55] = 15;
        name.CopyTo(message, 56);
        info.CopyTo(message, 56 + name.Length);
        return message;
    }

    /// <summary>Whether an AUTHENTICATE_MESSAGE is of this user, for this challenge, and signs the messages before it where it says that it does.</summary>
    public static bool Proves(byte[] message, string user, string password, byte[] challenge, byte[] first, byte[] second)
    {
        if (Part(message, 20) is not { Length: > 44 } response || Part(message, 28) is not { } domain || Part(message, 36) is not { } name) return false;
        if (!string.Equals(Encoding.Unicode.GetString(name), user, StringComparison.OrdinalIgnoreCase)) return false;
        byte[] identity = [.. Encoding.Unicode.GetBytes(user.ToUpperInvariant()), .. domain];
        byte[] key = Keyed(Md4.Hash(Encoding.Unicode.GetBytes(password)), identity);
        byte[] proof = Keyed(key, [.. challenge, .. response[16..]]);
        if (!CryptographicOperations.FixedTimeEquals(proof, response.AsSpan(0, 16))) return false;
        return !IsSigned(response.AsSpan(44)) || IsSignatureRight(message, Keyed(key, proof), first, second);
    }

    // MsvAvFlags with bit 2: the MIC at offset 72 is there.
    private static bool IsSigned(ReadOnlySpan<byte> pairs)
    {
        while (pairs.Length >= 4)
        {
            int id = BinaryPrimitives.ReadUInt16LittleEndian(pairs);
            int length = BinaryPrimitives.ReadUInt16LittleEndian(pairs[2..]);
            if (id == 0 || pairs.Length < 4 + length) return false;
            if (id == 6 && length == 4) return (pairs[4] & 2) != 0;
            pairs = pairs[(4 + length)..];
        }

        return false;
    }

    private static bool IsSignatureRight(byte[] message, byte[] sessionKey, byte[] first, byte[] second)
    {
        if (message.Length < 88) return false;
        uint flags = BinaryPrimitives.ReadUInt32LittleEndian(message.AsSpan(60));
        if ((flags & KeyExchange) != 0)
        {
            if (Part(message, 52) is not { Length: 16 } encrypted) return false;
            sessionKey = Rc4(sessionKey, encrypted);
        }

        byte[] unsigned = [.. message];
        unsigned.AsSpan(72, 16).Clear();
        return CryptographicOperations.FixedTimeEquals(Keyed(sessionKey, [.. first, .. second, .. unsigned]), message.AsSpan(72, 16));
    }

#pragma warning disable CA5351 // What the protocol is made of.
    private static byte[] Keyed(byte[] key, byte[] bytes) => HMACMD5.HashData(key, bytes);
#pragma warning restore CA5351

    private static byte[] Rc4(byte[] key, byte[] bytes)
    {
        byte[] box = [.. Enumerable.Range(0, 256).Select(static i => (byte)i)];
        for (int i = 0, j = 0; i < 256; i++)
        {
            j = (j + box[i] + key[i % key.Length]) & 255;
            (box[i], box[j]) = (box[j], box[i]);
        }

        byte[] result = new byte[bytes.Length];
        for (int n = 0, i = 0, j = 0; n < bytes.Length; n++)
        {
            i = (i + 1) & 255;
            j = (j + box[i]) & 255;
            (box[i], box[j]) = (box[j], box[i]);
            result[n] = (byte)(bytes[n] ^ box[(box[i] + box[j]) & 255]);
        }

        return result;
    }

    private static byte[]? Part(byte[] message, int at)
    {
        if (message.Length < at + 8) return null;
        int length = BinaryPrimitives.ReadUInt16LittleEndian(message.AsSpan(at));
        uint offset = BinaryPrimitives.ReadUInt32LittleEndian(message.AsSpan(at + 4));
        return offset + (ulong)length <= (ulong)message.Length ? message[(int)offset..((int)offset + length)] : null;
    }

    private static void Field(byte[] message, int at, int length, int offset)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(message.AsSpan(at), (ushort)length);
        BinaryPrimitives.WriteUInt16LittleEndian(message.AsSpan(at + 2), (ushort)length);
        BinaryPrimitives.WriteUInt32LittleEndian(message.AsSpan(at + 4), (uint)offset);
    }

    private static byte[] Pair(ushort id, byte[] value) => [(byte)id, (byte)(id >> 8), (byte)value.Length, (byte)(value.Length >> 8), .. value];

    private static byte[] Time()
    {
        byte[] time = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(time, TimeProvider.System.GetUtcNow().ToFileTime());
        return time;
    }
}
