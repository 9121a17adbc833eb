using ProtocolClients.Testing;

namespace ProtocolClients.Integration.Tests.RealClients;

/// <summary>The mock HTTP server as curl and Python's urllib see it: whether it is a server to more than our own client.</summary>
public sealed class MockHttpServerTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("mock-http-");

    private string Authority
    {
        get
        {
            string path = Path.Combine(_directory.FullName, "ca.pem");
            if (!File.Exists(path)) File.WriteAllText(path, TestCertificates.Shared.AuthorityPem);
            return path;
        }
    }

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task Curl_gets_asks_for_the_head_and_resumes()
    {
        byte[] content = new byte[1_000_000];
        new Random(1).NextBytes(content);
        await using MockHttpServer server = await MockHttpServer.StartAsync();
        server.Files["big.bin"] = content;

        Assert.Equal(content, (await CurlAsync(server.UrlOf("/big.bin").AbsoluteUri)).OutputBytes);
        ClientRun head = await CurlAsync("-I", server.UrlOf("/big.bin").AbsoluteUri);
        Assert.Contains("Content-Length: 1000000", head.Output, StringComparison.Ordinal);
        Assert.Equal(content[10..20], (await CurlAsync("-r", "10-19", server.UrlOf("/big.bin").AbsoluteUri)).OutputBytes);

        string local = Path.Combine(_directory.FullName, "big.bin");
        await File.WriteAllBytesAsync(local, content[..400_000]);
        Assert.Equal(0, (await CurlAsync("-C", "-", "-o", local, server.UrlOf("/big.bin").AbsoluteUri)).ExitCode);
        Assert.Equal(content, await File.ReadAllBytesAsync(local));
        Assert.Equal("bytes=400000-", server.Calls.Last()["Range"]);
    }

    [Fact]
    public async Task Curl_follows_redirects_and_gives_up_on_a_loop()
    {
        await using MockHttpServer server = await MockHttpServer.StartAsync();
        server.Routes.Get("/a").Redirect("/b", 301);
        server.Routes.Get("/b").Redirect(server.UrlOf("/c").AbsoluteUri, 308);
        server.Routes.Get("/c").Respond("there");
        server.Routes.Get("/loop").Redirect("/loop");
        server.Routes.Get("/file").Redirect("file:///etc/hostname");

        Assert.Equal("there", (await CurlAsync("-L", server.UrlOf("/a").AbsoluteUri)).Output);
        server.Calls.AssertAll("GET /a", "GET /b", "GET /c");
        Assert.Equal(47, (await CurlAsync("-L", "--max-redirs", "5", server.UrlOf("/loop").AbsoluteUri)).ExitCode);
        Assert.Equal(1, (await CurlAsync("-L", server.UrlOf("/file").AbsoluteUri)).ExitCode);
    }

    [Theory]
    [InlineData("--basic")]
    [InlineData("--digest")]
    public async Task Curl_is_let_in_with_the_password_only(string scheme)
    {
        await using MockHttpServer server = await MockHttpServer.StartAsync();
        server.Authentication = scheme == "--basic"
            ? MockAuthentication.Basic("ann", "pässword")
            : MockAuthentication.Digest("ann", "pässword", "SHA-256, MD5");
        server.Routes.Get("/in").Respond("welcome");
        string url = server.UrlOf("/in").AbsoluteUri;

        Assert.Equal("welcome", (await CurlAsync(scheme, "-u", "ann:pässword", "-f", url)).Output);
        Assert.Equal(22, (await CurlAsync(scheme, "-u", "ann:guess", "-f", url)).ExitCode);
        Assert.Equal(22, (await CurlAsync("-f", url)).ExitCode);
    }

    [Theory]
    [InlineData("--digest", "MD5-sess", "auth")]
    [InlineData("--digest", "SHA-256", "auth")]
    [InlineData("--digest", "SHA-256-sess", "auth,auth-int")]
    [InlineData("--anyauth", "SHA-256", "auth")]
    public async Task Curl_answers_a_strict_digest_over_and_over(string option, string algorithm, string quality)
    {
        await using MockHttpServer server = await MockHttpServer.StartAsync();
        server.Authentication = MockAuthentication.Digest("ann", "pässword", new MockDigestOptions { Algorithms = algorithm, Quality = quality, Proof = true });
        server.Routes.On("*", "/in").Respond("welcome");
        string url = server.UrlOf("/in").AbsoluteUri;
        Assert.Equal("welcomewelcome", (await CurlAsync(option, "-u", "ann:pässword", "-f", url, url)).Output);
        Assert.Equal("welcome", (await CurlAsync(option, "-u", "ann:pässword", "-f", "-d", "body", url)).Output);
        Assert.Equal("body", server.Calls.Last().BodyText);
        Assert.Equal(22, (await CurlAsync(option, "-u", "ann:guess", "-f", url)).ExitCode);
    }

    [Theory]
    [InlineData("--ntlm")]
    [InlineData("--anyauth")]
    public async Task Curl_proves_its_connection_with_NTLM(string option)
    {
        await using MockHttpServer server = await MockHttpServer.StartAsync();
        server.Authentication = MockAuthentication.Ntlm("ann", "secret");
        server.Routes.Get("/in").Respond("welcome");
        string url = server.UrlOf("/in").AbsoluteUri;
        Assert.Equal("welcomewelcome", (await CurlAsync(option, "-u", "ann:secret", "-f", url, url)).Output);
        Assert.Equal("", server.Calls.Last()["Authorization"]);
        Assert.Equal("welcome", (await CurlAsync(option, "-u", "CORP\\ann:secret", "-f", url)).Output);
        Assert.Equal(22, (await CurlAsync(option, "-u", "ann:guess", "-f", url)).ExitCode);
    }

    [Theory]
    [InlineData("--proxy-basic")]
    [InlineData("--proxy-ntlm")]
    public async Task Curl_shows_a_proxy_who_it_is(string option)
    {
        await using MockHttpServer server = await MockHttpServer.StartAsync();
        server.ProxyAuthentication = option == "--proxy-ntlm" ? MockAuthentication.Ntlm("ann", "secret") : MockAuthentication.Basic("ann", "secret");
        server.Routes.Get("/in").Respond("welcome");
        Assert.Equal("welcome", (await CurlAsync(option, "-x", server.Url.AbsoluteUri, "-U", "ann:secret", "-f", "http://origin.test/in")).Output);
    }

    [Theory]
    [InlineData("--http1.1", "HTTP/1.1")]
    [InlineData("--http2", "HTTP/2")]
    public async Task Curl_speaks_tls_and_both_versions(string option, string protocol)
    {
        await using MockHttpServer server = await MockHttpServer.StartAsync(new() { Tls = true });
        server.Routes.Get("/tls").Respond("private");
        ClientRun run = await CurlAsync(option, "--cacert", Authority, server.UrlOf("/tls").AbsoluteUri);
        Assert.Equal("private", run.Output);
        Assert.Equal(protocol, server.Calls.Single("GET", "/tls").Protocol);
    }

    [Fact]
    public async Task Curl_speaks_http_2_with_prior_knowledge()
    {
        await using MockHttpServer server = await MockHttpServer.StartAsync(new() { Versions = MockHttpVersions.Http2 });
        server.Routes.Get("/h2c").Respond("binary");
        Assert.Equal("binary", (await CurlAsync("--http2-prior-knowledge", server.UrlOf("/h2c").AbsoluteUri)).Output);
        Assert.Equal("HTTP/2", server.Calls.Single("GET", "/h2c").Protocol);
    }

    [Theory]
    [InlineData(CertificateKind.Expired)]
    [InlineData(CertificateKind.NotYetValid)]
    [InlineData(CertificateKind.WrongName)]
    [InlineData(CertificateKind.SelfSigned)]
    [InlineData(CertificateKind.UnknownAuthority)]
    public async Task Curl_refuses_every_bad_certificate(CertificateKind kind)
    {
        await using MockHttpServer server = await MockHttpServer.StartAsync(new() { Tls = true, Certificate = kind });
        server.Routes.Get("/").Respond("private");
        ClientRun run = await CurlAsync("--cacert", Authority, server.Url.AbsoluteUri);
        Assert.Equal(60, run.ExitCode);
        Assert.Empty(server.Calls);
    }

    [Fact]
    public async Task Curl_shows_a_client_certificate()
    {
        await using MockHttpServer server = await MockHttpServer.StartAsync(new() { Tls = true, RequireClientCertificate = true });
        server.Routes.Get("/").Respond("welcome");
        var ann = TestCertificates.Shared.Client("ann");
        string certificate = Path.Combine(_directory.FullName, "ann.pem");
        using (var key = System.Security.Cryptography.X509Certificates.ECDsaCertificateExtensions.GetECDsaPrivateKey(ann)!)
        {
            await File.WriteAllTextAsync(certificate, ann.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem() + "\n");
        }

        Assert.Equal("welcome", (await CurlAsync("--cacert", Authority, "--cert", certificate, server.Url.AbsoluteUri)).Output);
        Assert.NotEqual(0, (await CurlAsync("--cacert", Authority, server.Url.AbsoluteUri)).ExitCode);
        Assert.Equal("CN=ann", Assert.Single(server.Calls).ClientCertificate);
    }

    [Fact]
    public async Task Curl_uploads()
    {
        byte[] content = new byte[3_000_000];
        new Random(2).NextBytes(content);
        string local = Path.Combine(_directory.FullName, "up.bin");
        await File.WriteAllBytesAsync(local, content);
        await using MockHttpServer server = await MockHttpServer.StartAsync(new() { KeptBody = content.Length });
        server.Routes.Put("/up.bin").Respond(201);
        server.Routes.Post("/form").Respond("ok");

        Assert.Equal(0, (await CurlAsync("-f", "-T", local, server.UrlOf("/up.bin").AbsoluteUri)).ExitCode);
        Assert.Equal(content, server.Calls.Single("PUT", "/up.bin").Body.ToArray());
        Assert.Equal("ok", (await CurlAsync("--data-urlencode", "a=b c", server.UrlOf("/form").AbsoluteUri)).Output);
        Assert.Equal("a=b%20c", server.Calls.Single("POST", "/form").BodyText.Replace("+", "%20", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("truncated", 18)]
    [InlineData("chunk", 56)]
    [InlineData("garbage", 1)]
    [InlineData("nothing", 52)]
    [InlineData("reset", 56)]
    [InlineData("headers", 56)]
    public async Task Curl_names_what_is_broken(string kind, int exitCode)
    {
        await using MockHttpServer server = await MockHttpServer.StartAsync();
        server.Routes.Get("/truncated").RespondTruncated("abc"u8, 10);
        server.Routes.Get("/chunk").RespondBadChunk();
        server.Routes.Get("/garbage").RespondGarbage();
        server.Routes.Get("/nothing").RespondNothing();
        server.Routes.Get("/reset").RespondRaw([], RawEnd.Reset);
        server.Routes.Get("/headers").RespondEndlessHeaders();
        ClientRun run = await CurlAsync(server.UrlOf("/" + kind).AbsoluteUri);
        Assert.Equal(exitCode, run.ExitCode);
    }

    [Fact]
    public async Task Curl_retries_past_a_fault_that_strikes_once()
    {
        await using MockHttpServer server = await MockHttpServer.StartAsync();
        server.Files["a.txt"] = "hello"u8;
        server.Faults.TruncateAfterBytes(3).Following("\r\n\r\n"u8).Once();
        Assert.Equal(18, (await CurlAsync(server.UrlOf("/a.txt").AbsoluteUri)).ExitCode);
        Assert.Equal("hello", (await CurlAsync(server.UrlOf("/a.txt").AbsoluteUri)).Output);
    }

    [Fact]
    public async Task Python_gets_follows_and_is_let_in()
    {
        await using MockHttpServer server = await MockHttpServer.StartAsync();
        server.Files["pub/a.txt"] = "hello";
        server.Routes.Get("/from").Redirect("/pub/a.txt");
        server.Routes.Get("/basic").Protect(MockAuthentication.Basic("ann", "secret")).Respond("basic");
        server.Routes.Get("/digest").Protect(MockAuthentication.Digest("ann", "secret")).Respond("digest");
        const string script = """
            import sys, urllib.request
            base = sys.argv[1]
            passwords = urllib.request.HTTPPasswordMgrWithDefaultRealm()
            passwords.add_password(None, base, "ann", "secret")
            opener = urllib.request.build_opener(
                urllib.request.HTTPBasicAuthHandler(passwords), urllib.request.HTTPDigestAuthHandler(passwords))
            for path in ("from", "basic", "digest"):
                with opener.open(base + path, timeout=30) as reply:
                    print(reply.status, reply.geturl().removeprefix(base), reply.read().decode())
            request = urllib.request.Request(base + "pub/a.txt", headers={"Range": "bytes=1-2"})
            with opener.open(request, timeout=30) as reply:
                print(reply.status, reply.headers["Content-Range"], reply.read().decode())
            """;
        ClientRun run = await ClientRun.StartAsync("python3", "-c", script, server.Url.AbsoluteUri);
        Assert.Equal("200 pub/a.txt hello\n200 basic basic\n200 digest digest\n206 bytes 1-2/5 el\n", run.Output);
    }

    [Fact]
    public async Task Python_trusts_the_authority_and_nothing_else()
    {
        await using MockHttpServer good = await MockHttpServer.StartAsync(new() { Tls = true });
        await using MockHttpServer bad = await MockHttpServer.StartAsync(new() { Tls = true, Certificate = CertificateKind.UnknownAuthority });
        good.Routes.Get("/").Respond("private");
        bad.Routes.Get("/").Respond("private");
        const string script = """
            import ssl, sys, urllib.error, urllib.request
            context = ssl.create_default_context(cafile=sys.argv[1])
            context.verify_flags |= ssl.VERIFY_X509_STRICT
            for url in sys.argv[2:]:
                try:
                    with urllib.request.urlopen(url, context=context, timeout=30) as reply:
                        print(reply.read().decode())
                except urllib.error.URLError as error:
                    print(type(error.reason).__name__)
            """;
        ClientRun run = await ClientRun.StartAsync("python3", "-c", script, Authority, good.Url.AbsoluteUri, bad.Url.AbsoluteUri);
        Assert.Equal("private\nSSLCertVerificationError\n", run.Output);
        Assert.Empty(bad.Calls);
    }

    // -q: no configuration of this machine.
    private static Task<ClientRun> CurlAsync(params string[] arguments) =>
        ClientRun.StartAsync("curl", ["-q", "-sS", "--max-time", "30", .. arguments]);
}
