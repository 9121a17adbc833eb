using System.Net;
using System.Runtime.CompilerServices;
using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>Reads the parts of a multipart body one after the other; what is left of a part is passed over when the next is asked for.</summary>
internal sealed class PartReader : IAsyncDisposable
{
    private const int MostParts = 10_000;

    private readonly RecordBuffer _buffer;
    private readonly MultipartParser _parser;
    private readonly HttpPartsOptions _options;
    private readonly int _most;
    private int _number;
    private int _data;
    private bool _inPart;

    private PartReader(Stream body, string boundary, bool isEndless, HttpPartsOptions options, WireLimits limits, EndPoint endPoint)
    {
        _buffer = new RecordBuffer(body);
        _parser = new MultipartParser(boundary, options.Head, options.Fields, options.Preamble);
        _options = options;
        _most = options.Parts ?? (isEndless ? int.MaxValue : MostParts);
        Limits = limits;
        EndPoint = endPoint;
    }

    public WireLimits Limits { get; }

    public EndPoint EndPoint { get; }

    public static async IAsyncEnumerable<HttpPart> ReadAsync(
        Func<Stream> open, string? contentType, HttpPartsOptions options, WireLimits limits, EndPoint endPoint, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string? mediaType = HttpText.MediaType(contentType);
        if (mediaType?.StartsWith("multipart/", StringComparison.Ordinal) != true)
        {
            throw new WireFormatException("The media type is none of multipart, so there are no parts.") { Endpoint = endPoint };
        }

        string? boundary = HttpText.Parameter(contentType, "boundary");
        if (!MultipartParser.IsBoundary(boundary)) throw new WireFormatException("The multipart media type has no boundary, or one that is none.") { Endpoint = endPoint };
        var reader = new PartReader(open(), boundary!, mediaType is "multipart/x-mixed-replace", options, limits, endPoint);
        await using (reader.ConfigureAwait(false))
        {
            while (await reader.NextAsync(cancellationToken).ConfigureAwait(false) is { } part) yield return part;
        }
    }

    /// <summary>Bytes of the part with that number; 0 at its end.</summary>
    public async ValueTask<int> ReadAsync(int number, Memory<byte> target, CancellationToken cancellationToken)
    {
        if (number != _number) throw new InvalidOperationException("The part is past: the next one was asked for, or the loop was left.");
        if (target.IsEmpty || !await HasDataAsync(cancellationToken).ConfigureAwait(false)) return 0;
        int count = Math.Min(_data, target.Length);
        _buffer.Unread[..count].CopyTo(target);
        _buffer.Advance(count);
        _data -= count;
        return count;
    }

    public ValueTask DisposeAsync()
    {
        _number = -1;
        return _buffer.DisposeAsync();
    }

    private async ValueTask<HttpPart?> NextAsync(CancellationToken cancellationToken)
    {
        // The part before is past from here on, also for a stream of it that somebody kept.
        int number = ++_number;
        while (await HasDataAsync(cancellationToken).ConfigureAwait(false))
        {
            _buffer.Advance(_data);
            _data = 0;
        }

        MultipartToken token = await ReadAsync(cancellationToken).ConfigureAwait(false);
        if (token == MultipartToken.End)
        {
            await PassEpilogueAsync(cancellationToken).ConfigureAwait(false);
            return null;
        }

        if (number > _most) throw new WireLimitException(nameof(HttpPartsOptions.Parts), _most, "There are more parts than the limit.") { Endpoint = EndPoint };
        _inPart = true;
        return new HttpPart(this, number, new HttpFields(_parser.TakeFields()));
    }

    private async ValueTask<bool> HasDataAsync(CancellationToken cancellationToken)
    {
        if (_data > 0) return true;
        if (!_inPart) return false;
        _inPart = await ReadAsync(cancellationToken).ConfigureAwait(false) == MultipartToken.Data;
        return _inPart;
    }

    // Up to the next token; of data, the length stands in _data and the bytes in the buffer.
    private async ValueTask<MultipartToken> ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            bool isFinal = _buffer.HasEnded;
            MultipartToken token = _parser.Read(_buffer.Unread.Span, isFinal, out int used);
            if (token == MultipartToken.Data) _data = used;
            else _buffer.Advance(used);
            if (token != MultipartToken.More) return token;
            if (used > 0) continue;
            // Told of the end before it is given up: the last delimiter needs no line behind it.
            if (isFinal) throw Ended();
            await _buffer.FillAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private ProtocolClientException Ended() => _parser.IsInside
        ? new IntegrityException("The answer ended inside a part: its last delimiter did not come.") { Endpoint = EndPoint }
        : new WireFormatException("The answer is no multipart body: its boundary did not come.") { Endpoint = EndPoint };

    // Read, so that the connection can serve again and a body that is shorter than announced is seen; within a limit, since it is of no use.
    private async ValueTask PassEpilogueAsync(CancellationToken cancellationToken)
    {
        for (int left = _options.Preamble; left > 0;)
        {
            int length = _buffer.Unread.Length;
            _buffer.Advance(length);
            left -= length;
            if (!await _buffer.FillAsync(cancellationToken).ConfigureAwait(false)) return;
        }
    }
}

/// <summary>The body of one part.</summary>
internal sealed class PartStream(PartReader reader, int number) : ForwardStream
{
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => reader.ReadAsync(number, buffer, cancellationToken);
}
