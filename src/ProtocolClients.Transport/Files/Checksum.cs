using System.Security.Cryptography;

namespace ProtocolClients;

/// <summary>
/// An announced checksum of a file: an algorithm and its value, written <c>sha256:HEX</c>, or as integrity metadata
/// <c>sha256-BASE64</c> (W3C SRI). SHA-256, SHA-512, BLAKE2b (RFC 7693) and BLAKE3 are for new lists; SHA-1 and MD5 detect damage, not
/// malice, and are here for old ones.
/// </summary>
public sealed class Checksum : IEquatable<Checksum>
{
    private readonly byte[][] _values;
    private readonly Known _known;

    private Checksum(Known known, byte[][] values)
    {
        Algorithm = known.Name;
        Strength = known.Strength;
        _known = known;
        _values = values;
    }

    /// <summary>
    /// The algorithm's name: <c>sha256</c>, <c>sha512</c>, <c>sha384</c>, <c>blake3</c> (256 bits), <c>blake2b</c> (512 bits),
    /// <c>blake2b-256</c>, <c>sha1</c> or <c>md5</c>.
    /// </summary>
    public string Algorithm { get; }

    /// <summary>Grows with the algorithm's strength; below 2 it does not stand against malice.</summary>
    public int Strength { get; }

    /// <summary>
    /// Reads <c>ALGORITHM:HEX</c> or <c>ALGORITHM-BASE64</c>; names and hex digits do not mind upper or lower case. Of several, set
    /// apart by blanks, the strongest algorithm counts, any value of it is right, and unknown algorithms are passed over (SRI §3.3.4).
    /// Of BLAKE2b the length of the value tells whether it is the hash of 512 bits or of 256.
    /// </summary>
    /// <param name="text">The text.</param>
    /// <exception cref="FormatException">No algorithm is known, or a value has not its length.</exception>
    public static Checksum Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        Known? strongest = null;
        var values = new List<byte[]>(1);
        foreach (Range range in text.AsSpan().SplitAny(" \t\r\n"))
        {
            ReadOnlySpan<char> part = text.AsSpan(range);
            if (part.IsEmpty || Read(part) is not { } read || read.Known.Strength < strongest?.Strength) continue;
            if (strongest is null || read.Known.Strength > strongest.Strength) values.Clear();
            strongest = read.Known;
            values.Add(read.Value);
        }

