namespace ProtocolClients.Testing;

/// <summary>What clients asked of a <see cref="MockFtpServer"/>, in order, with assertions.</summary>
public sealed class MockFtpCalls : CallLog<MockFtpCall>
{
    internal MockFtpCalls()
    {
    }

    /// <summary>The calls that were wrong by the RFCs, in form or in order.</summary>
    public IReadOnlyList<MockFtpCall> Problems => [.. this.Where(static call => call.Problem is not null)];

    /// <summary>The calls of a command.</summary>
    /// <param name="verb">The command, without regard to case.</param>
    public IReadOnlyList<MockFtpCall> Of(string verb) => [.. this.Where(call => call.Verb.Equals(verb, StringComparison.OrdinalIgnoreCase))];

    /// <summary>The only call of a command.</summary>
    /// <param name="verb">The command, without regard to case.</param>
    /// <exception cref="MockAssertionException">There is none, or more than one.</exception>
    public MockFtpCall Single(string verb)
    {
        AssertCount(1, verb);
        return Of(verb)[0];
    }

    /// <summary>Checks how often a command came.</summary>
    /// <param name="expected">How often.</param>
    /// <param name="verb">The command, without regard to case.</param>
    /// <exception cref="MockAssertionException">It was another number.</exception>
    public void AssertCount(int expected, string verb)
    {
        int count = Of(verb).Count;
        if (count != expected) throw new MockAssertionException($"Expected {expected} of {verb}, saw {count}:\n{this}");
    }

    /// <summary>Checks that these and no other commands came, in this order.</summary>
    /// <param name="expected">Each line: <c>RETR a.txt</c>, <c>PASS ***</c>.</param>
    /// <exception cref="MockAssertionException">Others came.</exception>
    public void AssertAll(params IReadOnlyList<string> expected)
    {
        ArgumentNullException.ThrowIfNull(expected);
        if (this.Select(static call => call.HasArgument ? call.Verb + " " + call.Argument : call.Verb).SequenceEqual(expected, StringComparer.Ordinal)) return;
        throw new MockAssertionException($"Expected:\n{string.Join('\n', expected)}\nSaw:\n{this}");
    }

    /// <summary>Checks that no call was wrong by the RFCs.</summary>
    /// <exception cref="MockAssertionException">Some was.</exception>
    public void AssertNoProblems()
    {
        if (Problems is { Count: > 0 } calls) throw new MockAssertionException("Wrong:\n" + string.Join('\n', calls));
    }
}
