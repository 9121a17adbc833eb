using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Reflection;
using System.Text;
using Microsoft.Extensions.Logging;
using ProtocolClients.FtpTests.Faults;
using ProtocolClients.FtpTests.Transcripts;
using ProtocolClients.Testing;
using ProtocolClients.Transport;

namespace ProtocolClients.FtpTests;

/// <summary>What is known to have gone wrong in other clients of FTP, one test a row of the list.</summary>
public sealed class SecurityRowTests : IDisposable
{
    private readonly string _local = Directory.CreateTempSubdirectory("ftp-rows-").FullName;

    public static TheoryData<string> BadPaths => ["a\r\nDELE x", "a\nDELE x", "a\rb", "a\0b", "\r", "\n", "\0"];

    public void Dispose() => Directory.Delete(_local, recursive: true);

    [Fact]
    public void Row_03_and_04_what_a_connection_depends_on_is_in_the_key_of_its_pool()
    {
        static PoolKey Key(string url, FtpClientOptions options) => new FtpConnector(FtpUrl.Parse(url), options).Key;
        FtpClientOptions plain = new() { Transport = TransportOptions.Default with { Tls = TlsOptions.Default with { Mode = TlsMode.None } } };
        PoolKey key = Key("ftp://h", plain);
        Assert.Equal(key, Key("ftp://h", plain with { }));
        foreach (TlsMode mode in Enum.GetValues<TlsMode>().Where(static mode => mode is not (TlsMode.None or TlsMode.ByScheme)))
            Assert.NotEqual(key, Key("ftp://h", plain with { Transport = plain.Transport with { Tls = plain.Transport.Tls with { Mode = mode } } }));
        // What the scheme and the credentials make of the mode is in it, too.
        FtpClientOptions free = FtpClientOptions.Default;
        PoolKey[] modes =
        [
            Key("ftp://h", free), Key("ftp://h", free with { Credentials = new("u", "p") }), Key("ftp://u:q@h", free), Key("ftps://h", free), Key("ftp://h:2121", free), Key("ftp://i", free),
        ];
        Assert.Equal(modes.Length, modes.Distinct().Count());
        Assert.Equal((TlsMode.StartTlsWhenAvailable, TlsMode.StartTls, TlsMode.Implicit), (modes[0].Transport.Tls.Mode, modes[1].Transport.Tls.Mode, modes[3].Transport.Tls.Mode));
    }

    // A client's options are those of all its connections, and no two clients share any: each property flipped is another client's record.
    [Fact]
    public void Row_04_each_property_of_the_options_flipped_is_another_record()
    {
        var others = new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["MaxConnections"] = 9,
            ["MaxIdleTime"] = TimeSpan.FromHours(1),
            ["DataMode"] = FtpDataMode.Active,
            ["ActivePorts"] = (5000, 5001),
            ["ExternalAddress"] = IPAddress.Broadcast,
            ["FindExternalAddress"] = new Func<CancellationToken, ValueTask<IPAddress>>(static _ => ValueTask.FromResult(IPAddress.Broadcast)),
            ["RefusedDataPorts"] = (ValueList<int>)[5000],
            ["LoginProxy"] = new DnsEndPoint("gateway", 21),
            ["Language"] = "de",
            ["Encoding"] = Encoding.Latin1,
            ["VirtualHost"] = "v",
            ["Account"] = new Secret("a"),
            ["ProtectData"] = false,
            ["ClearControlAfterLogin"] = true,
            ["Compress"] = true,
            ["Pipelining"] = false,
            ["KeepAlive"] = TimeSpan.FromHours(1),
            ["ListFormat"] = FtpListFormat.Mlsd,
            ["TimeZone"] = TimeZoneInfo.CreateCustomTimeZone("t", TimeSpan.FromHours(1), "t", "t"),
            ["Transport"] = TransportOptions.Default with { KeepAlive = TimeSpan.FromHours(1) },
            ["Credentials"] = new Credentials("u", "p"),
            ["Deadlines"] = Deadlines.None,
            ["Limits"] = WireLimits.Default with { Line = 9 },
            ["Resilience"] = ResilienceOptions.None,
            ["LoggerFactory"] = new ListLogger(),
            ["WireLog"] = new RecordingWireLog(),
            ["TimeProvider"] = new VirtualTime(),
        };
        foreach (PropertyInfo property in typeof(FtpClientOptions).GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            var flipped = new FtpClientOptions();
            Assert.Equal(new FtpClientOptions(), flipped);
            Assert.True(others.TryGetValue(property.Name, out object? other), $"Name another value for {property.Name}.");
            property.SetValue(flipped, other);
            Assert.NotEqual(new FtpClientOptions(), flipped);
        }

