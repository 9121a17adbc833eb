using System.CommandLine;

namespace ProtocolClients.Tool;

/// <summary><c>pcl sync SRC DST</c>: makes a directory like another one, one of the two on an ftp server.</summary>
internal sealed class SyncCommand
{
    private readonly Terminal _terminal;
    private readonly Command _command = new("sync", "Make a directory like another one; either of them is an ftp URL.");
    private readonly Argument<string> _source = new("SRC") { Description = "The directory that stays as it is." };
    private readonly Argument<string> _target = new("DST") { Description = "The directory that becomes like it." };
    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Print the plan, and change nothing." };
    private readonly Option<bool> _delete = new("--delete") { Description = "Delete what SRC has not." };
    private readonly Option<int> _maxDelete = new("--max-delete")
    {
        Description = "Do nothing when more than this would be deleted.",
        DefaultValueFactory = _ => 100,
        CustomParser = Numbers.Whole(int.MaxValue, "--max-delete takes a number from 0."),
    };
    private readonly Option<string[]> _include = new("--include") { Description = "Move only files that fit this pattern; may be repeated." };
    private readonly Option<string[]> _exclude = new("--exclude") { Description = "Leave alone what fits this pattern (*.tmp, /drafts/); may be repeated." };
    private readonly Option<long?> _rate = new("--limit-rate") { Description = "Bytes a second: 500k, 2M.", CustomParser = Numbers.Size("--limit-rate takes bytes a second such as 500k or 2M.") };
    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON line a step." };
    private readonly Option<bool> _quiet = new("--quiet", "-q") { Description = "Print failures only." };
    private readonly ClientArguments _client;

    private SyncCommand(Terminal terminal)
    {
        _terminal = terminal;
        _command.Arguments.Add(_source);
        _command.Arguments.Add(_target);
        foreach (Option option in (Option[])[_dryRun, _delete, _maxDelete, _include, _exclude, _rate, _json, _quiet]) _command.Options.Add(option);
        _client = new ClientArguments(_command);
        _command.SetAction(RunAsync);
    }

    public static Command Create(Terminal terminal) => new SyncCommand(terminal)._command;

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        string source = parsed.GetValue(_source)!, target = parsed.GetValue(_target)!;
        bool up = WildcardUrls.IsFtp(target);
        if (up == WildcardUrls.IsFtp(source)) throw new UsageException("sync takes one ftp URL and one directory here, SRC first; these are " + (up ? "two URLs." : "two directories."));
        var url = FtpUrl.Parse(up ? target : source);
        UrlOpenerOptions options = await _client.CreateAsync(parsed, _terminal, cancellationToken);
        var wanted = new FtpSyncOptions
        {
            Direction = up ? FtpSyncDirection.Up : FtpSyncDirection.Down,
            DeleteExtra = parsed.GetValue(_delete),
            MaxDelete = parsed.GetValue(_maxDelete),
            Include = [.. parsed.GetValue(_include) ?? []],
            Exclude = [.. parsed.GetValue(_exclude) ?? []],
        };
        FtpClient ftp = FtpClients.For(url, options);
        await using (ftp)
        {
            FtpSyncPlan plan = await ftp.PlanSyncAsync(up ? source : target, url.Path, wanted, cancellationToken);
            bool dryRun = parsed.GetValue(_dryRun), json = parsed.GetValue(_json);
            bool quiet = parsed.GetValue(_quiet) || json;
            foreach (FtpSyncStep step in plan.Steps)
            {
                if (json && dryRun) await _terminal.Output.WriteLineAsync(LineOf(step).ToJson());
                else if (dryRun) await _terminal.Output.WriteLineAsync(TerminalText.Escape(step.ToString()));
                else if (step.Problem is not null && !json) _terminal.Tell($"pcl: {step}");
            }

            if (dryRun)
            {
                // The plan's last line.
                string total = plan.ToString();
                if (!quiet) _terminal.Tell(total[(total.LastIndexOf('\n') + 1)..]);
                return ExitCode.Done;
            }

            if (plan.Deletions > wanted.MaxDelete)
                throw new UsageException($"{plan.Deletions} things would be deleted, and --max-delete is {wanted.MaxDelete}: nothing was done.");
            var items = new Reporter(item =>
            {
                item = item.Path.Length == 0 ? item with { Path = "." } : item;
                if (json) lock (_terminal.Output) _terminal.Output.WriteLine(LineOf(item).ToJson());
                else if (item.Failure is not null) _terminal.Fail(item.Path, item.Failure);
                else if (!quiet && item.Outcome != FtpTreeOutcome.Skipped) _terminal.Tell(item.ToString());
            });
            FtpTreeResult result = await ftp.ApplyAsync(
                plan,
                FtpBatchOptions.Default with
                {
                    Items = items,
                    Transfer = FtpBatchOptions.Default.Transfer with { RateLimit = parsed.GetValue(_rate) is { } rate ? new RateLimit(rate) : null },
                },
                cancellationToken);
            if (!quiet) _terminal.Tell(result.ToString());
            return result.IsSuccess ? ExitCode.Done : result.Failures is [{ Failure: { } only }] ? ExitCode.Of(only) : ExitCode.SomeFailed;
        }
    }

    private static SyncResult LineOf(FtpSyncStep step) => new()
    {
        Action = Word(step.Action.ToString()),
        Path = step.Path.Length == 0 ? "." : step.Path,
        Reason = Word(step.Reason.ToString()),
        Bytes = step.Bytes > 0 ? step.Bytes : null,
        Error = step.Problem?.Message,
    };

    private static SyncResult LineOf(FtpTreeItem item) => new()
    {
        Action = Word(item.Outcome.ToString()),
        Path = item.Path,
        Reason = item.Reason,
        Bytes = item.Bytes > 0 ? item.Bytes : null,
        Error = item.Failure?.Message,
    };

    // CreateDirectory is create-directory.
    private static string Word(string name) =>
        string.Concat(name.Select((letter, i) => (i > 0 && char.IsAsciiLetterUpper(letter) ? "-" : string.Empty) + char.ToLowerInvariant(letter)));

    private sealed class Reporter(Action<FtpTreeItem> tell) : IProgress<FtpTreeItem>
    {
        public void Report(FtpTreeItem value) => tell(value);
    }
}
