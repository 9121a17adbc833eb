namespace ProtocolClients;

/// <summary>
/// Which bodies are sent only once the server says that it wants them (<c>Expect: 100-continue</c>, RFC 9110 §10.1.1). A body that
/// is refused was not sent: a redirect, a challenge or a 417 then costs nothing, and even a body that can be had only once is
/// still there. (Bodies of 1 KiB or less are sent all the same, which keeps the connection.) A 417 is answered by the same request
/// without the expectation. A refusal that comes while a body is under way is heard without it too, and ends the body and the connection.
/// </summary>
public sealed record ExpectOptions
{
    /// <summary>No body waits unless <see cref="HttpCallOptions.ExpectContinue"/> says so.</summary>
    public static ExpectOptions Default { get; } = new();

    /// <summary>Bodies of this many bytes or more wait, and those of unknown length; null for none.</summary>
    public long? Threshold
    {
        get;
        init => field = value is null or >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "A size is 0 or more.");
    }

    /// <summary>How long a body waits. Then it is sent all the same: not every server knows what is expected of it.</summary>
    /// <value>The default is 1 second, as curl does.</value>
    public TimeSpan Wait
    {
        get;
        init => field = value > TimeSpan.Zero || value == Timeout.InfiniteTimeSpan
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "A wait is positive or Timeout.InfiniteTimeSpan.");
    } = TimeSpan.FromSeconds(1);

    /// <summary>Whether a body waits.</summary>
    internal bool Applies(HttpContent body, bool? wanted) =>
        wanted ?? (Threshold is { } threshold && (body.Headers.ContentLength ?? long.MaxValue) >= threshold);
}
