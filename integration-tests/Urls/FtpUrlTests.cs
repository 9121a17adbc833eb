using ProtocolClients.Integration.Tests.Fleet;

namespace ProtocolClients.Integration.Tests.Urls;

/// <summary>URLs of FTP on real servers: read, listed, downloaded in parts, and by way of squid, which speaks FTP for who asks it over HTTP.</summary>
public sealed class FtpUrlTests(RealServers servers) : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ftp-urls-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("vsftpd", "VSFTPD")]
    [InlineData("vsftpd", "VSFTPD_V6")]
    [InlineData("vsftpd", "VSFTPD_STRICT")]
    [InlineData("vsftpd", "VSFTPD_IMPLICIT")]
    [InlineData("proftpd", "PROFTPD")]
    [InlineData("proftpd", "PROFTPD_TLS")]
    [InlineData("pyftpdlib", "PYFTPDLIB")]
    public async Task What_a_server_has_is_read_and_listed_and_downloaded_in_parts(string service, string server)
    {
        await servers.RequireAsync(service);
        string url = servers[server];
        await using var opener = new UrlOpener(new UrlOpenerOptions { Transport = servers.Trusting });
        byte[] expected = await File.ReadAllBytesAsync(Path.Combine(servers["FTP_ROOT"], "hello.txt"));
        Assert.Equal(expected, await opener.ReadBytesAsync(url + "/hello.txt"));
        UrlInfo info = await opener.StatAsync(url + "/hello.txt");
        Assert.Equal((expected.LongLength, 2020), (info.Length, info.LastModified?.Year));
        List<UrlEntry> entries = [];
        await foreach (UrlEntry entry in opener.ListAsync(url + "/")) entries.Add(entry);
        Assert.Contains(entries, entry => entry is { Name: "hello.txt", IsFolder: false } && entry.Length == expected.Length);
        Assert.Contains(entries, entry => entry is { Name: "deep", IsFolder: true });
        Assert.Contains("hello.txt", (await opener.ReadTextAsync(url + "/")).Split('\n'));

        await using var downloader = new Downloader(new DownloaderOptions { Transport = servers.Trusting });
        string path = Path.Combine(_folder, "32m.bin");
        TransferResult result = await downloader.DownloadAsync(new(url + "/32m.bin") { Path = path, Segments = 3, MinimumSegment = 4 << 20 });
        Assert.True(result.Segments > 1);
        await AssertSameAsync("32m.bin", path);
        FtpReplyException missing = await Assert.ThrowsAsync<FtpReplyException>(() => opener.ReadTextAsync(url + "/none"));
        Assert.Equal(550, missing.Code);
    }

    [Theory]
    [InlineData("vsftpd", "VSFTPD_STRICT")]
    [InlineData("proftpd", "PROFTPD_TLS")]
    public async Task A_password_of_the_url_goes_over_tls(string service, string server)
    {
        await servers.RequireAsync(service);
        await using var opener = new UrlOpener(new UrlOpenerOptions { Transport = servers.Trusting });
        string url = servers[server].Replace("://", $"://{servers["FTP_USER"]}:{servers["FLEET_SECRET"]}@", StringComparison.Ordinal);
        Assert.NotEmpty(await opener.ReadBytesAsync(url + "/hello.txt"));
        string wrong = servers[server].Replace("://", $"://{servers["FTP_USER"]}:wrong@", StringComparison.Ordinal);
        await Assert.ThrowsAsync<AuthenticationFailedException>(() => opener.ReadBytesAsync(wrong + "/hello.txt"));
    }

    [Theory]
    [InlineData("SQUID_OPEN", "vsftpd", "VSFTPD")]
    [InlineData("SQUID_OPEN", "proftpd", "PROFTPD")]
    [InlineData("SQUID_AUTHENTICATED", "vsftpd", "VSFTPD")]
    [InlineData("SQUID_DIGEST", "vsftpd", "VSFTPD")]
    public async Task Squid_fetches_and_lists_for_who_asks_it_over_http(string proxy, string service, string server)
    {
        await servers.RequireAsync("squid", service);
        string user = proxy == "SQUID_OPEN" ? string.Empty : $"{servers["FLEET_USER"]}:{servers["FLEET_SECRET"]}@";
        TransportOptions transport = servers.Trusting with { Proxy = new ProxyOptions { Url = new Uri($"http://{user}{servers[proxy]}") } };
        await using var opener = new UrlOpener(new UrlOpenerOptions { Transport = transport });
        string url = servers[server];
        Assert.Equal(await File.ReadAllBytesAsync(Path.Combine(servers["FTP_ROOT"], "hello.txt")), await opener.ReadBytesAsync(url + "/hello.txt"));
        Assert.Equal(2020, (await opener.StatAsync(url + "/hello.txt")).LastModified?.Year);
        List<string> names = [];
        await foreach (UrlEntry entry in opener.ListAsync(url + "/"))
        {
            Assert.StartsWith(url, entry.Url.AbsoluteUri, StringComparison.Ordinal);
            names.Add(entry.Name);
        }

        Assert.Contains("hello.txt", names);
        Assert.DoesNotContain(names, name => name.Contains(';', StringComparison.Ordinal));
        HttpStatusException missing = await Assert.ThrowsAsync<HttpStatusException>(() => opener.ReadTextAsync(url + "/none"));
        Assert.Equal(System.Net.HttpStatusCode.NotFound, missing.Status);

        await using var downloader = new Downloader(new DownloaderOptions { Transport = transport });
        string path = Path.Combine(_folder, "1m.bin");
        await downloader.DownloadAsync(new(url + "/1m.bin") { Path = path, Segments = 2, MinimumSegment = 256 * 1024 });
        await AssertSameAsync("1m.bin", path);
        string log = await File.ReadAllTextAsync(servers["SQUID_LOG"]);
        Assert.Contains($"GET {url}/hello.txt;type=i", log, StringComparison.Ordinal);
    }

    // An upload to an ftp URL goes through the proxy by CONNECT, control and data: what a proxy makes of PUT is another protocol's.
    [Theory]
    [InlineData("SQUID_OPEN", "vsftpd", "VSFTPD", TlsMode.None)]
    [InlineData("SQUID_OPEN", "vsftpd", "VSFTPD_STRICT", TlsMode.StartTls)]
    [InlineData("SQUID_OPEN", "proftpd", "PROFTPD_TLS", TlsMode.StartTls)]
    [InlineData("SQUID_AUTHENTICATED", "vsftpd", "VSFTPD", TlsMode.None)]
    public async Task A_file_is_put_through_squid(string proxy, string service, string server, TlsMode tls)
    {
        await servers.RequireAsync("squid", service);
        string user = proxy == "SQUID_OPEN" ? string.Empty : $"{servers["FLEET_USER"]}:{servers["FLEET_SECRET"]}@";
        byte[] content = new byte[300_000];
        new Random(3).NextBytes(content);
        string name = "/inbox/" + Guid.NewGuid().ToString("N");
        await using var ftp = new FtpClient(servers[server], new()
        {
            Transport = servers.Trusting with
            {
                Proxy = new ProxyOptions { Url = new Uri($"http://{user}{servers[proxy]}") },
                Tls = servers.Trusting.Tls with { Mode = tls },
            },
            Credentials = new(servers["FTP_USER"], servers["FLEET_SECRET"]),
            Resilience = ResilienceOptions.None,
        });
        TransferResult put = await ftp.UploadAsync(new MemoryStream(content), name);
        Assert.Equal(content.Length, put.Bytes);
        Assert.Equal(content, await File.ReadAllBytesAsync(servers["FTP_ROOT"] + name));
        Assert.Equal(content, await ftp.ReadBytesAsync(name));
        var there = new Uri(servers[server]);
        // Squid writes its log when a tunnel ends.
        await ftp.DisposeAsync();
        string log = await LogAsync($"CONNECT {there.Host}:{there.Port}");
        Assert.DoesNotContain("PUT " + servers[server] + name, log, StringComparison.Ordinal);
    }

    private async Task<string> LogAsync(string line)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            string log = await File.ReadAllTextAsync(servers["SQUID_LOG"], limit.Token);
            if (log.Contains(line, StringComparison.Ordinal)) return log;
            await Task.Yield();
        }
    }

    private async Task AssertSameAsync(string name, string path)
    {
        byte[] there = await File.ReadAllBytesAsync(Path.Combine(servers["FTP_ROOT"], name));
        byte[] here = await File.ReadAllBytesAsync(path);
        Assert.True(there.AsSpan().SequenceEqual(here), "The file is another than the server's.");
    }
}
