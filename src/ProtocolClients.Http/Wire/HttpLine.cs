using System.Collections.Concurrent;
using System.Security.Authentication.ExtendedProtection;

namespace ProtocolClients;

/// <summary>
/// One connection at a time, for one identity: what NTLM and Negotiate prove is proven of a connection, and a shared pool would hand it to
/// others (CVE-2014-0015 and its kin). When it is lost the platform dials the next, whose number is another.
/// </summary>
internal sealed class HttpLine : IDisposable
{
    private readonly HttpMessageInvoker _invoker;
    private volatile int _connection;

    public HttpLine(Func<HttpLine, HttpMessageHandler> createHandler) => _invoker = new HttpMessageInvoker(createHandler(this), disposeHandler: true);

    /// <summary>The number of the newest connection; 0 before the first.</summary>
    public int Connection => _connection;

    /// <summary>The connection whose peer knows who we are; 0 for none.</summary>
    public int ProvenOn { get; set; }

    /// <summary>Whether the peer knows who we are, as far as can be known before a request is sent.</summary>
    public bool IsProven => ProvenOn != 0 && ProvenOn == _connection;

    /// <summary>The hash of the certificate of the newest connection's peer (RFC 5929 §4), which proofs are bound to; null without TLS.</summary>
    public ChannelBinding? Binding { get; private set; }

    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        _invoker.SendAsync(request, cancellationToken);

    public void Dialed(ChannelBinding? binding)
    {
        Binding = binding;
        _connection++;
    }

    public void Dispose() => _invoker.Dispose();
}

/// <summary>The idle lines of a session, by what they belong to.</summary>
internal sealed class HttpLines(HttpWire wire) : IDisposable
{
    private const int MostIdle = 16;

    private readonly ConcurrentDictionary<object, ConcurrentBag<HttpLine>> _idle = new();
    private volatile bool _disposed;

    /// <summary>A line for an identity: an idle one of its own, else a new one.</summary>
    public HttpLineLease Lease(object identity)
    {
        ConcurrentBag<HttpLine> idle = _idle.GetOrAdd(identity, static _ => []);
        return new HttpLineLease(idle.TryTake(out HttpLine? line) ? line : wire.OpenLine(), this, idle);
    }

    public void Return(HttpLine line, ConcurrentBag<HttpLine> idle)
    {
        if (_disposed || idle.Count >= MostIdle) line.Dispose();
        else idle.Add(line);
    }

    public void Dispose()
    {
        _disposed = true;
        foreach (ConcurrentBag<HttpLine> idle in _idle.Values)
        {
            while (idle.TryTake(out HttpLine? line)) line.Dispose();
        }
    }
}

/// <summary>A line in use: by its hop, and by each response that is still being read. The last one gives it back.</summary>
internal sealed class HttpLineLease(HttpLine line, HttpLines lines, ConcurrentBag<HttpLine> idle)
{
    private int _holders = 1;
    private volatile bool _isSpoiled;

    public HttpLine Line { get; } = line;

    /// <summary>Nobody else may have the line: it was refused, or knows more than one identity.</summary>
    public void Spoil() => _isSpoiled = true;

    public async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        HttpResponseMessage response = await Line.SendAsync(request, cancellationToken).ConfigureAwait(false);
        Interlocked.Increment(ref _holders);
        response.Content = new LineContent(response.Content, this);
        return response;
    }

    public void Release()
    {
        if (Interlocked.Decrement(ref _holders) != 0) return;
        if (_isSpoiled) Line.Dispose();
        else lines.Return(Line, idle);
    }

    private sealed class LineContent(HttpContent inner, HttpLineLease lease) : RelayedContent(inner)
    {
        private int _released;

        protected override void Dispose(bool disposing)
        {
            base.Dispose(disposing);
            if (disposing && Interlocked.Exchange(ref _released, 1) == 0) lease.Release();
        }
    }
}
