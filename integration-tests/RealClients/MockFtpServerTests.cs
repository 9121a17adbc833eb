using ProtocolClients.Testing;

namespace ProtocolClients.Integration.Tests.RealClients;

/// <summary>The mock FTP server as curl, lftp and Python's ftplib see it: whether it is a server to more than our own client.</summary>
public sealed class MockFtpServerTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("mock-ftp-");

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

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Curl_gets_lists_and_takes_ranges(bool extended)
    {
        byte[] content = Bytes(1_000_000);
        await using MockFtpServer server = await MockFtpServer.StartAsync();
        server.Files["pub/big.bin"] = content;
        string mode = extended ? "--ftp-pasv" : "--disable-epsv";

        Assert.Equal(content, (await CurlAsync(mode, server.UrlOf("/pub/big.bin").AbsoluteUri)).OutputBytes);
        Assert.Equal(content[10..20], (await CurlAsync(mode, "-r", "10-19", server.UrlOf("/pub/big.bin").AbsoluteUri)).OutputBytes);
        Assert.Equal("big.bin\n", (await CurlAsync(mode, "-l", server.UrlOf("/pub/").AbsoluteUri)).Output.ReplaceLineEndings("\n"));
        Assert.Contains(" 1000000 Jan  1  2026 big.bin", (await CurlAsync(mode, server.UrlOf("/pub/").AbsoluteUri)).Output.Replace("00:00", " 2026", StringComparison.Ordinal), StringComparison.Ordinal);
        ClientRun head = await CurlAsync(mode, "-I", server.UrlOf("/pub/big.bin").AbsoluteUri);
        Assert.Contains("Content-Length: 1000000", head.Output, StringComparison.Ordinal);
        Assert.Contains("Last-Modified: Thu, 01 Jan 2026 00:00:00 GMT", head.Output, StringComparison.Ordinal);
        Assert.Equal(78, (await CurlAsync(mode, server.UrlOf("/pub/missing").AbsoluteUri)).ExitCode);
        Assert.Equal(9, (await CurlAsync(mode, server.UrlOf("/nowhere/a").AbsoluteUri)).ExitCode);
        Assert.Equal(extended ? MockFtpDataMode.ExtendedPassive : MockFtpDataMode.Passive, server.Calls.Of("RETR")[0].DataMode);
    }

    [Fact]
    public async Task Curl_resumes_both_ways()
    {
        byte[] content = Bytes(1_000_000);
        await using MockFtpServer server = await MockFtpServer.StartAsync();
        server.Files["big.bin"] = content;
        string local = Path.Combine(_directory.FullName, "big.bin");
        await File.WriteAllBytesAsync(local, content[..400_000]);
        Assert.Equal(0, (await CurlAsync("-C", "-", "-o", local, server.UrlOf("/big.bin").AbsoluteUri)).ExitCode);
        Assert.Equal(content, await File.ReadAllBytesAsync(local));
        Assert.Equal(400_000, server.Calls.Single("RETR").RestOffset);

        server.Files["up.bin"] = content[..300_000];
        Assert.Equal(0, (await CurlAsync("-C", "-", "-T", local, server.UrlOf("/up.bin").AbsoluteUri)).ExitCode);
        Assert.Equal(content, server.Files["up.bin"].ToArray());
        Assert.Equal(700_000, server.Calls.Single("APPE").DataBytes);
    }

    [Fact]
    public async Task Curl_puts_makes_directories_and_sends_commands()
    {
        await using MockFtpServer server = await MockFtpServer.StartAsync();
        string local = Path.Combine(_directory.FullName, "a.txt");
        await File.WriteAllTextAsync(local, "hello\n");
        Assert.Equal(0, (await CurlAsync("--ftp-create-dirs", "-T", local, server.UrlOf("/new/deep/a.txt").AbsoluteUri)).ExitCode);
        Assert.Equal("hello\n", server.Files["new/deep/a.txt"].ToString());
        Assert.Equal(0, (await CurlAsync("-a", "-T", local, server.UrlOf("/new/deep/a.txt").AbsoluteUri)).ExitCode);
        Assert.Equal("hello\nhello\n", server.Files["new/deep/a.txt"].ToString());
        Assert.Equal("hello\nhello\n", (await CurlAsync("-B", server.UrlOf("/new/deep/a.txt").AbsoluteUri)).Output);
        MockFtpCall lines = server.Calls.Single("RETR");
        Assert.Equal(('A', 14), (lines.Type, lines.DataBytes));
        Assert.Equal(0, (await CurlAsync(
            "-Q", "RNFR new/deep/a.txt", "-Q", "RNTO b.txt", "-Q", "RMD new/deep", "-Q", "*DELE nothing", server.Url.AbsoluteUri)).ExitCode);
        Assert.Equal("hello\nhello\n", server.Files["b.txt"].ToString());
        Assert.False(server.Files.ContainsDirectory("new/deep"));
        Assert.Equal(21, (await CurlAsync("-Q", "DELE nothing", server.Url.AbsoluteUri)).ExitCode);
    }

    [Theory]
    [InlineData("--eprt", "EPRT")]
    [InlineData("--disable-eprt", "PORT")]
    public async Task Curl_lets_the_server_connect(string option, string command)
    {
        await using MockFtpServer server = await MockFtpServer.StartAsync();
        server.Files["a.txt"] = "active";
        Assert.Equal("active", (await CurlAsync("--ftp-port", "127.0.0.1", option, server.UrlOf("/a.txt").AbsoluteUri)).Output);
        server.Calls.AssertCount(1, command);
    }

    [Theory]
    [InlineData("1.2")]
    [InlineData("1.3")]
    public async Task Curl_asks_for_TLS_and_resumes_its_session(string version)
    {
        await using MockFtpServer server = await MockFtpServer.StartAsync(new() { RequireTls = true, RequireProtectedData = true, RequireTlsReuse = true });
        server.Files["a.txt"] = "private";
        string[] tls = ["--ssl-reqd", "--cacert", Authority, "--tlsv" + version, "--tls-max", version];
        string url = server.UrlOf("/a.txt").AbsoluteUri;
        Assert.Equal("private", (await CurlAsync([.. tls, "-u", "ann:secret", url])).Output);
        MockFtpCall call = server.Calls.Single("RETR");
        Assert.Equal((true, true, true), (call.IsTls, call.IsDataTls, call.IsDataTlsResumed));
        Assert.NotEqual(0, (await CurlAsync("-u", "ann:secret", url)).ExitCode);

        string local = Path.Combine(_directory.FullName, "up");
        await File.WriteAllTextAsync(local, "upload");
        Assert.Equal(0, (await CurlAsync([.. tls, "-T", local, server.UrlOf("/up").AbsoluteUri])).ExitCode);
        Assert.Equal("upload", server.Files["up"].ToString());
    }

    [Theory]
    [InlineData("passive")]
    [InlineData("active")]
    public async Task Curl_clears_the_control_connection(string mode)
    {
        await using MockFtpServer server = await MockFtpServer.StartAsync(new() { ExplicitTls = true });
        server.Files["a.txt"] = "private";
        ClientRun run = await CurlAsync("--ssl-reqd", "--ftp-ssl-ccc", "--ftp-ssl-ccc-mode", mode, "--cacert", Authority, server.UrlOf("/a.txt").AbsoluteUri);
        Assert.Equal("private", run.Output);
        MockFtpCall call = server.Calls.Single("RETR");
        Assert.Equal((false, true), (call.IsTls, call.IsDataTls));
    }

    [Fact]
    public async Task Curl_speaks_implicit_TLS_and_refuses_a_bad_certificate()
    {
        await using MockFtpServer good = await MockFtpServer.StartAsync(new() { Tls = true });
        await using MockFtpServer bad = await MockFtpServer.StartAsync(new() { ExplicitTls = true, Certificate = CertificateKind.WrongName });
        good.Files["a.txt"] = "private";
        Assert.Equal("private", (await CurlAsync("--cacert", Authority, good.UrlOf("/a.txt").AbsoluteUri)).Output);
        Assert.Equal(60, (await CurlAsync("--ssl-reqd", "--cacert", Authority, bad.UrlOf("/a.txt").AbsoluteUri)).ExitCode);
    }

    [Fact]
    public async Task Lftp_mirrors_down_and_up()
    {
        await using MockFtpServer server = await MockFtpServer.StartAsync();
        server.Files["tree/a.txt"] = "one";
        server.Files["tree/sub/b c.txt"] = "two";
        server.Files["tree/sub/\u00E9.bin"] = Bytes(200_000);
        string down = Path.Combine(_directory.FullName, "down");
        ClientRun run = await LftpAsync(server, $"mirror /tree {down}");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Equal("two", await File.ReadAllTextAsync(Path.Combine(down, "sub", "b c.txt")));
        Assert.Equal(Bytes(200_000), await File.ReadAllBytesAsync(Path.Combine(down, "sub", "\u00E9.bin")));

        run = await LftpAsync(server, $"mirror -R {down} /copy");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Equal("two", server.Files["copy/sub/b c.txt"].ToString());
        Assert.Equal(Bytes(200_000), server.Files["copy/sub/\u00E9.bin"].ToArray());
        Assert.Equal("one", server.Files["copy/a.txt"].ToString());
    }

    [Fact]
    public async Task Lftp_works_without_MLSD_and_lists_puts_renames_and_removes()
    {
        await using MockFtpServer server = await MockFtpServer.StartAsync(new() { Without = ["MLSD", "MLST"] });
        server.Files["pub/a.txt"] = "12345";
        string local = Path.Combine(_directory.FullName, "up.txt");
        await File.WriteAllTextAsync(local, "up");
        ClientRun run = await LftpAsync(server, $"cls --sort=name -1 /pub; cd pub; put {local}; mv up.txt b.txt; mkdir -p x/y; rm a.txt; cls -1 --sort=name; rm -r x; cat b.txt");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Equal("/pub/a.txt\nb.txt\nx/\nup", run.Output);
        Assert.False(server.Files.Contains("pub/a.txt"));
        Assert.False(server.Files.ContainsDirectory("pub/x"));
    }

    [Theory]
    [InlineData("ftp")]
    [InlineData("ftps")]
    public async Task Lftp_protects_its_data(string scheme)
    {
        await using MockFtpServer server = await MockFtpServer.StartAsync(new() { Tls = scheme == "ftps", RequireTls = true, RequireProtectedData = true });
        server.Files["a.txt"] = "private";
        ClientRun run = await LftpAsync(server, "cat a.txt", $"set ssl:ca-file {Authority}; set ftp:ssl-force yes; set ftp:ssl-protect-data yes; set ftp:ssl-protect-list yes");
        Assert.Equal((0, "private"), (run.ExitCode, run.Output));
        Assert.True(server.Calls.Single("RETR").IsDataTls);
    }

    [Fact]
    public async Task Python_speaks_to_all_of_it()
    {
        await using MockFtpServer server = await MockFtpServer.StartAsync();
        server.Files["pub/a.txt"] = "one\ntwo\n";
        const string script = """
            import ftplib, io, sys
            ftp = ftplib.FTP()
            ftp.connect("127.0.0.1", int(sys.argv[1]), timeout=30)
            print(ftp.login("ann", "secret"))
            lines = []
            ftp.retrlines("RETR pub/a.txt", lines.append)
            print(lines)
            print(ftp.mkd("new"), ftp.cwd("new")[:3], ftp.pwd())
            print(ftp.storbinary("STOR b.bin", io.BytesIO(b"0123456789")))
            print(ftp.storbinary("STOR b.bin", io.BytesIO(b"xyz"), rest=5))
            ftp.voidcmd("TYPE I")
            print(ftp.size("b.bin"))
            part = []
            ftp.retrbinary("RETR b.bin", part.append, rest=4)
            print(b"".join(part))
            print(ftp.storlines("STOR c.txt", io.BytesIO(b"a\nb\n")))
            print(ftp.rename("c.txt", "d.txt"))
            print(sorted(ftp.nlst()))
            for name, facts in ftp.mlsd(facts=["type", "size"]):
                print(name, facts)
            ftp.set_pasv(False)
            part = []
            ftp.retrbinary("RETR b.bin", part.append)
            print(b"".join(part))
            ftp.set_pasv(True)
            try:
                ftp.delete("missing")
            except ftplib.error_perm as error:
                print(error)
            print(ftp.delete("d.txt"), ftp.cwd("..")[:3])
            try:
                ftp.rmd("new")
            except ftplib.error_perm as error:
                print(str(error)[:3])
            print(ftp.quit())
            """;
        ClientRun run = await ClientRun.StartAsync("python3", "-c", script, Port(server));
        string[] expected =
        [
            "230 Logged in.", "['one', 'two']", "/new 250 /new", "226 Transfer complete.", "226 Transfer complete.", "10", "b'4xyz89'",
            "226 Transfer complete.", "250 Renamed.", "['b.bin', 'd.txt']", "b.bin {'type': 'file', 'size': '10'}", "d.txt {'type': 'file', 'size': '4'}",
            "b'01234xyz89'", "550 No such file.", "250 File deleted. 250", "550", "221 Goodbye.",
        ];
        Assert.Equal(("", string.Join('\n', expected) + "\n"), (run.Error, run.Output));
    }

    [Fact]
    public async Task Python_aborts_a_transfer_with_urgent_data()
    {
        await using MockFtpServer server = await MockFtpServer.StartAsync();
        server.Files["big"] = new byte[100_000_000];
        const string script = """
            import ftplib, sys
            ftp = ftplib.FTP()
            ftp.connect("127.0.0.1", int(sys.argv[1]), timeout=30)
            ftp.login()
            ftp.voidcmd("TYPE I")
            data = ftp.transfercmd("RETR big")
            data.recv(10)
            print(ftp.abort()[:3])
            data.close()
            print(ftp.voidresp()[:3])
            print(ftp.voidcmd("NOOP")[:3])
            """;
        ClientRun run = await ClientRun.StartAsync("python3", "-c", script, Port(server));
        Assert.Equal(("", "426\n226\n200\n"), (run.Error, run.Output));
    }

    [Theory]
    [InlineData("PROTOCOL_TLS_CLIENT")]
    [InlineData("TLSv1_2")]
    public async Task Python_protects_its_data_and_clears_the_control_connection(string version)
    {
        await using MockFtpServer server = await MockFtpServer.StartAsync(new() { ExplicitTls = true });
        server.Files["a"] = "private";
        const string script = """
            import ftplib, io, ssl, sys
            context = ssl.create_default_context(cafile=sys.argv[2])
            if sys.argv[3] == "TLSv1_2":
                context.maximum_version = ssl.TLSVersion.TLSv1_2
            ftp = ftplib.FTP_TLS(context=context)
            ftp.connect("127.0.0.1", int(sys.argv[1]), timeout=30)
            ftp.login("ann", "secret")
            ftp.prot_p()
            part = []
            ftp.retrbinary("RETR a", part.append)
            print(b"".join(part))
            print(ftp.storbinary("STOR b", io.BytesIO(b"up")))
            print(ftp.nlst())
            print(ftp.ccc()[:3])
            print(ftp.pwd())
            print(ftp.quit()[:3])
            """;
        ClientRun run = await ClientRun.StartAsync("python3", "-c", script, Port(server), Authority, version);
        Assert.Equal(("", "b'private'\n226 Transfer complete.\n['a', 'b']\n200\n/\n221\n"), (run.Error, run.Output));
        Assert.Equal("up", server.Files["b"].ToString());
        Assert.False(server.Calls.Single("PWD").IsTls);
    }

    private static byte[] Bytes(int count)
    {
        byte[] bytes = new byte[count];
        new Random(1).NextBytes(bytes);
        return bytes;
    }

    private static string Port(MockFtpServer server) => server.EndPoint!.Port.ToString(System.Globalization.CultureInfo.InvariantCulture);

    // -q: no configuration of this machine.
    private static Task<ClientRun> CurlAsync(params string[] arguments) =>
        ClientRun.StartAsync("curl", ["-q", "-sS", "--max-time", "30", .. arguments]);

    private static Task<ClientRun> LftpAsync(MockFtpServer server, string commands, string settings = "set ftp:ssl-allow no") => ClientRun.StartAsync(
        "lftp", "--norc", "-c", $"set net:max-retries 1; set net:timeout 20; set cmd:fail-exit yes; {settings}; open -u ann,secret {server.Url.Scheme}://localhost:{Port(server)}; {commands}");
}
