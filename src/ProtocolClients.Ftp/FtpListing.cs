using System.Buffers;
using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>The lines of a listing, out of one pooled buffer: no line is copied before a parser keeps it.</summary>
internal sealed class FtpListing : IAsyncDisposable
{
    private const int Initial = 64 * 1024;
    private const int Largest = 256 * 1024;

    private readonly FtpOpened _opened;
    private readonly FtpListParser _parser;
    private readonly int _lineLimit;
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(Initial);
    private int _start;
    private int _end;
    private int _searched;
    private bool _hasEnded;

    public FtpListing(FtpOpened opened, FtpListParser parser)
    {
        _opened = opened;
        _parser = parser;
        _lineLimit = opened.Transfer.Control.Options.Limits.Line;
    }

    /// <summary>Takes the next entry of what is buffered.</summary>
    /// <returns>False when more has to be read: <see cref="FillAsync"/>.</returns>
    /// <exception cref="WireFormatException">A line is in no dialect that the parser knows, or too long.</exception>
    public bool TryRead(out FtpEntry entry)
    {
        while (true)
        {
            ReadOnlySpan<byte> rest = _buffer.AsSpan(_start, _end - _start);
            int lf = rest[_searched..].IndexOf((byte)'\n');
            if (lf < 0)
            {
                _searched = rest.Length;
                if (rest.Length > _lineLimit) throw TooLong();
                if (!_hasEnded || rest.IsEmpty) break;
                // A last line without its end, of a listing that is whole.
                _start = _end;
                _searched = 0;
                if (_parser.Parse(Trimmed(rest)) is { } last)
                {
                    entry = last;
                    return true;
                }

                break;
            }

            int length = _searched + lf;
            if (length > _lineLimit) throw TooLong();
            _start += length + 1;
            _searched = 0;
            if (_parser.Parse(Trimmed(rest[..length])) is not { } found) continue;
            entry = found;
            return true;
        }

        entry = null!;
        return false;
    }

    /// <summary>Reads more; at the end of the data, the server's word that this was all: before it half a line may be what a lost connection left.</summary>
    /// <returns>False at the end of the data.</returns>
    public async ValueTask<bool> FillAsync(CancellationToken cancellationToken)
    {
        if (_hasEnded) return false;
        Compact();
        FtpConnector connector = _opened.Transfer.Control.Connector;
        connector.Begin();
        try
        {
            int read = await _opened.Transfer.ReadAsync(_buffer.AsMemory(_end), cancellationToken).ConfigureAwait(false);
            _end += read;
            if (read > 0) return true;
            await _opened.Transfer.CompleteAsync(cancellationToken).ConfigureAwait(false);
            return _hasEnded = true;
        }
        finally
        {
            connector.End();
        }
    }

    /// <summary>What the parser still held, when all was read.</summary>
    public FtpEntry? End() => _parser.End();

    public async ValueTask DisposeAsync()
    {
        if (_buffer.Length == 0) return;
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        await _opened.CloseAsync().ConfigureAwait(false);
    }

    private static ReadOnlySpan<byte> Trimmed(ReadOnlySpan<byte> line) => line is [.. var rest, (byte)'\r'] ? rest : line;

    private void Compact()
    {
        int length = _end - _start;
        if (length > _buffer.Length / 2 || (_start == 0 && _end == _buffer.Length && _buffer.Length < Largest))
        {
            byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Min(_buffer.Length * 2, Math.Max(Largest, length * 2)));
            _buffer.AsSpan(_start, length).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }
        else
        {
            _buffer.AsSpan(_start, length).CopyTo(_buffer);
        }

        _start = 0;
        _end = length;
    }

    private WireLimitException TooLong() => new(nameof(WireLimits.Line), _lineLimit) { Endpoint = _opened.Transfer.Control.EndPoint };
}
