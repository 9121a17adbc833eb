using System.Globalization;
using System.Text;

namespace ProtocolClients.Testing;

/// <summary>The facts of MLST and MLSD (RFC 3659 §7.5).</summary>
internal static class FtpFacts
{
    public static IReadOnlyList<string> Known { get; } =
        ["type", "size", "modify", "create", "perm", "unique", "UNIX.mode", "UNIX.owner", "UNIX.group"];

    public static IReadOnlyList<string> Default { get; } = ["type", "size", "modify", "perm", "unique", "UNIX.mode"];

    /// <summary>What FEAT says of them: those that are sent carry a star.</summary>
    public static string Feature(IReadOnlyCollection<string> chosen) =>
        string.Concat(Known.Select(fact => fact + (chosen.Contains(fact, StringComparer.Ordinal) ? "*;" : ";")));

    /// <summary>The known ones among those that a client asks for.</summary>
    public static IReadOnlyList<string> Choose(string asked)
    {
        string[] names = asked.Split(';', StringSplitOptions.RemoveEmptyEntries);
        return [.. Known.Where(fact => names.Contains(fact, StringComparer.OrdinalIgnoreCase))];
    }

    /// <summary>An entry with its name or path behind the facts.</summary>
    public static string Line(MockFtpEntry entry, string path, string name, IReadOnlyCollection<string> chosen, bool mayWrite, string? type = null)
    {
        var line = new StringBuilder();
        foreach (string fact in chosen)
        {
            if (Value(fact, entry, path, mayWrite, type) is { } value) line.Append(fact).Append('=').Append(value).Append(';');
        }

        return line.Append(' ').Append(name).ToString();
    }

    public static string Time(DateTimeOffset time)
    {
        DateTime utc = time.UtcDateTime;
        string seconds = utc.ToString("yyyyMMddHHmmss", CultureInfo.InvariantCulture);
        return utc.Millisecond == 0 ? seconds : seconds + utc.ToString(".fff", CultureInfo.InvariantCulture);
    }

    private static string? Value(string fact, MockFtpEntry entry, string path, bool mayWrite, string? type) => fact switch
    {
        "type" => type ?? entry.Kind switch
        {
            MockFtpEntryKind.Directory => "dir",
            MockFtpEntryKind.Link => "OS.unix=slink:" + entry.Target,
            _ => "file",
        },
        "size" => entry.Kind == MockFtpEntryKind.File ? entry.Size.ToString(CultureInfo.InvariantCulture) : null,
        "modify" => Time(entry.Modified),
        "create" => entry.Created is { } made ? Time(made) : null,
        "perm" => (entry.IsDirectory, mayWrite) switch
        {
            (true, true) => "cdeflmp",
            (true, false) => "el",
            (false, true) => "adfrw",
            (false, false) => "r",
        },
        "unique" => Unique(path),
        "UNIX.mode" => "0" + Convert.ToString((int)entry.Permissions, 8).PadLeft(3, '0'),
        "UNIX.owner" => entry.Owner,
        _ => entry.Group,
    };

    /// <summary>FNV-1a: the same for the same path in every run.</summary>
    public static string Unique(string path)
    {
        ulong hash = 14695981039346656037;
        foreach (char c in path) hash = (hash ^ c) * 1099511628211;
        return hash.ToString("x16", CultureInfo.InvariantCulture);
    }
}
