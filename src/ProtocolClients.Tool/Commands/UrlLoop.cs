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
