namespace ProtocolClients;

/// <summary>
/// How much a peer may send before it is cut off with <see cref="WireLimitException"/>. Nothing is allocated by an
/// announced length; what is buffered grows with what arrives, up to these limits.
/// </summary>
public sealed record WireLimits
{
    /// <summary>The defaults of every client.</summary>
    public static WireLimits Default { get; } = new();

    /// <summary>The longest line, in bytes with its end.</summary>
    /// <value>The default is 64 KiB.</value>
    public int Line { get; init => field = Positive(value); } = 64 * 1024;

    /// <summary>The longest message (a whole reply, a response head), in bytes.</summary>
    /// <value>The default is 1 MiB.</value>
    public int Message { get; init => field = Positive(value); } = 1024 * 1024;

    /// <summary>The most lines of one multi-line reply, or fields of one header block.</summary>
    /// <value>The default is 10,000.</value>
    public int Lines { get; init => field = Positive(value); } = 10_000;

    /// <summary>The most intermediate replies before a final one (HTTP 1xx, FTP 1yz).</summary>
    /// <value>The default is 100.</value>
    public int IntermediateReplies { get; init => field = Positive(value); } = 100;

    /// <summary>The most bytes that the verbs which hold a whole thing in memory (ReadTextAsync, ReadBytesAsync) take.</summary>
    /// <value>The default is 64 MiB.</value>
    public long InMemory { get; init => field = Positive(value); } = 64L * 1024 * 1024;

    /// <summary>The most bytes that are read and dropped to keep a connection whose reply was abandoned.</summary>
    /// <value>The default is 256 KiB.</value>
    public int Drain { get; init => field = Positive(value); } = 256 * 1024;

    private static int Positive(int value) =>
        value > 0 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "A limit is positive.");

    private static long Positive(long value) =>
        value > 0 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "A limit is positive.");
}
