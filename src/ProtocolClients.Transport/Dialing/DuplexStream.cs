using System.Net.Sockets;

namespace ProtocolClients.Transport;

/// <summary>
/// One end of a connection in memory: what one end writes, the other reads. Bounded, with back-pressure: a write waits
/// when the other end does not read. One read and one write may be under way at a time, as on a socket. Asynchronous only.
/// </summary>
public sealed class DuplexStream : WireStream
{
    private readonly ByteLane _incoming;
    private readonly ByteLane _outgoing;

    private DuplexStream(ByteLane incoming, ByteLane outgoing)
    {
        _incoming = incoming;
        _outgoing = outgoing;
    }

    /// <summary>Makes two connected ends.</summary>
    /// <param name="capacity">The most bytes under way in each direction; a write beyond it waits. The default is 64 KiB.</param>
    /// <returns>The two ends; each is disposed by who uses it.</returns>
    public static (DuplexStream Client, DuplexStream Server) CreatePair(int capacity = 64 * 1024)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        var up = new ByteLane(capacity);
        var down = new ByteLane(capacity);
        return (new DuplexStream(incoming: down, outgoing: up), new DuplexStream(incoming: up, outgoing: down));
    }

    /// <summary>
    /// Completes when the other end is really awaiting a read and nothing that this end wrote is left to be read: the
    /// other end has taken everything and wants more. What a test waits for instead of sleeping.
    /// </summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="IOException">The other end is closed or the connection was aborted: it will not read.</exception>
    /// <exception cref="InvalidOperationException">This end has completed writing.</exception>
    public Task WaitForReadAsync(CancellationToken cancellationToken = default) => _outgoing.WaitForReadAsync(cancellationToken);

    /// <summary>Closes the writing half: the other end reads what is left and then the end. Reading goes on.</summary>
    public void CompleteWriting() => _outgoing.CompleteWriter();

    /// <summary>
    /// Breaks the connection as a TCP reset does: what is under way is lost, and reads and writes of both ends throw
    /// <see cref="IOException"/>.
    /// </summary>
    /// <param name="reason">Becomes the inner exception; null for a <see cref="SocketException"/> of a reset connection.</param>
    public void Abort(Exception? reason = null)
    {
        reason ??= new SocketException((int)SocketError.ConnectionReset);
        _outgoing.Abort(reason);
        _incoming.Abort(reason);
    }

    /// <summary>Reads what is there, waiting until there is something. Zero bytes into a non-empty buffer are the end.</summary>
    /// <param name="buffer">Where the bytes go; an empty one waits until there is something to read.</param>
    /// <param name="cancellationToken">Ends the wait; nothing is lost.</param>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        _incoming.ReadAsync(buffer, cancellationToken);

    /// <summary>Writes all bytes, waiting while the other end is a whole capacity behind.</summary>
    /// <param name="buffer">The bytes.</param>
    /// <param name="cancellationToken">Ends the wait; some of the bytes may have been written.</param>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        _outgoing.WriteAsync(buffer, cancellationToken);

    /// <summary>Closes both halves: the other end reads what is left and then the end; its writes fail.</summary>
    /// <param name="disposing">True when called by Dispose.</param>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _outgoing.CompleteWriter();
            _incoming.CompleteReader();
        }

        base.Dispose(disposing);
    }
}
