namespace ProtocolClients;

/// <summary>
/// How Content-Encoding is undone: gzip (with any number of members), deflate (with zlib's head or without) and br, also one over
/// another, and what <see cref="Decoders"/> adds. Bytes after the end of the encoding are dropped, as browsers do.
/// </summary>
public sealed record DecodingOptions
{
    /// <summary>On, with limits.</summary>
    public static DecodingOptions Default { get; } = new();

    /// <summary>Bodies as they are sent; the request asks for no compression.</summary>
    public static DecodingOptions None { get; } = new() { Enabled = false };

    /// <summary>Whether bodies are decoded, and compression is asked for.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>
    /// Further codings, asked for after gzip, deflate and br; one of those names takes the place of what is built in:
    /// <c>Decoders = [new("zstd", body => new DecompressionStream(body))]</c> with the stream of a package that has one.
    /// </summary>
    public ValueList<ContentDecoder> Decoders
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            field = value;
            AcceptEncoding = string.Join(", ", ContentDecoder.BuiltIn.Concat(value.Select(static decoder => decoder.Coding)).Distinct(StringComparer.Ordinal));
        }
    } = [];

    /// <summary>The most encodings over one another.</summary>
    /// <value>The default is 4.</value>
    public int Layers { get; init => field = value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "0 or more."); } = 4;

    /// <summary>The most bytes that one byte on the wire may become in any of the layers, once <see cref="RatioFloor"/> is passed.</summary>
    /// <value>The default is 200.</value>
    public int Ratio { get; init => field = value > 0 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "More than 0."); } = 200;

    /// <summary>The decoded bytes before the ratio counts: small bodies of blanks compress well.</summary>
    /// <value>The default is 16 MiB.</value>
    public long RatioFloor { get; init; } = 16L * 1024 * 1024;

    /// <summary>The most decoded bytes of one body.</summary>
    /// <value>No limit by default: streams take no memory, and the verbs that hold a body have <see cref="WireLimits.InMemory"/>.</value>
    public long Output { get; init; } = long.MaxValue;

    /// <summary>What is asked for.</summary>
    internal string AcceptEncoding { get; private init; } = string.Join(", ", ContentDecoder.BuiltIn);
}

/// <summary>
/// Undoes one content coding that the platform has no decoder for. The stream it opens reads the encoded body with ReadAsync, gives
/// the decoded one, and throws <see cref="InvalidDataException"/> for damage and <see cref="EndOfStreamException"/> when the encoded
/// body ends before the content does; the limits of <see cref="DecodingOptions"/> are laid over it.
/// </summary>
public sealed record ContentDecoder
{
    internal static readonly string[] BuiltIn = ["gzip", "deflate", "br"];

    /// <summary>Keeps a decoder.</summary>
    /// <param name="coding">The coding's name (RFC 9110 §8.4.1), for example <c>zstd</c>; compared without case.</param>
    /// <param name="open">Makes the decoded stream over the encoded one, which it disposes with itself.</param>
    /// <exception cref="ArgumentException">The name is no token, or <c>identity</c> or <c>*</c>, which are no codings.</exception>
    public ContentDecoder(string coding, Func<Stream, Stream> open)
    {
        ArgumentNullException.ThrowIfNull(coding);
        ArgumentNullException.ThrowIfNull(open);
        Coding = coding.ToLowerInvariant();
        if (!HttpText.IsToken(coding) || Coding is "identity" or "*") throw new ArgumentException("The name of a coding is a token, and neither identity nor *.", nameof(coding));
        Open = open;
    }

    /// <summary>The coding's name, in lower case.</summary>
    public string Coding { get; }

    /// <summary>Makes the decoded stream over the encoded one.</summary>
    public Func<Stream, Stream> Open { get; }
}
