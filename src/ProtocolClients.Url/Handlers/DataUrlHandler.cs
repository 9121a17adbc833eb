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
            MediaType = data.Type,
            Charset = data.Charset,
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
            MediaType = data.Type,
            Charset = data.Charset,
            Headers = HeadersOf(data),
        });
    }

    public IAsyncEnumerable<UrlEntry> ListAsync(UrlRequest request, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException("A data: URL has no listing.");

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static HttpFields HeadersOf(DataUrl data) => new([
        new("Content-Type", data.MediaType),
        new("Content-Length", data.Bytes.Length.ToString(System.Globalization.CultureInfo.InvariantCulture)),
    ]);
}
