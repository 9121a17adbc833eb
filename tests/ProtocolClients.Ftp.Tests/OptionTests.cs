using System.Net;
using ProtocolClients.FtpTests.Transcripts;
using ProtocolClients.Testing;
using ProtocolClients.Transport;

namespace ProtocolClients.FtpTests;

/// <summary>What is asked for by an option: a language, other ports, an address from outside, a proxy that is told the server; and facts set together.</summary>
public sealed class OptionTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Theory]
    [InlineData("de", "DE")]
    [InlineData("de-CH", "DE")]
    [InlineData("fr", "EN")]
    [InlineData(null, "EN")]
    public async Task A_language_is_asked_for_where_the_server_has_languages(string? language, string spoken)
    {
        await using MockFtpServer server = await MockFtpServer.StartInMemoryAsync(new() { Languages = ["EN", "DE"] });
        await using FtpClient ftp = Client(server, options => options with { Language = language });
        Assert.Equal(["EN", "DE"], (await ftp.CapabilitiesAsync()).Lang);
        await ftp.StatAsync("/");
        Assert.Equal(spoken, server.Calls.Of("MLST")[^1].Language);
        server.Calls.AssertCount(language is null ? 0 : 1, "LANG");
        await using MockFtpServer other = await MockFtpServer.StartInMemoryAsync(new() { Without = ["LANG"] });
        await using FtpClient silent = Client(other, options => options with { Language = language });
        await silent.StatAsync("/");
        other.Calls.AssertCount(0, "LANG");
    }

    [Theory]
    [InlineData("")]
    [InlineData("d e")]
    [InlineData("de\r\nDELE x")]
    [InlineData("12")]
    [InlineData("de-")]
    [InlineData("abcdefghi")]
    public void A_language_is_a_tag(string language) => Assert.Throws<ArgumentException>(() => new FtpClientOptions { Language = language });

    [Fact]
    public async Task Facts_are_set_together_by_one_command()
    {
        await using MockFtpServer server = await MockFtpServer.StartInMemoryAsync();
        server.Files["a b"] = "hello";
        await using FtpClient ftp = Client(server);
        DateTimeOffset modified = new(2025, 1, 2, 3, 4, 5, TimeSpan.Zero);
        await ftp.SetFactsAsync("a b", new() { Modified = modified, Permissions = Convert.ToInt32("640", 8) });
        Assert.Equal("Modify=20250102030405;UNIX.mode=0640; a b", server.Calls.Single("MFF").Argument);
        FtpEntry entry = await ftp.StatAsync("a b");
        Assert.Equal((modified, Convert.ToInt32("640", 8)), (entry.Modified, entry.Mode));
        await ftp.SetFactsAsync("a b", new() { Created = modified.AddHours(-1) });
        Assert.Equal(550, (await Assert.ThrowsAsync<FtpReplyException>(() => ftp.SetFactsAsync("none", new() { Modified = modified }))).Code);
        await Assert.ThrowsAsync<ArgumentException>(() => ftp.SetFactsAsync("a b", new()));
        Assert.Throws<ArgumentOutOfRangeException>(() => new FtpFactChanges { Permissions = 0x1000 });
    }

    [Fact]
    public async Task Facts_that_a_server_does_not_set_are_not_asked_for()
    {
        await using MockFtpServer server = await MockFtpServer.StartInMemoryAsync(new() { Without = ["MFF"] });
        server.Files["a"] = "hello";
        await using (FtpClient ftp = Client(server))
        {
            Assert.Equal("MFF", (await Assert.ThrowsAsync<CapabilityMissingException>(() => ftp.SetFactsAsync("a", new() { Modified = DateTimeOffset.UnixEpoch }))).Capability);
        }

        server.Calls.AssertCount(0, "MFF");
        await using var some = new ScriptedFtp("""
            S: 220 ready
            C: USER anonymous
            S: 331 any password
            C: PASS anonymous@
            S: 230 in
            C: FEAT
            S: 211-Features
            S:  MFF modify;UNIX.group;
            S: 211 End
            C: MFF Modify=19700101000000; a
            S: 213 Modify=19700101000000; a
            """);
        await using (FtpClient ftp = some.Client())
        {
            Assert.Equal("MFF UNIX.mode", (await Assert.ThrowsAsync<CapabilityMissingException>(() => ftp.SetFactsAsync("a", new() { Permissions = 0 }))).Capability);
            await ftp.SetFactsAsync("a", new() { Modified = DateTimeOffset.UnixEpoch });
        }

        await some.DoneAsync();
    }

    // SITE is the server's own: what may have been done is not done again. A fact may be set as often as one likes.
    [Fact]
    public async Task What_SITE_may_have_done_is_not_done_again()
    {
        await using MockFtpServer server = await MockFtpServer.StartInMemoryAsync();
        server.Files["a"] = "hello";
        await using FtpClient ftp = Client(server, static options => options with { Resilience = new() { BaseDelay = TimeSpan.FromMilliseconds(1), BreakerFailures = 0 } });
        foreach (string verb in (string[])["SITE", "MFF", "MFMT"]) server.Faults.TruncateAfterBytes(0).On(line => line.StartsWith(verb, StringComparison.Ordinal)).Once();
        TransportException lost = await Assert.ThrowsAsync<TransportException>(() => ftp.SetPermissionsAsync("a", 0));
        Assert.Equal(Delivery.MaybeSent, lost.Delivery);
        server.Calls.AssertCount(1, "SITE");
        await ftp.SetFactsAsync("a", new() { Modified = DateTimeOffset.UnixEpoch });
        server.Calls.AssertCount(2, "MFF");
        await ftp.SetModifiedAsync("a", DateTimeOffset.UnixEpoch);
        server.Calls.AssertCount(2, "MFMT");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_port_that_is_refused_is_not_dialed_and_another_one_asked_for(bool old)
    {
        string first = old ? "227 (127,0,0,1,156,65)" : "229 (|||40001|)";
        string second = old ? "227 (127,0,0,1,156,66)" : "229 (|||40002|)";
        string third = old ? "227 (127,0,0,1,156,67)" : "229 (|||40003|)";
        string ask = old ? "PASV" : "EPSV";
        await using var server = new ScriptedFtp(ScriptedFtp.LoginBinary + $"""

            {(old ? "C: EPSV\nS: 500 what" : "")}
            C: {ask}
            S: {first}
            C: {ask}
            S: {second}
            C: {ask}
            S: {third}
            C: RETR a
            S: 150 go
            D: hello
            D.
            S: 226 done
            C: {ask}
            Q
            S: {first}
            C: {ask}
            S: {third}
            C: RETR a
            S: 150 go
            D: hello
            D.
            S: 226 done
            """);
        await using (FtpClient ftp = server.Client(static options => options with { RefusedDataPorts = [40001, 40002] }))
        {
            Assert.Equal("hello", await ftp.ReadTextAsync("a").WaitAsync(Patience));
            // Nor does the command go out before it is known which port it is.
            Assert.Equal("hello", await ftp.ReadTextAsync("a").WaitAsync(Patience));
        }

        Assert.Equal(["peer.test:40003", "peer.test:40003"], server.Dialed);
        await server.DoneAsync();
        Assert.Throws<ArgumentOutOfRangeException>(() => new FtpClientOptions { RefusedDataPorts = [0] });
    }

    [Fact]
    public async Task A_server_that_names_refused_ports_only_is_not_asked_for_ever()
    {
        await using MockFtpServer server = await MockFtpServer.StartInMemoryAsync();
        server.Replies.On("EPSV").Rewrite(static _ => "229 Entering Extended Passive Mode (|||40001|)");
        server.Files["a"] = "hello";
        await using FtpClient ftp = Client(server, static options => options with { RefusedDataPorts = [40001] });
        TransportException none = await Assert.ThrowsAsync<TransportException>(() => ftp.ReadTextAsync("a").WaitAsync(Patience));
        Assert.Equal((TransportError.Connect, Delivery.NotSent), (none.Error, none.Delivery));
        server.Calls.AssertCount(16, "EPSV");
        server.Calls.AssertCount(0, "RETR");
        Assert.Equal(5, (await ftp.StatAsync("a")).Size);
        Assert.Equal(1, server.ConnectionCount);
    }

    [Fact]
    public async Task An_active_client_asks_for_its_address_once_a_connection()
    {
        await using MockFtpServer server = await MockFtpServer.StartAsync();
        server.Files["a"] = "hello";
        int asked = 0;
        await using (FtpClient ftp = Client(server, options => options with
        {
            DataMode = FtpDataMode.Active,
            FindExternalAddress = async token =>
            {
                await Task.Yield();
                token.ThrowIfCancellationRequested();
                return Interlocked.Increment(ref asked) > 0 ? IPAddress.Loopback : IPAddress.None;
            },
        }))
        {
            Assert.Equal("hello", await ftp.ReadTextAsync("a").WaitAsync(Patience));
            Assert.Equal("hello", await ftp.ReadTextAsync("a").WaitAsync(Patience));
        }

        Assert.Equal(1, asked);
        Assert.All(server.Calls.Of("EPRT"), static call => Assert.StartsWith("|1|127.0.0.1|", call.Argument, StringComparison.Ordinal));
        await using FtpClient outside = Client(server, static options => options with
        {
            DataMode = FtpDataMode.Active,
            FindExternalAddress = static _ => ValueTask.FromResult(IPAddress.Parse("192.0.2.1")),
        });
        // The mock connects to nobody else; what it was told counts.
        await Assert.ThrowsAsync<FtpReplyException>(() => outside.ReadTextAsync("a").WaitAsync(Patience));
        Assert.StartsWith("|1|192.0.2.1|", server.Calls.Of("EPRT")[^1].Argument, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_that_is_not_found_in_time_is_a_missed_deadline()
    {
        var time = new VirtualTime();
        await using MockFtpServer server = await MockFtpServer.StartAsync();
        server.Files["a"] = "hello";
        await using FtpClient ftp = Client(server, options => options with
        {
            DataMode = FtpDataMode.Active,
            TimeProvider = time,
            Deadlines = Deadlines.None with { Connect = TimeSpan.FromSeconds(7) },
            FindExternalAddress = static _ => new ValueTask<IPAddress>(new TaskCompletionSource<IPAddress>().Task),
        });
        await ftp.ConnectAsync();
        Task<string> reading = ftp.ReadTextAsync("a");
        await time.WaitForTimerAsync(TimeSpan.FromSeconds(7)).WaitAsync(Patience);
        time.Advance(TimeSpan.FromSeconds(7));
        TransportException missed = await Assert.ThrowsAsync<TransportException>(() => reading.WaitAsync(Patience));
        Assert.Equal((TransportError.Timeout, DeadlinePhase.Connect), (missed.Error, missed.Phase));
    }

    [Theory]
    [InlineData("ftp://user:secret@files.example.org", "user@files.example.org", "files.example.org")]
    [InlineData("ftp://user:secret@files.example.org:2121", "user@files.example.org:2121", "files.example.org:2121")]
    [InlineData("ftp://files.example.org", "anonymous@files.example.org", "files.example.org")]
    [InlineData("ftp://[::1]:2121", "anonymous@[::1]:2121", "[::1]:2121")]
    public async Task A_proxy_of_FTP_is_told_the_server_at_the_login(string url, string user, string host)
    {
        await using MockFtpServer proxy = await MockFtpServer.StartAsync(new() { IsLoginProxy = true });
        proxy.Files["a"] = "hello";
        await using (var ftp = new FtpClient(url, new()
        {
            Transport = proxy.Transport with { Tls = proxy.Transport.Tls with { Mode = TlsMode.None } },
            Resilience = ResilienceOptions.None,
            LoginProxy = proxy.EndPoint,
        }))
        {
            Assert.Equal("hello", await ftp.ReadTextAsync("a").WaitAsync(Patience));
            // What is there is the server's, by its own name.
            Assert.StartsWith(url.Replace("user:secret@", "", StringComparison.Ordinal), (await ftp.UploadAsync(new MemoryStream([1]), "b")).FinalUrl!.AbsoluteUri, StringComparison.Ordinal);
        }

        MockFtpCall login = proxy.Calls.Single("USER");
        Assert.Equal(user, login.Argument);
        Assert.All(proxy.Calls.Of("RETR"), call => Assert.Equal((host, user[..user.IndexOf('@', StringComparison.Ordinal)]), (call.Host, call.User)));
        proxy.Calls.AssertNoProblems();
        await using FtpClient direct = Client(proxy);
        await Assert.ThrowsAnyAsync<ProtocolClientException>(() => direct.ConnectAsync().WaitAsync(Patience));
    }

    [Fact]
    public async Task TLS_is_with_the_proxy_of_FTP()
    {
        await using MockFtpServer proxy = await MockFtpServer.StartAsync(new() { IsLoginProxy = true, RequireTlsReuse = true, RequireProtectedData = true });
        proxy.Files["a"] = "hello";
        await using var ftp = new FtpClient("ftp://user:secret@files.example.org", new()
        {
            Transport = proxy.Transport,
            Resilience = ResilienceOptions.None,
            LoginProxy = new DnsEndPoint("localhost", proxy.EndPoint!.Port),
        });
        Assert.Equal("hello", await ftp.ReadTextAsync("a").WaitAsync(Patience));
        Assert.True(proxy.Calls.Single("USER").IsTls);
        Assert.Throws<ArgumentException>(() => new FtpClientOptions { LoginProxy = new DnsEndPoint("gateway", 0) });
    }

    private static FtpClient Client(MockFtpServer server, Func<FtpClientOptions, FtpClientOptions>? change = null)
    {
        var options = new FtpClientOptions
        {
            Transport = server.Transport with { Tls = server.Transport.Tls with { Mode = TlsMode.None } },
            Resilience = ResilienceOptions.None,
            MaxConnections = 1,
        };
        return new FtpClient(server.Url, change?.Invoke(options) ?? options);
    }
}