        Assert.Empty(typeof(FtpClient).GetFields(BindingFlags.NonPublic | BindingFlags.Public | BindingFlags.Static));
    }

    [Theory]
    [InlineData("10.0.0.1")]
    [InlineData("203.0.113.7")]
    [InlineData("127.0.0.2")]
    [InlineData("255.255.255.255")]
    public async Task Row_05_data_goes_to_the_peer_of_the_control_connection_whatever_PASV_names(string named)
    {
        await using MockFtpServer server = await MockFtpServer.StartAsync(new() { PassiveAddress = IPAddress.Parse(named), Without = ["EPSV"] });
        server.Files["a"] = "hello";
        await using var ftp = new FtpClient(server.Url, new() { Transport = server.Transport, Resilience = ResilienceOptions.None });
        Assert.Equal("hello", await ftp.ReadTextAsync("a"));
        await ftp.UploadAsync(new MemoryStream("up"u8.ToArray()), "b");
        Assert.Equal("up", server.Files["b"].ToString());
        Assert.Equal(MockFtpDataMode.Passive, server.Calls.Single("RETR").DataMode);
        Assert.Equal(2, server.DataConnectionCount);
    }

    [Theory]
    [InlineData("S~ 220 \nS* a")]
    [InlineData("S* 220-on and on\\r\\n")]
    [InlineData("S~ 220-\\r\\n\nS* \\r\\n")]
    [InlineData("S* 1")]
    public async Task Row_15_and_17_endless_replies_are_cut_off(string greeting)
    {
        await using var server = new ScriptedFtp(greeting);
        await using FtpClient ftp = server.Client();
        WireFormatException cut = await Assert.ThrowsAnyAsync<WireFormatException>(() => ftp.ConnectAsync());
        Assert.True(cut is WireLimitException || greeting == "S* 1", cut.ToString());
        await server.DoneAsync();
    }

    [Theory]
    [InlineData("S* 120 soon\\r\\n", "greeting")]
    [InlineData(ScriptedFtp.LoginBinary + "\nC: EPSV\nS: 229 (|||40001|)\nC: RETR a\nS: 150 go\nD: hello\nD.\nS* 150 still\\r\\n", "transfer")]
    public async Task Row_17_endless_preliminary_replies_are_cut_off(string script, string where)
    {
        await using var server = new ScriptedFtp(script);
        await using FtpClient ftp = server.Client();
        WireLimitException cut = await Assert.ThrowsAsync<WireLimitException>(() => where == "greeting" ? ftp.ConnectAsync() : ftp.ReadBytesAsync("a"));
        Assert.Equal("IntermediateReplies", cut.Limit);
        await server.DoneAsync();
    }

    [Fact]
    public async Task Row_17_preliminary_replies_to_what_has_none_are_cut_off()
    {
        await using var server = new ScriptedFtp(ScriptedFtp.Login + "\nC: DELE a\nS* 150 going\\r\\n", ScriptedFtp.Login + "\nC: DELE b\nS: 250 gone");
        await using (FtpClient ftp = server.Client())
        {
            await Assert.ThrowsAsync<FtpReplyException>(() => ftp.DeleteAsync("a"));
            await ftp.DeleteAsync("b");
        }

        await server.DoneAsync();
    }

    [Fact]
    public async Task Row_15_an_endless_line_of_a_listing_is_cut_off()
    {
        await using var server = new ScriptedFtp(ScriptedFtp.Login + "\nC: SYST\nS: 215 UNIX\nC: EPSV\nS: 229 (|||40001|)\nC: LIST\nS: 150 go\nD* a\nC: ABOR\nS: 426 cut\nS: 226 done");
        await using (FtpClient ftp = server.Client())
        {
            WireLimitException cut = await Assert.ThrowsAsync<WireLimitException>(async () => await ftp.ListAsync().ToListAsync());
            Assert.Equal("Line", cut.Limit);
        }
    }

    [Fact]
    public async Task Row_15_what_is_read_into_memory_has_a_limit()
    {
        await using var server = new ScriptedFtp(ScriptedFtp.LoginBinary + "\nC: EPSV\nS: 229 (|||40001|)\nC: RETR a\nS: 150 go\nD* a\nC: ABOR\nS: 426 cut\nS: 226 done");
        await using FtpClient ftp = server.Client(static options => options with { Limits = WireLimits.Default with { InMemory = 1_000_000 } });
        Assert.Equal("InMemory", (await Assert.ThrowsAsync<WireLimitException>(() => ftp.ReadBytesAsync("a"))).Limit);
    }

    [Theory]
    [MemberData(nameof(BadPaths))]
    public async Task Row_19_no_verb_takes_a_path_that_would_be_two_lines(string bad)
    {
        await using MockFtpServer server = await MockFtpServer.StartInMemoryAsync();
        await using var ftp = new FtpClient(server.Url, new() { Transport = server.Transport });
        string source = Path.Combine(_local, "source");
        await File.WriteAllTextAsync(source, "x");
        int seen = 0;
        foreach (MethodInfo verb in FtpBench.Verbs.Where(static verb => verb.GetParameters().Any(static parameter => parameter.ParameterType == typeof(FtpPath)) && verb.DeclaringType == typeof(FtpAccess)))
        {
            ParameterInfo[] parameters = verb.GetParameters();
            foreach (ParameterInfo path in parameters.Where(static parameter => parameter.ParameterType == typeof(FtpPath)))
            {
                foreach (FtpPath argument in (FtpPath[])[bad, FtpPath.FromBytes(Encoding.Latin1.GetBytes(bad))])
                {
                    object?[] arguments = [.. parameters.Select(parameter => parameter == path ? argument : ArgumentOf(verb, parameter, source))];
                    ArgumentException refused = await Assert.ThrowsAnyAsync<ArgumentException>(() => CallAsync(verb, ftp, arguments));
                    Assert.True(path.Name == refused.ParamName, $"{FtpBench.NameOf(verb)}: {refused}");
                    seen++;
                }
            }
        }

        Assert.True(seen >= 40);
        // Before anything was connected, and nothing was made here.
        Assert.Equal(0, server.ConnectionCount);
        Assert.Equal([source], Directory.GetFiles(_local));
    }

    [Theory]
    [InlineData("SITE HELP\r\nDELE x")]
    [InlineData("SITE\nDELE x")]
    [InlineData("SITE \0")]
    [InlineData("DELE\tx\rDELE y")]
    public async Task Row_19_no_line_of_ones_own_is_two(string line)
    {
        await using MockFtpServer server = await MockFtpServer.StartInMemoryAsync();
        await using var ftp = new FtpClient(server.Url, new() { Transport = server.Transport });
        await using FtpSession session = await ftp.OpenSessionAsync();
        int before = server.Calls.Count;
        await Assert.ThrowsAnyAsync<ArgumentException>(() => session.SendAsync(line));
        Assert.Equal(before, server.Calls.Count);
    }

    [Fact]
    public async Task Row_34_a_part_that_was_swapped_for_a_link_is_neither_named_nor_deleted()
    {
        string victim = Path.Combine(_local, "victim");
        await File.WriteAllTextAsync(victim, "precious");
        string target = Path.Combine(_local, "a.bin");
        await using var server = new ScriptedFtp(ScriptedFtp.LoginBinary + """

            C: SIZE a
            C: MDTM a
            S: 213 5
            S: 213 20250101000000
            C: EPSV
            S: 229 (|||40001|)
            C: RETR a
            S: 150 go
            D: hel
            G
            D: lo
            D.
            S: 226 done
            """);
        await using (FtpClient ftp = server.Client())
        {
            Task<TransferResult> download = ftp.DownloadAsync("a", target);
            await server.ReachedAsync();
            string part = PartFile.PartPathsOf(target).First();
            Assert.True(File.Exists(part));
            File.Delete(part);
            File.CreateSymbolicLink(part, victim);
            server.Go();
            await Assert.ThrowsAsync<IOException>(() => download);
            Assert.Equal("precious", await File.ReadAllTextAsync(victim));
            Assert.False(File.Exists(target));
            Assert.NotNull(new FileInfo(part).LinkTarget);
        }

        await server.DoneAsync();
    }

    [Fact]
    public async Task Row_34_a_link_that_waits_under_the_parts_name_is_not_written_through()
    {
        string victim = Path.Combine(_local, "victim");
        await File.WriteAllTextAsync(victim, "precious");
        string target = Path.Combine(_local, "a.bin");
        File.CreateSymbolicLink(PartFile.PartPathsOf(target).First(), victim);
        await using MockFtpServer server = await MockFtpServer.StartInMemoryAsync();
        server.Files["a"] = "hello";
        await using var ftp = new FtpClient(server.Url, new() { Transport = server.Transport });
        await Assert.ThrowsAsync<IOException>(() => ftp.DownloadAsync("a", target));
        Assert.Equal("precious", await File.ReadAllTextAsync(victim));
    }

    [Fact]
    public async Task Row_52_no_form_of_a_password_stands_in_any_log_trace_or_exception()
    {
        const string Password = "s3cr=t/pä";
        var log = new RecordingWireLog();
        using var logger = new ListLogger();
        var told = new ConcurrentQueue<string>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name.StartsWith("ProtocolClients", StringComparison.Ordinal),
            Sample = (ref _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity => told.Enqueue(activity.DisplayName + activity.StatusDescription + string.Join(' ', activity.TagObjects)),
        };
        ActivitySource.AddActivityListener(listener);
        await using MockFtpServer server = await MockFtpServer.StartInMemoryAsync(new() { KeepPasswords = true });
        server.Files["a"] = "hello";
        await using var refusing = new ScriptedFtp($"S: 220 ready\nC: USER user\nS: 331 password\nC: PASS {Password.Replace("ä", "\\xC3\\xA4", StringComparison.Ordinal)}\nS: 332 account\nC: ACCT acc0unt\nS: 530 no");
        string text = string.Empty;
        FtpClientOptions Logged(FtpClientOptions options) => options with
        {
            WireLog = log,
            LoggerFactory = logger,
            Account = new Secret("acc0unt"),
            Transport = options.Transport with { Tls = options.Transport.Tls with { Mode = TlsMode.None } },
        };
        string url = $"ftp://user:{Uri.EscapeDataString(Password)}@localhost";
        await using (var ftp = new FtpClient(url, Logged(new FtpClientOptions { Transport = server.Transport })))
        {
            Assert.Equal("hello", await ftp.ReadTextAsync("a"));
            TransferResult result = await ftp.DownloadAsync("a", Path.Combine(_local, "a"));
            text += result + string.Join('\n', (await ftp.ListAsync().ToListAsync()).Select(static entry => entry.ToString())) + ftp.Options;
            text += await Assert.ThrowsAsync<FtpReplyException>(() => ftp.ReadTextAsync("missing"));
            await using FtpSession session = await ftp.OpenSessionAsync();
            text += await session.SendAsync("SITE HELP");
        }

        await using (FtpClient ftp = refusing.Client(options => Logged(options) with { Credentials = new("user", Password) }))
        {
            text += await Assert.ThrowsAsync<AuthenticationFailedException>(() => ftp.ConnectAsync());
            text += ftp.Options;
        }

        // It went over the wire as it is.
        Assert.Equal(Password, server.Calls.Single("PASS").Argument);
        text += log.Text + string.Join('\n', logger.Lines) + string.Join('\n', told);
        Assert.Contains("PASS ***", text, StringComparison.Ordinal);
        Assert.Contains("ACCT ***", text, StringComparison.Ordinal);
        Assert.Contains("ftp download", text, StringComparison.Ordinal);
        string[] forms =
        [
            Password, Uri.EscapeDataString(Password), Convert.ToBase64String(Encoding.UTF8.GetBytes(Password)), Convert.ToBase64String(Encoding.UTF8.GetBytes("user:" + Password)),
            Convert.ToHexString(Encoding.UTF8.GetBytes(Password)), "s3cr", "acc0unt",
        ];
        foreach (string form in forms) Assert.DoesNotContain(form, text, StringComparison.OrdinalIgnoreCase);
        foreach (string form in forms) Assert.DoesNotContain(form, server.Transcript.ToString(), StringComparison.OrdinalIgnoreCase);
    }

    private object? ArgumentOf(MethodInfo verb, ParameterInfo parameter, string source) => parameter switch
    {
        { ParameterType: var type } when type == typeof(FtpPath) => (FtpPath)"good",
        { ParameterType: var type } when type == typeof(Stream) => new MemoryStream([1]),
        { Name: "local" } => verb.Name == "UploadAsync" ? source : Path.Combine(_local, "target"),
        { HasDefaultValue: true } => parameter.DefaultValue ?? (parameter.ParameterType.IsValueType ? Activator.CreateInstance(parameter.ParameterType) : null),
        { ParameterType: var type } => Activator.CreateInstance(type),
    };

    private static async Task CallAsync(MethodInfo verb, FtpAccess ftp, object?[] arguments)
    {
        object? result;
        try
        {
            result = verb.Invoke(ftp, arguments);
        }
        catch (TargetInvocationException wrapped)
        {
            throw wrapped.InnerException!;
        }

        if (result is Task task) await task;
        else if (result is IAsyncEnumerable<FtpEntry> entries) await entries.ToListAsync();
        else await ((IAsyncEnumerable<FtpPath>)result!).ToListAsync();
    }

    private sealed class ListLogger : ILoggerFactory, ILogger
    {
        public ConcurrentQueue<string> Lines { get; } = [];

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Enqueue(formatter(state, exception) + exception);

        public void Dispose()
        {
        }
    }
}
