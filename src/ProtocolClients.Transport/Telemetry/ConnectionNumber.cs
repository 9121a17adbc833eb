namespace ProtocolClients.Transport;

/// <summary>Numbers for <see cref="IWireLog"/>: unique in this process, whichever package draws them.</summary>
public static class ConnectionNumber
{
    private static long _last;

    /// <summary>The next number, from 1.</summary>
    public static long Next() => Interlocked.Increment(ref _last);
}
