using System.Globalization;
using System.Runtime.CompilerServices;

namespace ProtocolClients;

/// <summary>ftp and ftps.</summary>
internal sealed class FtpUrlHandler : IUrlHandler
{
    private readonly FtpClients _clients;
    private readonly FtpGateway _gateway;

    public FtpUrlHandler(UrlOpenerOptions options)
    {
        _clients = new FtpClients(options);
        _gateway = new FtpGateway(_clients.Options, options.TunnelFtp);
    }

    public async ValueTask<UrlContent> OpenAsync(UrlRequest request, CancellationToken cancellationToken = default)
    {
        var url = FtpUrl.From(request.Url);
        Credentials? credentials = _clients.CredentialsFor(url, request.Foreign);
        if (_gateway.Leads(url, credentials)) return await _gateway.OpenAsync(url, credentials, request, cancellationToken).ConfigureAwait(false);
        FtpClient client = _clients.For(url, credentials);
        if (url.IsDirectory) return Names(client, url);
        if (request.IfModifiedSince is { } since)
        {
            FtpEntry facts = await client.StatAsync(url.Path, cancellationToken).ConfigureAwait(false);
            if (facts.Modified is { } modified && !IsLater(modified, since))
                return new UrlContent(Stream.Null, url.Uri) { IsNotModified = true, LastModified = facts.Modified, Total = facts.Size };
        }

        FtpContent content = await OpenAsync(client, url, request, cancellationToken).ConfigureAwait(false);
        long? rest = content.Size - content.Offset;
        return new UrlContent(content.Stream, url.Uri)
        {
            Length = content.Offset == request.Offset && rest > request.Length ? request.Length : rest,
            Total = content.Size,
            LastModified = content.Modified,
            Offset = content.Offset,
            Validator = ValidatorOf(content),
            InMemoryLimit = client.Options.Limits.InMemory,
        };
    }

    public async ValueTask<UrlInfo> StatAsync(UrlRequest request, CancellationToken cancellationToken = default)
    {
        var url = FtpUrl.From(request.Url);
        Credentials? credentials = _clients.CredentialsFor(url, request.Foreign);
        if (_gateway.Leads(url, credentials)) return await _gateway.StatAsync(url, credentials, request, cancellationToken).ConfigureAwait(false);
        FtpEntry entry = await _clients.For(url, credentials).StatAsync(url.Path, cancellationToken).ConfigureAwait(false);
        return new UrlInfo(url.Uri)
        {
            Length = entry.Kind == FtpEntryKind.Directory ? null : entry.Size,
            LastModified = entry.Modified,
        };
    }

    public async IAsyncEnumerable<UrlEntry> ListAsync(UrlRequest request, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var url = FtpUrl.From(request.Url);
        Credentials? credentials = _clients.CredentialsFor(url, request.Foreign);
        if (_gateway.Leads(url, credentials))
        {
            await foreach (UrlEntry entry in _gateway.ListAsync(url, credentials, request, cancellationToken).ConfigureAwait(false)) yield return entry;
            yield break;
        }

        FtpClient client = _clients.For(url, credentials);
        await foreach (FtpEntry entry in client.ListAsync(url.Path, null, cancellationToken).ConfigureAwait(false))
        {
            if (EntryOf(client, url, entry) is { } found) yield return found;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync().ConfigureAwait(false);
        await _clients.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>
    /// From where it was asked, when the server can and still has the content that was asked for; else from the beginning. What is there
    /// is asked before the first byte, in one go with the transfer.
    /// </summary>
    private static async ValueTask<FtpContent> OpenAsync(FtpClient client, FtpUrl url, UrlRequest request, CancellationToken cancellationToken)
    {
        var whole = new FtpOpenOptions
        {
            Type = url.Type == FtpUrlType.Ascii ? FtpDataType.Ascii : FtpDataType.Binary,
            Replay = request.Retry ? null : Replay.Never,
        };
        if (whole.Type == FtpDataType.Ascii || (request.Offset == 0 && request.Length is null))
            return await client.OpenContentAsync(url.Path, whole, cancellationToken).ConfigureAwait(false);
        FtpOpenOptions part = whole with { Offset = request.Offset, Length = request.Length };
        try
        {
            FtpContent content = await client.OpenContentAsync(url.Path, part, cancellationToken).ConfigureAwait(false);
            bool isOther = request is { Length: null, Validator: not null } && ValidatorOf(content) != request.Validator;
            if (!isOther && (content.Size is null || content.Size >= request.Offset)) return content;
            await content.DisposeAsync().ConfigureAwait(false);
        }
        catch (FtpReplyException refusal) when (request.Offset > 0 && !refusal.IsTransient)
        {
            // It begins nowhere else, or has fewer bytes by now.
        }

        return await client.OpenContentAsync(url.Path, whole, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Who tells the second alone is not answered that a fraction of it is later.</summary>
    private static bool IsLater(DateTimeOffset modified, DateTimeOffset since) =>
        since.Ticks % TimeSpan.TicksPerSecond == 0 ? modified >= since.AddSeconds(1) : modified > since;

    /// <summary>Size and time name a content as well as FTP can. Without quotes: another server's mean something else.</summary>
    private static string? ValidatorOf(FtpContent content) => content is { Size: { } size, Modified: { } modified }
        ? string.Create(CultureInfo.InvariantCulture, $"{size} {modified.UtcDateTime:yyyyMMddHHmmss.FFFFFFF}")
        : null;

    private static UrlContent Names(FtpClient client, FtpUrl url) => new(new FtpNamesStream(client.ListAsync(url.Path)), url.Uri)
    {
        MediaType = "text/plain",
        Charset = client.Options.Encoding.WebName,
        InMemoryLimit = client.Options.Limits.InMemory,
    };

    /// <summary>Null for what is not directly below the directory: a server's word for more than one segment.</summary>
    private static UrlEntry? EntryOf(FtpClient client, FtpUrl url, FtpEntry entry)
    {
        if (entry.Name is "." or ".." || entry.RawName.Span.Contains((byte)'/')) return null;
        bool isFolder = entry.Kind == FtpEntryKind.Directory;
        var path = FtpUrl.Create(url.IsImplicitTls ? "ftps" : "ftp", url.Host, url.Port, entry.Path, client.Options.Encoding);
        return new UrlEntry(entry.Name, isFolder ? new Uri(path.AbsoluteUri + "/") : path)
        {
            IsFolder = isFolder,
            Length = isFolder ? null : entry.Size,
            LastModified = entry.Modified,
        };
    }
}
