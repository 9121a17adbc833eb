using System.Net.Sockets;
using System.Text;

namespace ProtocolClients.Transport;

/// <summary>
/// What a channel's reading and writing share: the connection, its deadlines, its failures and its log. Every byte passes
/// through <see cref="ReceiveAsync"/> and <see cref="TransmitAsync"/>, and every failure through <see cref="Break"/>.
/// </summary>
internal sealed class WireLink : IAsyncDisposable
{
    private readonly Deadlines _deadlines;
    private readonly TimeProvider _time;
    private readonly PhaseClock _readClock;
    private readonly PhaseClock _writeClock;
    private Exception? _broken;
    private long _messageStart;
    private bool _messageTimed;
    private bool _disposed;

    public WireLink(Connection connection, WireChannelOptions options)
    {
        Connection = connection;
        Log = options.WireLog;
        _deadlines = options.Deadlines;
        _time = options.TimeProvider;
        _readClock = new PhaseClock(_time);
        _writeClock = new PhaseClock(_time);
        Id = ConnectionNumber.Next();
        Note($"connected to {connection.EndPoint}");
    }

    public long Id { get; }

    public IWireLog? Log { get; }

    public Connection Connection { get; set; }

    public bool IsBroken => _broken is not null;

    /// <summary>One look for the hot path: true when broken or disposed.</summary>
    public bool IsUnusable { get; private set; }

    /// <summary>Whether anything was sent since the operation began.</summary>
    public bool HasSent { get; set; }

    public bool IsReceiving { get; private set; }

    public bool IsTransmitting { get; private set; }

    public Delivery Delivery => HasSent ? Delivery.MaybeSent : Delivery.NotSent;

    public async ValueTask<int> ReceiveAsync(Memory<byte> target, DeadlinePhase phase, CancellationToken cancellationToken)
    {
        BreakIfCancelled(cancellationToken);
        CancellationToken token = _readClock.Start(Remaining(phase), cancellationToken);
        IsReceiving = true;
        try
        {
            return await Connection.Stream.ReadAsync(target, token).ConfigureAwait(false);
        }
        catch (Exception reason)
        {
            throw Failed(reason, phase, cancellationToken);
        }
        finally
        {
            IsReceiving = false;
            _readClock.Stop();
        }
    }

    /// <summary>A read that began while nobody waited for it.</summary>
    public async ValueTask<int> ReceivePendingAsync(Task<int> pending, DeadlinePhase phase, CancellationToken cancellationToken)
    {
        try
        {
            return await pending.WaitAsync(Remaining(phase), _time, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception reason)
        {
            throw Failed(reason, phase, cancellationToken);
        }
    }

    public async ValueTask TransmitAsync(ReadOnlyMemory<byte> bytes, DeadlinePhase phase, CancellationToken cancellationToken)
    {
        BreakIfCancelled(cancellationToken);
        CancellationToken token = _writeClock.Start(_deadlines[phase], cancellationToken);
        IsTransmitting = true;
        try
        {
            HasSent = true;
            StartMessageClock();
            await Connection.Stream.WriteAsync(bytes, token).ConfigureAwait(false);
            await Connection.Stream.FlushAsync(token).ConfigureAwait(false);
        }
        catch (Exception reason)
        {
            throw Failed(reason, phase, cancellationToken);
        }
        finally
        {
            IsTransmitting = false;
            _writeClock.Stop();
        }
    }

    public void StartMessageClock()
    {
        _messageStart = _time.GetTimestamp();
        _messageTimed = true;
    }

    public void StopMessageClock() => _messageTimed = false;

    public TException Break<TException>(TException reason)
        where TException : Exception
    {
        if (_broken is null) Note($"broken: {reason.Message}");
        _broken ??= reason;
        IsUnusable = true;
        return reason;
    }

    public TransportException Lost(string message, Exception? cause = null) => new(TransportError.ConnectionLost, message, cause)
    {
        Endpoint = Connection.EndPoint,
        Delivery = Delivery,
    };

    /// <summary>The same failure with the facts of this connection: parsers know nothing of the peer.</summary>
    public WireFormatException Located(WireFormatException reason) => reason is WireLimitException limit
        ? new WireLimitException(limit.Limit, limit.Value, limit.Message) { Endpoint = Connection.EndPoint, Delivery = Delivery }
        : new WireFormatException(reason.Message, reason.InnerException) { Endpoint = Connection.EndPoint, Delivery = Delivery };

    public void ThrowIfUnusable()
    {
        ObjectDisposedException.ThrowIf(_disposed, typeof(WireChannel));
        if (_broken is not null) throw Lost("The connection was broken by an earlier failure.", _broken);
    }

    public void Note(string text) => Log?.Write(Id, WireDirection.Note, Encoding.UTF8.GetBytes(text));

    public async ValueTask DisposeAsync()
    {
        if (_disposed) return;
        _disposed = IsUnusable = true;
        try
        {
            await Connection.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception reason) when (reason is IOException or SocketException or ObjectDisposedException)
        {
            // Closing a connection that is gone already: TLS wants to say goodbye to nobody.
        }

        Note("closed");
        _readClock.Dispose();
        _writeClock.Dispose();
    }

    // Commands are timed from the last flush, or from the first wait for the message, to the message's end: a peer that
    // drips a byte now and then does not get a new deadline for each. Bodies are timed by silence.
    private TimeSpan Remaining(DeadlinePhase phase)
    {
        TimeSpan limit = _deadlines[phase];
        if (phase != DeadlinePhase.Command || limit == Timeout.InfiniteTimeSpan) return limit;
        if (!_messageTimed) StartMessageClock();
        TimeSpan left = limit - _time.GetElapsedTime(_messageStart);
        return left > TimeSpan.Zero ? left : throw Break(Missed(phase, cause: null));
    }

    // Cancelled before it began is the same as in its midst: what was written, or what is on its way, would be met by the next.
    private void BreakIfCancelled(CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested) throw Break(new OperationCanceledException(cancellationToken));
    }

    private Exception Failed(Exception reason, DeadlinePhase phase, CancellationToken cancellationToken)
    {
        switch (reason)
        {
            case OperationCanceledException when cancellationToken.IsCancellationRequested:
                // The token that ended the wait is ours; the caller looks for his.
                return Break(new OperationCanceledException(reason.Message, reason, cancellationToken));
            case OperationCanceledException or TimeoutException:
                return Break(Missed(phase, reason));
            case IOException or SocketException or ObjectDisposedException:
                return Break(Lost("The connection was lost: " + reason.Message, reason));
            default:
                return Break(reason);
        }
    }

    private TransportException Missed(DeadlinePhase phase, Exception? cause) =>
        new(TransportError.Timeout, $"The {phase} deadline of {_deadlines[phase].TotalSeconds:0.###} s passed.", cause)
        {
            Phase = phase,
            Endpoint = Connection.EndPoint,
            Delivery = Delivery,
        };
}
