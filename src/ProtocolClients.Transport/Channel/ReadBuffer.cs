using System.Buffers;

namespace ProtocolClients.Transport;

/// <summary>The bytes that arrived and were not read yet: one contiguous pooled array.</summary>
internal struct ReadBuffer
{
    public const int Initial = 16 * 1024;
    public const int Large = 64 * 1024;

    private byte[] _bytes;
    private int _start;
    private int _end;

    public ReadBuffer() => _bytes = ArrayPool<byte>.Shared.Rent(Initial);

    public readonly int Length => _end - _start;

    public readonly ReadOnlySpan<byte> Unread => new(_bytes, _start, _end - _start);

    public void Advance(int count) => _start += count;

    public void Filled(int count) => _end += count;

    /// <summary>Room behind the unread bytes. Doubles when they fill the array, so that moving costs linear work in all.</summary>
    public Memory<byte> Free(int wanted)
    {
        if (_start == _end)
        {
            _start = _end = 0;
            // What one long message needed is not kept for a connection's life.
            if (_bytes.Length < wanted || _bytes.Length > Math.Max(wanted, Large)) Swap(wanted);
        }
        else if (_bytes.Length - _end < _bytes.Length / 4 && _start >= _bytes.Length / 2)
        {
            Unread.CopyTo(_bytes);
            (_start, _end) = (0, _end - _start);
        }
        else if (_end == _bytes.Length)
        {
            Swap(_bytes.Length * 2);
        }

        return _bytes.AsMemory(_end);
    }

    /// <summary>Gives the array back; not while a read into it is under way.</summary>
    public void Return()
    {
        byte[] bytes = _bytes;
        _bytes = [];
        _start = _end = 0;
        if (bytes.Length > 0) ArrayPool<byte>.Shared.Return(bytes);
    }

    /// <summary>Drops the array without giving it back: a read into it may still be under way.</summary>
    public void Abandon()
    {
        _bytes = [];
        _start = _end = 0;
    }

    private void Swap(int size)
    {
        byte[] other = ArrayPool<byte>.Shared.Rent(size);
        Unread.CopyTo(other);
        ArrayPool<byte>.Shared.Return(_bytes);
        (_bytes, _start, _end) = (other, 0, _end - _start);
    }
}
