using System.CommandLine;
using ProtocolClients.Transport;

namespace ProtocolClients.Tool;

/// <summary>What every command with several URLs does: one after the other, and one exit code for all.</summary>
internal static class UrlLoop
{
    /// <summary>Runs one URL after the other.</summary>
    /// <returns>The failure's own code for a single URL; <see cref="ExitCode.SomeFailed"/> when one of several failed.</returns>
    public static async Task<int> RunAsync(string[] urls, Func<string, Task<int>> run)
    {
        // The parser takes an option that it does not know for one more URL.
        if (Array.Find(urls, url => url.StartsWith('-')) is { } option) throw new UsageException($"'{option}' is no option of this command, and no URL.");
        int last = ExitCode.Done;
        foreach (string url in urls)
        {
            int code = await run(url);
            if (code != ExitCode.Done) last = code;
        }

        return last == ExitCode.Done || urls.Length == 1 ? last : ExitCode.SomeFailed;
    }

    /// <summary>The same with one opener for all of them.</summary>
    public static async Task<int> RunAsync(
        string[] urls, ClientArguments client, ParseResult parsed, Terminal terminal, Func<UrlOpener, string, Task<int>> run, CancellationToken cancellationToken)
    {
        var opener = new UrlOpener(await client.CreateAsync(parsed, terminal, cancellationToken));
        await using (opener) return await client.RunAsync(() => RunAsync(urls, url => run(opener, url)));
    }

    /// <summary>Does one thing and tells what became of it: by a line of JSON, else a failure by a message.</summary>
    /// <param name="terminal">Where it is told.</param>
    /// <param name="shown">What it was done with, fit to be shown.</param>
    /// <param name="json">Whether it is told by a line of JSON.</param>
    /// <param name="run">Does it, and tells of success when nobody else does.</param>
    /// <param name="failed">The result of a failure: its code and its sentence.</param>
    public static async Task<int> TellAsync<T>(Terminal terminal, string shown, bool json, Func<Task<T>> run, Func<int, string, Exception, T> failed)
        where T : IUrlResult
    {
        T result;
        try
        {
            result = await run();
        }
        catch (Exception failure) when (ExitCode.Of(failure) != ExitCode.Internal)
        {
            if (!json) terminal.Fail(shown, failure);
            result = failed(ExitCode.Of(failure), ExitCode.Sentence(failure), failure);
        }

        if (json) await terminal.Output.WriteLineAsync(result.ToJson());
        return result.ExitCode;
    }

    /// <summary>
    /// A URL as it may be shown: without its userinfo. It may be malformed, so whatever stands before the last @ ahead of
    /// the path is taken for a secret, a # in a password included; of what is no URL, whatever stands before the last @.
    /// </summary>
    public static string Shown(string url)
    {
        int start = url.IndexOf("://", StringComparison.Ordinal);
        if (start < 0 || !url.Contains('@', StringComparison.Ordinal)) return url;
        start += 3;
        int length = url.AsSpan(start).IndexOfAny('/', '?');
        int end = length < 0 || !UrlText.TryParse(url, out _, out _) ? url.Length : start + length;
        int at = url.AsSpan(start, end - start).LastIndexOf('@');
        return at < 0 ? url : string.Concat(url.AsSpan(0, start), url.AsSpan(start + at + 1));
    }
}