        return strongest is not null
            ? new Checksum(strongest, [.. values])
            : throw new FormatException("A checksum is written sha256:HEX or sha256-BASE64; the algorithms are sha256, sha384, sha512, blake3, blake2b, sha1 and md5.");
    }

    /// <summary>Reads a checksum, so that options take a string: <c>Checksum = "sha256:…"</c>.</summary>
    /// <param name="text">The text; null for none.</param>
    /// <exception cref="FormatException">As <see cref="Parse"/>.</exception>
    public static implicit operator Checksum?(string? text) => text is null ? null : Parse(text);

    /// <summary>A running hash of the algorithm; the caller appends the bytes and disposes it.</summary>
    public ChecksumHash CreateHash() => _known.Create();

    /// <summary>Compares what arrived with what was announced.</summary>
    /// <param name="hash">The running hash, complete; it is reset.</param>
    /// <exception cref="IntegrityException">They differ.</exception>
    public void Verify(ChecksumHash hash)
    {
        ArgumentNullException.ThrowIfNull(hash);
        byte[] actual = hash.GetHashAndReset();
        if (IsOne(actual)) return;
        throw new IntegrityException($"The checksum is {Algorithm}:{Convert.ToHexStringLower(actual)}, not {this} as announced.") { Delivery = Delivery.Answered };
    }

    /// <summary>Whether what arrived is what was announced.</summary>
    /// <param name="hash">The running hash, complete; it is reset.</param>
    public bool Matches(ChecksumHash hash)
    {
        ArgumentNullException.ThrowIfNull(hash);
        return IsOne(hash.GetHashAndReset());
    }

    private bool IsOne(byte[] actual)
    {
        foreach (byte[] value in _values)
        {
            if (actual.AsSpan().SequenceEqual(value)) return true;
        }

        return false;
    }

    /// <inheritdoc/>
    public bool Equals(Checksum? other)
    {
        if (other is null || other._known != _known || other._values.Length != _values.Length) return false;
        for (int i = 0; i < _values.Length; i++)
        {
            if (!other._values[i].AsSpan().SequenceEqual(_values[i])) return false;
        }

        return true;
    }

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Checksum);

    /// <inheritdoc/>
    public override int GetHashCode() => BitConverter.ToInt32(_values[0]);

    /// <summary>The form <c>sha256:HEX</c>, in lower case; several values are set apart by a blank.</summary>
    public override string ToString() => string.Join(' ', _values.Select(value => Algorithm + ":" + Convert.ToHexStringLower(value)));

    private static (Known Known, byte[] Value)? Read(ReadOnlySpan<char> text)
    {
        int mark = text.IndexOf(':');
        bool isHex = mark >= 0;
        if (!isHex) mark = text.IndexOf('-');
        if (mark <= 0 || Known.Find(text[..mark]) is not { } known) return null;
        ReadOnlySpan<char> value = text[(mark + 1)..];
        if (isHex)
        {
            known = known.Of(value.Length / 2);
            if (value.Length != known.Length * 2) throw new FormatException($"A {known.Name} checksum has {known.Length * 2} hex digits, not {value.Length}.");
            return (known, Convert.FromHexString(value));
        }

        // Options may follow a question mark; none is defined.
        int options = value.IndexOf('?');
        if (options >= 0) value = value[..options];
        byte[] bytes = new byte[value.Length];
        bool isRead = Convert.TryFromBase64Chars(value, bytes, out int count);
        known = known.Of(count);
        if (!isRead || count != known.Length) throw new FormatException($"A {known.Name} checksum has {known.Length} bytes in base64.");
        return (known, bytes[..count]);
    }

    private sealed class Known(string name, int length, int strength, Func<ChecksumHash> create)
    {
        private static readonly Known Blake2b256 = new("blake2b-256", 32, 3, static () => ChecksumHash.OfBlake2b(32));
        private static readonly Known Blake2b512 = new("blake2b", 64, 7, static () => ChecksumHash.OfBlake2b(64));

        // No two are of one strength: which of two counts does not hang on their order.
        private static readonly (string Letters, Known Known)[] All =
        [
            ("sha256", new("sha256", SHA256.HashSizeInBytes, 2, static () => ChecksumHash.Of(HashAlgorithmName.SHA256))),
            ("sha384", new("sha384", SHA384.HashSizeInBytes, 5, static () => ChecksumHash.Of(HashAlgorithmName.SHA384))),
            ("sha512", new("sha512", SHA512.HashSizeInBytes, 6, static () => ChecksumHash.Of(HashAlgorithmName.SHA512))),
            ("blake3", new("blake3", 32, 4, ChecksumHash.OfBlake3)),
            ("blake2b", Blake2b512),
            ("blake2b512", Blake2b512),
            ("blake2b256", Blake2b256),
            ("sha1", new("sha1", SHA1.HashSizeInBytes, 1, static () => ChecksumHash.Of(HashAlgorithmName.SHA1))),
            ("md5", new("md5", MD5.HashSizeInBytes, 0, static () => ChecksumHash.Of(HashAlgorithmName.MD5))),
        ];

        public string Name => name;

        public int Length => length;

        public int Strength => strength;

        public ChecksumHash Create() => create();

        /// <summary>The same algorithm with a value of this many bytes, where there are several.</summary>
        public Known Of(int bytes) => this == Blake2b512 && bytes == Blake2b256.Length ? Blake2b256 : this;

        /// <summary>By its name, with or without a hyphen.</summary>
        public static Known? Find(ReadOnlySpan<char> name)
        {
            Span<char> letters = stackalloc char[10];
            int count = 0;
            foreach (char c in name)
            {
                if (c == '-') continue;
                if (count == letters.Length) return null;
                letters[count++] = char.ToLowerInvariant(c);
            }

            foreach ((string known, Known algorithm) in All)
            {
                if (letters[..count].SequenceEqual(known)) return algorithm;
            }

            return null;
        }
    }
}
