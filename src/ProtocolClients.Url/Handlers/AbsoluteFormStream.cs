using System.Text;
using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>
/// Puts scheme and authority before the path in the first line of each request that is written (RFC 9112 §3.2.2): the platform's engine writes
/// this form for http alone. Behind the line it says who we are to the proxy, once that asked. What writes here is that engine, so its heads are
/// well-formed; requests have no body.
/// </summary>
/// <param name="inner">The connection to the proxy.</param>
/// <param name="form">Scheme and authority.</param>
/// <param name="authorize">Gives the value of Proxy-Authorization for a method and a target; null for none.</param>
internal sealed class AbsoluteFormStream(Stream inner, string form, Func<string, string, string?> authorize) : WireStream
{
    private readonly List<byte> _line = [];

    // How much of the empty line that ends a head was written; all of it is the beginning of the next one.
    private int _matched = EndOfHead;
    private bool _isInLine;

    private const int EndOfHead = 4;

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        inner.WriteAsync(Rewritten(buffer.Span), cancellationToken);

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => inner.ReadAsync(buffer, cancellationToken);

    public override void Flush() => inner.Flush();

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    public override async ValueTask DisposeAsync()
    {
        await inner.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) inner.Dispose();
        base.Dispose(disposing);
    }

    private byte[] Rewritten(ReadOnlySpan<byte> bytes)
    {
        var text = new List<byte>(bytes.Length + 256);
        foreach (byte b in bytes)
        {
            if (_matched == EndOfHead)
            {
                _matched = 0;
                _isInLine = true;
            }

            // CR LF CR LF
            _matched = b == (_matched % 2 == 0 ? '\r' : '\n') ? _matched + 1 : b == '\r' ? 1 : 0;
            if (!_isInLine)
            {
                text.Add(b);
                continue;
            }

            _line.Add(b);
            if (b != '\n') continue;
            text.AddRange(Encoding.Latin1.GetBytes(Absolute(Encoding.Latin1.GetString([.. _line]))));
            _line.Clear();
            _isInLine = false;
        }

        return [.. text];
    }

    // request-line = method SP request-target SP HTTP-version   (RFC 9112 §3)
    private string Absolute(string line)
    {
        int blank = line.IndexOf(' ', StringComparison.Ordinal);
        int end = line.LastIndexOf(' ');
        string method = line[..blank];
        string target = form + line[(blank + 1)..end];
        string? known = authorize(method, target);
        return $"{method} {target}{line[end..]}{(known is null ? string.Empty : $"Proxy-Authorization: {known}\r\n")}";
    }
}
