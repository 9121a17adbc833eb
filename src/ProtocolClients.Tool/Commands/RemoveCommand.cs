using System.CommandLine;
using ProtocolClients.Transport;

namespace ProtocolClients.Tool;

/// <summary><c>pcl rm URL…</c>: deletes files, and with -r directories of ftp with all that is in them.</summary>
internal sealed class RemoveCommand
{
    private const string Directory = "It is a directory: -r deletes it with all that is in it.";

    private readonly Terminal _terminal;
    private readonly Command _command = new("rm", "Delete files (ftp, ftps; http and https by DELETE).");
    private readonly Argument<string[]> _urls = ClientArguments.Urls("What to delete.");
    private readonly Option<bool> _recursive = new("--recursive", "-r") { Description = "Delete directories with all that is in them (ftp)." };
    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON line a URL." };
    private readonly Option<bool> _quiet = new("--quiet", "-q") { Description = "Print failures only." };
    private readonly ClientArguments _client;

    private RemoveCommand(Terminal terminal)
    {
        _terminal = terminal;
        _command.Arguments.Add(_urls);
        foreach (Option option in (Option[])[_recursive, _json, _quiet]) _command.Options.Add(option);
        _client = new ClientArguments(_command);
        _command.SetAction(RunAsync);
    }

    public static Command Create(Terminal terminal) => new RemoveCommand(terminal)._command;

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        foreach (string url in parsed.GetValue(_urls)!)
        {
            // Nothing is deleted by a command line that was mistyped.
            if (url.StartsWith('-')) continue;
            if (!UrlText.TryParse(url, out _, out string? error)) throw new UsageException($"'{UrlLoop.Shown(url)}' is not a URL: {error}. Nothing was deleted.");
        }

        UrlOpenerOptions options = await _client.CreateAsync(parsed, _terminal, cancellationToken);
        return await _client.RunAsync(() => UrlLoop.RunAsync(parsed.GetValue(_urls)!, url =>
        {
            string shown = UrlLoop.Shown(url);
            bool json = parsed.GetValue(_json);
            return UrlLoop.TellAsync(
                _terminal,
                shown,
                json,
                async () =>
                {
                    long deleted = WildcardUrls.IsFtp(url) ? await FromFtpAsync(url, parsed.GetValue(_recursive), options, cancellationToken) : await ByHttpAsync(url, options, cancellationToken);
                    if (!json && !parsed.GetValue(_quiet)) _terminal.Tell($"{shown}: deleted");
                    return new RemoveResult { Url = shown, ExitCode = ExitCode.Done, Deleted = deleted };
                },
                (code, error, _) => new RemoveResult { Url = shown, ExitCode = code, Error = error });
        }));
    }

    private static async Task<long> FromFtpAsync(string text, bool recursive, UrlOpenerOptions options, CancellationToken cancellationToken)
    {
        var url = FtpUrl.Parse(text);
        if (WildcardUrls.HasStar(text)) throw new UsageException("A star stands for files with get alone: rm takes each by its name, in which %2A is a star.");
        if (url.IsDirectory && !recursive) throw new UsageException(Directory);
        FtpClient ftp = FtpClients.For(url, options);
        await using (ftp)
        {
            if (url.IsDirectory || !await IsFileDeletedAsync(ftp, url.Path, recursive, cancellationToken))
            {
                FtpTreeResult tree = await ftp.DeleteTreeAsync(url.Path, cancellationToken: cancellationToken);
                return tree.IsSuccess ? tree.Deleted : throw FtpClients.FirstOf(tree);
            }

            return 1;
        }
    }

    /// <summary>Deletes a file, or a link to whatever; false for a directory, which is refused as a file.</summary>
    private static async Task<bool> IsFileDeletedAsync(FtpClient ftp, FtpPath path, bool recursive, CancellationToken cancellationToken)
    {
        try
        {
            await ftp.DeleteAsync(path, cancellationToken);
            return true;
        }
        catch (FtpReplyException refusal) when (!refusal.IsTransient)
        {
            if (!await FtpKinds.IsDirectoryAsync(ftp, path, cancellationToken)) throw;
            return recursive ? false : throw new UsageException(Directory);
        }
    }

    private static async Task<long> ByHttpAsync(string url, UrlOpenerOptions options, CancellationToken cancellationToken)
    {
        var session = new HttpSession(options.Http);
        await using (session)
        {
            using HttpReply reply = await session.DeleteAsync(url, cancellationToken: cancellationToken);
            reply.EnsureSuccess();
            return 1;
        }
    }
}
