using System.Security.Cryptography;

namespace ProtocolClients.Transport;

/// <summary>The hash of one digest algorithm, over bytes as they come: what <c>auth-int</c> takes of a body (RFC 7616 §3.4.3). For one task.</summary>
public sealed class DigestHash : IDisposable
{
    private readonly IncrementalHash? _platform;
    private readonly Sha512T256? _own;

    internal DigestHash(DigestAlgorithm algorithm)
    {
        if (algorithm == DigestAlgorithm.Sha512T256) _own = new Sha512T256();
        else _platform = IncrementalHash.CreateHash(algorithm == DigestAlgorithm.Sha256 ? HashAlgorithmName.SHA256 : HashAlgorithmName.MD5);
    }

    /// <summary>Takes further bytes.</summary>
    /// <param name="bytes">The bytes, after those before.</param>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (_own is not null) _own.Append(bytes);
        else _platform!.AppendData(bytes);
    }

    /// <summary>The hash of all that was taken, in lower-case hexadecimal; nothing can be taken after it.</summary>
    public string Finish() => Convert.ToHexStringLower(_own is not null ? _own.Finish() : _platform!.GetHashAndReset());

    /// <summary>Frees what the platform holds.</summary>
    public void Dispose() => _platform?.Dispose();

    internal static string Of(DigestAlgorithm algorithm, ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(algorithm switch
    {
        DigestAlgorithm.Sha512T256 => Sha512T256.HashData(bytes),
        DigestAlgorithm.Sha256 => SHA256.HashData(bytes),
#pragma warning disable CA5351 // RFC 7616 §3.2: MD5 for the servers that know nothing else; SHA-512-256 and SHA-256 are taken where they are offered.
        _ => MD5.HashData(bytes),
#pragma warning restore CA5351
    });
}

/// <summary>The hashes of RFC 7616 §3.3, weakest first.</summary>
internal enum DigestAlgorithm
{
    Md5 = 1,
    Sha256 = 2,
    Sha512T256 = 3,
}
