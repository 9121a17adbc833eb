using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>
/// A control connection for the time of one operation: from a client's pool, or a session's own. Giving it back settles what is still owed,
/// without anybody waiting for it.
/// </summary>
internal readonly struct FtpLease
{
    private readonly Lease<FtpConnection>? _lease;

    /// <summary>From the pool.</summary>
    public FtpLease(Lease<FtpConnection> lease)
    {
        _lease = lease;
        Connection = lease.Connection;
    }

    /// <summary>A session's own, which it keeps.</summary>
    public FtpLease(FtpConnection connection) => Connection = connection;

    public FtpConnection Connection { get; }

    public ValueTask ReturnAsync()
    {
        if (Connection.IsSettled) return _lease?.DisposeAsync() ?? default;
        if (_lease is null) return default;
        if (!Connection.IsBroken && Connection.CanSettle)
        {
            _ = SettleAsync(_lease, Connection);
            return default;
        }

        _lease.Break();
        return _lease.DisposeAsync();
    }

    private static async Task SettleAsync(Lease<FtpConnection> lease, FtpConnection connection)
    {
        if (!await connection.TrySettleAsync().ConfigureAwait(false) || !connection.IsSettled) lease.Break();
        await lease.DisposeAsync().ConfigureAwait(false);
    }
}
