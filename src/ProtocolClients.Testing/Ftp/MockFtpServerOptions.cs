namespace ProtocolClients.Testing;

/// <summary>The options of a <see cref="MockFtpServer"/>.</summary>
public sealed record MockFtpServerOptions : MockServerOptions
{
    /// <summary>FTP without TLS from the first byte, on a free port; everybody is let in.</summary>
    public static MockFtpServerOptions Default { get; } = new();

    /// <summary>The text of the 220 reply; several lines make a reply of several lines.</summary>
    public string Greeting { get; init; } = "Mock FTP server ready.";

    /// <summary>Keeps the passwords of PASS in <see cref="MockFtpServer.Calls"/>; they are <c>***</c> otherwise.</summary>
    public bool KeepPasswords { get; init; }

    /// <summary>
    /// What came of an upload that was cut stays, as it does on most servers; without this it is dropped and what was there before stays.
    /// </summary>
    /// <value>The default is true.</value>
    public bool KeepPartialUploads { get; init; } = true;

    /// <summary>
    /// Commands that this server does not know: <c>["EPSV", "MLSD"]</c>. They are answered 500, and not told by FEAT.
    /// </summary>
    public IReadOnlyCollection<string> Without { get; init; } = [];

    /// <summary>The longest command line in bytes, without its end; a longer one is answered 500.</summary>
    /// <value>The default is 4096.</value>
    public int MaxLineLength { get; init; } = 4096;

    /// <summary>How long a transfer waits for its data connection before it is answered 425.</summary>
    /// <value>The default is 30 seconds.</value>
    public TimeSpan DataConnectTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The address that PASV gives out instead of the true one: <c>10.0.0.1</c>. Null for the true one.</summary>
    public System.Net.IPAddress? PassiveAddress { get; init; }

    /// <summary>How many calls <see cref="MockFtpServer.Calls"/> keeps; the oldest are forgotten. At least 1.</summary>
    /// <value>By default all.</value>
    public int KeptCalls
    {
        get;
        init => field = value >= 1 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "At least one.");
    } = int.MaxValue;
}
