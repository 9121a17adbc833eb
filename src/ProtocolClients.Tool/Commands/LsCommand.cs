using System.CommandLine;
using System.Globalization;

namespace ProtocolClients.Tool;

/// <summary><c>pcl ls URL…</c>: what is directly below a folder.</summary>
internal sealed class LsCommand
{
    private readonly Terminal _terminal;
    private readonly Command _command = new("ls", "List what is directly below URLs: folders of ftp and file:, and the index pages that web servers make of theirs.");
    private readonly Argument<string[]> _urls = ClientArguments.Urls("What to list.");
    private readonly Option<bool> _long = new("--long", "-l") { Description = "Show size and time before the name, where they are exactly known." };
    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON line an entry." };
    private readonly ClientArguments _client;

    private LsCommand(Terminal terminal)
    {
        _terminal = terminal;
        _command.Arguments.Add(_urls);
        _command.Options.Add(_long);
        _command.Options.Add(_json);
        _client = new ClientArguments(_command);
        _command.SetAction(RunAsync);
    }

    public static Command Create(Terminal terminal) => new LsCommand(terminal)._command;

    private Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken) => UrlLoop.RunAsync(
        parsed.GetValue(_urls)!,
        _client,
        parsed,
        _terminal,
        async (opener, url) =>
        {
            try
            {
                await foreach (UrlEntry entry in opener.ListAsync(url, cancellationToken))
                    await _terminal.Output.WriteLineAsync(parsed.GetValue(_json) ? Json(entry) : Text(entry, parsed.GetValue(_long)));
                return ExitCode.Done;
            }
            catch (Exception failure) when (ExitCode.Of(failure) != ExitCode.Internal)
            {
                _terminal.Fail(UrlLoop.Shown(url), failure);
                // The URL was right; what answers is no folder.
                bool nothing = failure is NotSupportedException && (url.StartsWith("http", StringComparison.OrdinalIgnoreCase) || WildcardUrls.IsFtp(url));
                return nothing ? ExitCode.Refused : ExitCode.Of(failure);
            }
        },
        cancellationToken);

    private static string Text(UrlEntry entry, bool isLong)
    {
        string name = TerminalText.Escape(entry.Name) + (entry.IsFolder ? "/" : string.Empty);
        if (!isLong) return name;
        string time = entry.LastModified?.ToUniversalTime().ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture) ?? "-";
        return string.Create(CultureInfo.InvariantCulture, $"{(entry.Length is { } length ? length.ToString(CultureInfo.InvariantCulture) : "-"),14} {time,16} {name}");
    }

    private static string Json(UrlEntry entry) => new EntryResult
    {
        Name = entry.Name,
        Url = UrlLoop.Shown(entry.Url.AbsoluteUri),
        Folder = entry.IsFolder,
        Length = entry.Length,
        LastModified = entry.LastModified,
    }.ToJson();
}
