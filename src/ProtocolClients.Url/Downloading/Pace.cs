using System.Net;

namespace ProtocolClients;

/// <summary>How fast one connection may go, and how fast it must: the limits of its transfer, of its host and of all, and the least rate.</summary>
internal sealed class Pace(IReadOnlyList<RateLimit> limits, LowSpeed? low, TimeProvider time, EndPoint? endPoint, HostRateLimits? hosts = null, ByteQuota? quota = null)
{
    // A connection that always has bytes would keep its thread from those that share it.
    private const long Turn = 4 * 1024 * 1024;

    private RateLimit? _host;
    private long _since;
    private TimeSpan _waited;
    private long _came;

    public bool IsLimited
    {
        get
        {
            for (int i = 0; i < limits.Count; i++)
            {
                if (limits[i].BytesPerSecond > 0) return true;
            }

            return _host?.BytesPerSecond > 0;
        }
    }

    /// <summary>Whose bytes come from now on.</summary>
    /// <param name="url">The URL that answered, after redirects.</param>
    public void Answers(Uri url) => _host = hosts is null || url.IdnHost.Length == 0 ? null : hosts.Of(url.IdnHost);

    /// <summary>One read, no longer than the limits like it; with a least rate, timed.</summary>
    public ValueTask<int> ReadAsync(Stream source, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        int most = buffer.Length;
        for (int i = 0; i < limits.Count; i++) most = Math.Min(most, limits[i].Piece);
        if (_host is not null) most = Math.Min(most, _host.Piece);
        return low is null ? source.ReadAsync(buffer[..most], cancellationToken) : ReadTimedAsync(source, buffer[..most], low, cancellationToken);
    }

    /// <summary>Whether <see cref="PayAsync"/> has anything to wait for.</summary>
    public bool MustPay => _since >= Turn || IsLimited;

    /// <summary>Bytes came.</summary>
    public void Count(int bytes)
    {
        _since += bytes;
        quota?.Add(bytes);
    }

    /// <summary>Waits until the limits, and others whose turn it is, allow the next bytes.</summary>
    public async ValueTask PayAsync(int bytes, CancellationToken cancellationToken)
    {
        if (_since >= Turn)
        {
            _since = 0;
            await Task.Yield();
        }

        for (int i = 0; i < limits.Count; i++) await limits[i].PayAsync(bytes, time, cancellationToken).ConfigureAwait(false);
        if (_host is not null) await _host.PayAsync(bytes, time, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<int> ReadTimedAsync(Stream source, Memory<byte> buffer, LowSpeed low, CancellationToken cancellationToken)
    {
        long start = time.GetTimestamp();
        using var stalled = new CancellationTokenSource(low.Window, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stalled.Token, cancellationToken);
        int read;
        try
        {
            read = await source.ReadAsync(buffer, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException cause) when (!cancellationToken.IsCancellationRequested && stalled.IsCancellationRequested)
        {
            throw TooSlow(low, cause);
        }

        _waited += time.GetElapsedTime(start);
        _came += read;
        if (_waited < low.Window) return read;
        if (read > 0 && _came < low.BytesPerSecond * _waited.TotalSeconds) throw TooSlow(low, null);
        _waited = TimeSpan.Zero;
        _came = 0;
        return read;
    }

    private TransportException TooSlow(LowSpeed low, Exception? cause) =>
        new(TransportError.Timeout, $"Less than {low.BytesPerSecond} bytes a second came for {low.Window.TotalSeconds:0.###} s.", cause)
        {
            Phase = DeadlinePhase.Idle,
            Endpoint = endPoint,
            Delivery = Delivery.Answered,
        };
}
