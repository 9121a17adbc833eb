using System.Net;
using ProtocolClients.Transport;

namespace ProtocolClients.Tests.Pooling;

/// <summary>A connection without a network, and a factory of such that counts.</summary>
internal sealed class FakeConnection(FakeServer server, PoolKey key, int number) : IPooledConnection
{
    private int _closed;

    public PoolKey Key => key;

    public int Number => number;

    public bool IsUsable { get; set; } = true;

    public string State { get; set; } = string.Empty;

    public bool IsClosed => Volatile.Read(ref _closed) != 0;

    public int Users;

    public bool WasBroken;

    public async ValueTask DisposeAsync()
    {
        if (server.BeforeClose is { } before) await before();
        if (Interlocked.Exchange(ref _closed, 1) == 0) server.Closed();
        if (server.FailingToClose) throw new IOException("The farewell failed.");
    }
}

internal sealed class FakeServer
{
    private int _opened;
    private int _now;
    private int _most;

    public int Opened => Volatile.Read(ref _opened);

    public int OpenNow => Volatile.Read(ref _now);

    public int MostOpen => Volatile.Read(ref _most);

    public bool FailingToClose { get; set; }

    /// <summary>What each closing waits for; null for nothing.</summary>
    public Func<Task>? BeforeClose { get; set; }

    /// <summary>What each dial waits for, or fails by; null for nothing.</summary>
    public Func<CancellationToken, Task>? BeforeOpen { get; set; }

    public static PoolKey Key { get; } = KeyOf("files.example", TlsMode.None);

    public static PoolKey KeyOf(string host, TlsMode mode) =>
        new(new DnsEndPoint(host, 21), new TransportOptions { Tls = new TlsOptions { Mode = mode } });

    public async ValueTask<FakeConnection> OpenAsync(PoolKey key, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (BeforeOpen is { } before) await before(cancellationToken);
        int now = Interlocked.Increment(ref _now);
        for (int most = MostOpen; now > most; most = MostOpen) Interlocked.CompareExchange(ref _most, now, most);
        return new FakeConnection(this, key, Interlocked.Increment(ref _opened));
    }

    public void Closed() => Interlocked.Decrement(ref _now);
}

internal static class PoolExtensions
{
    public static Task<Lease<FakeConnection>> Take(
        this ConnectionPool<FakeConnection> pool,
        Func<FakeConnection, bool>? prefer = null,
        CancellationToken cancellationToken = default) => pool.LeaseAsync(FakeServer.Key, prefer, cancellationToken).AsTask();

    public static Task<T> Soon<T>(this Task<T> task) => task.WaitAsync(TimeSpan.FromMinutes(2));
}
