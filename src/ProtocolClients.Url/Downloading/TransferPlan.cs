using System.Net;
using System.Security.Cryptography;
using System.Text;
using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>What one transfer is to do, whoever asked for it.</summary>
internal sealed record TransferPlan
{
    public required IReadOnlyList<Source> Sources { get; init; }

    public required string Path { get; init; }

    public bool Overwrite { get; init; }

    /// <summary>A name that is taken when the file is whole gives way to the next one that is free.</summary>
    public Func<int, string>? NextName { get; init; }

    /// <summary>The file gets the time that the server told.</summary>
    public bool KeepTime { get; init; }

    public bool Continue { get; init; }

    public bool Durable { get; init; }

    public int Segments { get; init; } = 1;

    public long MinimumChunk { get; init; } = 1024 * 1024;

    public long MaximumChunk { get; init; } = 64 * 1024 * 1024;

    public ValueList<Checksum> Checksums { get; init; } = [];

    /// <summary>Checksums of pieces, by which a damaged content is mended; null for none.</summary>
    public MetalinkPieces? Pieces { get; init; }

    public long? Length { get; init; }

    public long MaxLength { get; init; } = long.MaxValue;

    public IReadOnlyList<RateLimit> RateLimits { get; init; } = [];

    public HostRateLimits? HostRateLimits { get; init; }

    public ByteQuota? Quota { get; init; }

    public Provenance Provenance { get; init; }

    /// <summary>What servers of the caller's origin are told of where he comes from.</summary>
    public string? Referrer { get; init; }

    public ServerStatistics? Servers { get; init; }

    public LowSpeed? LowSpeed { get; init; }

    public IProgress<TransferProgress>? Progress { get; init; }

    /// <summary>The length of a content that has come to its end.</summary>
    /// <exception cref="IntegrityException">It is not the announced one.</exception>
    public long EndOf(long written, long? total) => (total ?? Length) is { } announced && written != announced
        ? throw new IntegrityException($"{written} bytes came where {announced} were announced.", isTransient: written < announced && total is not null) { Delivery = Delivery.Answered }
        : written;

    /// <summary>
    /// Whether bytes of several answers may be put together though no validator says that they are one content of this length: a checksum
    /// proves it at the end, or those of pieces that fit the length, which cost a piece. Not a checksum for who asked for one file from one
    /// place in one go: what fails there at the end has cost a whole download.
    /// </summary>
    public bool IsProvenByChecksum(long? total) => total is { } length
        && (Pieces?.Fit(length) == true || (Checksums.Count > 0 && (Continue || Segments > 1 || Sources.Count > 1)));
}

/// <summary>One place where the content is, and what is known of it there.</summary>
internal sealed class Source(IUrlHandler handler, Uri url, bool foreign = false)
{
    private UrlContent? _probed;

    public Uri Url => url;

    /// <summary>Of another origin than the caller's: it is asked without his headers.</summary>
    public bool IsForeign => foreign;

    public ValueList<(string Name, string Value)> Headers { get; init; } = [];

    /// <summary>For messages: no userinfo, no query.</summary>
    public string Shown => field ??= UrlText.WithoutUserInfo(url).GetLeftPart(UriPartial.Path);

    /// <summary>Names the resource in a file that others may read: a query can hold a token.</summary>
    public string Id => field ??= Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(
        UrlText.WithoutUserInfo(url).GetComponents(UriComponents.HttpRequestUrl, UriFormat.UriEscaped))));

    public EndPoint? EndPoint { get; } = url.Host.Length == 0 ? null : UrlText.EndPointOf(url);

    /// <summary>Names the content as this server has it; null when it cannot.</summary>
    public string? Validator { get; set; }

    /// <summary>It gave, alone and from the beginning, a content that is not the announced one.</summary>
    public bool IsWrong { get; set; }

    /// <summary>An entity tag can mean the same on two servers of one content; a date cannot.</summary>
    public string? SharedValidator => Validator is ['"', ..] ? Validator : null;

    /// <summary>
    /// Asks for the whole before it is settled what becomes of it: the body is the first that <see cref="OpenAsync"/> gives.
    /// </summary>
    public async ValueTask<UrlContent> ProbeAsync(string? tag, DateTimeOffset? since, bool wantDigest, CancellationToken cancellationToken)
    {
        ValueList<(string, string)> own = foreign ? [] : Headers;
        return _probed = await handler.OpenAsync(
            new UrlRequest(url)
            {
                Verbatim = true,
                IfNoneMatch = tag,
                IfModifiedSince = since,
                Headers = wantDigest ? [.. own, DigestField.Want] : own,
                Foreign = foreign,
            },
            cancellationToken).ConfigureAwait(false);
    }

    public ValueTask<UrlInfo> StatAsync(CancellationToken cancellationToken) =>
        handler.StatAsync(new UrlRequest(url) { Verbatim = true, Headers = foreign ? [] : Headers, Foreign = foreign }, cancellationToken);

    /// <summary>Gives up the body of <see cref="ProbeAsync"/>, when it was not taken.</summary>
    public ValueTask DropAsync() => Interlocked.Exchange(ref _probed, null)?.DisposeAsync() ?? ValueTask.CompletedTask;

    public ValueTask<UrlContent> OpenAsync(long offset, long? length, string? validator, CancellationToken cancellationToken) =>
        _probed is null ? AskAsync(offset, length, validator, cancellationToken) : OpenProbedAsync(offset, length, validator, cancellationToken);

    private async ValueTask<UrlContent> OpenProbedAsync(long offset, long? length, string? validator, CancellationToken cancellationToken)
    {
        if (offset == 0 && length is null && Interlocked.Exchange(ref _probed, null) is { } whole) return whole;
        await DropAsync().ConfigureAwait(false);
        return await AskAsync(offset, length, validator, cancellationToken).ConfigureAwait(false);
    }

    private ValueTask<UrlContent> AskAsync(long offset, long? length, string? validator, CancellationToken cancellationToken) => handler.OpenAsync(
        new UrlRequest(url)
        {
            Offset = offset,
            Length = length,
            Validator = offset > 0 || length is not null ? validator : null,
            Verbatim = true,
            Retry = false,
            Headers = foreign ? [] : Headers,
            Foreign = foreign,
        },
        cancellationToken);
}
