using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>Digest (RFC 7616): one challenge, its count, and the nonces that the server hands out after it.</summary>
internal sealed class DigestAuthenticator : Authenticator
{
    private readonly DigestAuthentication _digest;
    private readonly string[] _prefixes;

    public DigestAuthenticator(DigestAuthentication digest, Credentials credentials, Uri url, bool proxy)
        : base("Digest", digest.Realm, credentials)
    {
        _digest = digest;
        // The list has no meaning for a proxy, whose protection space is all of it (RFC 7616 §3.3).
        _prefixes = proxy ? [] : [.. digest.Domain.Select(uri => PathOf(url, uri)).OfType<string>()];
        CoversAll = proxy || digest.Domain.Count == 0;
    }

    private bool CoversAll { get; }

    public override int Reach(string path)
    {
        int reach = CoversAll ? 0 : -1;
        foreach (string prefix in _prefixes)
        {
            if (prefix.Length > reach && path.StartsWith(prefix, StringComparison.Ordinal)) reach = prefix.Length;
        }

        return reach;
    }

    public override async ValueTask<ShownCredentials> AnswerAsync(AuthenticatedRequest request, CancellationToken cancellationToken)
    {
        string? body = _digest.CoversBody ? await HashAsync(request, cancellationToken).ConfigureAwait(false) : null;
        DigestAnswer answer = _digest.Answer(request.Method.Method, request.Target, body);
        return new ShownCredentials(this, answer.Field) { Digest = answer };
    }

    public void Learn(string info) => _digest.Learn(info);

    public DigestHash StartHash() => _digest.StartHash();

    /// <summary>The hash of the body's bytes, produced once for it; they are produced again to be sent.</summary>
    private async ValueTask<string> HashAsync(AuthenticatedRequest request, CancellationToken cancellationToken)
    {
        using DigestHash hash = _digest.StartHash();
        if (request.Content is { } content)
        {
            if (!request.Replayable)
            {
                throw new AuthenticationFailedException(
                    "The server takes only digests over the body (auth-int), and this body can be produced only once: send bytes, or a ReplayableContent.");
            }

            var sink = new HashingStream(hash);
            await using (sink.ConfigureAwait(false))
            {
                await content.CopyToAsync(sink, cancellationToken).ConfigureAwait(false);
            }
        }

        return hash.Finish();
    }

    /// <summary>The path of a URI of the list; null for another server's: what is known of one origin is not shown to another on its word.</summary>
    private static string? PathOf(Uri url, string uri) =>
        UrlText.TryResolve(url, uri, out Uri? absolute, out _) && UrlText.SameOrigin(url, absolute) ? absolute.AbsolutePath : null;
}
