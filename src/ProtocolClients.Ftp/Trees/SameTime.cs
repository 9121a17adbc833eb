namespace ProtocolClients;

/// <summary>Whether a time that a server tells and a time here are of the same change.</summary>
internal static class SameTime
{
    /// <summary>
    /// The server's is cut off at its precision: the true one lies from there to the next step. False when there is none.
    /// </summary>
    public static bool Of(DateTimeOffset? remote, FtpTimePrecision precision, DateTimeOffset local, TimeSpan tolerance) =>
        remote is { } told && Difference(told, precision, local, tolerance) == 0;

    /// <summary>Less than 0 when the server's is older, more when it is newer, 0 when they may be the same.</summary>
    public static int Difference(DateTimeOffset remote, FtpTimePrecision precision, DateTimeOffset local, TimeSpan tolerance)
    {
        TimeSpan step = precision switch
        {
            FtpTimePrecision.Day => TimeSpan.FromDays(1),
            FtpTimePrecision.Minute => TimeSpan.FromMinutes(1),
            FtpTimePrecision.Second => TimeSpan.FromSeconds(1),
            FtpTimePrecision.Millisecond => TimeSpan.FromMilliseconds(1),
            _ => TimeSpan.FromTicks(1),
        };
        TimeSpan behind = local - remote;
        if (behind < -tolerance) return 1;
        return behind >= step + tolerance ? -1 : 0;
    }
}
