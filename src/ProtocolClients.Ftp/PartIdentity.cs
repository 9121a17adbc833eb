using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace ProtocolClients;

/// <summary>
/// What tells a content from another one without reading all of it: where it begins, its size, when its file was changed, its first and its last
/// bytes. It stands in the name of an upload's part where the server computes no hashes, so that no other content is ever joined to what is there.
/// </summary>
internal static class PartIdentity
{
    /// <summary>What is sent in a moment is not worth a name of its own, which is left behind when the content changes.</summary>
    public const long WorthFrom = 1024 * 1024;

    // Most servers' names have 255 bytes.
    private const int LongestName = 255 - 26;
    private const int End = 64 * 1024;

    /// <summary>Whether there is room for one behind the name of a file.</summary>
    public static bool Fits(int nameBytes) => nameBytes <= LongestName;

    /// <summary>Sixteen hex digits.</summary>
    public static string Of(SafeFileHandle file, long start, long length)
    {
        Span<byte> facts = stackalloc byte[24];
        BinaryPrimitives.WriteInt64BigEndian(facts, start);
        BinaryPrimitives.WriteInt64BigEndian(facts[8..], length);
        BinaryPrimitives.WriteInt64BigEndian(facts[16..], File.GetLastWriteTimeUtc(file).Ticks);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(facts);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(End);
        try
        {
            foreach (long at in (ReadOnlySpan<long>)[start, start + Math.Max(0, length - End)])
            {
                int read = RandomAccess.Read(file, buffer.AsSpan(0, End), at);
                hash.AppendData(buffer.AsSpan(0, read));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return Convert.ToHexStringLower(hash.GetCurrentHash().AsSpan(0, 8));
    }
}
