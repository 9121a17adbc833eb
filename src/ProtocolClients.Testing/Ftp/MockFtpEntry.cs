namespace ProtocolClients.Testing;

/// <summary>What an entry of a directory is.</summary>
public enum MockFtpEntryKind
{
    /// <summary>A file.</summary>
    File,

    /// <summary>A directory.</summary>
    Directory,

    /// <summary>A symbolic link.</summary>
    Link,
}

/// <summary>One entry of a directory as a <see cref="MockFtpServer"/> lists it.</summary>
/// <param name="Name">
/// The name, as it goes out: hostile names are not refused. Bytes that are no UTF-8 are lone surrogates, U+DC80 for 0x80 to U+DCFF for 0xFF.
/// </param>
public sealed record MockFtpEntry(string Name)
{
    /// <summary>What it is.</summary>
    public MockFtpEntryKind Kind { get; init; }

    /// <summary>How many bytes it has.</summary>
    public long Size { get; init; }

    /// <summary>When it was last changed.</summary>
    /// <value>The default is 2026-01-01 00:00:00 UTC.</value>
    public DateTimeOffset Modified { get; init; } = MockFiles.DefaultTime;

    /// <summary>When it was made; null where that is not known.</summary>
    public DateTimeOffset? Created { get; init; }

    /// <summary>Its permissions; null for those that its kind mostly has.</summary>
    public UnixFileMode? Mode { get; init; }

    /// <summary>Where a link leads, as it is written in it.</summary>
    public string? Target { get; init; }

    /// <summary>Whose it is.</summary>
    public string Owner { get; init; } = "ftp";

    /// <summary>Whose group's it is.</summary>
    public string Group { get; init; } = "ftp";

    internal bool IsDirectory => Kind == MockFtpEntryKind.Directory;

    internal UnixFileMode Permissions => Mode ?? (UnixFileMode)(Kind switch
    {
        MockFtpEntryKind.Directory => 0b111_101_101,
        MockFtpEntryKind.Link => 0b111_111_111,
        _ => 0b110_100_100,
    });
}
