namespace ProtocolClients;

/// <summary>
/// How many bytes a run of downloads may fetch (wget's <c>--quota</c>): as soon as that many came, no further download begins. Those that run
/// come to their end, so the sum may be larger. Safe for many tasks. A number converts: <c>Quota = 10 &lt;&lt; 20</c>.
/// </summary>
/// <param name="bytes">The bytes, at least 1.</param>
/// <remarks>Bytes count when they come, also those of a download that fails; what an earlier run left does not.</remarks>
public sealed class ByteQuota(long bytes)
{
    private long _bytes = Checked(bytes);
    private long _used;

    /// <summary>The bytes that may come, at least 1; a change holds for the next download that would begin.</summary>
    public long Bytes
    {
        get => Volatile.Read(ref _bytes);
        set => Volatile.Write(ref _bytes, Checked(value));
    }

    /// <summary>The bytes that came.</summary>
    public long Used => Volatile.Read(ref _used);

    /// <summary>Whether no further download begins.</summary>
    public bool IsReached => Used >= Bytes;

    /// <summary>Takes a number as a quota.</summary>
    /// <param name="bytes">The bytes, at least 1.</param>
    public static implicit operator ByteQuota(long bytes) => new(bytes);

    /// <summary>The quota of a number: the named form of the conversion.</summary>
    /// <param name="bytes">The bytes, at least 1.</param>
    public static ByteQuota FromInt64(long bytes) => new(bytes);

    /// <summary>Counts bytes that came.</summary>
    /// <param name="bytes">How many.</param>
    public void Add(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        Interlocked.Add(ref _used, bytes);
    }

    /// <summary>What stands before each download.</summary>
    /// <exception cref="QuotaReachedException">As many bytes came as may.</exception>
    public void ThrowIfReached()
    {
        if (IsReached) throw new QuotaReachedException($"Not begun: {Used} bytes came, and the quota is {Bytes}.") { Delivery = Delivery.NotSent };
    }

    private static long Checked(long bytes) => bytes >= 1 ? bytes : throw new ArgumentOutOfRangeException(nameof(bytes), bytes, "At least one byte.");
}

/// <summary>A download that was not begun, because as many bytes came before as may (<see cref="DownloaderOptions.Quota"/>); nothing was asked for.</summary>
/// <param name="message">What is reached.</param>
public sealed class QuotaReachedException(string message) : ProtocolClientException(message);
