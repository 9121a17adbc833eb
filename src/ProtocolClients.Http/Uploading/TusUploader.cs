namespace ProtocolClients;

/// <summary>
/// Uploads files that go on where they broke off, by the tus protocol 1.0.0 (https://tus.io/protocols/resumable-upload: the core protocol and
/// Creation): the server keeps what came, and says how much when it is asked. Safe for many tasks, each for a file of its own.
/// </summary>
/// <remarks>
/// <para>What the server made for a file stays in <c>NAME.HASH.upload</c> beside it until the upload is whole, so that a later process goes on,
/// whatever ended the one before; the hash is that of the end point, so that uploads of one file to several do not meet. It holds the upload's
/// URL, which may be as good as a password, and is readable by its owner only.</para>
/// <para>Attempts and budget of the session's resilience bound the time in which nothing new is sent: they begin anew with an attempt that
/// sent bytes of the file which none before it had. An upload that is locked (423), as after a connection whose loss the server has not noticed
/// yet, is waited for within the budget.</para>
/// <para>Redirects (307, 308) are followed to the end point's origin, or to the same host over TLS, and from there never back: nothing of a file
/// goes elsewhere. Credentials that were given for the http URL do not go to https then, unless the host is known to want TLS
/// (<see cref="HttpSession.Hsts"/>).</para>
/// </remarks>
/// <param name="session">Through which is asked; its credentials, headers, deadlines and resilience count.</param>
public sealed class TusUploader(HttpSession session)
{
    private readonly HttpSession _session = session ?? throw new ArgumentNullException(nameof(session));

    /// <summary>
    /// Uploads a file; goes on with what an earlier call or process left, when the file has the same length and time as then and the server
    /// still knows the upload. A connection that is lost is made anew as the session's resilience allows.
    /// </summary>
    /// <param name="local">The file.</param>
    /// <param name="remote">The URL that makes uploads (the tus server's end point): absolute, or relative to the base address.</param>
    /// <param name="options">What is different for this upload; null for the defaults.</param>
    /// <param name="cancellationToken">Ends the upload; what the server has stays for a later one.</param>
    /// <returns>
    /// The file, and as <see cref="TransferResult.FinalUrl"/> where the server has it: who knows that URL may be able to read or delete it.
    /// <see cref="TransferResult.Attempts"/> counts the requests that sent bytes of it; 0 when an earlier run had sent all.
    /// </returns>
    /// <exception cref="ArgumentException">The URL is malformed, or not of http or https.</exception>
    /// <exception cref="IOException">The file is not there or changed while it was sent, or its state is another's or cannot be written.</exception>
    /// <exception cref="CapabilityMissingException">The server does not speak tus 1.0.0.</exception>
    /// <exception cref="HttpStatusException">The server refused, or the upload stayed locked.</exception>
    /// <exception cref="HttpRedirectException">The server redirects to another origin.</exception>
    /// <exception cref="ProtocolClientException">The connection was lost too often, or the server broke the protocol.</exception>
    public async Task<TransferResult> UploadAsync(string local, string remote, TusOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(local);
        ArgumentNullException.ThrowIfNull(remote);
        using var upload = new TusUpload(_session, Path.GetFullPath(local), remote, options ?? TusOptions.Default);
        return await upload.RunAsync(cancellationToken).ConfigureAwait(false);
    }
}

/// <summary>How a <see cref="TusUploader"/> uploads one file.</summary>
public sealed record TusOptions
{
    /// <summary>The defaults.</summary>
    public static TusOptions Default { get; } = new();

    /// <summary>What the server is told of the file (Upload-Metadata): names without blanks and commas, values of any text.</summary>
    /// <value>By default the file's name, as <c>filename</c>.</value>
    /// <exception cref="ArgumentException">A name is empty, or has a blank, a comma or a letter beyond ASCII.</exception>
    public ValueList<(string Name, string Value)>? Metadata { get; init => field = Checked(value); }

    /// <summary>The most bytes of one request, for servers and proxies that limit them; null for all that is left.</summary>
    public long? MaxRequest
    {
        get;
        init => field = value is null or >= 1 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "At least one byte.");
    }

    /// <summary>Keeps what is needed to go on in <c>NAME.HASH.upload</c> beside the file, and goes on with what is there. Off: every call begins anew.</summary>
    /// <value>On by default.</value>
    public bool Continue { get; init; } = true;

    /// <summary>A limit of bytes a second; the object can be changed while it runs. Null for none.</summary>
    public RateLimit? RateLimit { get; init; }

    /// <summary>Told how far it has come.</summary>
    public IProgress<TransferProgress>? Progress { get; init; }

    private static ValueList<(string Name, string Value)>? Checked(ValueList<(string Name, string Value)>? metadata)
    {
        foreach ((string name, _) in metadata ?? [])
        {
            if (string.IsNullOrEmpty(name) || name.AsSpan().ContainsAnyExceptInRange('!', '~') || name.Contains(',', StringComparison.Ordinal))
                throw new ArgumentException("A name of the metadata is ASCII without blanks and commas.", nameof(metadata));
        }

        return metadata;
    }
}
