using System.Buffers;
using System.IO.Enumeration;

namespace ProtocolClients.Testing;

/// <summary>LIST, NLST, MLSD, MLST, and what STAT shows of a path.</summary>
internal sealed class FtpListingCommands(FtpServerSession session) : FtpCommands(session)
{
    /// <summary>The facts that MLST and MLSD tell.</summary>
    public IReadOnlyList<string> Chosen { get; set; } = FtpFacts.Default;

    public Task ChooseFactsAsync(MockFtpCall call, string asked)
    {
        Chosen = FtpFacts.Choose(asked);
        return ReplyAsync(call, 200, "MLST OPTS " + string.Concat(Chosen.Select(static fact => fact + ";")));
    }

    public Task FactsAsync(MockFtpCall call)
    {
        if (Resolve(call.Value) is not { } key || Tree.Find(key) is not { } entry) return ReplyAsync(call, 550, "No such file or directory.");
        string path = "/" + key;
        return ReplyAsync(call, 250, "Listing " + path, [FtpFacts.Line(entry, key, path, Chosen, mayWrite: !Session.IsReadOnly)], "End");
    }

    public Task ListAsync(MockFtpCall call)
    {
        Session.TakeOffset();
        if (Options.ListsClosedDirectories && call.Verb != "MLSD") return ListLeniently(call);
        string path = call.Verb == "MLSD" ? call.Value : WithoutFlags(call.Value);
        if (Lines(call.Verb, path) is not { } lines)
        {
            // RFC 3659 §7.2.1: of what is no directory there is no MLSD.
            bool isFile = call.Verb == "MLSD" && Resolve(path) is { } key && Tree.Find(key) is not null;
            return isFile ? RefuseAsync(call, 501, "Not a directory.") : ReplyAsync(call, 550, "No such file or directory.");
        }

        Session.Begin(call, "Here comes the directory.", (data, token) => SendLinesAsync(lines, data, token));
        return Task.CompletedTask;
    }

    // As vsftpd does it: what cannot be opened is looked for in the directory above, by its last name as a pattern, and never refused.
    private Task ListLeniently(MockFtpCall call)
    {
        string path = WithoutFlags(call.Value);
        bool isAll = path.Length < call.Value.Length && call.Value[..^path.Length].Contains('a', StringComparison.Ordinal);
        string? pattern = null;
        string folder = path;
        string? key = Opened(path);
        if (key is null && path.Length > 0)
        {
            pattern = path[(path.LastIndexOf('/') + 1)..];
            folder = path[..^pattern.Length];
            key = Opened(folder);
        }

        IEnumerable<MockFtpEntry> entries = key is null ? [] : Tree.List(key);
        if (pattern is not null) entries = entries.Where(entry => FileSystemName.MatchesSimpleExpression(pattern, entry.Name, ignoreCase: false));
        else if (key is not null && isAll) entries = Dots().Concat(entries);
        IEnumerable<string> lines = key is null ? []
            : call.Verb == "NLST" ? Names(entries, folder)
            : new FtpListings(Options.Listing, Tree.Now, Options.ListTimeZone).Lines(entries, key);
        string done = key is null ? "Transfer done (but failed to open directory)." : "Directory send OK.";
        Session.Begin(call, "Here comes the directory listing.", (data, token) => SendLinesAsync(lines, data, token), done);
        return Task.CompletedTask;
    }

    private string? Opened(string path) => Resolve(path) is { } key && Tree.Follow(key) is { } real && Tree.MayOpen(real) ? real : null;

    /// <summary>LIST -la: options that no RFC knows and every client sends.</summary>
    public static string WithoutFlags(string argument)
    {
        while (argument.StartsWith('-'))
        {
            int space = argument.IndexOf(' ', StringComparison.Ordinal);
            bool isEnd = argument.StartsWith("-- ", StringComparison.Ordinal);
            argument = space < 0 ? "" : argument[(space + 1)..];
            if (isEnd) break;
        }

        return argument;
    }

    /// <summary>The lines that a command shows of a path; null when there is nothing to show.</summary>
    public IEnumerable<string>? Lines(string verb, string path)
    {
        string? pattern = null;
        string folder = path;
        string? key = Resolve(path);
        if (key is not null && Session.Server.ListingLines?.Invoke(verb, "/" + key) is { } own) return own;
        if (key is null || Tree.Find(key) is null)
        {
            string last = path[(path.LastIndexOf('/') + 1)..];
            if (verb == "MLSD" || last.AsSpan().IndexOfAny('*', '?') < 0) return null;
            pattern = last;
            folder = path[..^last.Length];
            key = Resolve(folder);
        }

        if (key is null) return null;
        bool isFolder = Tree.IsDirectory(key);
        if (Tree.Find(key) is not { } found || (!isFolder && verb == "MLSD")) return null;
        if (isFolder && Tree.Follow(key) is { } real) key = real;
        IEnumerable<MockFtpEntry> entries = isFolder ? Tree.List(key) : [found with { Name = path }];
        if (pattern is not null) entries = entries.Where(entry => FileSystemName.MatchesSimpleExpression(pattern, entry.Name, ignoreCase: false));
        return verb switch
        {
            "NLST" => Names(entries, isFolder ? folder : ""),
            "MLSD" => Facts(entries, key),
            _ => new FtpListings(Options.Listing, Tree.Now, Options.ListTimeZone).Lines(
                Options.DotEntries && isFolder && pattern is null ? Dots().Concat(entries) : entries, key),
        };
    }

    private static IEnumerable<string> Names(IEnumerable<MockFtpEntry> entries, string folder)
    {
        string prefix = folder.Length == 0 || folder.EndsWith('/') ? folder : folder + "/";
        return entries.Select(entry => prefix + entry.Name);
    }

    private IEnumerable<string> Facts(IEnumerable<MockFtpEntry> entries, string key)
    {
        IReadOnlyList<string> facts = Chosen;
        bool mayWrite = !Session.IsReadOnly;
        IEnumerable<string> lines = entries.Select(entry => FtpFacts.Line(entry, FtpTree.Below(key, entry.Name), entry.Name, facts, mayWrite));
        if (!Options.DotEntries) return lines;
        string parent = FolderIndex.Parent(key);
        string[] dots =
        [
            FtpFacts.Line(Tree.Find(key)!, key, ".", facts, mayWrite, "cdir"),
            FtpFacts.Line(Tree.Find(parent)!, parent, "..", facts, mayWrite, "pdir"),
        ];
        return dots.Concat(lines);
    }

    private static MockFtpEntry[] Dots() =>
        [new(".") { Kind = MockFtpEntryKind.Directory }, new("..") { Kind = MockFtpEntryKind.Directory }];

    private async Task SendLinesAsync(IEnumerable<string> lines, Stream data, CancellationToken cancellationToken)
    {
        var buffer = new ArrayBufferWriter<byte>(FtpFileCopy.Piece);
        foreach (string line in lines)
        {
            buffer.Write(FtpText.Encode(line, Session.IsUtf8));
            buffer.Write("\r\n"u8);
            if (buffer.WrittenCount < FtpFileCopy.Piece / 2) continue;
            await data.WriteAsync(buffer.WrittenMemory, cancellationToken).ConfigureAwait(false);
            buffer.ResetWrittenCount();
        }

        if (buffer.WrittenCount > 0) await data.WriteAsync(buffer.WrittenMemory, cancellationToken).ConfigureAwait(false);
    }
}
