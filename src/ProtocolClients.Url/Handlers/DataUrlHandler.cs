namespace ProtocolClients;

/// <summary>data: (RFC 2397): the content stands in the URL.</summary>
internal sealed class DataUrlHandler(WireLimits limits) : IUrlHandler
{
    public ValueTask<UrlContent> OpenAsync(UrlRequest request, CancellationToken cancellationToken = default)
    {
        DataUrl data = DataUrl.Parse(request.Url.OriginalString);
        HttpFields headers = HeadersOf(data);
        return ValueTask.FromResult(new UrlContent(new MemoryStream(data.Bytes, writable: false), request.Url)
        {
            Length = data.Bytes.Length,
            MediaType = MediaType(data),
            Charset = Charset(data),
            Headers = headers,
            InMemoryLimit = limits.InMemory,
        });
    }

    public ValueTask<UrlInfo> StatAsync(UrlRequest request, CancellationToken cancellationToken = default)
    {
        DataUrl data = DataUrl.Parse(request.Url.OriginalString);
        return ValueTask.FromResult(new UrlInfo(request.Url)
        {
            Length = data.Bytes.Length,
            MediaType = MediaType(data),
            Charset = Charset(data),
            Headers = HeadersOf(data),
        });
    }

    public IAsyncEnumerable<UrlEntry> ListAsync(UrlRequest request, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException("A data: URL has no listing.");

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static string MediaType(DataUrl data) => data.MediaType.Split(';', 2)[0].Trim().ToLowerInvariant();

    private static string? Charset(DataUrl data)
    {
        foreach (string parameter in data.MediaType.Split(';').Skip(1))
        {
            if (parameter.TrimStart().StartsWith("charset=", StringComparison.OrdinalIgnoreCase)) return parameter.Trim()["charset=".Length..].Trim('"');
        }

        return null;
    }

    private static HttpFields HeadersOf(DataUrl data) => new([
        new("Content-Type", data.MediaType),
        new("Content-Length", data.Bytes.Length.ToString(System.Globalization.CultureInfo.InvariantCulture)),
    ]);
}
