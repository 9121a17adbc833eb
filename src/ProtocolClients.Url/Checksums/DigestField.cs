using System.Buffers;

namespace ProtocolClients;

/// <summary>
/// The digests that an answer carries: Repr-Digest and Content-Digest (RFC 9530), and the older Digest (RFC 3230), which mirrors of
/// Metalink/HTTP still send. Only algorithms that stand against malice are taken: sha-512 and sha-256.
/// </summary>
internal static class DigestField
{
    private static readonly SearchValues<char> Hex = SearchValues.Create("0123456789ABCDEFabcdef");

    /// <summary>The field that asks for one; the number is the preference (RFC 9530 §4).</summary>
    public static (string Name, string Value) Want { get; } = ("Want-Repr-Digest", "sha-512=3, sha-256=10");

    /// <summary>
    /// The digest of the whole representation as it is sent. Content-Digest is of this message's content, which is the whole only when
    /// it is no part of it.
    /// </summary>
    /// <param name="headers">The answer's fields.</param>
    /// <param name="whole">True when the answer's content is the whole, not a range of it.</param>
    public static Checksum? Of(HttpFields headers, bool whole)
    {
        if (Parse(headers["Repr-Digest"]) is { } representation) return representation;
        if (whole && Parse(headers["Content-Digest"]) is { } content) return content;
        return headers["Digest"] is { } old ? ParseInstance(old) : null;
    }

    // Repr-Digest = sf-dictionary of sf-binary: algorithm "=" ":" base64 ":"   (RFC 9530 §2, RFC 9651 §3.2)
    /// <summary>The strongest digest of a field; null when there is none, or the field is no dictionary of byte sequences.</summary>
    public static Checksum? Parse(string? field)
    {
        if (field is null) return null;
        Checksum? strongest = null;
        foreach (Range range in field.AsSpan().Split(','))
        {
            ReadOnlySpan<char> member = field.AsSpan(range).Trim(" \t");
            int equals = member.IndexOf('=');
            // A dictionary that is broken anywhere is ignored as a whole (RFC 9651 §4.2).
            if (equals <= 0) return null;
            ReadOnlySpan<char> value = member[(equals + 1)..];
            if (value.Length < 2 || value[0] != ':') return null;
            int end = value[1..].IndexOf(':') + 1;
            // Parameters may follow the value.
            if (end == 0 || (end + 1 < value.Length && value[end + 1] != ';')) return null;
            byte[]? bytes = Base64(value[1..end]);
            if (bytes is null) return null;
            strongest = Stronger(strongest, member[..equals], bytes);
        }

        return strongest;
    }

    // Digest = "Digest" ":" #( digest-algorithm "=" encoded-digest )   (RFC 3230 §4.3.2)
    /// <summary>The strongest digest of the older field.</summary>
    public static Checksum? ParseInstance(string field)
    {
        Checksum? strongest = null;
        foreach (Range range in field.AsSpan().Split(','))
        {
            ReadOnlySpan<char> member = field.AsSpan(range).Trim(" \t");
            int equals = member.IndexOf('=');
            if (equals <= 0 || Base64(member[(equals + 1)..]) is not { } bytes) continue;
            strongest = Stronger(strongest, member[..equals], bytes);
        }

        return strongest;
    }

    private static Checksum? Stronger(Checksum? strongest, ReadOnlySpan<char> algorithm, byte[] value)
    {
        string? name = algorithm.Equals("sha-256", StringComparison.OrdinalIgnoreCase) ? "sha256"
            : algorithm.Equals("sha-512", StringComparison.OrdinalIgnoreCase) ? "sha512" : null;
        if (name is null) return strongest;
        int length = name == "sha256" ? 32 : 64;
        // RFC 6249's own example encodes the hex digits instead of the bytes, and servers followed it.
        string? hex = value.Length == length ? Convert.ToHexString(value)
            : value.Length == length * 2 ? System.Text.Encoding.Latin1.GetString(value) : null;
        Checksum? checksum = null;
        if (hex is not null && !hex.AsSpan().ContainsAnyExcept(Hex)) checksum = Checksum.Parse(name + ":" + hex);
        return checksum is not null && (strongest is null || checksum.Strength > strongest.Strength) ? checksum : strongest;
    }

    private static byte[]? Base64(ReadOnlySpan<char> text)
    {
        byte[] bytes = new byte[text.Length];
        return Convert.TryFromBase64Chars(text, bytes, out int count) ? bytes[..count] : null;
    }
}
