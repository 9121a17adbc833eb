using ProtocolClients.Testing;
using ProtocolClients.Transport;

namespace ProtocolClients.UrlTests;

/// <content>Rows that concern URLs of FTP.</content>
public sealed partial class SecurityRowTests
{
    private static UrlOpener FtpOpener(Credentials? credentials = null, Netrc? netrc = null) => new(new UrlOpenerOptions
    {
        Resilience = ResilienceOptions.None,
        Credentials = credentials,
        Netrc = netrc,
        Transport = TransportOptions.Default with { Proxy = ProxyOptions.None, Tls = TlsOptions.Default with { Mode = TlsMode.None } },
    });

    [Theory]
    [InlineData(false, "ann")]
    [InlineData(true, "anonymous")]
    public async Task Row_06_what_a_peer_named_gets_no_credentials_of_the_callers(bool foreign, string user)
    {
        await using MockFtpServer server = await MockFtpServer.StartAsync();
        server.Files["x"] = "x"u8;
        await using UrlOpener opener = FtpOpener(new Credentials("ann", "s3cret"));
        await using UrlContent content = await opener.HandlerOf("ftp").OpenAsync(new UrlRequest(server.UrlOf("/x")) { Foreign = foreign }).AsTask().WaitAsync(Safety);
        Assert.Equal(user, server.Calls.Single("USER").Argument);
    }

    [Fact]
    public async Task Row_06_credentials_for_the_first_of_several_urls_go_to_no_other()
    {
        await using MockFtpServer own = await MockFtpServer.StartAsync();
        await using MockFtpServer mirror = await MockFtpServer.StartAsync(new MockFtpServerOptions { KeepPasswords = true });
        mirror.Files["x"] = "x"u8;
        await using var downloader = new Downloader(new DownloaderOptions
        {
            Resilience = ResilienceOptions.None,
            Credentials = new Credentials("ann", "s3cret"),
            Transport = TransportOptions.Default with { Proxy = ProxyOptions.None, Tls = TlsOptions.Default with { Mode = TlsMode.None } },
        });
        await downloader.DownloadAsync(new(own.UrlOf("/x").AbsoluteUri, mirror.UrlOf("/x").AbsoluteUri) { Path = Path.Combine(_folder, "x") }).WaitAsync(Safety);
        Assert.Equal("ann", own.Calls.Of("USER")[0].Argument);
        Assert.All(mirror.Calls.Of("USER"), call => Assert.Equal("anonymous", call.Argument));
        Assert.DoesNotContain(mirror.Calls.Of("PASS"), call => call.Argument.Contains("s3cret", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Row_09_netrc_is_looked_up_by_the_parsed_host_and_an_entry_without_a_password_gives_nothing()
    {
        await using MockFtpServer server = await MockFtpServer.StartAsync();
        server.Files["x"] = "x"u8;
        Netrc netrc = Netrc.Parse("machine good login ann password s3cret\nmachine 127.0.0.1 login bob\ndefault login all password s3cret");
        await using UrlOpener opener = FtpOpener(netrc: netrc);
        await opener.StatAsync($"ftp://127.0.0.1:{server.EndPoint!.Port}/x").WaitAsync(Safety);
        Assert.Equal("anonymous", server.Calls.Single("USER").Argument);
        await opener.StatAsync($"ftp://good:x@127.0.0.1:{server.EndPoint.Port}/x").WaitAsync(Safety);
        Assert.Equal("good", server.Calls.Of("USER")[1].Argument);
    }

    [Theory]
    [InlineData("ann:s3cret@")]
    [InlineData("ann@")]
    public async Task Row_02_a_password_in_a_url_goes_over_no_clear_text(string user)
    {
        await using MockFtpServer server = await MockFtpServer.StartAsync(new MockFtpServerOptions { Without = ["AUTH"] });
        server.Files["x"] = "x"u8;
        await using UrlOpener opener = Opener();
        await Assert.ThrowsAsync<CapabilityMissingException>(() => opener.ReadTextAsync($"ftp://{user}127.0.0.1:{server.EndPoint!.Port}/x").WaitAsync(Safety));
        server.Calls.AssertCount(0, "USER");
        // An anonymous login has an address where others have a password.
        Assert.Equal("x", await opener.ReadTextAsync($"ftp://anonymous:me%40h@127.0.0.1:{server.EndPoint!.Port}/x").WaitAsync(Safety));
    }

    [Theory]
    [InlineData("/%0D%0ADELE%20x")]
    [InlineData("/a%0Ab")]
    [InlineData("/a%00")]
    [InlineData("/a%0D/")]
    [InlineData("/..%2F..%2Fetc/passwd")]
    public async Task Row_19_line_ends_in_a_path_are_refused_after_decoding(string path)
    {
        await using MockFtpServer server = await MockFtpServer.StartAsync();
        await using UrlOpener opener = FtpOpener();
        string url = $"ftp://127.0.0.1:{server.EndPoint!.Port}{path}";
        await Assert.ThrowsAsync<ArgumentException>(() => opener.ReadTextAsync(url).WaitAsync(Safety));
        await Assert.ThrowsAsync<ArgumentException>(() => opener.StatAsync(url).WaitAsync(Safety));
        await Assert.ThrowsAsync<ArgumentException>(async () => await opener.ListAsync(url).ToListAsync());
        await Assert.ThrowsAsync<ArgumentException>(() => opener.RetrieveAsync(url, Path.Combine(_folder, "x")).WaitAsync(Safety));
        await Assert.ThrowsAsync<ArgumentException>(() => opener.StatAsync($"ftp://a%0D%0Ab:c@127.0.0.1:{server.EndPoint!.Port}/x").WaitAsync(Safety));
        Assert.Empty(server.Calls);
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public async Task Row_52_a_password_in_an_ftp_url_stands_in_no_result_and_no_failure()
    {
        await using MockFtpServer server = await MockFtpServer.StartAsync();
        server.Files["x"] = "x"u8;
        await using UrlOpener opener = FtpOpener();
        string url = $"ftp://ann:s3cret@127.0.0.1:{server.EndPoint!.Port}/";
        Assert.DoesNotContain("s3cret", (await opener.StatAsync(url + "x").WaitAsync(Safety)).FinalUrl.ToString(), StringComparison.Ordinal);
        await foreach (UrlEntry entry in opener.ListAsync(url)) Assert.DoesNotContain("s3cret", entry.ToString(), StringComparison.Ordinal);
        FtpReplyException missing = await Assert.ThrowsAsync<FtpReplyException>(() => opener.ReadTextAsync(url + "none").WaitAsync(Safety));
        Assert.DoesNotContain("s3cret", missing.ToString(), StringComparison.Ordinal);
    }
}
