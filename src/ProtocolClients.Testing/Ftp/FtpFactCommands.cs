using System.Globalization;

namespace ProtocolClients.Testing;

/// <summary>MFMT, MFCT, MFF (draft-somers-ftp-mfxx) and SITE: facts that a client sets.</summary>
internal sealed class FtpFactCommands(FtpServerSession session) : FtpCommands(session)
{
    private const string TimeFormat = "yyyyMMddHHmmss";

    public Task SetModifiedAsync(MockFtpCall call)
    {
        bool isMade = call.Verb == "MFCT";
        if (!TrySplitTime(call.Value, out DateTimeOffset time, out string path)) return RefuseAsync(call, 501, call.Verb + " takes a time and a path.");
        if (Resolve(path) is not { } key || !(isMade ? Tree.SetCreated(key, time) : Tree.SetModified(key, time)))
        {
            return ReplyAsync(call, 550, "No such file or directory.");
        }

        return ReplyAsync(call, 213, $"{(isMade ? "Create" : "Modify")}={FtpFacts.Time(time)}; {path}");
    }

    public Task SetFactsAsync(MockFtpCall call)
    {
        int space = call.Value.IndexOf(' ', StringComparison.Ordinal);
        if (space <= 0 || space == call.Value.Length - 1 || call.Value[space - 1] != ';') return RefuseAsync(call, 501, "MFF takes facts and a path.");
        string path = call.Value[(space + 1)..];
        if (Resolve(path) is not { } key || Tree.Find(key) is null) return ReplyAsync(call, 550, "No such file or directory.");
        var changes = new List<Func<bool>>();
        foreach (string fact in call.Value[..(space - 1)].Split(';'))
        {
            string[] pair = fact.Split('=', 2);
            if (pair.Length != 2) return RefuseAsync(call, 501, "A fact has a value.");
            if (Change(key, pair[0].ToUpperInvariant(), pair[1]) is not { } change) return ReplyAsync(call, 504, "Not this fact: " + fact);
            changes.Add(change);
        }

        // All of them or none.
        return changes.TrueForAll(static change => change()) ? ReplyAsync(call, 213, call.Value) : ReplyAsync(call, 550, "The facts cannot be set.");
    }

    private Func<bool>? Change(string key, string fact, string value) => fact switch
    {
        "MODIFY" when TryTime(value, out DateTimeOffset time) => () => Tree.SetModified(key, time),
        "CREATE" when TryTime(value, out DateTimeOffset time) => () => Tree.SetCreated(key, time),
        "UNIX.MODE" when TryMode(value, out UnixFileMode mode) => () => Tree.SetMode(key, mode),
        _ => null,
    };

    public Task SiteAsync(MockFtpCall call)
    {
        string[] words = call.Value.Split(' ', 2);
        string rest = words.Length > 1 ? words[1] : "";
        switch (words[0].ToUpperInvariant())
        {
            case "HELP":
                return ReplyAsync(call, 214, "SITE commands:", ["CHMOD UTIME SYMLINK HELP"], "End of help.");
            case "CHMOD" or "UTIME" or "SYMLINK" when Session.IsReadOnly:
                return ReplyAsync(call, 550, "Permission denied: read-only.");
            case "CHMOD":
                return ChangeModeAsync(call, rest);
            case "UTIME":
                return ChangeTimesAsync(call, rest);
            case "SYMLINK":
                return LinkAsync(call, rest);
            default:
                return ReplyAsync(call, 504, "No such SITE command.");
        }
    }

    private Task ChangeModeAsync(MockFtpCall call, string rest)
    {
        string[] words = rest.Split(' ', 2);
        if (words.Length < 2 || !TryMode(words[0], out UnixFileMode mode)) return RefuseAsync(call, 501, "SITE CHMOD takes a mode and a path.");
        if (Resolve(words[1]) is not { } key || !Tree.SetMode(key, mode)) return ReplyAsync(call, 550, "No such file or directory.");
        return ReplyAsync(call, 200, "Mode changed.");
    }

    // Two forms are in use: "20260102030405 path" and "path 20260102030405 20260102030405 20260102030405 UTC" (access, change, making).
    private Task ChangeTimesAsync(MockFtpCall call, string rest)
    {
        string path;
        DateTimeOffset time;
        if (rest.EndsWith(" UTC", StringComparison.OrdinalIgnoreCase))
        {
            string[] words = rest.Split(' ');
            if (words.Length < 5 || !TryTime(words[^3], out time)) return RefuseAsync(call, 501, "SITE UTIME takes a path and three times.");
            path = string.Join(' ', words[..^4]);
        }
        else if (!TrySplitTime(rest, out time, out path))
        {
            return RefuseAsync(call, 501, "SITE UTIME takes a time and a path.");
        }

        if (Resolve(path) is not { } key || !Tree.SetModified(key, time)) return ReplyAsync(call, 550, "No such file or directory.");
        return ReplyAsync(call, 200, "Time changed.");
    }

    private Task LinkAsync(MockFtpCall call, string rest)
    {
        string[] words = rest.Split(' ');
        if (words.Length != 2) return RefuseAsync(call, 501, "SITE SYMLINK takes a target and a path.");
        if (Resolve(words[1]) is not { Length: > 0 } key || Tree.Find(key) is not null || !Tree.IsDirectory(FolderIndex.Parent(key))) return ReplyAsync(call, 550, "No link can be put there.");
        Session.Server.Links[key] = words[0];
        return ReplyAsync(call, 200, "Linked.");
    }

    private static bool TryMode(string text, out UnixFileMode mode)
    {
        mode = default;
        if (text.Length is < 3 or > 4 || text.AsSpan().ContainsAnyExceptInRange('0', '7')) return false;
        mode = (UnixFileMode)Convert.ToInt32(text, 8);
        return true;
    }

    private static bool TryTime(string text, out DateTimeOffset time) => DateTimeOffset.TryParseExact(
        text, [TimeFormat, TimeFormat + ".fff", "yyyyMMddHHmm"], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out time);

    private static bool TrySplitTime(string value, out DateTimeOffset time, out string path)
    {
        int space = value.IndexOf(' ', StringComparison.Ordinal);
        path = space < 0 ? "" : value[(space + 1)..];
        time = default;
        return path.Length > 0 && TryTime(value[..space], out time);
    }
}
