using System.Buffers;

namespace ProtocolClients;

/// <summary>
/// The bytes of a body that came and were not read yet, in one pooled array for parsers of records. It grows with what one record needs;
/// how much that may be is the parser's limit. Disposing it disposes the body.
/// </summary>
internal sealed class RecordBuffer(Stream body) : IAsyncDisposable
{
    private const int Initial = 16 * 1024;

    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(Initial);
    private int _start;
    private int _end;

    /// <summary>What is unread.</summary>
    public ReadOnlyMemory<byte> Unread => _bytes.AsMemory(_start, _end - _start);

    /// <summary>Whether the body has ended: nothing comes behind what is unread.</summary>
    public bool HasEnded { get; private set; }

    public void Advance(int count) => _start += count;

    /// <summary>Reads once; false at the end.</summary>
    public async ValueTask<bool> FillAsync(CancellationToken cancellationToken)
    {
        if (HasEnded) return false;
        MakeRoom();
        int read = await body.ReadAsync(_bytes.AsMemory(_end), cancellationToken).ConfigureAwait(false);
        _end += read;
        HasEnded = read == 0;
        return read > 0;
    }

    public async ValueTask DisposeAsync()
    {
        await body.DisposeAsync().ConfigureAwait(false);
        byte[] bytes = _bytes;
        (_bytes, _start, _end) = ([], 0, 0);
        if (bytes.Length > 0) ArrayPool<byte>.Shared.Return(bytes);
    }

    // Doubled, or moved when half is free: what is copied is linear in all.
    private void MakeRoom()
    {
        int length = _end - _start;
        if (length == 0)
        {
            _start = _end = 0;
        }
        else if (_end == _bytes.Length)
        {
            byte[] target = _start >= _bytes.Length / 2 ? _bytes : ArrayPool<byte>.Shared.Rent((int)Math.Min(_bytes.Length * 2L, Array.MaxLength));
            _bytes.AsSpan(_start, length).CopyTo(target);
            if (!ReferenceEquals(target, _bytes)) ArrayPool<byte>.Shared.Return(_bytes);
            (_bytes, _start, _end) = (target, 0, length);
        }
    }
}
