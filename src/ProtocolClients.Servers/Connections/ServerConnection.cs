using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Security;
using System.Text;
using Microsoft.Extensions.Logging;

namespace ProtocolClients.Servers;

/// <summary>What <see cref="ServerConnection.StartTlsAsync"/> does with bytes that arrived before the handshake.</summary>
public enum EarlyPlaintext
{
    /// <summary>Refuse them with <see cref="InvalidDataException"/>: somebody between the peer and this server put commands in.</summary>
    Refuse,

    /// <summary>Throw them away, as RFC 3207 section 4.2 asks of what was known before.</summary>
    Discard,

    /// <summary>
    /// Keep them, to be read as though they had arrived encrypted. This is the weakness itself (CVE-2011-0411), for servers
    /// that play a faulty one.
    /// </summary>
    Keep,
}

/// <summary>
/// One connection of a server: lines and bytes both ways, TLS on the live connection, and the ways to end it. One task reads
/// at a time; writes may come from several, and each one goes out whole. A write is sent at once, without a flush.
/// <para>
/// Reads and writes end with <see cref="IOException"/> when the connection is lost, <see cref="ServerLimitException"/> when it
/// ran into a limit, and <see cref="OperationCanceledException"/> when it was aborted here. A handler may let all of them pass.
/// </para>
/// </summary>
[SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable",
    Justification = "The server closes connections. The token source has no timer and no link; disposing it would race with Abort.")]
public sealed partial class ServerConnection
{
    // A peer that takes bytes slowly but steadily is not idle: a large write shows progress after every piece.
    private const int WritePiece = 64 * 1024;

    private readonly ServerOptions _options;
    private readonly Stream _bottom;
    private readonly CancellationTokenSource _aborted = new();
    private readonly SemaphoreSlim _writing = new(1);
    private readonly LineReader _reader = new();
    private readonly ConnectionWatch _watch;
    private readonly ILogger _logger;
    private Stream _stream;
    private Stream? _underTls;
    private Encoding _encoding;
    private int _ended;
    private ServerLimit _limit;
    private bool _limitReached;

    internal ServerConnection(
        long id, Stream bottom, IConnectionControl control, EndPoint? remote, EndPoint? local, ServerOptions options, ILogger logger,
        CancellationToken stopping)
    {
        Id = id;
        RemoteEndPoint = remote;
        LocalEndPoint = local;
        Stopping = stopping;
        MaxLineLength = options.MaxLineLength;
        LineEnding = options.LineEnding;
        _encoding = StrictEncoding.Of(options.Encoding);
        _options = options;
        Control = control;
        _bottom = bottom;
        _stream = bottom;
        _logger = logger;
        _watch = new ConnectionWatch(options, EndByLimit);
        Stream = new ConnectionStream(this);
    }

    /// <summary>The number of the connection: 1 for the first of its server, then counting up.</summary>
    public long Id { get; }

    /// <summary>The peer's address, or null where it has none.</summary>
    public EndPoint? RemoteEndPoint { get; }

    /// <summary>This side's address, or null where it has none.</summary>
    public EndPoint? LocalEndPoint { get; }

    /// <summary>
    /// The connection as a stream, for what reads and writes streams. It shares the buffer of <see cref="ReadLineAsync"/>,
    /// stays the same across <see cref="StartTlsAsync"/>, and disposing it does nothing.
    /// </summary>
    public Stream Stream { get; }

    /// <summary>
    /// The raw connection under every layer: ends a direction without TLS's close_notify and without waiting for a write under
    /// way. For layers of <see cref="ServerOptions.Wrap"/> and servers that play a faulty one; others use <see cref="Abort"/>,
    /// <see cref="Close"/> and <see cref="CompleteWritesAsync"/>, which the handler's token follows.
    /// </summary>
    public IConnectionControl Control { get; }

    /// <summary>True once TLS protects the connection.</summary>
    public bool IsTls => Tls is not null;

    /// <summary>The TLS layer, for its version, its client certificate and channel bindings; null without TLS.</summary>
    public SslStream? Tls { get; private set; }

    /// <summary>Cancelled when the server begins to stop: finish what is under way and return.</summary>
    public CancellationToken Stopping { get; }

    /// <summary>Cancelled when the connection was aborted; the same token the handler gets.</summary>
    public CancellationToken Aborted => _aborted.Token;

    /// <summary>The most bytes of a line from here on. As in the options at first.</summary>
    public int MaxLineLength { get; set; }

    /// <summary>What ends a line from here on. As in the options at first.</summary>
    public ServerLineEnding LineEnding { get; set; }

