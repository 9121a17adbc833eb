using System.Globalization;

namespace ProtocolClients.Testing;

internal sealed partial class FtpServerSession
{
    private const string TimeFormat = "yyyyMMddHHmmss";

    private string _directory = "";
    private string? _renameFrom;

    public Task ChangeDirectoryAsync(MockFtpCall call)
    {
        string path = call.Verb is "CDUP" or "XCUP" ? ".." : call.Value;
        if (Resolve(path) is not { } key || !Tree.IsDirectory(key)) return ReplyAsync(call, 550, "No such directory.");
        _directory = key;
        return ReplyAsync(call, 250, "Directory changed.");
    }

    public Task WorkingDirectoryAsync(MockFtpCall call) => ReplyAsync(call, 257, Quote("/" + _directory) + " is the working directory.");

    public Task MakeDirectoryAsync(MockFtpCall call)
    {
        if (Resolve(call.Value) is not { } key || !Tree.MakeDirectory(key)) return ReplyAsync(call, 550, "The directory cannot be made.");
        return ReplyAsync(call, 257, Quote("/" + key) + " was made.");
    }

    public Task RemoveDirectoryAsync(MockFtpCall call)
    {
        if (Resolve(call.Value) is not { } key || !Tree.RemoveDirectory(key)) return ReplyAsync(call, 550, "No such directory, or not an empty one.");
        return ReplyAsync(call, 250, "Directory removed.");
    }

    public Task DeleteAsync(MockFtpCall call)
    {
        if (Resolve(call.Value) is not { } key || !Tree.Delete(key)) return ReplyAsync(call, 550, "No such file.");
        return ReplyAsync(call, 250, "File deleted.");
    }

    public Task RenameFromAsync(MockFtpCall call)
    {
        if (Resolve(call.Value) is not { } key || Tree.Find(key) is null) return ReplyAsync(call, 550, "No such file or directory.");
        _renameFrom = key;
        return ReplyAsync(call, 350, "Send RNTO.");
    }

    public Task RenameToAsync(MockFtpCall call)
    {
        if (_renameFrom is not { } from) return RefuseAsync(call, 503, "RNTO comes right after RNFR.");
        if (Resolve(call.Value) is not { } to || !Tree.Rename(from, to)) return ReplyAsync(call, 553, "Not to this name.");
        return ReplyAsync(call, 250, "Renamed.");
    }

    public Task SizeAsync(MockFtpCall call)
    {
        if (Resolve(call.Value) is not { } key || Tree.File(key) is not { } file) return ReplyAsync(call, 550, "No such file.");
        if (_type == 'A') return ReplyAsync(call, 550, "SIZE is not counted in type A.");
        return ReplyAsync(call, 213, file.Length.ToString(CultureInfo.InvariantCulture));
    }

    public Task ModifiedAsync(MockFtpCall call)
    {
        if (Resolve(call.Value) is not { } key || Tree.File(key) is not { } file) return ReplyAsync(call, 550, "No such file.");
        return ReplyAsync(call, 213, file.Modified.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture));
    }

    public Task SetModifiedAsync(MockFtpCall call)
    {
        if (!TrySplitTime(call.Value, out DateTimeOffset time, out string path)) return RefuseAsync(call, 501, "MFMT takes a time and a path.");
        if (Resolve(path) is not { } key || !Tree.SetModified(key, time)) return ReplyAsync(call, 550, "No such file.");
        return ReplyAsync(call, 213, $"Modify={time.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture)}; {path}");
    }

    private static bool TrySplitTime(string value, out DateTimeOffset time, out string path)
    {
        int space = value.IndexOf(' ', StringComparison.Ordinal);
        path = space < 0 ? "" : value[(space + 1)..];
        time = default;
        return path.Length > 0 && DateTimeOffset.TryParseExact(
            value.AsSpan(0, space), TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out time);
    }

    private static string Quote(string path) => "\"" + path.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"";

    private string? Resolve(string path) => FtpTree.Resolve(_directory, path);
}
