using System.Net;
using ProtocolClients.Testing;

namespace ProtocolClients.HttpTests;

/// <content>Where an upload goes, and where not.</content>
public sealed partial class TusUploaderTests
{
    private const string Name = "tus.example.test";

    [Theory]
    [InlineData("POST", "/files")]
    [InlineData("PATCH", "/files/1")]
    [InlineData("HEAD", "/files/1")]
    public async Task A_redirect_to_another_origin_gets_nothing(string method, string path)
    {
        await using MockHttpServer other = await MockHttpServer.StartAsync();
        other.Routes.Tus("/files");
        if (method == "HEAD") _tus.CutAfter(1000);
        _server.Routes.On(method, path).Redirect(other.UrlOf(path).AbsoluteUri, 307);
        HttpRedirectException refused = await Assert.ThrowsAsync<HttpRedirectException>(() => UploadAsync(resilience: AtOnce));
        Assert.Equal((HttpRedirectRefusal.Origin, other.UrlOf(path)), (refused.Reason, refused.To));
        Assert.Empty(other.Calls);
        _server.Calls.AssertCount(1, method, path);
    }

    [Fact]
    public async Task A_redirect_within_the_origin_is_followed_and_a_loop_is_not()
    {
        _server.Routes.Post("/old").Redirect("/files", 308);
        _server.Routes.On("PATCH", "/files/1").Where(call => call.Query.Length == 0).Redirect("/files/1?moved", 307).BeforeBody();
        TransferResult result = await UploadAsync(url: _server.UrlOf("/old").AbsoluteUri);
        Assert.Equal(1, result.Attempts);
        AssertWhole("1");
        _server.Routes.Post("/loop").Redirect("/loop", 307);
        HttpRedirectException refused = await Assert.ThrowsAsync<HttpRedirectException>(() => UploadAsync(url: _server.UrlOf("/loop").AbsoluteUri));
        Assert.Equal(HttpRedirectRefusal.TooMany, refused.Reason);
        _server.Calls.AssertCount(21, "POST", "/loop");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_end_point_that_wants_TLS_is_the_same(bool known)
    {
        await using MockHttpServer secure = await MockHttpServer.StartAsync(new MockHttpServerOptions { Tls = true });
        MockTus tus = secure.Routes.Tus("/files");
        _server.Routes.On("*", "/**").Redirect($"https://{Name}/files", 308);
        HttpSessionOptions options = SecureOptions(secure) with { Credentials = new("user", "secret"), PreAuthenticate = true, AllowClearTextCredentials = true };
        if (known) options.Hsts!.Learn(new Uri($"https://{Name}/"), "max-age=1000");
        tus.CutAfter(300_000);
        await Assert.ThrowsAnyAsync<ProtocolClientException>(() => UploadAsync(options, $"http://{Name}/files"));
        TransferResult result = await UploadAsync(options, $"http://{Name}/files");
        Assert.Equal((300_000L, new Uri($"https://{Name}/files/1")), (result.ResumedFrom, result.FinalUrl));
        Assert.Single(tus.Uploads);
        Assert.True(tus.Uploads["1"].IsWhole);
        // What was given for http goes to https only when the host is known to want it.
        Assert.All(secure.Calls, call => Assert.Equal(known, call["Authorization"].Length > 0));
        Assert.Equal(known ? 0 : 1, _server.Calls.Count);
    }

    [Fact]
    public async Task From_TLS_nothing_goes_back_to_clear_text()
    {
        await using MockHttpServer secure = await MockHttpServer.StartAsync(new MockHttpServerOptions { Tls = true });
        secure.Routes.Post("/files").Respond(201).Header("Location", $"http://{Name}/files/1").Header("Tus-Resumable", "1.0.0");
        _server.Routes.Post("/files").Redirect($"https://{Name}/files", 308);
        await Assert.ThrowsAsync<WireFormatException>(() => UploadAsync(SecureOptions(secure), $"http://{Name}/files"));
        Assert.Empty(_server.Calls.Of("PATCH", "/**"));
        Assert.Empty(_server.Calls.Of("HEAD", "/**"));
    }

    private HttpSessionOptions SecureOptions(MockHttpServer secure) => secure.ClientOptions with
    {
        Hsts = new HstsStore(TimeProvider.System),
        Transport = secure.ClientOptions.Transport with
        {
            Tls = secure.ClientOptions.Transport.Tls with { DangerousAcceptAnyCertificate = true },
            Hosts =
            [
                new(Name, IPAddress.Loopback) { Port = 80, ToPort = _server.Url.Port },
                new(Name, IPAddress.Loopback) { Port = 443, ToPort = secure.Url.Port },
            ],
        },
    };

    [Theory]
    [InlineData("files\\")]
    [InlineData("\\files")]
    [InlineData("/files\t")]
    [InlineData("http://h:99999/")]
    [InlineData("ftp://h/")]
    public async Task A_malformed_end_point_is_refused_as_by_every_verb(string url)
    {
        HttpSessionOptions options = _server.ClientOptions with { BaseAddress = _server.Url };
        await Assert.ThrowsAsync<ArgumentException>(() => UploadAsync(options, url));
        Assert.Empty(_server.Calls);
        Assert.True((await UploadAsync(options, "files")).FinalUrl!.AbsolutePath == "/files/1");
    }

    [Theory]
    [InlineData("/fil\\es/1", null)]
    [InlineData("http://h:99999/", null)]
    [InlineData("/fil\u00C3\u00A9s/1", "/fil%C3%A9s/1")]
    public async Task The_Location_of_an_upload_is_read_as_strictly_as_every_URL_and_as_UTF8(string location, string? path)
    {
        byte[] head = System.Text.Encoding.Latin1.GetBytes($"HTTP/1.1 201 Created\r\nTus-Resumable: 1.0.0\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n");
        _server.Routes.Post("/raw").RespondRaw(head);
        _server.Routes.On("PATCH", "/**").Respond(204).Header("Tus-Resumable", "1.0.0").Header("Upload-Offset", "1000000");
        string url = _server.UrlOf("/raw").AbsoluteUri;
        if (path is null) await Assert.ThrowsAsync<WireFormatException>(() => UploadAsync(url: url));
        else Assert.Equal(path, (await UploadAsync(url: url)).FinalUrl!.AbsolutePath);
    }
}
