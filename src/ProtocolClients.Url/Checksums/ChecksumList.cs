using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace ProtocolClients;

/// <summary>
/// A list of checksums as sha256sum and its kin write it (<c>SHA256SUMS</c>, <c>name.sha256</c>): lines of the GNU form
/// <c>HEX␣␣name</c>, of the BSD form <c>SHA256 (name) = HEX</c>, or a lone <c>HEX</c> that is of the only file there is.
/// Comments, and whatever else stands around (a signature), are passed over. Which algorithm a line of the GNU form is of, its length
/// tells: that of SHA or MD5, unless the list's name is one of BLAKE2b (<c>B2SUMS</c>, <c>name.b2</c>) or BLAKE3 (<c>B3SUMS</c>, <c>name.b3</c>).
/// </summary>
public sealed class ChecksumList
{
    private const int MaxEntries = 1_000_000;

    private static readonly SearchValues<char> Hex = SearchValues.Create("0123456789ABCDEFabcdef");

    private readonly Dictionary<string, Checksum> _byName = new(StringComparer.Ordinal);
    private readonly Family _family;
    private Checksum? _lone;

    private ChecksumList(Family family) => _family = family;

    // Whose lengths those of lines without an algorithm are.
    private enum Family
    {
        Sha,
        Blake2b,
        Blake3,
    }

    /// <summary>The names in the list, as they are written there.</summary>
    public IReadOnlyCollection<string> Names => _byName.Keys;

    /// <summary>Reads a list.</summary>
    /// <param name="text">Its text; the caller bounds it.</param>
    /// <param name="name">What the list is called, for example <c>B2SUMS</c>; folders before it do not matter. Null when nobody said.</param>
    /// <exception cref="FormatException">It has no checksum, or two different ones of one algorithm for one name.</exception>
    public static ChecksumList Parse(string text, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        var list = new ChecksumList(FamilyOf(name));
        foreach (ReadOnlySpan<char> line in text.AsSpan().EnumerateLines()) list.Read(line.TrimEnd(" \t"));
        return list._byName.Count > 0 || list._lone is not null ? list : throw new FormatException("This is no list of checksums: no line has one.");
    }

    /// <summary>The checksum of a file: by its name as it stands in the list, else by the last segment when only one entry ends in it.</summary>
    /// <param name="name">The file's name.</param>
    /// <param name="checksum">The checksum.</param>
    public bool TryFind(string name, [NotNullWhen(true)] out Checksum? checksum)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (_byName.TryGetValue(name, out checksum)) return true;
        string suffix = "/" + name;
        foreach ((string entry, Checksum value) in _byName)
        {
            if (!entry.EndsWith(suffix, StringComparison.Ordinal)) continue;
            if (checksum is not null && !checksum.Equals(value))
            {
                checksum = null;
                return false;
            }

            checksum = value;
        }

