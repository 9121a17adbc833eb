using System.Buffers.Binary;
using ProtocolClients.Transport;

namespace ProtocolClients.Testing;

/// <summary>
/// Stands under a server's TLS layer and sees its records pass: whether a session was resumed, and whether the client's last word was
/// its goodbye. May keep the layer from reading past a record, so that plain text can follow TLS. Without TLS it does nothing.
/// </summary>
internal sealed class TlsRecordStream(Stream inner, bool exact) : WireStream
{
    private const int HeaderLength = 5;
    private const byte Alert = 21;
    private const byte ApplicationData = 23;

    private readonly byte[] _header = new byte[HeaderLength];
    private TlsHello _client = new(ofServer: false);
    private TlsHello _server = new(ofServer: true);
    private int _headerCount;
    private int _left;
    private ReadOnlyMemory<byte> _heldBack;
    private bool _isTls;
    private bool _isEstablished;

    /// <summary>
    /// Whether the handshake took up an earlier session: a pre-shared key in TLS 1.3 (RFC 8446 §2.2), before it the session that the
    /// client named (RFC 5246 §7.3, RFC 5077 §3.4).
    /// </summary>
    public bool IsResumed => _server.IsVersion13
        ? _server.HasPreSharedKey
        : _server.SessionId.Length > 0 && _server.SessionId.AsSpan().SequenceEqual(_client.SessionId);

    /// <summary>
    /// Whether the last record that came has the form of a close_notify. In TLS 1.3 that is its length: two bytes of content have it too.
    /// </summary>
    public bool EndedInOrder { get; private set; }

    /// <summary>TLS begins with the next byte.</summary>
    public void Begin()
    {
        _client = new TlsHello(ofServer: false);
        _server = new TlsHello(ofServer: true);
        _headerCount = _left = 0;
        EndedInOrder = false;
        _isEstablished = false;
        _isTls = true;
    }

    /// <summary>The handshake is over.</summary>
    public void Establish() => _isEstablished = true;

    /// <summary>Plain text follows.</summary>
    public void End() => _isTls = false;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty) return await inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        if (!_isTls)
        {
            if (_heldBack.IsEmpty) return await inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            int held = Math.Min(buffer.Length, _heldBack.Length);
            _heldBack[..held].CopyTo(buffer);
            _heldBack = _heldBack[held..];
            return held;
        }

        if (!_heldBack.IsEmpty) return 0;
        int most = exact ? Math.Min(buffer.Length, _left > 0 ? _left : HeaderLength - _headerCount) : buffer.Length;
        int count = await inner.ReadAsync(buffer[..most], cancellationToken).ConfigureAwait(false);
        if (count == 0) return 0;
        if (exact && _left == 0 && _headerCount == 0 && buffer.Span[0] is < 20 or > 24)
        {
            // No record begins so: the client has gone on in plain text without a goodbye. To the TLS layer it is the end.
            _heldBack = buffer[..count].ToArray();
            return 0;
        }

        _client.Add(buffer.Span[..count]);
        Follow(buffer.Span[..count]);
        return count;
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_isTls) _server.Add(buffer.Span);
        try
        {
            await inner.WriteAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException) when (_isTls && !_isEstablished)
        {
            // In TLS 1.3 a client may send all it has and close before the server's last flight, its tickets, is out. A socket takes that
            // silently, memory does not. Of a connection that is really lost the next read tells.
        }
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    protected override void Dispose(bool disposing)
    {
        if (disposing) inner.Dispose();
        base.Dispose(disposing);
    }

    private void Follow(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            if (_left > 0)
            {
                int passed = Math.Min(_left, bytes.Length);
                _left -= passed;
                bytes = bytes[passed..];
                continue;
            }

            _header[_headerCount++] = bytes[0];
            bytes = bytes[1..];
            if (_headerCount < HeaderLength) continue;
            _headerCount = 0;
            _left = BinaryPrimitives.ReadUInt16BigEndian(_header.AsSpan(3));

            // Alert and its inner type, and a tag of 16 bytes (RFC 8446 §5.2, §6.1).
            EndedInOrder = _header[0] == Alert || (_server.IsVersion13 && _header[0] == ApplicationData && _left == 19);
        }
    }
}
