using System.Net;
using Microsoft.Win32.SafeHandles;
using ProtocolClients.Testing;

namespace ProtocolClients.HttpTests;

/// <content>Losses, locks, files that change, and what two runs have of one another.</content>
public sealed partial class TusUploaderTests
{
    private static readonly ResilienceOptions AtOnce = new() { Attempts = 3, BaseDelay = TimeSpan.Zero };

    private static readonly Deadlines Far = new()
    {
        Connect = TimeSpan.FromHours(1),
        Tls = TimeSpan.FromHours(1),
        Command = TimeSpan.FromHours(1),
        Idle = TimeSpan.FromHours(1),
    };

    private void BeforeEach(string method, Action act) => _server.Routes.On(method, "/files/*").Where(_ =>
    {
        act();
        return false;
    });

    private async Task GrowAsync(int bytes)
    {
        byte[] content = new byte[bytes];
        new Random(12).NextBytes(content);
        await File.WriteAllBytesAsync(Path, content);
    }

    [Fact]
    public async Task A_connection_that_is_lost_after_minutes_is_worth_another_as_it_brought_bytes()
    {
        var time = new VirtualTime();
        BeforeEach("PATCH", () => time.Advance(TimeSpan.FromMinutes(3)));
        _tus.CutAfter(300_000);
        _tus.CutAfter(300_000);
        TransferResult result = await UploadAsync(_server.ClientOptions with { TimeProvider = time, Resilience = AtOnce, Deadlines = Far }, EndPoint);
        Assert.Equal((3, TimeSpan.FromMinutes(9)), (result.Attempts, result.Elapsed));
        AssertWhole("1");
    }

    [Fact]
    public async Task What_an_earlier_run_sent_is_no_progress_of_this_one()
    {
        _tus.CutAfter(300_000);
        await Assert.ThrowsAnyAsync<ProtocolClientException>(() => UploadAsync());
        var time = new VirtualTime();
        _server.Routes.On("PATCH", "/files/*").Where(_ =>
        {
            time.Advance(TimeSpan.FromMinutes(3));
            return true;
        }).Respond(503).BeforeBody();
        await Assert.ThrowsAsync<HttpStatusException>(() => UploadAsync(
            _server.ClientOptions with { TimeProvider = time, Resilience = AtOnce, Deadlines = Far, Expect = ExpectOptions.Default with { Threshold = 0 } }, EndPoint));
        // The earlier run's, and one.
        Assert.Equal(2, _server.Calls.Of("PATCH", "/files/1").Count);
    }

    [Fact]
    public async Task Attempts_begin_anew_as_long_as_each_brings_much_and_end_when_none_does()
    {
        const int Length = 16 * 1024 * 1024;
        await GrowAsync(Length);
        for (int i = 0; i < 7; i++) _tus.CutAfter(Length / 8);
        TransferResult result = await UploadAsync(resilience: AtOnce with { Attempts = 2 });
        Assert.Equal((8, 0L), (result.Attempts, result.ResumedFrom));
        Assert.Equal(await File.ReadAllBytesAsync(Path), _tus.Uploads["1"].ToArray());

        for (int i = 0; i < 100; i++) _tus.CutAfter(0);
        await Assert.ThrowsAnyAsync<ProtocolClientException>(() => UploadAsync(resilience: AtOnce with { BreakerFailures = 0 }));
        // What lay in buffers counts once.
        Assert.InRange(_server.Calls.Of("PATCH", "/files/2").Count, 3, 6);
    }

