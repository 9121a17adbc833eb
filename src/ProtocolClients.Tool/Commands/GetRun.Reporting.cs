using System.Diagnostics;

namespace ProtocolClients.Tool;

/// <content>What became of each download, for people and for programs.</content>
internal sealed partial class GetRun
{
    /// <summary>Runs one download and tells what became of it; a result of null is told by others.</summary>
    /// <param name="shown">The URL, fit to be shown.</param>
    /// <param name="url">The URL of whose failure a better word is sought than the server's; null for none.</param>
    /// <param name="run">The download.</param>
    /// <param name="cancellationToken">Ends the search for the word.</param>
    private async Task<bool> ReportAsync(string shown, string? url, Func<Task<GetResult?>> run, CancellationToken cancellationToken)
    {
        long start = Stopwatch.GetTimestamp();
        GetResult? result;
        try
        {
            result = await run();
            if (result is null) return true;
        }
        catch (QuotaReachedException reached)
        {
            if (!_settings.Quiet) _terminal.Tell($"{shown}: not begun");
            result = new GetResult { Url = shown, ExitCode = ExitCode.QuotaReached, Outcome = "not-begun", Error = reached.Message };
        }
        catch (Exception failure) when (ExitCode.Of(failure) != ExitCode.Internal)
        {
            Exception better = url is null ? failure : await ExplainedAsync(url, failure, cancellationToken);
            if (!_settings.Json) _terminal.Fail(shown, better);
            result = new GetResult { Url = shown, ExitCode = ExitCode.Of(better), Error = ExitCode.Sentence(better) };
        }

        Count(_settings.Json ? result with { Seconds = Stopwatch.GetElapsedTime(start).TotalSeconds } : result);
        return result.ExitCode == ExitCode.Done;
    }

    private async Task<Exception> ExplainedAsync(string url, Exception failure, CancellationToken cancellationToken)
    {
        if (failure is not (ArgumentException or FtpReplyException)) return failure;
        try
        {
            return await FtpKinds.ExplainAsync(url, failure, _options, cancellationToken);
        }
        catch (Exception other) when (ExitCode.Of(other) != ExitCode.Internal)
        {
            return other;
        }
    }

    private void Count(GetResult result)
    {
        lock (_gate)
        {
            _files++;
            bool notBegun = result.ExitCode == ExitCode.QuotaReached;
            if (notBegun) _notBegun++;
            else if (result.ExitCode != ExitCode.Done) _failed++;
            if (!notBegun && (result.ExitCode != ExitCode.Done || _failed == 0)) _lastCode = result.ExitCode;
            if (_settings.Json) _terminal.Output.WriteLine(result.ToJson());
        }
    }

    private GetResult Told(string shown, TransferResult result)
    {
        if (!_settings.Quiet) _terminal.Tell($"{shown} -> {Shown(result.Path)}: {Said(result)}");
        if (!_settings.Json)
        {
            foreach (string warning in result.Warnings) _terminal.Tell($"pcl: warning: {Shown(result.Path)}: {warning}");
            // All else that a result says nobody reads.
            return new GetResult { Url = shown, ExitCode = ExitCode.Done };
        }

        return ResultOf(shown, result.Outcome, result.Path, result.Bytes, result.FinalUrl, result.Checksums) with
        {
            ResumedFrom = result.ResumedFrom > 0 ? result.ResumedFrom : null,
            Attempts = result.Attempts,
            Segments = result.Segments,
            Warnings = result.Warnings.Count > 0 ? result.Warnings : null,
        };
    }

    private async Task<GetResult> FinishedAsync(string shown, DownloadPlan plan, DownloadRequest request)
    {
        string said = $"{shown} -> {Shown(plan.Path)}: is finished already, {plan.Length} bytes";
        if (_settings.DryRun && !_settings.Json) await _terminal.Output.WriteLineAsync(TerminalText.Escape(said));
        else if (!_settings.Quiet) _terminal.Tell(said);
        return ResultOf(shown, TransferOutcome.Skipped, plan.Path, plan.Length, plan.FinalUrl, request.Checksums);
    }

    private static GetResult ResultOf(string shown, TransferOutcome outcome, string path, long? bytes, Uri? finalUrl, IReadOnlyCollection<Checksum> checksums) => new()
    {
        Url = shown,
        ExitCode = ExitCode.Done,
        Outcome = Word(outcome),
        Path = path,
        Bytes = bytes,
        FinalUrl = finalUrl is null ? null : UrlLoop.Shown(finalUrl.AbsoluteUri),
        Checksum = checksums.Count > 0 ? string.Join(' ', checksums) : null,
    };

    private static string Word(TransferOutcome outcome) => outcome switch
    {
        TransferOutcome.Skipped => "skipped",
        TransferOutcome.NotModified => "not-modified",
        _ => "downloaded",
    };

    private static string Said(TransferResult result) => result.Outcome switch
    {
        TransferOutcome.Skipped => "is there already",
        TransferOutcome.NotModified => "has not changed",
        _ => result.ResumedFrom > 0 ? $"{result.Bytes} bytes, {result.ResumedFrom} of them from an earlier run" : $"{result.Bytes} bytes",
    };

    /// <summary>As short as a person would write it: below the current folder without that.</summary>
    private static string Shown(string path)
    {
        string below = Environment.CurrentDirectory + Path.DirectorySeparatorChar;
        return path.StartsWith(below, StringComparison.Ordinal) ? path[below.Length..] : path;
    }
}
