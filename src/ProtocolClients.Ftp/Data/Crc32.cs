namespace ProtocolClients;

/// <summary>The CRC-32 of ISO 3309, which XCRC and HASH CRC32 give: finds what a line garbled, proves nothing against a forger.</summary>
internal static class Crc32
{
    private static readonly uint[] Table = Build();

    /// <summary>Goes on with a value that began as all ones; its complement is the checksum.</summary>
    public static uint Append(uint crc, ReadOnlySpan<byte> bytes)
    {
        foreach (byte b in bytes) crc = Table[(byte)(crc ^ b)] ^ (crc >> 8);
        return crc;
    }

    private static uint[] Build()
    {
        uint[] table = new uint[256];
        for (uint i = 0; i < table.Length; i++)
        {
            uint value = i;
            for (int bit = 0; bit < 8; bit++) value = (value & 1) != 0 ? (value >> 1) ^ 0xEDB88320 : value >> 1;
            table[i] = value;
        }

        return table;
    }
}
