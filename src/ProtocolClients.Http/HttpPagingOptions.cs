namespace ProtocolClients;

/// <summary>How far pages are followed.</summary>
public sealed record HttpPagingOptions
{
    /// <summary>Up to 10,000 pages, by <c>rel=next</c>.</summary>
    public static HttpPagingOptions Default { get; } = new();

    /// <summary>The most pages; a link to one more is a <see cref="WireLimitException"/>. Who wants the first few leaves the loop.</summary>
    /// <value>The default is 10,000.</value>
    public int Limit
    {
        get;
        init => field = value > 0 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "At least one page.");
    } = 10_000;

    /// <summary>The relation type that is followed: <c>next</c>, <c>prev</c>, …</summary>
    /// <value>The default is <c>next</c>.</value>
    public string Relation { get; init; } = "next";
}
