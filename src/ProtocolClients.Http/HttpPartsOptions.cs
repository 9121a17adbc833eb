namespace ProtocolClients;

/// <summary>How much of a multipart answer is taken.</summary>
public sealed record HttpPartsOptions
{
    /// <summary>The limits as they stand below.</summary>
    public static HttpPartsOptions Default { get; } = new();

    /// <summary>The most parts; one more is a <see cref="WireLimitException"/>.</summary>
    /// <value>Null by default: 10,000, and for <c>multipart/x-mixed-replace</c>, which goes on until somebody stops, no limit.</value>
    public int? Parts { get; init => field = value is null ? null : Positive(value.Value); }

    /// <summary>The longest head of a part, in bytes with its line ends.</summary>
    /// <value>The default is 64 KiB.</value>
    public int Head { get; init => field = Positive(value); } = 64 * 1024;

    /// <summary>The most fields in the head of a part.</summary>
    /// <value>The default is 100.</value>
    public int Fields { get; init => field = Positive(value); } = 100;

    /// <summary>The most bytes before the first part, and the most behind the last one that are read to keep the connection; both are passed over.</summary>
    /// <value>The default is 64 KiB.</value>
    public int Preamble { get; init => field = Positive(value); } = 64 * 1024;

    private static int Positive(int value) =>
        value > 0 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "A limit is positive.");
}
