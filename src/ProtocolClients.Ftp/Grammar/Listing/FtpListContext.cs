using System.Text;

namespace ProtocolClients;

/// <summary>What a parser of listings must know beside the lines.</summary>
public sealed record FtpListContext
{
    /// <summary>The directory that is listed: what the entries' paths begin with.</summary>
    /// <value>The default is empty: the entries' names are their paths.</value>
    public FtpPath Directory { get; init; }

    /// <summary>How names are encoded. Bytes that are no text in it become U+FFFD, whatever its own fallback is.</summary>
    /// <value>The default is UTF-8.</value>
    public Encoding Encoding { get; init => field = Forgiving(value); } = Encoding.UTF8;

    /// <summary>The zone of the server's clock, for the times of LIST. Those of MLSD are UTC always (RFC 3659 §2.3).</summary>
    /// <value>The default is UTC.</value>
    public TimeZoneInfo TimeZone { get; init; } = TimeZoneInfo.Utc;

    /// <summary>The time now: a date without a year is the last such date that is not more than a day ahead of it.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>What the server answered to SYST, without the code; null when it was not asked.</summary>
    public string? SystemType { get; init; }

    /// <summary>Whether a name keeps the version of its file (<c>A.TXT;3</c>), where the server's system has versions.</summary>
    /// <value>The default is true: the name names the very file that was listed.</value>
    public bool KeepVersions { get; init; } = true;

    private static Encoding Forgiving(Encoding encoding)
    {
        ArgumentNullException.ThrowIfNull(encoding);
        if (encoding.CodePage == Encoding.UTF8.CodePage) return Encoding.UTF8;
        var clone = (Encoding)encoding.Clone();
        clone.DecoderFallback = new DecoderReplacementFallback("\uFFFD");
        clone.EncoderFallback = EncoderFallback.ReplacementFallback;
        return clone;
    }
}
