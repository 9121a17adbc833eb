namespace ProtocolClients;

/// <summary>
/// How long each phase of an operation may take. A missed deadline is <see cref="TransportException"/> with
/// <see cref="TransportError.Timeout"/> and the phase. <see cref="Timeout.InfiniteTimeSpan"/> switches a deadline off.
/// </summary>
public sealed record Deadlines
{
    /// <summary>The defaults of every client.</summary>
    public static Deadlines Default { get; } = new();

    /// <summary>No deadlines at all: for tests and for debugging.</summary>
    public static Deadlines None { get; } = new()
    {
        Connect = Timeout.InfiniteTimeSpan,
        Tls = Timeout.InfiniteTimeSpan,
        Command = Timeout.InfiniteTimeSpan,
        Idle = Timeout.InfiniteTimeSpan,
        Transfer = Timeout.InfiniteTimeSpan,
    };

    /// <summary>Name resolution, TCP connect and the proxy's handshake together.</summary>
    /// <value>The default is 30 seconds.</value>
    public TimeSpan Connect { get; init => field = Checked(value); } = TimeSpan.FromSeconds(30);

    /// <summary>The TLS handshake.</summary>
    /// <value>The default is 30 seconds.</value>
    public TimeSpan Tls { get; init => field = Checked(value); } = TimeSpan.FromSeconds(30);

    /// <summary>From a command's first byte to the end of its reply (HTTP: to the end of the response head).</summary>
    /// <value>The default is 100 seconds.</value>
    public TimeSpan Command { get; init => field = Checked(value); } = TimeSpan.FromSeconds(100);

    /// <summary>The longest silence of the peer inside a body, a block or a data connection.</summary>
    /// <value>The default is 60 seconds.</value>
    public TimeSpan Idle { get; init => field = Checked(value); } = TimeSpan.FromSeconds(60);

    /// <summary>A whole transfer, attempts and waits included.</summary>
    /// <value>Infinite by default: a large file may take its time as long as bytes arrive.</value>
    public TimeSpan Transfer { get; init => field = Checked(value); } = Timeout.InfiniteTimeSpan;

    /// <summary>The deadline of a phase.</summary>
    /// <param name="phase">The phase.</param>
    public TimeSpan this[DeadlinePhase phase] => phase switch
    {
        DeadlinePhase.Connect => Connect,
        DeadlinePhase.Tls => Tls,
        DeadlinePhase.Command => Command,
        DeadlinePhase.Idle => Idle,
        DeadlinePhase.Transfer => Transfer,
        _ => throw new ArgumentOutOfRangeException(nameof(phase), phase, "Not a phase."),
    };

    private static TimeSpan Checked(TimeSpan value) =>
        value > TimeSpan.Zero || value == Timeout.InfiniteTimeSpan
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "A deadline is positive or Timeout.InfiniteTimeSpan.");
}
