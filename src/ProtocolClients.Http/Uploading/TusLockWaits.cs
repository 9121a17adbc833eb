namespace ProtocolClients;

/// <summary>
/// The waits for an upload that is locked (423): a server that has not noticed yet that a connection was lost still holds the upload for it,
/// for some seconds as a rule. Nothing has failed, so that the waits are no attempts; the budget bounds them.
/// </summary>
internal sealed class TusLockWaits(ResilienceOptions options, TimeProvider time)
{
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);

    private long _since;
    private TimeSpan _next;

    /// <summary>How long to wait before it is asked again; null when it is not to be waited for any longer.</summary>
    /// <param name="asked">How long the server asks to wait; null when it does not.</param>
    public TimeSpan? Next(TimeSpan? asked)
    {
        if (options is not { Attempts: > 1, Pipeline: null } || asked > options.MaxDelay) return null;
        if (_next == TimeSpan.Zero)
        {
            _since = time.GetTimestamp();
            _next = Shortest;
        }

        TimeSpan wait = asked > _next ? asked.Value : _next;
        _next = Longer(wait);
        return time.GetElapsedTime(_since) + wait > options.Budget ? null : wait;
    }

    /// <summary>The lock is gone.</summary>
    public void Reset() => _next = TimeSpan.Zero;

    private TimeSpan Longer(TimeSpan wait)
    {
        TimeSpan most = options.MaxDelay > Shortest ? options.MaxDelay : Shortest;
        return wait * 2 < most ? wait * 2 : most;
    }
}
