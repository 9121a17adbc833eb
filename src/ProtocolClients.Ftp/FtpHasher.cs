using System.Security.Cryptography;
using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>A hash that is computed while bytes pass; it may be begun anew.</summary>
internal sealed class FtpHasher : IDisposable
{
    private readonly Checksum? _checksum;
    private readonly ChecksumHash? _announced;
    private readonly IncrementalHash? _hash;
    private uint _crc = uint.MaxValue;

    /// <summary>To compare with what the caller gave.</summary>
    public FtpHasher(Checksum checksum)
    {
        _checksum = checksum;
        _announced = checksum.CreateHash();
        Algorithm = checksum.Algorithm;
    }

    /// <summary>To compare with what a server computes.</summary>
    /// <param name="algorithm">As <see cref="FtpHash.Algorithm"/>.</param>
    public FtpHasher(string algorithm)
    {
        Algorithm = algorithm;
        _hash = algorithm switch
        {
            "sha256" => IncrementalHash.CreateHash(HashAlgorithmName.SHA256),
            "sha512" => IncrementalHash.CreateHash(HashAlgorithmName.SHA512),
            "sha1" => IncrementalHash.CreateHash(HashAlgorithmName.SHA1),
            "md5" => IncrementalHash.CreateHash(HashAlgorithmName.MD5),
            _ => null,
        };
    }

    public string Algorithm { get; }

    public long Bytes { get; private set; }

    public void Append(ReadOnlySpan<byte> bytes)
    {
        Bytes += bytes.Length;
        if (_announced is not null) _announced.AppendData(bytes);
        else if (_hash is not null) _hash.AppendData(bytes);
        else _crc = Crc32.Append(_crc, bytes);
    }

    public void Restart()
    {
        Bytes = 0;
        _crc = uint.MaxValue;
        _announced?.GetHashAndReset();
        _hash?.GetHashAndReset();
    }

    /// <summary>The hash so far, in lower-case hex digits.</summary>
    public string Hex() => _hash is not null
        ? Convert.ToHexStringLower(_hash.GetCurrentHash())
        : (~_crc).ToString("x8", System.Globalization.CultureInfo.InvariantCulture);

    /// <exception cref="IntegrityException">It is not the one that the caller gave.</exception>
    public void Verify() => _checksum!.Verify(_announced!);

    public void Dispose()
    {
        _announced?.Dispose();
        _hash?.Dispose();
    }
}
