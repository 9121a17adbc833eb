using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace ProtocolClients.Transport;

/// <summary>One direction of a <see cref="DuplexStream"/>: a bounded ring of bytes between one writer and one reader.</summary>
internal sealed class ByteLane(int capacity)
{
    private readonly Lock _gate = new();
    private byte[] _ring = [];
    private int _start;
    private int _count;
    private bool _writerDone;
    private bool _readerDone;
    private Exception? _aborted;
    private TaskCompletionSource? _reader;
    private TaskCompletionSource? _writer;
    private TaskCompletionSource? _watcher;

    public async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            TaskCompletionSource waiter;
            lock (_gate)
            {
                ObjectDisposedException.ThrowIf(_readerDone, typeof(DuplexStream));
                if (_aborted is not null) throw Reset(_aborted);
                if (_count > 0)
                {
                    int taken = Take(buffer.Span);
                    if (taken > 0) Wake(ref _writer);
                    return taken;
                }

                if (_writerDone) return 0;
                if (_reader is not null) throw new InvalidOperationException("Another read is under way.");
                waiter = _reader = NewWaiter();
                Wake(ref _watcher);
            }

            await WaitAsync(waiter, isReader: true, cancellationToken).ConfigureAwait(false);
        }
    }

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            TaskCompletionSource waiter;
            lock (_gate)
            {
                if (_aborted is not null) throw Reset(_aborted);
                ObjectDisposedException.ThrowIf(_writerDone, typeof(DuplexStream));
                if (_readerDone) throw Reset(null);
                buffer = buffer[Put(buffer.Span)..];
                if (_count > 0) Wake(ref _reader);
                if (buffer.IsEmpty) return;
                if (_writer is not null) throw new InvalidOperationException("Another write is under way.");
                waiter = _writer = NewWaiter();
            }

            await WaitAsync(waiter, isReader: false, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Completes when the reader awaits bytes and there are none.</summary>
    public async Task WaitForReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task watcher;
            lock (_gate)
            {
                if (_aborted is not null) throw Reset(_aborted);
                if (_readerDone) throw Reset(null);
                if (_writerDone) throw new InvalidOperationException("This end has completed writing: the other reads the end, it does not wait.");
                if (_reader is not null && _count == 0) return;
                watcher = (_watcher ??= NewWaiter()).Task;
            }

            await watcher.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The writer is done: the reader takes what is left, then reads the end.</summary>
    public void CompleteWriter() => Change(static lane => lane._writerDone = true);

    /// <summary>The reader is gone: what is left is dropped, writes fail.</summary>
    public void CompleteReader() => Change(static lane =>
    {
        lane._readerDone = true;
        lane._count = 0;
        lane._ring = [];
    });

    public void Abort(Exception reason) => Change(lane =>
    {
        lane._aborted ??= reason;
        lane._count = 0;
        lane._ring = [];
    });

    private static IOException Reset(Exception? reason) =>
        new("The other end has closed the connection.", reason ?? new SocketException((int)SocketError.ConnectionReset));

    private static TaskCompletionSource NewWaiter() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static void Wake(ref TaskCompletionSource? waiter)
    {
        waiter?.TrySetResult();
        waiter = null;
    }

    private void Change(Action<ByteLane> change)
    {
        lock (_gate)
        {
            change(this);
            Wake(ref _reader);
            Wake(ref _writer);
            Wake(ref _watcher);
        }
    }

    private async ValueTask WaitAsync(TaskCompletionSource waiter, bool isReader, CancellationToken cancellationToken)
    {
        try
        {
            await waiter.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            lock (_gate)
            {
                ref TaskCompletionSource? slot = ref isReader ? ref _reader : ref _writer;
                if (ReferenceEquals(slot, waiter)) slot = null;
            }

            throw;
        }
    }

    private int Take(Span<byte> destination)
    {
        int length = Math.Min(destination.Length, _count);
        int head = Math.Min(length, _ring.Length - _start);
        _ring.AsSpan(_start, head).CopyTo(destination);
        _ring.AsSpan(0, length - head).CopyTo(destination[head..]);
        _count -= length;
        _start = _count == 0 ? 0 : (_start + length) % _ring.Length;
        return length;
    }

    private int Put(ReadOnlySpan<byte> source)
    {
        int length = Math.Min(source.Length, capacity - _count);
        if (length == 0) return 0;
        if (_count + length > _ring.Length) Grow(_count + length);
        int end = (_start + _count) % _ring.Length;
        int head = Math.Min(length, _ring.Length - end);
        source[..head].CopyTo(_ring.AsSpan(end));
        source[head..length].CopyTo(_ring);
        _count += length;
        return length;
    }

    /// <summary>The ring starts small: a thousand connections of a test must not cost a thousand times the capacity.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Grow(int needed)
    {
        byte[] larger = new byte[Math.Min(capacity, Math.Max(Math.Max(needed, 1024), _ring.Length * 2))];
        int count = _count;
        Take(larger);
        _ring = larger;
        _start = 0;
        _count = count;
    }
}
