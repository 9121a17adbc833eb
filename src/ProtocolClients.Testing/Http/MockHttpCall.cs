using System.Text;

namespace ProtocolClients.Testing;

/// <summary>One request that a <see cref="MockHttpServer"/> received.</summary>
public sealed class MockHttpCall
{
    private readonly List<byte> _body = [];

    internal MockHttpCall(string method, string target, string path, string query, IReadOnlyDictionary<string, string> headers)
    {
        Method = method;
        Target = target;
        Path = path;
        Query = query;
        Headers = headers;
    }

    /// <summary>The method, in the case in which it was sent.</summary>
    public string Method { get; }

    /// <summary>The request target as it was sent: <c>/a%20b?c</c>, an absolute form to a proxy; in HTTP/2 the <c>:path</c>.</summary>
    public string Target { get; }

    /// <summary>The path, decoded.</summary>
    public string Path { get; }

    /// <summary>The query with its question mark, or an empty string.</summary>
    public string Query { get; }

    /// <summary>The header fields by their names, without regard to case; fields of one name are joined by <c>", "</c>.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; }

    /// <summary>The version: <c>HTTP/1.1</c>, <c>HTTP/2</c>.</summary>
    public string Protocol { get; internal init; } = "";

    /// <summary>The scheme: <c>http</c> or <c>https</c>.</summary>
    public string Scheme { get; internal init; } = "";

    /// <summary>The number of the connection, from 1: two calls with one number shared a connection.</summary>
    public long ConnectionId { get; internal init; }

    /// <summary>The name in the subject of the client's certificate; null without one.</summary>
    public string? ClientCertificate { get; internal init; }

    /// <summary>Whether a route or a file answered.</summary>
    public bool IsMatched { get; internal set; }

    /// <summary>The status that was answered; 0 for an answer that was written beneath HTTP, and before there is one.</summary>
    public int Status { get; internal set; }

    /// <summary>How many bytes the body had, so far as it was read.</summary>
    public long BodyLength { get; private set; }

    /// <summary>The body, so far as it was read and kept.</summary>
    public ReadOnlyMemory<byte> Body
    {
        get
        {
            lock (_body) return (byte[])[.. _body];
        }
    }

    /// <summary>The body as UTF-8.</summary>
    public string BodyText => Encoding.UTF8.GetString(Body.Span);

    /// <summary>A header field, or an empty string.</summary>
    /// <param name="name">Its name, without regard to case.</param>
    public string this[string name] => Headers.TryGetValue(name, out string? value) ? value : "";

    /// <summary>Method, target and status; no header fields, which may be secret.</summary>
    public override string ToString() =>
        $"{Method} {Target} ({Protocol}, connection {ConnectionId}) -> {(Status == 0 ? "?" : Status)}{(IsMatched ? "" : " unmatched")}";

    internal void AddBody(ReadOnlySpan<byte> bytes, int limit)
    {
        lock (_body)
        {
            int fits = (int)Math.Min(bytes.Length, Math.Max(0, limit - _body.Count));
            _body.AddRange(bytes[..fits]);
            BodyLength += bytes.Length;
        }
    }
}

/// <summary>What clients asked of a <see cref="MockHttpServer"/>, in order, with assertions.</summary>
public sealed class MockHttpCalls : CallLog<MockHttpCall>
{
    internal MockHttpCalls()
    {
    }

    /// <summary>The calls that neither a route nor a file answered.</summary>
    public IReadOnlyList<MockHttpCall> Unmatched => [.. this.Where(static call => !call.IsMatched)];

    /// <summary>The calls of a method and path.</summary>
    /// <param name="method">The method, for example GET.</param>
    /// <param name="path">The path, decoded, without query; or a pattern as in <see cref="MockRoutes.On"/>.</param>
    public IReadOnlyList<MockHttpCall> Of(string method, string path)
    {
        var pattern = new RoutePattern(method, path);
        return [.. this.Where(call => pattern.Matches(call.Method, call.Path, call.Query))];
    }

    /// <summary>The only call of a method and path.</summary>
    /// <param name="method">The method.</param>
    /// <param name="path">The path or pattern.</param>
    /// <exception cref="MockAssertionException">There is none, or more than one.</exception>
    public MockHttpCall Single(string method, string path)
    {
        AssertCount(1, method, path);
        return Of(method, path)[0];
    }

    /// <summary>Checks how often a method and path was called.</summary>
    /// <param name="expected">How often.</param>
    /// <param name="method">The method.</param>
    /// <param name="path">The path or pattern.</param>
    /// <exception cref="MockAssertionException">It was another number.</exception>
    public void AssertCount(int expected, string method, string path)
    {
        int count = Of(method, path).Count;
        if (count != expected) throw new MockAssertionException($"Expected {expected} of {method} {path}, saw {count}:\n{this}");
    }

    /// <summary>Checks that these and no other calls were made, in this order.</summary>
    /// <param name="expected">Method and target of each: <c>GET /a?b</c>.</param>
    /// <exception cref="MockAssertionException">Others were made.</exception>
    public void AssertAll(params IReadOnlyList<string> expected)
    {
        ArgumentNullException.ThrowIfNull(expected);
        if (this.Select(static call => call.Method + " " + call.Target).SequenceEqual(expected, StringComparer.Ordinal)) return;
        throw new MockAssertionException($"Expected:\n{string.Join('\n', expected)}\nSaw:\n{this}");
    }

    /// <summary>Checks that a route or a file answered every call.</summary>
    /// <exception cref="MockAssertionException">Some call was unmatched.</exception>
    public void AssertAllMatched()
    {
        if (Unmatched is { Count: > 0 } calls) throw new MockAssertionException("Unmatched:\n" + string.Join('\n', calls));
    }
}
