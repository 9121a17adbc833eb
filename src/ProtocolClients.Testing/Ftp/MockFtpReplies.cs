namespace ProtocolClients.Testing;

/// <summary>
/// Where a <see cref="MockFtpServer"/> answers otherwise than it would: <c>server.Replies["RETR"] = "425 No"</c>,
/// <c>server.Replies.On("STOR").CutAfterBytes(10, "552 Full").Once()</c>. The rule that was made last goes first. Safe for many threads.
/// </summary>
public sealed class MockFtpReplies
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, MockFtpReplyRule> _named = new(StringComparer.OrdinalIgnoreCase);
    private MockFtpReplyRule[] _rules = [];
    private MockFtpReplyRule[] _greetings = [];

    internal MockFtpReplies()
    {
    }

    /// <summary>Answers a command so and does not run it; null takes that back.</summary>
    /// <param name="command">How the line begins, by whole words.</param>
    public string? this[string command]
    {
        set
        {
            lock (_gate)
            {
                if (_named.Remove(command, out MockFtpReplyRule? old)) _rules = [.. _rules.Where(rule => rule != old)];
                if (value is not null) _named[command] = On(command).Instead(value);
            }
        }
    }

    /// <summary>A rule for commands whose line begins so, by whole words and without regard to case: <c>RETR</c>, <c>SITE WHO</c>.</summary>
    /// <param name="command">How the line begins.</param>
    public MockFtpReplyRule On(string command)
    {
        ArgumentException.ThrowIfNullOrEmpty(command);
        return On(line => line.StartsWith(command, StringComparison.OrdinalIgnoreCase)
            && (line.Length == command.Length || line[command.Length] == ' ' || command[^1] == ' '));
    }

    /// <summary>A rule for commands with a line that the predicate takes.</summary>
    /// <param name="command">Told each line.</param>
    public MockFtpReplyRule On(Func<string, bool> command)
    {
        ArgumentNullException.ThrowIfNull(command);
        var rule = new MockFtpReplyRule(command);
        lock (_gate) _rules = [rule, .. _rules];
        return rule;
    }

    /// <summary>A rule for the greeting of a new connection.</summary>
    public MockFtpReplyRule OnConnect()
    {
        var rule = new MockFtpReplyRule(static _ => true);
        lock (_gate) _greetings = [rule, .. _greetings];
        return rule;
    }

    /// <summary>Takes all rules back.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            _named.Clear();
            _rules = _greetings = [];
        }
    }

    internal MockFtpReplyRule? Find(MockFtpCall call)
    {
        string line = call.HasArgument ? call.Verb + " " + call.Value : call.Verb;
        return Array.Find(Volatile.Read(ref _rules), rule => rule.Matches(line) && rule.TryUse());
    }

    internal MockFtpReplyRule? FindGreeting() => Array.Find(Volatile.Read(ref _greetings), static rule => rule.TryUse());
}
