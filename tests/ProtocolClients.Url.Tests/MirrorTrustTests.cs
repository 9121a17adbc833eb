using System.Net;
using System.Security.Cryptography;
using ProtocolClients.HttpTests;
using ProtocolClients.Testing;

namespace ProtocolClients.UrlTests;

/// <summary>Whose word counts, and who is told the caller's secrets, when a mirror answers in the place of the first URL.</summary>
public sealed class MirrorTrustTests : IDisposable
{
    private const string Link = "Link: </x.meta4>; rel=describedby; type=\"application/metalink4+xml\", </g>; rel=duplicate\r\n";

    private static readonly TimeSpan Safety = TimeSpan.FromMinutes(2);

    private readonly string _folder = Directory.CreateTempSubdirectory("mirror-trust-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static HttpSessionOptions Http => new()
    {
        Resilience = ResilienceOptions.None,
        Transport = TransportOptions.Default with { Proxy = ProxyOptions.None },
        Credentials = new("ann", "s3cret"),
        PreAuthenticate = true,
        Headers = [("X-Auth-Token", "t0ken")],
    };

    private static string Answer(string body, string fields = "") => $"HTTP/1.1 200 OK\r\n{fields}Content-Length: {body.Length}\r\n\r\n{body}";

    private static string Described(string name = "f") =>
        $"<metalink xmlns='urn:ietf:params:xml:ns:metalink'><file name='{name}'><hash type='sha-256'>"
        + Convert.ToHexStringLower(SHA256.HashData("hello"u8)) + "</hash></file></metalink>";

    /// <summary>A server of /f that breaks off, whose head names a description and another place of its own.</summary>
    private static RawServer Describing(bool breaksOff, string fields = "") => new(async (head, stream, stop) =>
    {
        bool isFile = head.StartsWith("GET /f ", StringComparison.Ordinal);
        string answer = head.StartsWith("GET /x.meta4", StringComparison.Ordinal) ? Answer(Described()) : Answer("hello", isFile ? Link + fields : fields);
        await RawServer.WriteAsync(stream, isFile && breaksOff ? answer[..^2] : answer, stop);
        if (isFile && breaksOff) throw new RawServer.CloseException();
    });

    private async Task<TransferResult> GetAsync(DownloadRequest request, HttpSessionOptions? http = null)
    {
        await using var downloader = new Downloader(new DownloaderOptions { Http = http ?? Http, Resilience = ResilienceOptions.None });
        return await downloader.DownloadAsync(request with { Folder = _folder }).WaitAsync(Safety);
    }

    [Fact]
    public async Task A_mirror_that_answers_in_the_place_of_the_first_gets_nothing_that_was_meant_for_it()
    {
        await using var gone = new RawServer("HTTP/1.1 404 Gone\r\nContent-Length: 0\r\n\r\n");
        await using RawServer mirror = Describing(breaksOff: true);
        TransferResult result = await GetAsync(new DownloadRequest(gone.Url + "f", mirror.Url + "f") { FollowMirrors = true, Headers = [("X-Api-Key", "k3y")] });
        Assert.Equal(mirror.Url + "g", result.FinalUrl!.AbsoluteUri);
        Assert.Contains(mirror.Heads, static head => head.StartsWith("GET /x.meta4", StringComparison.Ordinal));
        Assert.Contains("k3y", gone.Heads.First(), StringComparison.Ordinal);
        Assert.Contains("Authorization", gone.Heads.First(), StringComparison.Ordinal);
        foreach (string secret in (string[])["k3y", "t0ken", "Authorization"])
            Assert.All(mirror.Heads, head => Assert.DoesNotContain(secret, head, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(FileNaming.ContentDisposition, "f")]
    [InlineData(FileNaming.Redirected, "theirs")]
    public async Task A_mirror_names_no_file_that_the_first_URL_should(FileNaming naming, string name)
    {
        await using var gone = new RawServer("HTTP/1.1 404 Gone\r\nContent-Length: 0\r\n\r\n");
        await using var mirror = new RawServer(Answer("hello", "Content-Disposition: attachment; filename=theirs\r\n"));
        TransferResult result = await GetAsync(new DownloadRequest(gone.Url + "f", mirror.Url + "m") { Naming = naming });
        Assert.Equal(Path.Combine(_folder, name), result.Path);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task A_description_does_not_wait_for_the_body_that_waits_for_it(int segments)
    {
        await using RawServer server = Describing(breaksOff: false);
        HttpSessionOptions http = Http with { HostLimits = new HostLimits { Concurrent = 1 } };
        TransferResult result = await GetAsync(new DownloadRequest(server.Url + "f") { FollowMirrors = true, Segments = segments }, http);
        Assert.Equal("hello", await File.ReadAllTextAsync(result.Path));
        Assert.Single(result.Checksums);
    }

    [Fact]
    public async Task A_description_of_a_content_whose_final_URL_is_no_file_name_is_read()
    {
        await using var server = new RawServer((head, stream, stop) => RawServer.WriteAsync(
            stream,
            head.StartsWith("GET /f ", StringComparison.Ordinal) ? "HTTP/1.1 302 Found\r\nLocation: /a%2Fb\r\nContent-Length: 0\r\n\r\n"
                : head.StartsWith("GET /x.meta4", StringComparison.Ordinal) ? Answer(Described("z")) : Answer("hello", Link),
            stop));
        TransferResult result = await GetAsync(new DownloadRequest(server.Url + "f") { FollowMirrors = true });
        Assert.Equal((Path.Combine(_folder, "f"), 1), (result.Path, result.Checksums.Count));
    }

    [Fact]
    public async Task A_mirror_is_asked_with_what_is_kept_of_its_host()
    {
        await using var first = new RawServer("HTTP/1.1 404 Gone\r\nSet-Cookie: c=of-this-host\r\nContent-Length: 0\r\n\r\n");
        await using var mirror = new RawServer(Answer("hello", "Set-Cookie: d=too\r\n"));
        var request = new DownloadRequest(first.Url + "f", mirror.Url + "f") { WhenExists = ExistingFile.Overwrite };
        await using var downloader = new Downloader(new DownloaderOptions { Http = Http, Resilience = ResilienceOptions.None });
        for (int i = 0; i < 2; i++) await downloader.DownloadAsync(request with { Folder = _folder }).WaitAsync(Safety);
        // Cookies know no ports (RFC 6265 §8.5): both servers are of one host.
        Assert.Contains("Cookie: c=of-this-host", mirror.Heads.First(), StringComparison.Ordinal);
        Assert.Contains("d=too", first.Heads.Last(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_mirror_on_a_host_that_wants_https_is_asked_over_https()
    {
        await using MockHttpServer mirror = await MockHttpServer.StartAsync(new() { Tls = true });
        mirror.Routes.Get("/f").Respond("hello");
        TransportOptions transport = mirror.Transport with
        {
            Hosts = [new HostMapping("mirror.example", IPAddress.Loopback)],
            Tls = TlsOptions.Default with { DangerousAcceptAnyCertificate = true },
        };
        await using var session = new HttpSession(Http with { Transport = transport });
        session.Hsts.Add("mirror.example");
        await using var handler = new HttpUrlHandler(session);
        var request = new UrlRequest(new Uri($"http://mirror.example:{mirror.Url.Port}/f")) { Foreign = true };
        await using UrlContent content = await handler.OpenAsync(request).AsTask().WaitAsync(Safety);
        Assert.Equal("https", content.FinalUrl.Scheme);
    }
}
