using System.Security.Cryptography;

namespace ProtocolClients;

/// <summary>
/// An announced checksum of a file: an algorithm and its value, written <c>sha256:HEX</c>. SHA-256 and SHA-512 are for
/// new lists; SHA-1 and MD5 detect damage, not malice, and are here for old ones.
/// </summary>
public sealed class Checksum : IEquatable<Checksum>
{
    private readonly byte[] _value;
    private readonly HashAlgorithmName _algorithm;

    private Checksum(string name, HashAlgorithmName algorithm, byte[] value)
    {
        Algorithm = name;
        _algorithm = algorithm;
        _value = value;
    }

    /// <summary>The algorithm's name: <c>sha256</c>, <c>sha512</c>, <c>sha384</c>, <c>sha1</c> or <c>md5</c>.</summary>
    public string Algorithm { get; }

    /// <summary>Reads <c>ALGORITHM:HEX</c>; neither part minds upper or lower case.</summary>
    /// <param name="text">The text.</param>
    /// <exception cref="FormatException">The algorithm is unknown, or the value has not its length in hex digits.</exception>
    public static Checksum Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        string name = colon < 0 ? string.Empty : text[..colon].Replace("-", string.Empty, StringComparison.Ordinal).ToLowerInvariant();
        (HashAlgorithmName algorithm, int length) = name switch
        {
            "sha256" => (HashAlgorithmName.SHA256, SHA256.HashSizeInBytes),
            "sha384" => (HashAlgorithmName.SHA384, SHA384.HashSizeInBytes),
            "sha512" => (HashAlgorithmName.SHA512, SHA512.HashSizeInBytes),
            "sha1" => (HashAlgorithmName.SHA1, SHA1.HashSizeInBytes),
            "md5" => (HashAlgorithmName.MD5, MD5.HashSizeInBytes),
            _ => throw new FormatException("A checksum is written sha256:HEX; the algorithms are sha256, sha384, sha512, sha1 and md5."),
        };
        string hex = text[(colon + 1)..];
        if (hex.Length != length * 2) throw new FormatException($"A {name} checksum has {length * 2} hex digits, not {hex.Length}.");
        return new Checksum(name, algorithm, Convert.FromHexString(hex));
    }

    /// <summary>Reads a checksum, so that options take a string: <c>Checksum = "sha256:…"</c>.</summary>
    /// <param name="text">The text; null for none.</param>
    /// <exception cref="FormatException">As <see cref="Parse"/>.</exception>
    public static implicit operator Checksum?(string? text) => text is null ? null : Parse(text);

    /// <summary>A running hash of the algorithm; the caller appends the bytes and disposes it.</summary>
    public IncrementalHash CreateHash() => IncrementalHash.CreateHash(_algorithm);

    /// <summary>Compares what arrived with what was announced.</summary>
    /// <param name="hash">The running hash, complete; it is reset.</param>
    /// <exception cref="IntegrityException">They differ.</exception>
    public void Verify(IncrementalHash hash)
    {
        ArgumentNullException.ThrowIfNull(hash);
        byte[] actual = hash.GetHashAndReset();
        if (!actual.AsSpan().SequenceEqual(_value))
            throw new IntegrityException($"The checksum is {Algorithm}:{Convert.ToHexStringLower(actual)}, not {this} as announced.") { Delivery = Delivery.Answered };
    }

    /// <inheritdoc/>
    public bool Equals(Checksum? other) => other is not null && other._algorithm == _algorithm && other._value.AsSpan().SequenceEqual(_value);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Checksum);

    /// <inheritdoc/>
    public override int GetHashCode() => BitConverter.ToInt32(_value);

    /// <summary>The form that <see cref="Parse"/> reads, in lower case.</summary>
    public override string ToString() => Algorithm + ":" + Convert.ToHexStringLower(_value);
}
