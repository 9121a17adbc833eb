namespace ProtocolClients.Testing;

/// <summary>Hands out bearer tokens that end, and knows which are good: the authorization server of a test. Safe for many tasks.</summary>
/// <param name="time">The time in which they end.</param>
/// <param name="lifetime">How long each is good.</param>
public sealed class MockTokens(TimeProvider time, TimeSpan lifetime)
{
    private readonly Lock _gate = new();
    private readonly List<string> _issued = [];
    private readonly Dictionary<string, DateTimeOffset> _good = new(StringComparer.Ordinal);

    /// <summary>Every token that was handed out, in order.</summary>
    public IReadOnlyList<string> Issued
    {
        get
        {
            lock (_gate) return [.. _issued];
        }
    }

    /// <summary>Hands out a token.</summary>
    /// <returns>The token, and when it ends.</returns>
    public BearerToken Issue()
    {
        lock (_gate)
        {
            string token = "token-" + (_issued.Count + 1).ToString(System.Globalization.CultureInfo.InvariantCulture);
            DateTimeOffset end = time.GetUtcNow() + lifetime;
            _issued.Add(token);
            _good[token] = end;
            return new BearerToken(token, end);
        }
    }

    /// <summary>Takes back every token that was handed out.</summary>
    public void RevokeAll()
    {
        lock (_gate) _good.Clear();
    }

    internal bool IsGood(string token)
    {
        lock (_gate) return _good.TryGetValue(token, out DateTimeOffset end) && time.GetUtcNow() < end;
    }
}
