namespace ProtocolClients.Testing;

/// <summary>
/// How a <see cref="MockFtpServer"/> answers a command otherwise than it would. Replies are written as they go out, <c>425 No</c>; several
/// lines are parted by LF. A reply is <i>final</i> when its code is not 1yz.
/// </summary>
public sealed class MockFtpReplyRule
{
    private int _left = int.MaxValue;
    private int _strikes;

    internal MockFtpReplyRule(Func<string, bool> matches) => Matches = matches;

    /// <summary>How often it was used.</summary>
    public int Strikes => Volatile.Read(ref _strikes);

    internal Func<string, bool> Matches { get; }

    internal Func<MockFtpCall, string>? Reply { get; private set; }

    internal Func<string, string>? Change { get; private set; }

    internal string? Final { get; private set; }

    internal bool HasNoFinal { get; private set; }

    internal bool IsFinalFirst { get; private set; }

    internal bool IsEndless { get; private set; }

    internal bool IsAfterNext { get; private set; }

    internal bool Closes { get; private set; }

    internal string Before { get; private set; } = "";

    internal string After { get; private set; } = "";

    internal TimeSpan Pause { get; private set; }

    internal bool IsDeaf { get; private set; }

    internal long CutAt { get; private set; } = -1;

    internal string CutReply { get; private set; } = "";

    /// <summary>Answers so and does not run the command.</summary>
    /// <param name="reply">The reply.</param>
    public MockFtpReplyRule Instead(string reply)
    {
        ArgumentNullException.ThrowIfNull(reply);
        return Instead(_ => reply);
    }

    /// <summary>Answers so and does not run the command: a command of one's own, <c>SITE WHO</c> or one that FTP does not know.</summary>
    /// <param name="reply">Makes the reply.</param>
    public MockFtpReplyRule Instead(Func<MockFtpCall, string> reply)
    {
        ArgumentNullException.ThrowIfNull(reply);
        Reply = reply;
        return this;
    }

    /// <summary>Runs the command, and answers so at its end: after a transfer instead of 226.</summary>
    /// <param name="reply">The reply.</param>
    public MockFtpReplyRule Finally(string reply)
    {
        ArgumentNullException.ThrowIfNull(reply);
        Final = reply;
        return this;
    }

    /// <summary>Runs the command, and changes the final reply: another size, another form of PASV.</summary>
    /// <param name="change">Told the reply without the CR LF at its end; returns what goes out.</param>
    public MockFtpReplyRule Rewrite(Func<string, string> change)
    {
        ArgumentNullException.ThrowIfNull(change);
        Change = change;
        return this;
    }

    /// <summary>Runs the command, and never says that it is done: no 226.</summary>
    public MockFtpReplyRule NoFinal()
    {
        HasNoFinal = true;
        return this;
    }

    /// <summary>Sends the 226 of a transfer before its 150, and nothing after it.</summary>
    public MockFtpReplyRule FinalFirst()
    {
        IsFinalFirst = true;
        return this;
    }

    /// <summary>Sends the final reply only behind that of the next command.</summary>
    public MockFtpReplyRule AfterNext()
    {
        IsAfterNext = true;
        return this;
    }

    /// <summary>Begins the final reply with a line of many and never ends it.</summary>
    public MockFtpReplyRule Endless()
    {
        IsEndless = true;
        return this;
    }

    /// <summary>Sends bytes in front of the final reply, in one piece with it.</summary>
    /// <param name="raw">What goes out, as it is: <c>"220 stray\r\n"</c>.</param>
    public MockFtpReplyRule Preceded(string raw)
    {
        ArgumentNullException.ThrowIfNull(raw);
        Before = raw;
        return this;
    }

    /// <summary>
    /// Sends bytes behind the final reply, in one piece with it: on AUTH plain text that a client must not take for what comes under TLS.
    /// </summary>
    /// <param name="raw">What goes out, as it is: <c>"230 injected\r\n"</c>.</param>
    public MockFtpReplyRule Followed(string raw)
    {
        ArgumentNullException.ThrowIfNull(raw);
        After = raw;
        return this;
    }

    /// <summary>Waits before the final reply, on the server's time.</summary>
    /// <param name="pause">How long.</param>
    public MockFtpReplyRule Delayed(TimeSpan pause)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(pause, TimeSpan.Zero);
        Pause = pause;
        return this;
    }

    /// <summary>
    /// Ends the data of a transfer early, and answers so: <c>426</c>, <c>451</c>, <c>552</c>, or <c>226</c> for a server that lies.
    /// </summary>
    /// <param name="count">How many bytes pass the data connection before.</param>
    /// <param name="reply">The reply.</param>
    public MockFtpReplyRule CutAfterBytes(long count, string reply = "426 Transfer aborted.")
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentNullException.ThrowIfNull(reply);
        CutAt = count;
        CutReply = reply;
        return this;
    }

    /// <summary>Answers PASV or EPSV with a port where nobody listens.</summary>
    public MockFtpReplyRule Deaf()
    {
        IsDeaf = true;
        return this;
    }

    /// <summary>Closes the control connection behind the final reply.</summary>
    public MockFtpReplyRule ThenClose()
    {
        Closes = true;
        return this;
    }

    /// <summary>Holds for one command only.</summary>
    public MockFtpReplyRule Once() => Times(1);

    /// <summary>Holds for so many commands.</summary>
    /// <param name="count">How many.</param>
    public MockFtpReplyRule Times(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        _left = count;
        return this;
    }

    internal bool TryUse()
    {
        while (true)
        {
            int left = Volatile.Read(ref _left);
            if (left == 0) return false;
            if (left != int.MaxValue && Interlocked.CompareExchange(ref _left, left - 1, left) != left) continue;
            Interlocked.Increment(ref _strikes);
            return true;
        }
    }
}
