using System.Collections.Concurrent;

namespace ProtocolClients;

/// <summary>The gates of a session's origins; bounded by those that are in use.</summary>
internal sealed class HostGates(HostLimits limits, TimeProvider time) : IDisposable
{
    internal const int MaxIdle = 1024;

    private readonly ConcurrentDictionary<string, HostGate> _gates = new(StringComparer.Ordinal);

    /// <summary>How many gates stand.</summary>
    public int Count => _gates.Count;

    public HostLimits Limits => limits;

    /// <summary>Waits until a request to an origin may begin.</summary>
    public async ValueTask<HostSlot> EnterAsync(string origin, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (!_gates.TryGetValue(origin, out HostGate? gate))
            {
                if (_gates.Count >= MaxIdle) Sweep();
                gate = _gates.GetOrAdd(origin, static (_, gates) => gates.Make(), this);
            }

            if (await gate.EnterAsync(cancellationToken).ConfigureAwait(false) is { } slot) return slot;
            _gates.TryRemove(new KeyValuePair<string, HostGate>(origin, gate));
            ObjectDisposedException.ThrowIf(_disposed, typeof(HttpSession));
        }
    }

    public void Dispose()
    {
        _disposed = true;
        foreach (HostGate gate in _gates.Values) gate.Dispose();
    }

    private volatile bool _disposed;

    private HostGate Make() => new(limits, time);

    private void Sweep()
    {
        foreach (KeyValuePair<string, HostGate> pair in _gates)
        {
            if (pair.Value.TryRetire()) _gates.TryRemove(pair);
        }
    }
}