    /// <summary>The encoding of lines and strings from here on. As in the options at first; strict whatever its fallbacks.</summary>
    public Encoding Encoding
    {
        get => _encoding;
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            _encoding = StrictEncoding.Of(value);
        }
    }

    /// <summary>Arms the request deadline anew.</summary>
    public void BeginRequest() => _watch.BeginRequest();

    /// <summary>Disarms the request deadline: the request was served.</summary>
    public void EndRequest() => _watch.EndRequest();

    /// <summary>Reads a line.</summary>
    /// <param name="cancellationToken">Ends the wait; what had arrived stays for the next read.</param>
    /// <returns>The line without its end, or null when the peer ended the connection before a new line.</returns>
    /// <exception cref="EndOfStreamException">The peer ended the connection in the middle of a line.</exception>
    /// <exception cref="InvalidDataException">The line does not end as it must, or is not of the encoding.</exception>
    /// <exception cref="ServerLimitException">The line is longer than <see cref="MaxLineLength"/>.</exception>
    public async ValueTask<string?> ReadLineAsync(CancellationToken cancellationToken = default)
    {
        string? line = null;
        while (!_reader.TryReadLine(MaxLineLength, LineEnding, (bytes, encoding) => line = Decode(bytes, encoding), _encoding))
        {
            if (!await FillLineAsync(cancellationToken).ConfigureAwait(false)) return null;
        }

        return line;
    }

    /// <summary>Reads a line as bytes, otherwise as <see cref="ReadLineAsync"/>.</summary>
    /// <param name="cancellationToken">Ends the wait; what had arrived stays for the next read.</param>
    public async ValueTask<byte[]?> ReadLineBytesAsync(CancellationToken cancellationToken = default)
    {
        byte[]? line = null;
        while (!_reader.TryReadLine(MaxLineLength, LineEnding, (bytes, _) => line = bytes.ToArray(), 0))
        {
            if (!await FillLineAsync(cancellationToken).ConfigureAwait(false)) return null;
        }

        return line;
    }

    /// <summary>Reads what there is, at least one byte; 0 when the peer ended its direction.</summary>
    /// <param name="buffer">Where to.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int buffered = _reader.Take(buffer.Span);
        return buffered > 0 ? new ValueTask<int>(buffered) : ReceiveAsync(buffer, cancellationToken);
    }

    /// <summary>Fills the buffer.</summary>
    /// <param name="buffer">Where to.</param>
    /// <param name="cancellationToken">Ends the wait; what had been read is lost.</param>
    /// <exception cref="EndOfStreamException">The peer ended its direction before that.</exception>
    public async ValueTask ReadExactlyAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (!buffer.IsEmpty)
        {
            int count = await ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            if (count == 0) throw new EndOfStreamException($"The peer ended the connection {buffer.Length} bytes too early.");
            buffer = buffer[count..];
        }
    }

    /// <summary>Sends bytes as they are.</summary>
    /// <param name="bytes">What to send.</param>
    /// <param name="cancellationToken">Ends the wait; a part may have been sent.</param>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken = default)
    {
        await _writing.WaitAsync(cancellationToken).ConfigureAwait(false);
        _watch.Wait();
        try
        {
            while (!bytes.IsEmpty)
            {
                int piece = Math.Min(bytes.Length, WritePiece);
                await _stream.WriteAsync(bytes[..piece], cancellationToken).ConfigureAwait(false);
                bytes = bytes[piece..];
                _watch.Progressed();
            }

            await _stream.FlushAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception cause) when (IsEnded)
        {
            throw Ended(cause);
        }
        finally
        {
            _watch.WaitEnded();
            _writing.Release();
        }
    }

    /// <summary>Sends a string in <see cref="Encoding"/>, as it is.</summary>
    /// <param name="text">What to send.</param>
    /// <param name="cancellationToken">Ends the wait; a part may have been sent.</param>
    /// <exception cref="ArgumentException">The encoding cannot carry the text; nothing was sent.</exception>
    public ValueTask WriteAsync(string text, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(text);
        return WriteTextAsync(text, "", cancellationToken);
    }

    /// <summary>Sends one line and CR LF, in one piece.</summary>
    /// <param name="line">The line without its end.</param>
    /// <param name="cancellationToken">Ends the wait; a part may have been sent.</param>
    /// <exception cref="ArgumentException">The line holds CR or LF, or the encoding cannot carry it; nothing was sent.</exception>
    public ValueTask WriteLineAsync(string line, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(line);
        if (line.AsSpan().IndexOfAny('\r', '\n') >= 0) throw new ArgumentException("A line holds no CR and no LF.", nameof(line));
        return WriteTextAsync(line, "\r\n", cancellationToken);
    }

    /// <summary>Flushes the layers of <see cref="ServerOptions.Wrap"/>. Writes do so by themselves.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async ValueTask FlushAsync(CancellationToken cancellationToken = default)
    {
        await _writing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await _stream.FlushAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception cause) when (IsEnded)
        {
            throw Ended(cause);
        }
        finally
        {
            _writing.Release();
        }
    }

    private static string Decode(ReadOnlySpan<byte> bytes, Encoding encoding)
    {
        try
        {
            return encoding.GetString(bytes);
        }
        catch (DecoderFallbackException cause)
        {
            throw new InvalidDataException($"The peer sent a line that is not {encoding.WebName}.", cause);
        }
    }

    private async ValueTask WriteTextAsync(string text, string end, CancellationToken cancellationToken)
    {
        byte[] rented = ArrayPool<byte>.Shared.Rent(_encoding.GetMaxByteCount(text.Length + end.Length));
        try
        {
            int length = _encoding.GetBytes(text, rented);
            length += _encoding.GetBytes(end, rented.AsSpan(length));
            await WriteAsync(rented.AsMemory(0, length), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private async ValueTask<bool> FillLineAsync(CancellationToken cancellationToken)
    {
        int count = await ReceiveAsync(_reader.Room(), cancellationToken).ConfigureAwait(false);
        if (count == 0)
        {
            if (_reader.Buffered == 0) return false;
            throw new EndOfStreamException($"The peer ended the connection in the middle of a line, after {_reader.Buffered} bytes.");
        }

        await _reader.Filled(count).ConfigureAwait(false);
        return true;
    }

    private async ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        _watch.Wait();
        try
        {
            int count = await _stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);

            // Closing a socket under a waiting read may look like the peer's end, which it is not.
            if (IsEnded) throw Ended(null);
            _watch.Progressed();
            return count;
        }
        catch (Exception cause) when (IsEnded && cause is not ServerLimitException)
        {
            throw Ended(cause);
        }
        finally
        {
            _watch.WaitEnded();
        }
    }
}
