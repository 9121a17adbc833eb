using System.Buffers;
using System.Net;
using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>
/// A response body: the handler's stream with the idle deadline and the suite's exceptions. It adds no copy: reads go
/// straight to the connection, and a large one from the socket into the caller's buffer. Counts what came.
/// </summary>
internal sealed class BodyStream(Stream inner, EndPoint endPoint, HttpSessionOptions options, Deadlines deadlines, PhaseDeadline? transfer) : ForwardStream
{
    private readonly PhaseDeadline? _idle =
        deadlines.Idle == Timeout.InfiniteTimeSpan ? null : PhaseDeadline.StartPaused(options.TimeProvider, deadlines, DeadlinePhase.Idle, returned: true);

    // A clock that is driven by hand runs before the read does, so that whoever sees the read can let the time pass.
    private readonly bool _isDriven = !ReferenceEquals(options.TimeProvider, TimeProvider.System);

    private volatile bool _waits;

    /// <summary>Bytes of the body that came over the wire, as they were encoded.</summary>
    public long BytesRead { get; private set; }

    /// <summary>Whether the end of the body was read.</summary>
    public bool HasEnded { get; private set; }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (transfer is not null || _idle is null) return ReadSlowlyAsync(buffer, cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        ValueTask<int> read;
        try
        {
            if (_isDriven) _idle.Restart();
            read = inner.ReadAsync(buffer, _idle.Token);
        }
        catch (Exception failure) when (failure is IOException or HttpRequestException)
        {
            return ValueTask.FromException<int>(HttpFailures.Map(failure, endPoint, options.Limits, inBody: true));
        }

        if (read.IsCompletedSuccessfully)
        {
            if (_isDriven) _idle.Pause();
            return new ValueTask<int>(Count(read.GetAwaiter().GetResult()));
        }

        // The machine's own clock stands until there is something to wait for: most reads of a small body are served from what is there.
        _waits = true;
        if (!_isDriven) _idle.Restart();
        return FinishAsync(read, cancellationToken);
    }

    /// <summary>
    /// Reads what is left, within the limit of what is read to keep a connection. Behind the end of an encoding there is the end of
    /// the framing, and there are the trailers.
    /// </summary>
    public async ValueTask DrainAsync(CancellationToken cancellationToken)
    {
        if (HasEnded) return;
        byte[] buffer = ArrayPool<byte>.Shared.Rent(4096);
        try
        {
            long most = BytesRead + options.Limits.Drain;
            while (!HasEnded && BytesRead < most) await ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
            // A read that is still under way holds the clock, which then serves nobody else.
            if (!_waits) _idle?.Dispose();
        }

        base.Dispose(disposing);
    }

    private async ValueTask<int> FinishAsync(ValueTask<int> read, CancellationToken cancellationToken)
    {
        // A caller's token costs a registration a wait, and nothing a read that is served from what is there.
        CancellationTokenRegistration registration = cancellationToken.UnsafeRegister(static idle => ((PhaseDeadline)idle!).Cancel(), _idle);
        try
        {
            int count = Count(await read.ConfigureAwait(false));
            _idle!.Pause();
            return count;
        }
        catch (Exception failure)
        {
            throw Failure(failure, _idle!.IsMissed, cancellationToken);
        }
        finally
        {
            await registration.DisposeAsync().ConfigureAwait(false);
            _waits = false;
        }
    }

    private async ValueTask<int> ReadSlowlyAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, transfer?.Token ?? default, _idle?.Token ?? default);
        _waits = true;
        _idle?.Restart();
        try
        {
            int count = Count(await inner.ReadAsync(buffer, linked.Token).ConfigureAwait(false));
            _idle?.Pause();
            return count;
        }
        catch (Exception failure)
        {
            throw Failure(failure, _idle is { IsMissed: true }, cancellationToken);
        }
        finally
        {
            _waits = false;
        }
    }

    private Exception Failure(Exception failure, bool idle, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested && failure is OperationCanceledException)
        {
            return new OperationCanceledException(failure.Message, failure, cancellationToken);
        }

        if (transfer is { IsMissed: true }) return transfer.Missed(endPoint, failure, Delivery.Answered);
        if (idle)
        {
            return new TransportException(TransportError.Timeout, $"No byte of the body came for {deadlines.Idle.TotalSeconds:0.###} s.", failure)
            {
                Phase = DeadlinePhase.Idle,
                Endpoint = endPoint,
                Delivery = Delivery.Answered,
            };
        }

        return HttpFailures.Map(failure, endPoint, options.Limits, inBody: true);
    }

    private int Count(int read)
    {
        BytesRead += read;
        if (read == 0) HasEnded = true;
        return read;
    }
}
