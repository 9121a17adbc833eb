namespace ProtocolClients;

/// <summary>How a content is opened.</summary>
public sealed record FtpOpenOptions
{
    /// <summary>All of it, as it is.</summary>
    public static FtpOpenOptions Default { get; } = new();

    /// <summary>The byte to begin at (REST, RFC 3659 §5).</summary>
    /// <value>The default is 0.</value>
    public long Offset
    {
        get;
        init => field = value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "0 at least.");
    }

    /// <summary>How many bytes; null for all. What the server sends beyond is not read.</summary>
    public long? Length
    {
        get;
        init => field = value is null or >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "0 at least.");
    }

    /// <summary>What the bytes are. Text is read from its beginning only, has the line ends of this machine, and no size that is known before.</summary>
    /// <value>The default is <see cref="FtpDataType.Binary"/>.</value>
    public FtpDataType Type { get; init; }

    /// <summary>Whether the opening may be repeated; null for what it is, a read.</summary>
    public Replay? Replay { get; init; }
}

/// <summary>A file of the server's that is being read, and what the server told of it before. Disposing it early breaks the transfer off.</summary>
public sealed class FtpContent : IAsyncDisposable
{
    internal FtpContent(Stream stream, FtpFacts? facts, long offset)
    {
        Stream = stream;
        Size = facts?.Size;
        Modified = facts?.Modified;
        Offset = offset;
    }

    /// <summary>The content, forward only, read asynchronously; its end is reported only when the server has confirmed it (226).</summary>
    public Stream Stream { get; }

    /// <summary>The bytes of the whole file (SIZE); null where the server does not tell, and for text.</summary>
    public long? Size { get; }

    /// <summary>When the file was changed (MDTM); null where the server does not tell, and for text.</summary>
    public DateTimeOffset? Modified { get; }

    /// <summary>The first byte that <see cref="Stream"/> gives.</summary>
    public long Offset { get; }

    /// <summary>Ends the transfer.</summary>
    public ValueTask DisposeAsync() => Stream.DisposeAsync();
}
