using System.CommandLine;
using System.Diagnostics;
using ProtocolClients.Transport;

namespace ProtocolClients.Tool;

/// <summary><c>pcl get URL…</c>: downloads, each atomically, to files or to standard output.</summary>
internal sealed class GetCommand
{
    private readonly Terminal _terminal;
    private readonly Command _command = new("get", "Download URLs to files (named after the URL) or to standard output.");
    private readonly Argument<string[]> _urls = ClientArguments.Urls("What to download.");
    private readonly Option<string?> _output = new("--output", "-o") { Description = "The file to write; '-' for standard output. With one URL only, except '-'." };
    private readonly Option<string?> _folder = new("--directory", "-d") { Description = "The folder to write into; made when it is missing." };
    private readonly Option<string?> _checksum = new("--checksum") { Description = "Refuse a file whose checksum differs: sha256:HEX, sha512:HEX, sha1:HEX or md5:HEX." };
    private readonly Option<bool> _overwrite = new("--overwrite") { Description = "Replace files that exist." };
    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON line a URL instead of messages." };
    private readonly Option<bool> _quiet = new("--quiet", "-q") { Description = "Print failures only." };
    private readonly ClientArguments _client;

    private GetCommand(Terminal terminal)
    {
        _terminal = terminal;
        _command.Arguments.Add(_urls);
        foreach (Option option in (Option[])[_output, _folder, _checksum, _overwrite, _json, _quiet]) _command.Options.Add(option);
        _client = new ClientArguments(_command);
        _command.Validators.Add(result =>
        {
            int urls = result.GetValue(_urls)?.Length ?? 0;
            string? output = result.GetValue(_output);
            if (urls > 1 && output is not null and not "-") result.AddError("-o names one file, but there are several URLs; use -d.");
            if (urls > 1 && result.GetValue(_checksum) is not null) result.AddError("--checksum is of one file, but there are several URLs.");
            if (output == "-" && result.GetValue(_folder) is not null) result.AddError("-o - and -d exclude each other.");
            if (output == "-" && result.GetValue(_json)) result.AddError("-o - and --json both want standard output.");
        });
        _command.SetAction(RunAsync);
    }

    public static Command Create(Terminal terminal) => new GetCommand(terminal)._command;

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var opener = new UrlOpener(await _client.CreateAsync(parsed, _terminal, cancellationToken));
        await using (opener)
        {
            return await UrlLoop.RunAsync(parsed.GetValue(_urls)!, async url =>
            {
                GetResult result = await GetAsync(opener, url, parsed, cancellationToken);
                if (parsed.GetValue(_json)) await _terminal.Output.WriteLineAsync(result.ToJson());
                return result.ExitCode;
            });
        }
    }

    private async Task<GetResult> GetAsync(UrlOpener opener, string url, ParseResult parsed, CancellationToken cancellationToken)
    {
        string shown = UrlLoop.Shown(url);
        long start = Stopwatch.GetTimestamp();
        try
        {
            GetResult result = parsed.GetValue(_output) == "-"
                ? await ToOutputAsync(opener, url, shown, parsed, cancellationToken)
                : await ToFileAsync(opener, url, shown, parsed, cancellationToken);
            return result with { Seconds = Stopwatch.GetElapsedTime(start).TotalSeconds };
        }
        catch (Exception failure) when (ExitCode.Of(failure) != ExitCode.Internal)
        {
            if (!parsed.GetValue(_json)) _terminal.Fail(shown, failure);
            return new GetResult { Url = shown, ExitCode = ExitCode.Of(failure), Error = ExitCode.Sentence(failure), Seconds = Stopwatch.GetElapsedTime(start).TotalSeconds };
        }
    }

    private async Task<GetResult> ToOutputAsync(UrlOpener opener, string url, string shown, ParseResult parsed, CancellationToken cancellationToken)
    {
        await using UrlContent content = await opener.OpenAsync(url, cancellationToken);
        Stream output = _terminal.OpenOutput();
        await using (output)
        {
            long bytes = await ChecksumGate.CopyAsync(content.Stream, output, parsed.GetValue(_checksum), cancellationToken);
            return new GetResult { Url = shown, ExitCode = ExitCode.Done, Bytes = bytes, FinalUrl = UrlLoop.Shown(content.FinalUrl.AbsoluteUri) };
        }
    }

    private async Task<GetResult> ToFileAsync(UrlOpener opener, string url, string shown, ParseResult parsed, CancellationToken cancellationToken)
    {
        string path = parsed.GetValue(_output) ?? NameOf(url);
        if (parsed.GetValue(_folder) is { } folder) path = Path.Combine(Directory.CreateDirectory(folder).FullName, path);
        bool quiet = parsed.GetValue(_quiet) || parsed.GetValue(_json);
        using ProgressBoard.Line? line = _terminal.IsInteractive && !quiet ? _terminal.Board.Add(Path.GetFileName(path)) : null;
        RetrievedFile file = await opener.RetrieveAsync(url, path, new RetrieveOptions
        {
            Checksum = parsed.GetValue(_checksum),
            Overwrite = parsed.GetValue(_overwrite),
            Progress = line,
        }, cancellationToken);
        if (!quiet) _terminal.Tell($"{shown} -> {path}: {file.Length} bytes");
        return new GetResult
        {
            Url = shown,
            ExitCode = ExitCode.Done,
            Path = file.Path,
            Bytes = file.Length,
            FinalUrl = UrlLoop.Shown(file.FinalUrl.AbsoluteUri),
            Checksum = parsed.GetValue(_checksum),
        };
    }

    /// <summary>The URL's last segment, as one safe segment; a URL that ends in a slash gives index.html, as with wget.</summary>
    private static string NameOf(string url)
    {
        string path = Uri.TryCreate(url, UriKind.Absolute, out Uri? parsed) ? parsed.AbsolutePath : string.Empty;
        string segment = Uri.UnescapeDataString(path[(path.LastIndexOf('/') + 1)..]);
        if (segment.Length == 0) return "index.html";
        return SafeFileName.IsSafe(segment)
            ? segment
            : throw new UsageException("The URL names no usable file; give one with -o.");
    }
}
