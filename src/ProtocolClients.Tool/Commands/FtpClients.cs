namespace ProtocolClients.Tool;

/// <summary>The clients of the commands that do more with ftp than a URL says.</summary>
internal static class FtpClients
{
    /// <summary>The options, with data connections that the server opens.</summary>
    public static UrlOpenerOptions Active(UrlOpenerOptions options) => options with { Ftp = Options(options) with { DataMode = FtpDataMode.Active } };

    /// <summary>A client for the server of a URL, who we are included: its userinfo, the options, the netrc.</summary>
    public static FtpClient For(FtpUrl url, UrlOpenerOptions options)
    {
        FtpClientOptions common = Options(options);
        Credentials? credentials = url.Credentials;
        if (credentials is null) credentials = common.Credentials ?? options.Netrc?.Find(url.Host)?.Credentials;
        else if (credentials.Secret!.Reveal().Length == 0) credentials = options.Netrc?.Find(url.Host, credentials.User)?.Credentials ?? credentials;
        return new FtpClient(url.Uri, common with { Credentials = credentials });
    }

    /// <summary>What to tell of many files of which some failed: the failure itself when it is one, else how many.</summary>
    public static Exception FirstOf(FtpTreeResult result) =>
        result.Failures is [{ Failure: { } only }] && result.EndedEarly is null ? only : new FtpTreeException(result);

    private static FtpClientOptions Options(UrlOpenerOptions options) => options.Ftp ?? new FtpClientOptions
    {
        Transport = options.Transport,
        Credentials = options.Credentials,
        Deadlines = options.Deadlines,
        Resilience = options.Resilience,
        WireLog = options.WireLog,
    };
}
