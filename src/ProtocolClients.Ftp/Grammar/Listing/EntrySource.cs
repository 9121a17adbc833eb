using System.Collections.Frozen;

namespace ProtocolClients;

/// <summary>
/// What all entries of one listing share, and how those of its dialect tell what is seldom asked for: it is read from the line
/// when it is asked for, so that an entry is three objects.
/// </summary>
internal class EntrySource(FtpListContext context)
{
    public FtpListContext Context { get; } = context;

    public virtual EntryDetails Describe(ReadOnlySpan<byte> line) => EntryDetails.None;
}

/// <summary>What is seldom asked for.</summary>
internal sealed record EntryDetails
{
    public static readonly EntryDetails None = new();

    public FtpPath? Path { get; init; }

    public DateTimeOffset? Created { get; init; }

    public string? Permissions { get; init; }

    public int? Mode { get; init; }

    public string? Owner { get; init; }

    public string? Group { get; init; }

    public string? LinkTarget { get; init; }

    public string? UniqueId { get; init; }

    public IReadOnlyDictionary<string, string> Facts { get; init; } = FrozenDictionary<string, string>.Empty;
}

/// <summary>A time of an entry: the clock's ticks where the server stands, and how far that is from UTC.</summary>
internal readonly record struct ListStamp(long Ticks, short OffsetMinutes, FtpTimePrecision Precision)
{
    public static readonly ListStamp None = new(-1, 0, FtpTimePrecision.None);

    public DateTimeOffset? Value => Ticks < 0 ? null : new DateTimeOffset(Ticks, TimeSpan.FromMinutes(OffsetMinutes));
}
