namespace ProtocolClients;

/// <summary>Facts of a file or directory that are set together, by one command (<see cref="FtpAccess.SetFactsAsync"/>). What is null stays as it is.</summary>
public sealed record FtpFactChanges
{
    /// <summary>When it was changed; seconds count.</summary>
    public DateTimeOffset? Modified { get; init; }

    /// <summary>When it was made; seconds count.</summary>
    public DateTimeOffset? Created { get; init; }

    /// <summary>The bits of its Unix mode, 0 to 07777: <c>Convert.ToInt32("644", 8)</c>.</summary>
    public int? Permissions
    {
        get;
        init => field = value is null or (>= 0 and <= 0xFFF) ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "Twelve bits, 0 to 07777.");
    }

    /// <summary>The names and values as MFF has them.</summary>
    internal IEnumerable<(string Fact, string Value)> Facts
    {
        get
        {
            if (Modified is { } modified) yield return ("Modify", FtpTime.FormatSeconds(modified));
            if (Created is { } created) yield return ("Create", FtpTime.FormatSeconds(created));
            if (Permissions is { } mode) yield return ("UNIX.mode", Convert.ToString(mode, 8).PadLeft(4, '0'));
        }
    }
}
