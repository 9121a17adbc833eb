using System.Text;

namespace ProtocolClients.Testing;

/// <summary>
/// A fault and when it strikes. By default on every connection, counted in the bytes that the server sends from the moment
/// when the rule was made. An <i>occasion</i> is a connection, or with <see cref="On(string)"/> a request that matches.
/// </summary>
public sealed class FaultRule
{
    private readonly Faults _owner;
    private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _occasions;
    private int _strikes;
    private int _times = int.MaxValue;
    private int _every = 1;

    internal FaultRule(Faults owner, Fault fault)
    {
        _owner = owner;
        Fault = fault;
    }

    /// <summary>What goes wrong.</summary>
    public Fault Fault { get; }

    /// <summary>On how many occasions it struck.</summary>
    public int Strikes => Volatile.Read(ref _strikes);

    internal Func<string, bool>? Request { get; private set; }

    internal byte[] Pattern { get; private set; } = [];

    internal bool IsReceiving { get; private set; }

    internal bool IsOnWire { get; private set; }

    /// <summary>Strikes on one occasion only.</summary>
    public FaultRule Once() => Times(1);

    /// <summary>Strikes on so many occasions and never again.</summary>
    /// <param name="count">How many.</param>
    public FaultRule Times(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        _times = count;
        return this;
    }

    /// <summary>Strikes on the n-th occasion, the 2n-th, and so on.</summary>
    /// <param name="n">Every how many.</param>
    public FaultRule EveryNth(int n)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(n);
        _every = n;
        return this;
    }

    /// <summary>
    /// Strikes in the answer to requests whose line begins so, without regard to case: <c>RETR</c>, <c>GET /a</c>. Bytes
    /// are counted from the request. A fault that lasts ends with the next request. Not for HTTP/2, which has no lines.
    /// </summary>
    /// <param name="command">How the line begins.</param>
    public FaultRule On(string command)
    {
        ArgumentException.ThrowIfNullOrEmpty(command);
        return On(line => line.StartsWith(command, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>Strikes in the answer to requests with a line that the predicate takes.</summary>
    /// <param name="request">Told each line that the client sends (Latin-1, without its end, cut at 8 KiB).</param>
    public FaultRule On(Func<string, bool> request)
    {
        ArgumentNullException.ThrowIfNull(request);
        Request = request;
        return this;
    }

    /// <summary>Counts bytes from the end of the first of these only: <c>"\r\n\r\n"u8</c> counts an HTTP/1.1 body.</summary>
    /// <param name="pattern">What must pass first.</param>
    public FaultRule Following(ReadOnlySpan<byte> pattern)
    {
        Pattern = pattern.ToArray();
        return this;
    }

    /// <summary>Strikes what the server receives, instead of what it sends.</summary>
    public FaultRule Receiving()
    {
        IsReceiving = true;
        return this;
    }

    /// <summary>Strikes below TLS: handshake and records are counted, instead of what they carry.</summary>
    public FaultRule OnWire()
    {
        IsOnWire = true;
        return this;
    }

    /// <summary>Completes when the rule has struck for the first time: a test moves virtual time then.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task WaitForStrikeAsync(CancellationToken cancellationToken = default) => _first.Task.WaitAsync(cancellationToken);

    /// <summary>Takes the rule back; a connection that it has struck stays as it is, a stall goes on.</summary>
    public void Remove() => _owner.Remove(this);

    /// <summary>The fault and its scope in words.</summary>
    public override string ToString()
    {
        var text = new StringBuilder(Fault.ToString());
        if (_every > 1) text.Append(", every ").Append(_every).Append("th");
        if (_times != int.MaxValue) text.Append(", ").Append(_times).Append(" times");
        if (Request is not null) text.Append(", on some requests");
        if (IsReceiving) text.Append(", receiving");
        if (IsOnWire) text.Append(", below TLS");
        return text.ToString();
    }

    // At the beginning of an occasion.
    internal bool TryArm() => Interlocked.Increment(ref _occasions) % _every == 0;

    // When it would strike: two connections may both be armed when there is one strike left.
    internal bool TryStrike()
    {
        int seen = Volatile.Read(ref _strikes);
        while (seen < _times)
        {
            int before = Interlocked.CompareExchange(ref _strikes, seen + 1, seen);
            if (before == seen)
            {
                _first.TrySetResult();
                return true;
            }

            seen = before;
        }

        return false;
    }
}
