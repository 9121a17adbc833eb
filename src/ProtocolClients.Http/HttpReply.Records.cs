using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text.Json.Serialization.Metadata;
using ProtocolClients.Transport;

namespace ProtocolClients;

public sealed partial class HttpReply
{
    private static ReadOnlySpan<byte> Mark => [0xEF, 0xBB, 0xBF];

    /// <summary>
    /// The values of a body with one JSON text a line (NDJSON, <c>application/x-ndjson</c>; JSON Lines, <c>application/jsonl</c>), each as soon
    /// as its line has come. Empty lines are passed over; the last line needs no end. Leaving the loop closes the connection.
    /// </summary>
    /// <typeparam name="T">What a line describes.</typeparam>
    /// <param name="type">The contract, from a source-generated context.</param>
    /// <param name="limit">The longest line, in bytes with its end; null for <see cref="WireLimits.Message"/>.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="WireFormatException">A line is not such JSON.</exception>
    /// <exception cref="WireLimitException">A line is longer than the limit.</exception>
    /// <exception cref="IntegrityException">The body ended early.</exception>
    /// <exception cref="TransportException">The connection was lost, or a deadline was missed.</exception>
    public IAsyncEnumerable<T?> ReadJsonLinesAsync<T>(JsonTypeInfo<T> type, int? limit = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(type);
        return LinesAsync(type, RecordLimit(limit), cancellationToken);
    }

    /// <summary>
    /// The values of a JSON text sequence (RFC 7464, <c>application/json-seq</c>, and <c>geo+json-seq</c> and its like), each as soon as its text is
    /// complete. Leaving the loop closes the connection.
    /// </summary>
    /// <remarks>
    /// A writer that was interrupted leaves a record that is cut off, and the sequence goes on behind it. Such a record, one that is no JSON,
    /// and a number, true, false or null without the whitespace that shows it to be complete (§2.4) are thrown, unless
    /// <paramref name="damaged"/> takes them: then the values behind them come too.
    /// </remarks>
    /// <typeparam name="T">What a record describes.</typeparam>
    /// <param name="type">The contract, from a source-generated context.</param>
    /// <param name="damaged">Told of each record that is cut off or no JSON, in its place between the values; null to throw the first one.</param>
    /// <param name="limit">The longest record, in bytes; null for <see cref="WireLimits.Message"/>.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="WireFormatException">A record is cut off, or is not such JSON, and nobody is told.</exception>
    /// <exception cref="WireLimitException">A record is longer than the limit.</exception>
    /// <exception cref="IntegrityException">The body ended early.</exception>
    /// <exception cref="TransportException">The connection was lost, or a deadline was missed.</exception>
    public IAsyncEnumerable<T?> ReadJsonSequenceAsync<T>(
        JsonTypeInfo<T> type, Action<WireFormatException>? damaged = null, int? limit = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(type);
        return SequenceAsync(type, damaged, RecordLimit(limit), cancellationToken);
    }

    /// <summary>
    /// The parts of a multipart answer (RFC 2046 §5.1): <c>multipart/mixed</c>, <c>multipart/byteranges</c>, and <c>multipart/x-mixed-replace</c> as
    /// cameras send it. Each is of use until the next is asked for; what was not read of it is then passed over. Leaving the loop closes
    /// the connection.
    /// </summary>
    /// <remarks>
    /// A part is complete when its delimiter has come, and not before: an answer that ends without it, as one of a server that stopped, is an
    /// <see cref="IntegrityException"/> where the part is read.
    /// </remarks>
    /// <param name="options">How much is taken; null for the defaults.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="WireFormatException">The answer is no multipart, or has no boundary, or breaks its grammar.</exception>
    /// <exception cref="WireLimitException">There are more parts, or a longer head, than the limits allow.</exception>
    /// <exception cref="IntegrityException">The body ended early.</exception>
    /// <exception cref="TransportException">The connection was lost, or a deadline was missed.</exception>
    public IAsyncEnumerable<HttpPart> ReadPartsAsync(HttpPartsOptions? options = null, CancellationToken cancellationToken = default) =>
        PartReader.ReadAsync(Open, Headers["Content-Type"], options ?? HttpPartsOptions.Default, _operation.Options.Limits, _endPoint, cancellationToken);

    private int RecordLimit(int? limit)
    {
        if (limit is { } asked) ArgumentOutOfRangeException.ThrowIfNegativeOrZero(asked, nameof(limit));
        return limit ?? _operation.Options.Limits.Message;
    }

    private async IAsyncEnumerable<T?> LinesAsync<T>(JsonTypeInfo<T> type, int limit, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var buffer = new RecordBuffer(Open());
        await using (buffer.ConfigureAwait(false))
        {
            var line = new LineParser { Ending = LineEnding.Lenient, Limit = limit };
            long number = 0;
            while (true)
            {
                bool isFinal = buffer.HasEnded;
                OperationStatus status = NextLine(ref line, buffer, type, ref number, out T? value, out bool isValue);
                if (isValue) yield return value;
                if (status == OperationStatus.Done) continue;
                if (isFinal) yield break;
                await buffer.FillAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private OperationStatus NextLine<T>(ref LineParser line, RecordBuffer buffer, JsonTypeInfo<T> type, ref long number, out T? value, out bool isValue)
    {
        value = default;
        ReadOnlySpan<byte> unread = buffer.Unread.Span;
        OperationStatus status = line.TryParse(unread, out int used, out ReadOnlySpan<byte> text);
        if (status != OperationStatus.Done && buffer.HasEnded)
        {
            text = unread;
            used = unread.Length;
        }

        buffer.Advance(used);
        if (number == 0 && text.StartsWith(Mark)) text = text[Mark.Length..];
        isValue = text.ContainsAnyExcept(" \t\r"u8);
        if (used > 0) number++;
        if (isValue) value = JsonBody.Read(text, type, number, _endPoint);
        return status;
    }

    private async IAsyncEnumerable<T?> SequenceAsync<T>(
        JsonTypeInfo<T> type, Action<WireFormatException>? damaged, int limit, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var buffer = new RecordBuffer(Open());
        await using (buffer.ConfigureAwait(false))
        {
            var parser = new JsonSequenceParser(limit);
            long number = 0;
            while (true)
            {
                bool isFinal = buffer.HasEnded;
                JsonSequenceToken token = NextRecord(parser, buffer, type, damaged, ref number, out T? value);
                if (token == JsonSequenceToken.Record) yield return value;
                if (token != JsonSequenceToken.More) continue;
                if (isFinal) yield break;
                await buffer.FillAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private JsonSequenceToken NextRecord<T>(
        JsonSequenceParser parser, RecordBuffer buffer, JsonTypeInfo<T> type, Action<WireFormatException>? damaged, ref long number, out T? value)
    {
        value = default;
        ReadOnlySpan<byte> unread = buffer.Unread.Span;
        WireFormatException fault;
        try
        {
            JsonSequenceToken token = parser.Read(unread, buffer.HasEnded, out int used, out ReadOnlySpan<byte> text);
            buffer.Advance(used);
            if (token == JsonSequenceToken.More) return token;
            number++;
            if (token == JsonSequenceToken.Record)
            {
                value = JsonBody.Read(text, type, number, _endPoint);
                return token;
            }

            fault = new WireFormatException($"{parser.Damage} It is record {number} of the sequence.") { Endpoint = _endPoint };
        }
        catch (WireFormatException noJson) when (noJson is not WireLimitException)
        {
            parser.Skip();
            fault = noJson;
        }

        if (damaged is null) throw fault;
        damaged(fault);
        return JsonSequenceToken.Damaged;
    }
}
