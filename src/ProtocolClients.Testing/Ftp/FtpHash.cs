using System.Buffers.Binary;
using System.Security.Cryptography;

namespace ProtocolClients.Testing;

/// <summary>The hashes of HASH and of the older X commands.</summary>
internal static class FtpHash
{
    private static readonly uint[] CrcTable = MakeCrcTable();

    public static IReadOnlyList<string> Names { get; } = ["SHA-256", "SHA-512", "SHA-1", "MD5", "CRC32"];

    /// <summary>Hashes the bytes of a file from an offset on, in capital hexadecimal digits.</summary>
    public static async Task<string> ComputeAsync(string name, MockFile file, long offset, long length, CancellationToken cancellationToken)
    {
        using MockFile.Reader reader = file.Open();
        using IncrementalHash? hash = name == "CRC32" ? null : IncrementalHash.CreateHash(new HashAlgorithmName(name.Replace("SHA-", "SHA", StringComparison.Ordinal)));
        uint crc = uint.MaxValue;
        byte[] piece = new byte[64 * 1024];
        while (length > 0)
        {
            int count = await reader.ReadAsync(piece.AsMemory(0, (int)Math.Min(piece.Length, length)), offset, cancellationToken).ConfigureAwait(false);
            if (count == 0) break;
            offset += count;
            length -= count;
            if (hash is null) crc = Crc(crc, piece.AsSpan(0, count));
            else hash.AppendData(piece, 0, count);
        }

        if (hash is not null) return Convert.ToHexString(hash.GetHashAndReset());
        BinaryPrimitives.WriteUInt32BigEndian(piece, ~crc);
        return Convert.ToHexString(piece, 0, 4);
    }

    private static uint Crc(uint crc, ReadOnlySpan<byte> bytes)
    {
        foreach (byte value in bytes) crc = CrcTable[(byte)(crc ^ value)] ^ (crc >> 8);
        return crc;
    }

    private static uint[] MakeCrcTable()
    {
        uint[] table = new uint[256];
        for (uint i = 0; i < 256; i++)
        {
            uint value = i;
            for (int bit = 0; bit < 8; bit++) value = (value & 1) == 1 ? 0xEDB88320 ^ (value >> 1) : value >> 1;
            table[i] = value;
        }

        return table;
    }
}
