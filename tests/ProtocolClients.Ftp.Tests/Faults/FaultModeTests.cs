using System.Reflection;
using ProtocolClients.Testing;

namespace ProtocolClients.FtpTests.Faults;

/// <summary>Data under TLS, in clear beside a control connection under TLS, after CCC, and compressed: each fault of it ends uploads, downloads and listings as it should.</summary>
public sealed class FaultModeTests
{
    private static readonly TimeSpan Late = TimeSpan.FromSeconds(100);

    private static readonly MethodInfo[] Verbs =
    [
        Verb("DownloadAsync", "FtpPath", "String"),
        Verb("UploadAsync", "Stream", "FtpPath"),
        Verb("ListAsync"),
    ];

    public static TheoryData<string, string, FaultKind> Cases
    {
        get
        {
            var data = new TheoryData<string, string, FaultKind>();
            foreach (FaultMode mode in FaultMode.Others)
            {
                foreach (MethodInfo verb in Verbs)
                {
                    foreach (FaultKind kind in FtpFaultMatrixTests.Kinds) data.Add(mode.Name, verb.Name, kind);
                }
            }

            return data;
        }
    }

    public static TheoryData<string, string> Quiet
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (FaultMode mode in (FaultMode[])[FaultMode.Clear, .. FaultMode.Others])
            {
                foreach (MethodInfo verb in Verbs) data.Add(mode.Name, verb.Name);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_transfer_ends_as_it_should_wherever_its_data_breaks(string modeName, string name, FaultKind kind)
    {
        FaultMode mode = FaultMode.Others.Single(each => each.Name == modeName);
        MethodInfo verb = Verbs.Single(each => each.Name == name);
        (IReadOnlyList<MockFtpCall> calls, Exception? normally) = await FtpFaultMatrixTests.CleanAsync(verb, asSession: false, mode);
        MockFtpCall call = calls.Single(static call => call.DataBytes > 0);
        Assert.Equal((mode.Server.RequireProtectedData, mode.Deflates ? 'Z' : 'S'), (call.IsDataTls, call.Mode));
        Assert.Equal(mode.Server.RequireTls, call.IsTls);
        // A server that inflates reads no further than the end of that.
        bool endsByItself = mode.Deflates && call.Verb == "STOR";
        foreach (long point in FtpFaultMatrixTests.Slow.Contains(kind) ? [0] : (long[])[0, call.DataBytes / 2, endsByItself ? call.DataBytes - 1 : call.DataBytes])
        {
            await FtpFaultMatrixTests.StrikeAsync(
                verb, asSession: false, FtpFaultMatrixTests.Of(kind, point), FtpFaultMatrixTests.Line(call), point == call.DataBytes, data: true, normally, mode);
        }
    }

    [Theory]
    [MemberData(nameof(Quiet))]
    public async Task Nothing_is_done_before_the_final_reply(string modeName, string name)
    {
        FaultMode mode = FaultMode.Others.Append(FaultMode.Clear).Single(each => each.Name == modeName);
        MethodInfo verb = Verbs.Single(each => each.Name == name);
        string where = $"{modeName} {name}";
        await using FtpBench bench = await FtpBench.StartAsync(mode.Client, mode.Server);
        FtpAccess access = await bench.AccessAsync(verb, asSession: false);
        bench.Server.Replies.On(CommandOf(verb)).Delayed(Late);
        Task<Exception?> run = bench.RunAsync(verb, access);
        // All the data went its way, and the server waits before it says so.
        await bench.UntilAsync(() => run.IsCompleted || (bench.Time.NextTimer is { } next && next > TimeSpan.FromMinutes(1) && next <= Late), where);
        Assert.False(run.IsCompleted, $"{where} is over before its reply\n{bench.Server.Calls}");
        Assert.DoesNotContain("came.bin", bench.LocalNames());
        Assert.DoesNotContain("pub/sent.bin", bench.RemoteNames());
        bench.Time.Advance(Late);
        Assert.Null(await bench.DriveAsync(run, where));
    }

    [Theory]
    [MemberData(nameof(Quiet))]
    public async Task Nothing_is_done_when_the_final_reply_says_no(string modeName, string name)
    {
        FaultMode mode = FaultMode.Others.Append(FaultMode.Clear).Single(each => each.Name == modeName);
        MethodInfo verb = Verbs.Single(each => each.Name == name);
        await using FtpBench bench = await FtpBench.StartAsync(mode.Client, mode.Server);
        FtpAccess access = await bench.AccessAsync(verb, asSession: false);
        bench.Server.Replies.On(CommandOf(verb)).Finally("451 Disk error.");
        var refusal = Assert.IsType<FtpReplyException>(await bench.DriveAsync(bench.RunAsync(verb, access), $"{modeName} {name}"));
        Assert.Equal((451, CommandOf(verb), Delivery.Answered), (refusal.Code, refusal.Command, refusal.Delivery));
        Assert.DoesNotContain("came.bin", bench.LocalNames());
        Assert.DoesNotContain("pub/sent.bin", bench.RemoteNames());
        bench.Server.Calls.AssertCount(1, CommandOf(verb));
    }

    [Theory]
    [InlineData("TLS", false)]
    [InlineData("TLS", true)]
    [InlineData("MODE Z", false)]
    [InlineData("MODE Z", true)]
    [InlineData("MODE Z under TLS", false)]
    [InlineData("MODE Z under TLS", true)]
    public async Task An_upload_that_the_server_does_not_read_ends_in_time_and_when_its_caller_wants(string modeName, bool cancelled)
    {
        FaultMode mode = FaultMode.Others.Single(each => each.Name == modeName);
        await using FtpBench bench = await FtpBench.StartAsync(mode.Client, mode.Server);
        await bench.Client.ConnectAsync();
        // More than fits into any buffer, and does not become less.
        byte[] content = new byte[1024 * 1024];
        new Random(7).NextBytes(content);
        FaultRule rule = bench.Server.DataFaults.StallAfterBytes(0).On("STOR").Receiving().Once();
        using var caller = new CancellationTokenSource();
        Task<Exception?> run = UploadAsync(bench.Client, content, caller.Token);
        if (cancelled)
        {
            await bench.UntilAsync(() => rule.Strikes > 0, modeName);
            await caller.CancelAsync();
            Assert.IsAssignableFrom<OperationCanceledException>(await bench.DriveAsync(run, rule, modeName));
        }
        else
        {
            var late = Assert.IsType<TransportException>(await bench.DriveAsync(run, rule, modeName));
            Assert.Equal((TransportError.Timeout, DeadlinePhase.Idle), (late.Error, late.Phase));
        }

        Assert.DoesNotContain("pub/sent.bin", bench.RemoteNames());

        static async Task<Exception?> UploadAsync(FtpClient ftp, byte[] content, CancellationToken cancellationToken)
        {
            try
            {
                await ftp.UploadAsync(new MemoryStream(content), "/pub/sent.bin", null, cancellationToken);
                return null;
            }
            catch (Exception failure) when (failure is ProtocolClientException or OperationCanceledException)
            {
                return failure;
            }
        }
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task An_upload_ends_in_time_also_where_the_buffers_of_the_system_are_full(bool compressed, bool secure)
    {
        await using MockFtpServer server = await MockFtpServer.StartAsync(new() { ExplicitTls = secure });
        await using var ftp = new FtpClient(server.Url, server.ClientOptions with
        {
            Transport = server.Transport with { Tls = server.Transport.Tls with { Mode = secure ? TlsMode.StartTls : TlsMode.None } },
            Compress = compressed,
            Deadlines = Deadlines.Default with { Idle = TimeSpan.FromMilliseconds(300) },
        });
        string source = Path.GetTempFileName();
        await using var content = new FileStream(source, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.ReadWrite, Options = FileOptions.DeleteOnClose | FileOptions.Asynchronous });
        byte[] piece = new byte[64 * 1024];
        for (int i = 0; i < 384; i++)
        {
            Random.Shared.NextBytes(piece);
            await content.WriteAsync(piece);
        }

        content.Position = 0;
        server.DataFaults.StallAfterBytes(0).On("STOR").Receiving().Once();
        Task<TransferResult> upload = ftp.UploadAsync(content, "sent.bin");
        TransportException late = await Assert.ThrowsAsync<TransportException>(() => upload.WaitAsync(TimeSpan.FromMinutes(2)));
        Assert.Equal((TransportError.Timeout, DeadlinePhase.Idle), (late.Error, late.Phase));
        Assert.False(server.Files.Contains("sent.bin"));
    }

    [Theory]
    [InlineData(FaultKind.Reset)]
    [InlineData(FaultKind.Truncate)]
    [InlineData(FaultKind.HalfClose)]
    [InlineData(FaultKind.Stall)]
    public async Task A_connection_that_ends_in_CCC_was_not_made(FaultKind kind)
    {
        FaultMode mode = FaultMode.Others.Single(static each => each.Name == "CCC");
        // Before the go-ahead, in it, and behind it.
        foreach (int point in (int[])[0, 5, 15])
        {
            await using FtpBench bench = await FtpBench.StartAsync(mode.Client, mode.Server);
            FaultRule rule = bench.Server.Faults.Add(FtpFaultMatrixTests.Of(kind, point)).On(static line => line == "CCC").Once();
            Exception? failure = await bench.DriveAsync(bench.RunAsync(Verbs[2], bench.Client), rule, $"{kind} after {point}");
            Assert.True(failure is TransportException { Delivery: Delivery.NotSent }, $"{kind} after {point}: {failure}");
            bench.Server.Faults.Clear();
            Assert.Null(await bench.DriveAsync(bench.RunAsync(Verbs[2], bench.Client), "next"));
        }
    }

    private static string CommandOf(MethodInfo verb) => verb.Name switch { "DownloadAsync" => "RETR", "UploadAsync" => "STOR", _ => "MLSD" };

    private static MethodInfo Verb(string name, params string[] parameters) => FtpBench.Verbs.Single(verb =>
        verb.Name == name && verb.DeclaringType == typeof(FtpAccess) && verb.GetParameters().Take(parameters.Length).Select(static each => each.ParameterType.Name).SequenceEqual(parameters));
}
