namespace ProtocolClients.Testing;

/// <summary>Which versions of HTTP a <see cref="MockHttpServer"/> speaks.</summary>
public enum MockHttpVersions
{
    /// <summary>HTTP/1.1 and 1.0; with TLS also HTTP/2, chosen by ALPN.</summary>
    Default,

    /// <summary>HTTP/1.1 and 1.0 only.</summary>
    Http1,

    /// <summary>HTTP/2 only; without TLS by prior knowledge (RFC 9113 §3.3).</summary>
    Http2,
}

/// <summary>The options of a <see cref="MockHttpServer"/>.</summary>
public sealed record MockHttpServerOptions : MockServerOptions
{
    /// <summary>HTTP/1.1 without TLS on a free port.</summary>
    public static MockHttpServerOptions Default { get; } = new();

    /// <summary>The versions spoken.</summary>
    public MockHttpVersions Versions { get; init; }

    /// <summary>How much of each request's body is kept in <see cref="MockHttpServer.Calls"/>, in bytes; what is over is read, counted and dropped.</summary>
    /// <value>The default is 1 MiB.</value>
    public int KeptBody { get; init; } = 1024 * 1024;

    /// <summary>
    /// Lets clients change <see cref="MockHttpServer.Files"/>: PUT stores a body whole or not at all, DELETE removes a file (RFC 9110 §9.3.4,
    /// §9.3.5). They are answered 405 otherwise. Below <see cref="MockFiles.Root"/> no symbolic link is followed or replaced.
    /// </summary>
    public bool WritableFiles { get; init; }

    /// <summary>How many calls <see cref="MockHttpServer.Calls"/> keeps; the oldest are forgotten. At least 1.</summary>
    /// <value>By default all.</value>
    public int KeptCalls
    {
        get;
        init => field = value >= 1 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "At least one.");
    } = int.MaxValue;
}
