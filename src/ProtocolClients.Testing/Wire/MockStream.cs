using System.Net.Sockets;
using ProtocolClients.Servers;
using ProtocolClients.Transport;

namespace ProtocolClients.Testing;

/// <summary>
/// What a mock server reads from and writes to: notes the transcript, lets faults strike, and knows when the server waits
/// for its client.
/// </summary>
internal sealed class MockStream(
    Stream inner, ServerConnection connection, FaultPlan plan, TranscriptRecorder? recorder = null, ReadWatch? watch = null) : WireStream
{
    // Never disposed: what stalls reads its token while the stream is closed, and it has no timer.
#pragma warning disable CA2213
    private readonly CancellationTokenSource _closed = new();
#pragma warning restore CA2213
    private ReadOnlyMemory<byte> _noise;
    private bool _sendEnded;
    private bool _receiveEnded;

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (plan.IsIdle && !_sendEnded && recorder is null) return inner.WriteAsync(buffer, cancellationToken);
        return WriteWithFaultsAsync(buffer, cancellationToken);
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty) return await inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        while (true)
        {
            if (!_noise.IsEmpty) return TakeNoise(buffer);
            if (_receiveEnded) return 0;
            FaultStep step = plan.IsIdle ? new FaultStep(buffer.Length, null, TimeSpan.Zero) : plan.Next(true, [], buffer.Length);
            if (step.Strike is { } strike)
            {
                await StrikeAsync(strike, cancellationToken).ConfigureAwait(false);
                continue;
            }

            await WaitAsync(step.Delay, cancellationToken).ConfigureAwait(false);
            watch?.Begin();
            int count;
            try
            {
                count = await inner.ReadAsync(buffer[..step.Take], cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                watch?.End();
            }

            recorder?.Received(buffer.Span[..count]);
            if (!plan.IsIdle) plan.Passed(true, buffer.Span[..count]);
            return count;
        }
    }

    public override Task FlushAsync(CancellationToken cancellationToken) =>
        _sendEnded ? Task.CompletedTask : inner.FlushAsync(cancellationToken);

    // Also wakes what stalls.
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _closed.Cancel();
            recorder?.Dispose();
            inner.Dispose();
        }

        base.Dispose(disposing);
    }

    private async ValueTask WriteWithFaultsAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        while (!buffer.IsEmpty)
        {
            if (_sendEnded) return;
            FaultStep step = plan.IsIdle ? new FaultStep(buffer.Length, null, TimeSpan.Zero) : plan.Next(false, buffer.Span, buffer.Length);
            if (step.Strike is { } strike)
            {
                await StrikeAsync(strike, cancellationToken).ConfigureAwait(false);
                continue;
            }

            await WaitAsync(step.Delay, cancellationToken).ConfigureAwait(false);
            await SendAsync(buffer[..step.Take], cancellationToken).ConfigureAwait(false);
            if (!plan.IsIdle) plan.Passed(false, buffer.Span[..step.Take]);
            buffer = buffer[step.Take..];
        }

        // What strikes after n bytes strikes when they are sent, not when there are more to send.
        while (!plan.IsIdle && !_sendEnded && plan.Next(false, [], 0).Strike is { } last)
        {
            await StrikeAsync(last, cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        await inner.WriteAsync(bytes, cancellationToken).ConfigureAwait(false);
        await inner.FlushAsync(cancellationToken).ConfigureAwait(false);
        recorder?.Sent(bytes.Span);
    }

    private async ValueTask StrikeAsync(FaultOccasion occasion, CancellationToken cancellationToken)
    {
        FaultRule rule = occasion.Rule;
        recorder?.Note($"({rule.Fault})");
        switch (rule.Fault.Kind)
        {
            case FaultKind.Stall:
                await WaitAsync(rule.Fault.Delay, cancellationToken).ConfigureAwait(false);
                break;
            case FaultKind.Reset:
                connection.Abort();
                throw new IOException("Reset by a fault.");
            case FaultKind.HalfClose when !rule.IsReceiving:
                _sendEnded = true;
                CompleteSend();
                break;
            case FaultKind.HalfClose:
                _receiveEnded = true;
                break;
            case FaultKind.Truncate:
                _sendEnded = _receiveEnded = true;
                connection.Close();
                throw new IOException("Closed by a fault.");
            default:
                byte[] noise = new byte[rule.Fault.Length];
                occasion.Random.NextBytes(noise);
                if (rule.IsReceiving) _noise = noise;
                else await SendAsync(noise, cancellationToken).ConfigureAwait(false);
                break;
        }
    }

    private void CompleteSend()
    {
        try
        {
            connection.Control.CompleteWrites();
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The client was first.
        }
    }

    private int TakeNoise(Memory<byte> buffer)
    {
        int count = Math.Min(buffer.Length, _noise.Length);
        _noise[..count].CopyTo(buffer);
        _noise = _noise[count..];
        return count;
    }

    private async ValueTask WaitAsync(TimeSpan delay, CancellationToken cancellationToken)
    {
        if (delay == TimeSpan.Zero) return;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _closed.Token, connection.Aborted);
        try
        {
            await Task.Delay(delay, plan.TimeProvider, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException cause) when (!cancellationToken.IsCancellationRequested)
        {
            throw new IOException("Closed while a fault delayed it.", cause);
        }
    }
}
