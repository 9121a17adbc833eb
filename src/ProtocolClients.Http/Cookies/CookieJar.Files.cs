namespace ProtocolClients;

public sealed partial class CookieJar
{
    private const long MaxFile = 256 * 1024 * 1024;

    /// <summary>Reads a jar from a file, cookies.txt or JSON by what stands in it.</summary>
    /// <remarks>
    /// Cookies that have ended, that are for a public suffix, or that a server could not have set are left out. Beyond the policy's
    /// limits the first of the file leave.
    /// </remarks>
    /// <param name="path">The file; at most 256 MiB.</param>
    /// <param name="policy">What the jar takes and keeps; null for the defaults.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="IOException">The file is not there, or cannot be read.</exception>
    /// <exception cref="FormatException">The file is no jar; the message has the line's number, not its text.</exception>
    public static async Task<CookieJar> LoadAsync(string path, CookiePolicy? policy = null, CancellationToken cancellationToken = default)
    {
        byte[] file = await PrivateFile.ReadAsync(path, MaxFile, cancellationToken).ConfigureAwait(false);
        var jar = new CookieJar(policy);
        DateTimeOffset now = jar.Policy.TimeProvider.GetUtcNow();
        foreach (HttpCookie cookie in CookieJson.IsJson(file) ? CookieJson.Read(file) : CookiesTxt.Read(file))
        {
            if (cookie.Expires is null || cookie.Expires > now) jar.TryAdd(cookie, out _);
        }

        return jar;
    }

    /// <summary>
    /// Writes the jar to a file, whole or not at all, readable by its owner only. What stood there is replaced; a reader sees the old
    /// file or the new one.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="format">How it is written.</param>
    /// <param name="sessionCookies">Whether cookies without an end are written too: they were meant to end with the session.</param>
    /// <param name="cancellationToken">Ends the writing; the file is then as it was.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public Task SaveAsync(string path, CookieFormat format = CookieFormat.ByName, bool sessionCookies = false, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        bool json = format == CookieFormat.Json || (format == CookieFormat.ByName && path.EndsWith(".json", StringComparison.OrdinalIgnoreCase));
        HttpCookie[] cookies = [.. Live().Select(static stored => stored.Cookie).Where(cookie => sessionCookies || cookie.Expires is not null)];
        return PrivateFile.WriteAsync(path, json ? CookieJson.Write(cookies) : CookiesTxt.Write(cookies), cancellationToken);
    }
}
