namespace ProtocolClients;

/// <summary>How a directory is listed.</summary>
public sealed record FtpListOptions
{
    /// <summary>The defaults.</summary>
    public static FtpListOptions Default { get; } = new();

    /// <summary>
    /// Asks LIST for names that begin with a dot too (<c>-a</c>, which most servers know and no RFC has). MLSD gives what the server shows anyway.
    /// </summary>
    public bool Hidden { get; init; }

    /// <summary>The dialect, instead of the client's; <see cref="FtpListFormat.Mlsd"/> insists on MLSD, any other on LIST. Null for the client's.</summary>
    public FtpListFormat? Format { get; init; }
}
