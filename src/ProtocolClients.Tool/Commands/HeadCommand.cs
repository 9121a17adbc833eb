using System.CommandLine;
using System.Globalization;

namespace ProtocolClients.Tool;

/// <summary><c>pcl head URL…</c>: status and headers, without the body.</summary>
internal sealed class HeadCommand
{
    private readonly Terminal _terminal;
    private readonly Command _command = new("head", "Show what a server says of URLs, without their content.");
    private readonly Argument<string[]> _urls = ClientArguments.Urls("What to ask for.");
    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON line a URL." };
    private readonly ClientArguments _client;

    private HeadCommand(Terminal terminal)
    {
        _terminal = terminal;
        _command.Arguments.Add(_urls);
        _command.Options.Add(_json);
        _client = new ClientArguments(_command);
        _command.SetAction(RunAsync);
    }

    public static Command Create(Terminal terminal) => new HeadCommand(terminal)._command;

    private Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken) => UrlLoop.RunAsync(
        parsed.GetValue(_urls)!,
        _client,
        parsed,
        _terminal,
        (opener, url) =>
        {
            string shown = UrlLoop.Shown(url);
            bool json = parsed.GetValue(_json);
            return UrlLoop.TellAsync(
                _terminal,
                shown,
                json,
                async () =>
                {
                    UrlInfo info = await opener.StatAsync(url, cancellationToken);
                    if (!json) await PrintAsync(info);
                    return Result(shown, info);
                },
                (code, error, _) => new HeadResult { Url = shown, ExitCode = code, Error = error });
        },
        cancellationToken);

    private static HeadResult Result(string url, UrlInfo info)
    {
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach ((string name, string value) in info.Headers)
            headers[name] = headers.TryGetValue(name, out string? former) ? former + ", " + value : value;
        return new HeadResult
        {
            Url = url,
            ExitCode = ExitCode.Done,
            FinalUrl = info.FinalUrl.AbsoluteUri,
            Length = info.Length,
            MediaType = info.MediaType,
            LastModified = info.LastModified,
            Headers = headers,
        };
    }

    private async Task PrintAsync(UrlInfo info)
    {
        await _terminal.Output.WriteLineAsync(TerminalText.Escape(info.FinalUrl.AbsoluteUri));
        foreach ((string name, string value) in info.Headers)
            await _terminal.Output.WriteLineAsync(TerminalText.Escape($"{name}: {value}"));
        if (info.Headers.Count > 0) return;
        if (info.Length is { } length) await _terminal.Output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"length: {length}"));
        if (info.MediaType is { } type) await _terminal.Output.WriteLineAsync(TerminalText.Escape($"type: {type}"));
        if (info.LastModified is { } time) await _terminal.Output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"modified: {time:R}"));
    }
}
