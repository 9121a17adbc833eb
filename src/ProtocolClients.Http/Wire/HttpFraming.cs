using System.Globalization;
using System.Net;
using System.Net.Http.Headers;

namespace ProtocolClients;

/// <summary>
/// What the handler lets pass about where a body ends. It takes the first of several lengths, reads to the end of the connection when a
/// length is no number, and prefers chunks to a length: each of them lets two parties on the way see two different messages.
/// </summary>
internal static class HttpFraming
{
    /// <summary>Refuses a head without a final status, one whose framing can be read in two ways (RFC 9112 §6.3), or with more fields than the limit.</summary>
    /// <exception cref="WireFormatException">The lengths differ, are no number, stand beside a transfer coding, or the coding is not ours.</exception>
    /// <exception cref="WireLimitException">There are more fields than <see cref="WireLimits.Lines"/>.</exception>
    public static void Check(HttpResponseMessage response, EndPoint endPoint, WireLimits limits)
    {
        // The platform takes any three digits, and gives the bare connection for a 101 that nobody asked for.
        if ((int)response.StatusCode < 200)
        {
            bool switches = response.StatusCode == HttpStatusCode.SwitchingProtocols;
            throw Refused(switches ? "The server switches to another protocol, which was not asked for." : "The status of the answer is none.", endPoint);
        }

        bool chunked = response.Headers.NonValidated.TryGetValues("Transfer-Encoding", out HeaderStringValues codings);
        // We ask for no transfer coding (TE), and chunked is the only one that needs no asking (RFC 9112 §7.4).
        if (chunked && !(codings.Count == 1 && codings.ToString().Trim().Equals("chunked", StringComparison.OrdinalIgnoreCase)))
        {
            throw Refused("The answer has a Transfer-Encoding that was not asked for.", endPoint);
        }

        if (response.Content.Headers.NonValidated.TryGetValues("Content-Length", out HeaderStringValues lengths))
        {
            if (chunked) throw Refused("The answer has both a Content-Length and a Transfer-Encoding.", endPoint);
            CheckLengths(lengths, endPoint);
        }

        // Those of HTTP/1.1 were counted as they came.
        if (response.Version.Major >= 2 && Count(response.Headers.NonValidated) + Count(response.Content.Headers.NonValidated) > limits.Lines)
        {
            throw new WireLimitException(nameof(WireLimits.Lines), limits.Lines, "The answer has more header fields than the limit.") { Endpoint = endPoint };
        }
    }

    private static void CheckLengths(HeaderStringValues lengths, EndPoint endPoint)
    {
        if (lengths.Count == 1 && long.TryParse(lengths.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out _)) return;
        long? first = null;
        foreach (string line in lengths)
        {
            // One value that somebody on the way repeated is still one value (RFC 9110 §8.6).
            foreach (Range item in line.AsSpan().Split(','))
            {
                if (!long.TryParse(line.AsSpan()[item].Trim(" \t"), NumberStyles.None, CultureInfo.InvariantCulture, out long length))
                {
                    throw Refused("The Content-Length of the answer is not a length.", endPoint);
                }

                first ??= length;
                if (length != first) throw Refused("The answer has two Content-Lengths that differ.", endPoint);
            }
        }
    }

    private static int Count(HttpHeadersNonValidated headers)
    {
        int count = 0;
        foreach (KeyValuePair<string, HeaderStringValues> header in headers) count += header.Value.Count;
        return count;
    }

    private static WireFormatException Refused(string message, EndPoint endPoint) => new(message) { Endpoint = endPoint };
}
