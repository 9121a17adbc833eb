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

    public bool Continue { get; init; }

    public bool Durable { get; init; }

    public int Segments { get; init; } = 1;

    public long MinimumChunk { get; init; } = 1024 * 1024;

    public long MaximumChunk { get; init; } = 64 * 1024 * 1024;

    public ValueList<Checksum> Checksums { get; init; } = [];

    public long? Length { get; init; }

    public long MaxLength { get; init; } = long.MaxValue;

    public IReadOnlyList<RateLimit> RateLimits { get; init; } = [];

    public LowSpeed? LowSpeed { get; init; }

    public IProgress<TransferProgress>? Progress { get; init; }

    /// <summary>
    /// Whether bytes of several answers may be put together though no validator says that they are one content: a checksum proves it at the
    /// end. Not for who asked for one file from one place in one go: what fails there at the end has cost a whole download.
    /// </summary>
    public bool IsProvenByChecksum => Checksums.Count > 0 && (Continue || Segments > 1 || Sources.Count > 1);
}

/// <summary>One place where the content is, and what is known of it there.</summary>
internal sealed class Source(IUrlHandler handler, Uri url, bool foreign = false)
{
    public Uri Url => url;

    public ValueList<(string Name, string Value)> Headers { get; init; } = [];

    /// <summary>For messages: no userinfo, no query.</summary>
    public string Shown { get; } = UrlText.WithoutUserInfo(url).GetLeftPart(UriPartial.Path);

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

    public ValueTask<UrlContent> OpenAsync(long offset, long? length, string? validator, CancellationToken cancellationToken) => handler.OpenAsync(
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
