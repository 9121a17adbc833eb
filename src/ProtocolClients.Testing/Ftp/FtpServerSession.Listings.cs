using System.Buffers;
using System.IO.Enumeration;

namespace ProtocolClients.Testing;

internal sealed partial class FtpServerSession
{
    private IReadOnlyList<string> _facts = FtpFacts.Default;

    public Task ChooseFactsAsync(MockFtpCall call, string asked)
    {
        _facts = FtpFacts.Choose(asked);
        return ReplyAsync(call, 200, "MLST OPTS " + string.Concat(_facts.Select(static fact => fact + ";")));
    }

    public Task FactsAsync(MockFtpCall call)
    {
        if (Resolve(call.Value) is not { } key || Tree.Find(key) is not { } entry) return ReplyAsync(call, 550, "No such file or directory.");
        string path = "/" + key;
        return ReplyAsync(call, 250, "Listing " + path, [FtpFacts.Line(entry, key, path, _facts, mayWrite: true)], "End");
    }

    public Task ListAsync(MockFtpCall call)
    {
        TakeOffset();
        string path = call.Verb == "MLSD" ? call.Value : WithoutFlags(call.Value);
        if (Lines(call.Verb, path) is not { } lines) return ReplyAsync(call, call.Verb == "MLSD" ? 501 : 550, "No such directory.");
        Begin(call, "Here comes the directory.", (data, token) => SendLinesAsync(lines, data, token));
        return Task.CompletedTask;
    }

    // LIST -la: an option that no RFC knows and every client sends.
    private static string WithoutFlags(string argument)
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

    private IEnumerable<string>? Lines(string verb, string path)
    {
        string? pattern = null;
        string folder = path;
        string? key = Resolve(path);
        if (key is null || Tree.Find(key) is null)
        {
            string last = path[(path.LastIndexOf('/') + 1)..];
            if (verb == "MLSD" || last.AsSpan().IndexOfAny('*', '?') < 0) return null;
            pattern = last;
            folder = path[..^last.Length];
            key = Resolve(folder);
        }

        if (key is null || Tree.Find(key) is not { } found) return null;
        if (!found.IsDirectory && verb == "MLSD") return null;
        bool isFile = !found.IsDirectory;
        IEnumerable<MockFtpEntry> entries = isFile ? [found with { Name = path }] : Tree.List(key);
        if (pattern is not null) entries = entries.Where(entry => FileSystemName.MatchesSimpleExpression(pattern, entry.Name, ignoreCase: false));
        string prefix = isFile || folder.Length == 0 || folder.EndsWith('/') ? folder : folder + "/";
        if (isFile) prefix = "";
        IReadOnlyList<string> facts = _facts;
        DateTimeOffset now = Tree.Now;
        return verb switch
        {
            "NLST" => entries.Select(entry => prefix + entry.Name),
            "MLSD" => entries.Select(entry => FtpFacts.Line(entry, FtpTree.Below(key, entry.Name), entry.Name, facts, mayWrite: true)),
            _ => entries.Select(entry => FtpListings.Line(entry, now, TimeZoneInfo.Utc)),
        };
    }

    private async Task SendLinesAsync(IEnumerable<string> lines, Stream data, CancellationToken cancellationToken)
    {
        var buffer = new ArrayBufferWriter<byte>(Piece);
        foreach (string line in lines)
        {
            buffer.Write(FtpText.Encode(line, IsUtf8));
            buffer.Write("\r\n"u8);
            if (buffer.WrittenCount < Piece / 2) continue;
            await SendAsync(data, buffer.WrittenMemory, cancellationToken).ConfigureAwait(false);
            buffer.ResetWrittenCount();
        }

        await SendAsync(data, buffer.WrittenMemory, cancellationToken).ConfigureAwait(false);
    }
}