    [Fact]
    public async Task A_request_fails_once_for_the_breaker_and_is_repeated_by_the_upload_only()
    {
        _tus.CutAfter(300_000);
        _server.Routes.On("HEAD", "/files/*").RespondRaw([], RawEnd.Reset);
        await using var http = new HttpSession(_server.ClientOptions with { Resilience = AtOnce with { BreakerFailures = 4 } });
        await Assert.ThrowsAsync<TransportException>(() => new TusUploader(http).UploadAsync(Path, EndPoint, null, TestContext.Current.CancellationToken).WaitAsync(Safety));
        _server.Calls.AssertCount(2, "HEAD", "/files/1");
        // Three failures: a breaker of four lets this one through.
        using HttpReply reply = await http.GetAsync(_server.UrlOf("/none").AbsoluteUri, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NotFound, reply.Status);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1_000_000)]
    public async Task A_file_that_changes_while_it_is_sent_is_never_called_whole(int cut)
    {
        if (cut > 0) _tus.CutAfter(cut);
        BeforeEach("PATCH", () =>
        {
            using SafeFileHandle file = File.OpenHandle(Path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
            RandomAccess.Write(file, [42, 42], 0);
            File.SetLastWriteTimeUtc(file, new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        });
        IOException failure = await Assert.ThrowsAsync<IOException>(() => UploadAsync(resilience: AtOnce));
        Assert.Contains("changed while it was sent", failure.Message, StringComparison.Ordinal);
        Assert.Empty(States);
    }

    [Fact]
    public async Task A_lock_after_a_loss_is_waited_for()
    {
        var time = new VirtualTime();
        _tus.CutAfter(300_000, locked: 5);
        Task<TransferResult> upload = UploadAsync(_server.ClientOptions with { TimeProvider = time, Resilience = AtOnce, Deadlines = Far }, EndPoint);
        await DriveAsync(upload, time);
        Assert.Equal((2, 0L), ((await upload).Attempts, (await upload).ResumedFrom));
        // 1, 2, 4, 8 and 16 seconds: not of the attempts.
        Assert.InRange((await upload).Elapsed, TimeSpan.FromSeconds(31), TimeSpan.FromSeconds(32));
        AssertWhole("1");
    }

    [Fact]
    public async Task A_lock_that_stays_ends_it_within_the_budget_and_at_once_without_retries()
    {
        var time = new VirtualTime();
        _tus.Lock(1000);
        Task<TransferResult> upload = UploadAsync(_server.ClientOptions with { TimeProvider = time, Resilience = AtOnce, Deadlines = Far }, EndPoint);
        await DriveAsync(upload, time);
        Assert.Equal(HttpStatusCode.Locked, (await Assert.ThrowsAsync<HttpStatusException>(() => upload)).Status);
        Assert.InRange(time.Elapsed, TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(2));
        int asked = _server.Calls.Count;
        await Assert.ThrowsAsync<HttpStatusException>(() => UploadAsync());
        Assert.Equal(asked + 1, _server.Calls.Count);
        Assert.Single(States);
    }

    // Only the waits for a lock: the deadlines are far.
    private static async Task DriveAsync(Task upload, VirtualTime time)
    {
        using var end = new CancellationTokenSource(Safety);
        _ = upload.ContinueWith(_ => end.Cancel(), TaskScheduler.Default);
        try
        {
            while (!upload.IsCompleted)
            {
                await time.WaitForTimerAsync(TimeSpan.FromSeconds(30), end.Token);
                if (time.NextTimer is { } next && next <= TimeSpan.FromSeconds(30)) time.Advance(next);
            }
        }
        catch (OperationCanceledException) when (upload.IsCompleted)
        {
            // It needed no further wait.
        }
    }

    [Fact]
    public async Task Conflicts_that_were_settled_do_not_add_up()
    {
        int asked = 0;
        _server.Routes.On("PATCH", "/files/*").Where(_ => ++asked is 1 or 3 or 5).Respond(409).Header("Tus-Resumable", "1.0.0");
        TransferResult result = await UploadAsync(new TusOptions { MaxRequest = 300_000 });
        Assert.Equal(7, result.Attempts);
        AssertWhole("1");
    }

    [Fact]
    public async Task Uploads_of_one_file_to_two_end_points_do_not_meet()
    {
        MockTus other = _server.Routes.Tus("/others");
        _tus.CutAfter(300_000);
        await Assert.ThrowsAnyAsync<ProtocolClientException>(() => UploadAsync());
        other.CutAfter(200_000);
        string second = _server.UrlOf("/others").AbsoluteUri;
        await Assert.ThrowsAnyAsync<ProtocolClientException>(() => UploadAsync(url: second));
        Assert.Equal(2, States.Length);
        Assert.Equal(200_000, (await UploadAsync(url: second)).ResumedFrom);
        Assert.Equal(300_000, (await UploadAsync()).ResumedFrom);
        Assert.Empty(States);
    }

    [Fact]
    public async Task A_state_that_another_process_has_made_meanwhile_stays()
    {
        string theirs = "";
        BeforeEach("PATCH", () =>
        {
            string state = States.Single();
            theirs = File.ReadAllText(state).Replace("/files/1", "/files/7", StringComparison.Ordinal);
            File.WriteAllText(state, theirs);
        });
        await UploadAsync();
        Assert.Equal(theirs, await File.ReadAllTextAsync(States.Single()));
        Assert.Contains("/files/7", theirs, StringComparison.Ordinal);
    }
}
