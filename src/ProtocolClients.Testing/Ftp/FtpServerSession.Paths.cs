using System.Globalization;

namespace ProtocolClients.Testing;

internal sealed partial class FtpServerSession
{
    private string _directory = "";
    private string? _renameFrom;

    public Task ChangeDirectoryAsync(MockFtpCall call)
    {
        string path = call.Verb is "CDUP" or "XCUP" ? ".." : call.Value;
        if (Resolve(path) is not { } key || !Tree.IsDirectory(key)) return ReplyAsync(call, 550, "No such directory.");
        if (Options.ListsClosedDirectories && !Tree.MayEnter(Tree.Follow(key) ?? key)) return ReplyAsync(call, 550, "Failed to change directory.");
        _directory = Tree.Follow(key) ?? key;
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
        if (_type == 'A' && !Options.SizeInAscii) return ReplyAsync(call, 550, "SIZE is not counted in type A.");
        return ReplyAsync(call, 213, (_type == 'A' ? FtpAscii.Length(file.ToArray()) : file.Length).ToString(CultureInfo.InvariantCulture));
    }

    public Task ModifiedAsync(MockFtpCall call)
    {
        if (Resolve(call.Value) is not { } key || Tree.File(key) is not { } file) return ReplyAsync(call, 550, "No such file.");
        return ReplyAsync(call, 213, FtpFacts.Time(file.Modified));
    }

    private static string Quote(string path) => "\"" + path.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"";

    public string? Resolve(string path) => Tree.Resolve(_directory, path);
}
