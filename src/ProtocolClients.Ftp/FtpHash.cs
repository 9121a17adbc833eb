using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>A hash of a file that the server computed.</summary>
/// <param name="Algorithm">Its name in lower case without hyphens: <c>sha256</c>, <c>sha512</c>, <c>sha1</c>, <c>md5</c>, <c>crc32</c>.</param>
/// <param name="Hex">The hash in lower-case hex digits.</param>
public sealed record FtpHash(string Algorithm, string Hex)
{
    /// <summary>As a checksum to verify with; null for one that none is made of here (crc32).</summary>
    public Checksum? ToChecksum() => Algorithm is "sha256" or "sha384" or "sha512" or "sha1" or "md5" ? Checksum.Parse($"{Algorithm}:{Hex}") : null;

    /// <summary>The form <c>sha256:HEX</c>.</summary>
    public override string ToString() => $"{Algorithm}:{Hex}";
}

/// <summary>How a server is asked for a hash.</summary>
/// <param name="Algorithm">The algorithm as <see cref="FtpHash"/> names it.</param>
/// <param name="Verb">The command.</param>
/// <param name="Select">What OPTS has to say before; null for nothing.</param>
internal sealed record FtpHashMethod(string Algorithm, string Verb, string? Select)
{
    // The best first; a checksum that can be forged still finds a broken transfer.
    private static readonly (string Algorithm, string Draft, string Verb)[] Known =
    [
        ("sha256", "SHA-256", "XSHA256"), ("sha512", "SHA-512", "XSHA512"), ("sha1", "SHA-1", "XSHA1"), ("sha1", "SHA-1", "XSHA"), ("md5", "MD5", "XMD5"), ("crc32", "CRC32", "XCRC"),
    ];

    /// <summary>The way to an algorithm, or to the best one; null where the server has none.</summary>
    public static FtpHashMethod? Choose(FtpCapabilities capabilities, string? algorithm)
    {
        string? wanted = algorithm?.Replace("-", "", StringComparison.Ordinal).ToLowerInvariant();
        foreach ((string name, string draft, string verb) in Known)
        {
            if (wanted is not null && wanted != name) continue;
            if (capabilities.HashAlgorithms.Contains(draft, StringComparer.OrdinalIgnoreCase)) return new FtpHashMethod(name, "HASH", "HASH " + draft);
            if (capabilities.Has(verb)) return new FtpHashMethod(name, verb, null);
        }

        return null;
    }

    public FtpHash? Read(FtpReply reply)
    {
        int digits = Algorithm switch { "sha256" => 64, "sha512" => 128, "sha1" => 40, "md5" => 32, _ => 8 };
        // What is being computed may stand in the lines before it (213-Computing …).
        for (int i = reply.Coded.LineCount - 1; i >= 0; i--)
        {
            if (FtpReplyText.TryHash(reply.Coded.Line(i), digits, out string? hex)) return new FtpHash(Algorithm, hex);
        }

        return null;
    }
}