        // name.sha256 may hold the bare value; a list with names says nothing about others.
        if (checksum is null && _byName.Count == 0) checksum = _lone;
        return checksum is not null;
    }

    private void Read(ReadOnlySpan<char> line)
    {
        if (line.IsEmpty || line[0] == '#') return;
        // A backslash before the line says that the name is escaped.
        bool escaped = line[0] == '\\';
        ReadOnlySpan<char> rest = escaped ? line[1..] : line;
        int digits = rest.IndexOfAnyExcept(Hex);
        if (digits < 0) digits = rest.Length;
        if (LineAlgorithm(digits) is { } algorithm && (digits == rest.Length || rest[digits] is ' ' or '\t')) ReadGnu(rest, digits, algorithm, escaped);
        else ReadBsd(rest, escaped);
    }

    // HEX ( "  " / " *" ) name   (coreutils: the second character tells text from binary)
    private void ReadGnu(ReadOnlySpan<char> line, int digits, string algorithm, bool escaped)
    {
        Checksum value = Checksum.Parse(algorithm + ":" + line[..digits].ToString());
        ReadOnlySpan<char> name = line[digits..];
        if (name.IsEmpty)
        {
            if (_lone is not null && !_lone.Equals(value)) throw new FormatException("The list has several checksums without a name.");
            _lone = value;
            return;
        }

        name = name[1..];
        if (!name.IsEmpty && name[0] is ' ' or '*') name = name[1..];
        Add(name.TrimStart(" \t"), value, escaped);
    }

    // ALGORITHM " (" name ") = " HEX   (BSD, and openssl dgst without the blanks)
    private void ReadBsd(ReadOnlySpan<char> line, bool escaped)
    {
        int open = line.IndexOf('(');
        int close = line.LastIndexOf(')');
        if (open <= 0 || close <= open) return;
        ReadOnlySpan<char> tail = line[(close + 1)..].Trim(" \t");
        if (tail.IsEmpty || tail[0] != '=') return;
        tail = tail[1..].TrimStart(" \t");
        string algorithm = line[..open].Trim(" \t").ToString().ToUpperInvariant() switch
        {
            "SHA256" or "SHA2-256" or "SHA-256" => "sha256",
            "SHA384" or "SHA2-384" or "SHA-384" => "sha384",
            "SHA512" or "SHA2-512" or "SHA-512" => "sha512",
            "SHA1" or "SHA-1" => "sha1",
            "MD5" => "md5",
            "BLAKE3" => "blake3",
            "BLAKE2B" or "BLAKE2B-512" or "BLAKE2B512" => "blake2b",
            "BLAKE2B-256" => "blake2b-256",
            _ => string.Empty,
        };
        if (algorithm.Length == 0 || DigitsOf(algorithm) != tail.Length || tail.ContainsAnyExcept(Hex)) return;
        Add(line[(open + 1)..close], Checksum.Parse(algorithm + ":" + tail.ToString()), escaped);
    }

    private void Add(ReadOnlySpan<char> written, Checksum value, bool escaped)
    {
        if (written.StartsWith("./")) written = written[2..];
        string name = escaped ? Unescape(written) : written.ToString();
        if (name.Length == 0) return;
        if (_byName.TryGetValue(name, out Checksum? known))
        {
            if (known.Algorithm == value.Algorithm && !known.Equals(value)) throw new FormatException("The list has two different checksums for one name.");
            if (known.Strength >= value.Strength) return;
        }
        else if (_byName.Count == MaxEntries)
        {
            throw new FormatException($"The list has more than {MaxEntries} names.");
        }

        _byName[name] = value;
    }

    private static string Unescape(ReadOnlySpan<char> name)
    {
        var text = new StringBuilder(name.Length);
        for (int i = 0; i < name.Length; i++)
        {
            if (name[i] != '\\' || i + 1 == name.Length)
            {
                text.Append(name[i]);
                continue;
            }

            text.Append(name[++i] switch { 'n' => '\n', 'r' => '\r', _ => name[i] });
        }

        return text.ToString();
    }

    // sha256sum, b2sum and b3sum write the same lines.
    private string? LineAlgorithm(int digits) => (_family, digits) switch
    {
        (Family.Blake2b, 128) => "blake2b",
        (Family.Blake2b, 64) => "blake2b-256",
        (Family.Blake3, 64) => "blake3",
        (Family.Sha, 32) => "md5",
        (Family.Sha, 40) => "sha1",
        (Family.Sha, 64) => "sha256",
        (Family.Sha, 96) => "sha384",
        (Family.Sha, 128) => "sha512",
        _ => null,
    };

    private static int DigitsOf(string algorithm) => algorithm switch { "md5" => 32, "sha1" => 40, "sha384" => 96, "sha512" or "blake2b" => 128, _ => 64 };

    private static Family FamilyOf(string? name)
    {
        if (name is null) return Family.Sha;
        string last = name[(name.LastIndexOfAny(['/', '\\']) + 1)..].ToUpperInvariant();
        if (last.EndsWith(".TXT", StringComparison.Ordinal)) last = last[..^4];
        string word = last[(last.LastIndexOf('.') + 1)..];
        return word switch
        {
            "B2" or "B2SUM" or "B2SUMS" or "BLAKE2" or "BLAKE2B" => Family.Blake2b,
            "B3" or "B3SUM" or "B3SUMS" or "BLAKE3" => Family.Blake3,
            _ => Family.Sha,
        };
    }
}
