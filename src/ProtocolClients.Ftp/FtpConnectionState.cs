namespace ProtocolClients;

/// <summary>Where a control connection stands.</summary>
internal enum FtpConnectionState
{
    /// <summary>Connected; the server has not greeted yet.</summary>
    Connected,

    /// <summary>Greeted; nobody has said who he is.</summary>
    Greeted,

    /// <summary>Logged in; commands may be sent.</summary>
    Ready,

    /// <summary>A transfer runs: only NOOP and ABOR may be sent.</summary>
    Transferring,

    /// <summary>The server said that it closes the connection (421).</summary>
    Dismissed,

    /// <summary>Closed by us.</summary>
    Closed,
}

/// <summary>The transitions that are legal.</summary>
internal static class FtpConnectionStates
{
    /// <summary>The state itself, when it may follow.</summary>
    /// <exception cref="InvalidOperationException">It may not.</exception>
    public static FtpConnectionState Then(this FtpConnectionState from, FtpConnectionState to) =>
        (from, to) switch
        {
            (_, FtpConnectionState.Closed or FtpConnectionState.Dismissed) => to,
            (FtpConnectionState.Connected, FtpConnectionState.Greeted) => to,
            (FtpConnectionState.Greeted, FtpConnectionState.Ready) => to,
            (FtpConnectionState.Ready, FtpConnectionState.Transferring) => to,
            (FtpConnectionState.Transferring, FtpConnectionState.Ready) => to,
            _ => throw new InvalidOperationException($"A control connection that is {from} cannot become {to}."),
        };
}
