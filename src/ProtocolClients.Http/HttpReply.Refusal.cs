using System.Text;
using ProtocolClients.Transport;

namespace ProtocolClients;

public sealed partial class HttpReply
{
    private const int ExcerptBytes = 2048;

    private HttpProblem? _problem;

    /// <summary>The status as an exception.</summary>
    internal HttpStatusException Refusal() => new(Status, Reason, FinalUrl, ExcerptText())
    {
        Endpoint = _endPoint,
        RetryAfter = RetryAfter,
        Delivery = HttpStatusException.DeliveryOf(Status),
        Headers = Headers,
        Problem = Problem(),
    };

    /// <summary>Reads the beginning of the body, and puts it before the rest again.</summary>
    private async ValueTask TakeExcerptAsync(CancellationToken cancellationToken)
    {
        // A problem is read whole, or not at all: half a document says nothing.
        int most = IsProblem ? HttpProblem.MostBytes : ExcerptBytes;
        if (Length is { } length && length < most) most = (int)length;
        byte[] bytes = new byte[Math.Min(most, ExcerptBytes)];
        int read = 0;
        try
        {
            while (read < most)
            {
                if (read == bytes.Length) Array.Resize(ref bytes, Math.Min(most, bytes.Length * 2));
                int count = await _body.ReadAsync(bytes.AsMemory(read), cancellationToken).ConfigureAwait(false);
                if (count == 0) break;
                read += count;
            }
        }
        catch (ProtocolClientException)
        {
            // The status is the news; who reads on meets the failure again.
        }

        if (read == 0) return;
        _excerpt = bytes.AsMemory(0, read);
        _body = new PrefixedStream(_excerpt, _body);
    }

    private bool IsProblem => string.Equals(MediaType, HttpProblem.MediaType, StringComparison.Ordinal);

    private HttpProblem? Problem()
    {
        if (_problem is null && !_excerpt.IsEmpty && IsProblem && HttpProblem.TryParse(_excerpt, out HttpProblem? problem)) _problem = problem;
        return _problem;
    }

    private string ExcerptText()
    {
        if (_excerpt.IsEmpty || MediaType is not { } type || !(type.StartsWith("text/", StringComparison.Ordinal) || type.EndsWith("json", StringComparison.Ordinal)
            || type.EndsWith("xml", StringComparison.Ordinal)))
        {
            return string.Empty;
        }

        return BoundedReader.Decode(_excerpt.Span[..Math.Min(_excerpt.Length, ExcerptBytes)], Encoding.UTF8);
    }
}
