using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>
/// Writes the heads of one request and its answer to the wire log, as HTTP/1.1 would show them, whatever version is spoken; secrets are
/// <c>***</c>. Each exchange draws a number of its own: connections are shared, and the exchange is what a reader follows.
/// </summary>
internal sealed class HttpTrace(IWireLog log, HttpOperation operation)
{
    private readonly long _number = ConnectionNumber.Next();

    public void Sent(HttpRequestMessage request)
    {
        Uri url = request.RequestUri!;
        var head = new StringBuilder();
        head.Append(CultureInfo.InvariantCulture, $"{request.Method.Method} {url.PathAndQuery} HTTP/{VersionOf(request).ToString(2)}\r\n");
        if (!request.Headers.NonValidated.Contains("Host")) head.Append(CultureInfo.InvariantCulture, $"Host: {url.Authority}\r\n");
        Add(head, request.Headers.NonValidated);
        if (request.Content is { } content) Add(head, content.Headers.NonValidated);
        Write(WireDirection.Sent, head);
    }

    public void Received(HttpResponseMessage response)
    {
        var head = new StringBuilder();
        head.Append(CultureInfo.InvariantCulture, $"HTTP/{response.Version.ToString(2)} {(int)response.StatusCode} {response.ReasonPhrase}\r\n");
        Add(head, response.Headers.NonValidated);
        Add(head, response.Content.Headers.NonValidated);
        Write(WireDirection.Received, head);
    }

    /// <summary>In clear text nothing is agreed on: 1.1 is spoken unless the caller knows better. Over TLS it is what is offered.</summary>
    private static Version VersionOf(HttpRequestMessage request) =>
        request.RequestUri!.Scheme == Uri.UriSchemeHttp && request.VersionPolicy == HttpVersionPolicy.RequestVersionOrLower && request.Version > HttpVersion.Version11
            ? HttpVersion.Version11
            : request.Version;

    private void Add(StringBuilder head, HttpHeadersNonValidated headers)
    {
        foreach ((string name, HeaderStringValues values) in headers)
        {
            foreach (string value in values)
            {
                bool secret = operation.IsSecret(name) || IsAnswerSecret(name);
                head.Append(name).Append(": ").Append(secret ? "***" : name.Equals("Location", StringComparison.OrdinalIgnoreCase) ? Target(value) : value).Append("\r\n");
            }
        }
    }

    /// <summary>Cookies; and a server's proof of a password (rspauth), by which whoever reads the log could try passwords.</summary>
    private static bool IsAnswerSecret(string name) => name.Equals("Set-Cookie", StringComparison.OrdinalIgnoreCase)
        || name.Equals("Authentication-Info", StringComparison.OrdinalIgnoreCase) || name.Equals("Proxy-Authentication-Info", StringComparison.OrdinalIgnoreCase);

    /// <summary>The target of a redirect without its userinfo, well-formed or not.</summary>
    private static string Target(string location)
    {
        int start = location.IndexOf("//", StringComparison.Ordinal) + 2;
        int at = start < 2 ? -1 : location.LastIndexOf('@');
        return at < start ? location : string.Concat(location.AsSpan(0, start), "***", location.AsSpan(at));
    }

    private void Write(WireDirection direction, StringBuilder head) => log.Write(_number, direction, Encoding.UTF8.GetBytes(head.Append("\r\n").ToString()));
}
