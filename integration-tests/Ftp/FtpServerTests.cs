using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using ProtocolClients.Integration.Tests.Fleet;
using ProtocolClients.Integration.Tests.RealClients;

namespace ProtocolClients.Integration.Tests.Ftp;

/// <summary>The FTP servers themselves, seen by curl, lftp and Python's ftplib: what the tests of our client build on is there.</summary>
public sealed class FtpServerTests(RealServers servers) : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("ftp-fleet-");

    public static TheoryData<string, string, string> Doors() => new()
    {
        // service, name of its address, how curl asks for TLS
        { "vsftpd", "VSFTPD", string.Empty },
        { "vsftpd", "VSFTPD_V6", string.Empty },
        { "vsftpd", "VSFTPD_TLS", "1.2" },
        { "vsftpd", "VSFTPD_TLS", "1.3" },
        { "vsftpd", "VSFTPD_STRICT", "1.2" },
        { "vsftpd", "VSFTPD_STRICT", "1.3" },
        { "vsftpd", "VSFTPD_IMPLICIT", "1.3" },
        { "proftpd", "PROFTPD", string.Empty },
        { "proftpd", "PROFTPD_TLS", "1.2" },
        { "proftpd", "PROFTPD_TLS", "1.3" },
        { "proftpd", "PROFTPD_IMPLICIT", "1.3" },
        // This curl begins a data connection's TLS before its command, which pyftpdlib refuses: Python's client shows its TLS.
        { "pyftpdlib", "PYFTPDLIB", string.Empty },
    };

    public void Dispose() => _directory.Delete(recursive: true);

    [Theory]
    [MemberData(nameof(Doors))]
    public async Task Curl_writes_and_reads(string service, string name, string tls)
    {
        await RequireAsync(service, name);
        string file = Path.Combine(_directory.FullName, "up.bin");
        byte[] content = RandomNumberGenerator.GetBytes(300_000);
        await File.WriteAllBytesAsync(file, content);
        string url = servers[name] + "/inbox/" + Guid.NewGuid().ToString("N");

        // Over TLS 1.3 this curl closes without having read the server's tickets: the reset that follows may overtake its data.
        ClientRun written = await CurlAsync(tls == "1.3" ? "1.2" : tls, "-T", file, url);
        ClientRun read = await CurlAsync(tls, url);
        ClientRun deep = await CurlAsync(tls, servers[name] + "/hello.txt");

        Assert.True(written.ExitCode == 0, written.Error);
        Assert.True(read.ExitCode == 0, read.Error);
        Assert.True(content.AsSpan().SequenceEqual(read.OutputBytes));
        Assert.Equal("hello, world\n", deep.Output);
    }

    [Theory]
    [InlineData("vsftpd", "VSFTPD")]
    [InlineData("vsftpd", "VSFTPD_TLS")]
    [InlineData("proftpd", "PROFTPD")]
    [InlineData("pyftpdlib", "PYFTPDLIB")]
    public async Task Anonymous_reads_and_does_not_write(string service, string name)
    {
        await RequireAsync(service, name);
        string url = servers[name];
        ClientRun read = await ClientRun.StartAsync("curl", "-sS", "-g", url + "/hello.txt");
        ClientRun written = await ClientRun.StartAsync("curl", "-sS", "-g", "-T", servers["FLEET_CA"], url + "/inbox/nobody");
        Assert.Equal("hello, world\n", read.Output);
        Assert.Equal(25, written.ExitCode);
        Assert.False(File.Exists(Path.Combine(servers["FTP_ROOT"], "inbox", "nobody")));
    }

    [Theory]
    [InlineData("vsftpd", "VSFTPD_STRICT", "1.2")]
    [InlineData("vsftpd", "VSFTPD_STRICT", "1.3")]
    [InlineData("proftpd", "PROFTPD_TLS", "1.2")]
    [InlineData("proftpd", "PROFTPD_TLS", "1.3")]
    public async Task A_data_connection_that_does_not_resume_is_refused(string service, string name, string tls)
    {
        await RequireAsync(service, name);
        ClientRun read = await CurlAsync(tls, "--no-sessionid", servers[name] + "/hello.txt");
        Assert.NotEqual(0, read.ExitCode);
        Assert.Empty(read.OutputBytes);
    }

    // Without the names that are no UTF-8: .NET cannot even delete such a file.
    [Theory]
    [InlineData("vsftpd", "VSFTPD_STRICT")]
    [InlineData("proftpd", "PROFTPD_TLS")]
    public async Task Lftp_mirrors_names_over_protected_connections(string service, string name)
    {
        await RequireAsync(service, name);
        string target = Path.Combine(_directory.FullName, "names");
        var url = new Uri(servers[name]);
        ClientRun run = await ClientRun.StartAsync("lftp", "--norc", "-c",
            $"set ssl:ca-file {servers["FLEET_CA"]}; set ftp:ssl-force yes; set ftp:ssl-protect-data yes; set net:max-retries 1; set net:timeout 10; "
            + $"open -u {servers["FTP_USER"]},{servers["FLEET_SECRET"]} ftp://{url.Authority}; mirror -X iac-* -X latin1-* /names {target}");
        Assert.True(run.ExitCode == 0, run.Error);
        foreach (string file in (string[])["with blank.txt", "Grüße.txt", "日本語.txt", "semi;colon.txt", "[a]*?.txt"])
        {
            Assert.Equal(file, await File.ReadAllTextAsync(Path.Combine(target, file)));
        }
    }

    [Theory]
    [InlineData("vsftpd", "VSFTPD", false)]
    [InlineData("vsftpd", "VSFTPD_V6", false)]
    [InlineData("vsftpd", "VSFTPD_TLS", true)]
    [InlineData("proftpd", "PROFTPD", false)]
    [InlineData("pyftpdlib", "PYFTPDLIB", false)]
    [InlineData("pyftpdlib", "PYFTPDLIB", true)]
    public async Task Ftplib_sees_the_content(string service, string name, bool tls)
    {
        await RequireAsync(service, name);
        string output = await PythonAsync(name, tls, """
            files = ftp.nlst('many')
            hash = hashlib.sha256()
            ftp.retrbinary('RETR 32m.bin', hash.update)
            print(len(files), ftp.size('empty.bin'), hash.hexdigest(), ftp.sendcmd('MDTM hello.txt')[4:18])
            """);
        byte[] big = await File.ReadAllBytesAsync(Path.Combine(servers["FTP_ROOT"], "32m.bin"));
        Assert.Equal($"2000 0 {Hex(SHA256.HashData(big))} 20200229123456", output);
    }

    [Theory]
    [InlineData("proftpd", "PROFTPD")]
    [InlineData("pyftpdlib", "PYFTPDLIB")]
    public async Task Machine_listings_and_times(string service, string name)
    {
        await RequireAsync(service, name);
        string file = "inbox/" + Guid.NewGuid().ToString("N");
        string output = await PythonAsync(name, tls: false, $"""
            facts = dict(ftp.mlsd('/'))
            ftp.storbinary('STOR {file}', io.BytesIO(b'x'))
            ftp.sendcmd('MFMT 19991231235959 {file}')
            ftp.sendcmd('SITE CHMOD 600 {file}')
            print(facts['hello.txt']['type'], facts['hello.txt']['size'], facts['hello.txt']['modify'], facts['many']['type'], ftp.sendcmd('MDTM {file}'))
            """);
        Assert.Equal("file 13 20200229123456 dir 213 19991231235959", output);
        if (OperatingSystem.IsWindows()) return;
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(servers["FTP_ROOT"], file)));
    }

    [Fact]
    public async Task Proftpd_hashes_and_compresses_also_from_an_offset()
    {
        await RequireAsync("proftpd", "PROFTPD");
        string output = await PythonAsync("PROFTPD", tls: false, """
            ftp.sendcmd('OPTS HASH SHA-256')
            print(ftp.sendcmd('HASH big.txt').split()[-2])
            ftp.sendcmd('MODE Z')
            for offset in (0, 100000):
                parts = []
                ftp.retrbinary('RETR big.txt', parts.append, rest=offset or None)
                packed = b''.join(parts)
                print(len(packed) < 50000, hashlib.sha256(zlib.decompress(packed)).hexdigest())
            """);
        byte[] big = await File.ReadAllBytesAsync(Path.Combine(servers["FTP_ROOT"], "big.txt"));
        string whole = Hex(SHA256.HashData(big)), tail = Hex(SHA256.HashData(big.AsSpan(100_000)));
        Assert.Equal($"{whole}\nTrue {whole}\nTrue {tail}", output);
    }

    [Theory]
    [InlineData("vsftpd", "VSFTPD")]
    [InlineData("proftpd", "PROFTPD")]
    public async Task Squid_relays(string service, string name)
    {
        await RequireAsync(service, name);
        await servers.RequireAsync("squid");
        string proxy = "http://" + servers["SQUID_OPEN"];
        string user = $"{servers["FTP_USER"]}:{servers["FLEET_SECRET"]}@";
        string url = servers[name].Replace("://", "://" + user, StringComparison.Ordinal);
        string file = "/inbox/" + Guid.NewGuid().ToString("N");

        // Squid asks for what its table takes for text as text, unless the URL says otherwise.
        ClientRun anonymous = await ClientRun.StartAsync("curl", "-sS", "-x", proxy, servers[name] + "/hello.txt;type=i");
        ClientRun read = await ClientRun.StartAsync("curl", "-sS", "-x", proxy, url + "/hello.txt;type=i");
        ClientRun written = await ClientRun.StartAsync("curl", "-sS", "-x", proxy, "-T", Path.Combine(servers["FTP_ROOT"], "crlf.txt"), "-o", "/dev/null", "-w", "%{http_code}", url + file);
        ClientRun missing = await ClientRun.StartAsync("curl", "-sS", "-x", proxy, "-o", "/dev/null", "-w", "%{http_code}", url + "/nothere.txt");

        Assert.Equal("hello, world\n", anonymous.Output);
        Assert.Equal("hello, world\n", read.Output);
        Assert.Equal("201", written.Output);
        Assert.Equal("404", missing.Output);
        Assert.Equal("one\r\ntwo\r\n", await File.ReadAllTextAsync(servers["FTP_ROOT"] + file));
    }

    private async Task RequireAsync(string service, string name)
    {
        await servers.RequireAsync(service);
        if (name == "VSFTPD_V6") await servers.RequireAsync("vsftpd_v6");
    }

    private Task<ClientRun> CurlAsync(string tls, params string[] arguments)
    {
        string[] asked = tls.Length == 0 ? [] : ["--ssl-reqd", "--tls-max", tls, "--cacert", servers["FLEET_CA"]];
        return ClientRun.StartAsync("curl", ["-sS", "-g", "--max-time", "30", "-u", $"{servers["FTP_USER"]}:{servers["FLEET_SECRET"]}", .. asked, .. arguments]);
    }

    /// <summary>Runs a script of ftplib after its login; what it printed.</summary>
    private async Task<string> PythonAsync(string name, bool tls, string script)
    {
        var url = new Uri(servers[name]);
        var text = new StringBuilder("import ftplib, hashlib, io, ssl, sys, zlib\nhost, port, user, secret, authority = sys.argv[1:]\n");
        text.Append(tls ? "ftp = ftplib.FTP_TLS(context=ssl.create_default_context(cafile=authority), timeout=30)\n" : "ftp = ftplib.FTP(timeout=30)\n");
        text.Append("ftp.connect(host, int(port))\nftp.login(user, secret)\n");
        if (tls) text.Append("ftp.prot_p()\n");
        text.Append(script).Append("\nftp.quit()\n");
        ClientRun run = await ClientRun.StartAsync("python3", "-c", text.ToString(), url.DnsSafeHost, url.Port.ToString(CultureInfo.InvariantCulture),
            servers["FTP_USER"], servers["FLEET_SECRET"], servers["FLEET_CA"]);
        Assert.True(run.ExitCode == 0, run.Error);
        return run.Output.TrimEnd('\n');
    }

    private static string Hex(byte[] hash) => Convert.ToHexStringLower(hash);
}
