using System.Text.Json.Nodes;

namespace ProtocolClients.UrlTests;

/// <summary>What an earlier run left: when it is used, when not, and that the file is right either way.</summary>
public sealed class ResumeTests : IDisposable
{
    private const int Size = 4_000_000;
    private const int Kept = 3_000_000;

    private static readonly TimeSpan Safety = TimeSpan.FromMinutes(2);

    private readonly string _folder = Directory.CreateTempSubdirectory("resume-").FullName;
    private readonly byte[] _body = Downloads.Bytes(Size);

    private string Target => Path.Combine(_folder, "big.iso");

    private string Part => Target + ".part";

    private string State => Target + ".part.json";

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static Downloader OneAttempt() => new(new DownloaderOptions
    {
        Resilience = ResilienceOptions.None,
        Transport = TransportOptions.Default with { Proxy = ProxyOptions.None },
    });

    private DownloadRequest Request(Origin origin) => new(origin.Url) { Path = Target };

    /// <summary>A run that the server ends after some bytes.</summary>
    private async Task BreakAsync(Origin origin, DownloadRequest? request = null)
    {
        origin.Cut = static _ => Kept;
        await using (Downloader downloader = OneAttempt())
        {
            await Assert.ThrowsAnyAsync<ProtocolClientException>(() => downloader.DownloadAsync(request ?? Request(origin)).WaitAsync(Safety));
        }

        Assert.False(File.Exists(Target));
        origin.Cut = static _ => null;
        origin.Requests.Clear();
    }

    private async Task<TransferResult> FinishAsync(Origin origin, DownloadRequest? request = null)
    {
        await using Downloader downloader = OneAttempt();
        TransferResult result = await downloader.DownloadAsync(request ?? Request(origin)).WaitAsync(Safety);
        Assert.Equal(origin.Body, await File.ReadAllBytesAsync(Target));
        Assert.Equal([Target], Directory.GetFileSystemEntries(_folder));
        return result;
    }

    [Fact]
    public async Task A_later_run_goes_on_at_the_last_byte_on_a_strong_validator()
    {
        await using var origin = new Origin(_body);
        await BreakAsync(origin);
        Assert.Equal([Part, State], Directory.GetFileSystemEntries(_folder).Order(StringComparer.Ordinal));
        TransferResult result = await FinishAsync(origin, Request(origin) with { Checksum = Downloads.Sha256(_body) });
        Assert.Equal(Kept, result.ResumedFrom);
        Asked asked = Assert.Single(origin.Requests);
        Assert.Equal((Kept, "\"v1\""), (asked.From, asked.IfRange));
        Assert.Equal(Size, origin.Sent);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task A_reset_connection_goes_on_where_it_broke_off_in_the_same_run_and_in_a_later_one(int segments)
    {
        await using var origin = new Origin(_body) { Resets = true, Cut = static _ => 700_000 };
        // A reset takes with it what was not read: something of the first answer shall be here before.
        origin.BeforeCut = async stop =>
        {
            while (!stop.IsCancellationRequested && new FileInfo(Part) is not { Exists: true, Length: > 0 }) await Task.Yield();
        };
        DownloadRequest request = Request(origin) with { Segments = segments };
        await using (Downloader downloader = OneAttempt())
        {
            ProtocolClientException failure = await Assert.ThrowsAnyAsync<ProtocolClientException>(() => downloader.DownloadAsync(request).WaitAsync(Safety));
            Assert.True(failure is TransportException { Error: TransportError.ConnectionLost }, failure.ToString());
            Assert.True(failure.IsTransient);
        }

        Assert.False(File.Exists(Target));
        int before = origin.Requests.Count;
        origin.Cut = asked => asked.Number <= before + 2 ? 700_000 : null;
        await using var again = new Downloader(new DownloaderOptions
        {
            Resilience = ResilienceOptions.None with { Attempts = 5, BaseDelay = TimeSpan.FromMilliseconds(1) },
            Transport = TransportOptions.Default with { Proxy = ProxyOptions.None },
        });
        TransferResult result = await again.DownloadAsync(request with { Checksum = Downloads.Sha256(_body) }).WaitAsync(Safety);
        Assert.Equal(_body, await File.ReadAllBytesAsync(Target));
        Assert.Equal([Target], Directory.GetFileSystemEntries(_folder));
        Assert.All(origin.Requests.Skip(before).Where(static asked => asked.From > 0), static asked => Assert.Equal("\"v1\"", asked.IfRange));
        Assert.Contains(origin.Requests.Skip(before), static asked => asked.From > 0);
        Assert.Equal(Size, result.Bytes);
    }

    [Fact]
    public async Task A_run_that_had_all_but_its_end_asks_for_one_byte()
    {
        await using var origin = new Origin(_body);
        await BreakAsync(origin);
        await File.WriteAllBytesAsync(Part, _body);
        TransferResult result = await FinishAsync(origin, Request(origin) with { Checksum = Downloads.Sha256(_body) });
        Assert.Equal((Size - 1, (long?)null), (origin.Requests.Single().From, origin.Requests.Single().To));
        Assert.Equal(Size, result.Bytes);
    }

    [Fact]
    public async Task A_content_that_changed_meanwhile_is_fetched_anew()
    {
        await using var origin = new Origin(_body);
        await BreakAsync(origin);
        (origin.Body, origin.Tag) = (Downloads.Bytes(Size, seed: 2), "\"v2\"");
        Assert.Equal(0, (await FinishAsync(origin)).ResumedFrom);
        Assert.Single(origin.Requests);
    }

    [Theory]
    [InlineData(Size)]
    [InlineData(Size - 500_000)]
    [InlineData(1_000_000)]
    [InlineData(0)]
    public async Task A_changed_content_on_a_server_that_ignores_conditions_is_fetched_anew(int size)
    {
        await using var origin = new Origin(_body) { KnowsIfRange = false };
        await BreakAsync(origin);
        (origin.Body, origin.Tag) = (Downloads.Bytes(size, seed: 2), "\"v2\"");
        Assert.Equal(0, (await FinishAsync(origin)).ResumedFrom);
        Assert.Null(origin.Requests.Last().From);
    }

    [Theory]
    [InlineData("W/\"v1\"")]
    [InlineData(null)]
    public async Task Without_a_strong_validator_nothing_is_kept_and_with_a_checksum_the_rest_is_fetched(string? tag)
    {
        await using var origin = new Origin(_body) { Tag = tag };
        await BreakAsync(origin);
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
        DownloadRequest proven = Request(origin) with { Checksum = Downloads.Sha256(_body) };
        await BreakAsync(origin, proven);
        Assert.Equal(Kept, (await FinishAsync(origin, proven)).ResumedFrom);
        Assert.Equal((Kept, (string?)null), (origin.Requests.Single().From, origin.Requests.Single().IfRange));
    }

    [Fact]
    public async Task A_kept_part_that_turns_out_wrong_by_the_checksum_is_fetched_anew_once()
    {
        await using var origin = new Origin(_body) { Tag = null };
        DownloadRequest proven = Request(origin) with { Checksum = Downloads.Sha256(_body) };
        await BreakAsync(origin, proven);
        using (FileStream part = File.OpenWrite(Part)) part.Write("damaged"u8);
        Assert.Equal(0, (await FinishAsync(origin, proven)).ResumedFrom);
        Assert.Equal([Kept, null], origin.Requests.Select(asked => asked.From));
    }

    [Fact]
    public async Task A_wrong_checksum_of_a_whole_content_is_told_and_nothing_is_kept()
    {
        await using var origin = new Origin(_body);
        await using Downloader downloader = OneAttempt();
        IntegrityException failure = await Assert.ThrowsAsync<IntegrityException>(
            () => downloader.DownloadAsync(Request(origin) with { Checksum = Downloads.Sha256([1]) }).WaitAsync(Safety));
        Assert.Contains("checksum", failure.Message, StringComparison.Ordinal);
        Assert.Single(origin.Requests);
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
    }

    public static TheoryData<string> Damages =>
        ["no state", "empty state", "garbage", "other format", "other url", "too long part", "shorter total", "ranges", "negative", "state is a link", "null sources"];

    [Theory]
    [MemberData(nameof(Damages))]
    public async Task A_part_whose_state_is_missing_damaged_or_of_something_else_is_fetched_anew(string damage)
    {
        await using var origin = new Origin(_body);
        await BreakAsync(origin);
        // What is in the part is not what the state would say: had it been used, the file would be wrong.
        await File.WriteAllBytesAsync(Part, Downloads.Bytes(Kept, seed: 3));
        Damage(damage);
        await using Downloader downloader = OneAttempt();
        TransferResult result = await downloader.DownloadAsync(Request(origin)).WaitAsync(Safety);
        Assert.Equal(_body, await File.ReadAllBytesAsync(Target));
        Assert.Equal(0, result.ResumedFrom);
        Assert.Null(origin.Requests.Single().From);
    }

    private void Damage(string damage)
    {
        JsonNode state = JsonNode.Parse(File.ReadAllText(State))!;
        switch (damage)
        {
            case "no state":
                File.Delete(State);
                return;
            case "empty state":
                File.WriteAllText(State, string.Empty);
                return;
            case "garbage":
                File.WriteAllBytes(State, Downloads.Bytes(500));
                return;
            case "state is a link":
                File.Move(State, State + ".real");
                File.CreateSymbolicLink(State, State + ".real");
                return;
            case "too long part":
                File.WriteAllBytes(Part, Downloads.Bytes(Size + 1));
                return;
            case "other format":
                state["format"] = "protocolclients.part/9";
                break;
            case "other url":
                state["sources"]![0]!["id"] = new string('0', 64);
                break;
            case "shorter total":
                state["total"] = Kept - 1;
                break;
            case "ranges":
                state["done"] = new JsonArray(0, 10, 5, 20);
                break;
            case "negative":
                state["safe"] = new JsonArray(-5, 10);
                break;
            case "null sources":
                state["sources"] = null;
                break;
        }

        File.WriteAllText(State, state.ToJsonString());
    }

    public static TheoryData<string> Strangers => ["no state", "a state of something else", "an empty part", "a state that is a link", "a state without a part"];

    [Theory]
    [MemberData(nameof(Strangers))]
    public async Task A_part_and_a_state_that_another_program_left_stay_and_the_download_has_parts_of_its_own(string kind)
    {
        await using var origin = new Origin(_body);
        string? part = kind is "a state without a part" ? null : kind is "an empty part" ? string.Empty : "a browser's";
        string? state = kind is "no state" or "a state that is a link" ? null : "{ \"format\": \"theirs/1\" }";
        if (part is not null) await File.WriteAllTextAsync(Part, part);
        if (state is not null) await File.WriteAllTextAsync(State, state);
        if (kind is "a state that is a link") File.CreateSymbolicLink(State, Path.Combine(_folder, "nowhere"));
        string[] before = [.. Directory.GetFileSystemEntries(_folder).Order(StringComparer.Ordinal)];
        DownloadRequest request = Request(origin);
        await BreakAsync(origin, request);
        Assert.Equal([Target + ".1.part", Target + ".1.part.json"], Directory.GetFileSystemEntries(_folder).Except(before).Order(StringComparer.Ordinal));
        await using Downloader downloader = OneAttempt();
        // How much came before the connection broke is the network's to say.
        long left = new FileInfo(Target + ".1.part").Length;
        Assert.Equal(left, (await downloader.PlanAsync(request).WaitAsync(Safety)).PartBytes);
        TransferResult result = await downloader.DownloadAsync(request).WaitAsync(Safety);
        Assert.Equal(_body, await File.ReadAllBytesAsync(Target));
        Assert.Equal(left, result.ResumedFrom);
        Assert.Equal(part, part is null ? null : await File.ReadAllTextAsync(Part));
        Assert.Equal(state, state is null ? null : await File.ReadAllTextAsync(State));
        Assert.Equal([Target, .. before], Directory.GetFileSystemEntries(_folder).Order(StringComparer.Ordinal));
        if (kind is "a state that is a link") Assert.NotNull(new FileInfo(State).LinkTarget);
    }

    [Fact]
    public async Task A_part_of_ours_without_a_name_for_its_content_is_known_again_and_used()
    {
        await using var origin = new Origin(_body) { Tag = null };
        byte[]? state = null;
        origin.Cut = static _ => Kept;
        // The state stands there before the first byte of the content does.
        origin.Wrote = _ =>
        {
            if (state is null && SpinWait.SpinUntil(() => File.Exists(State), Safety)) state = File.ReadAllBytes(State);
        };
        await using (Downloader downloader = OneAttempt())
        {
            await Assert.ThrowsAnyAsync<ProtocolClientException>(() => downloader.DownloadAsync(Request(origin)).WaitAsync(Safety));
        }

        Assert.Empty(Directory.GetFileSystemEntries(_folder));

        // What a killed process leaves.
        await File.WriteAllBytesAsync(Part, _body.AsMemory(0, Kept));
        await File.WriteAllBytesAsync(State, state!);
        origin.Cut = static _ => null;
        origin.Wrote = null;
        Assert.Equal(0, (await FinishAsync(origin)).ResumedFrom);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task After_the_machine_was_started_anew_only_what_was_forced_to_the_disk_counts(bool durable)
    {
        await using var origin = new Origin(_body);
        DownloadRequest request = Request(origin) with { Durable = durable };
        await BreakAsync(origin, request);
        JsonNode state = JsonNode.Parse(await File.ReadAllTextAsync(State))!;
        state["boot"] = Guid.NewGuid().ToString();
        await File.WriteAllTextAsync(State, state.ToJsonString());
        Assert.Equal(durable ? Kept : 0, (await FinishAsync(origin, request)).ResumedFrom);
    }

    [Fact]
    public async Task Two_transfers_to_one_file_do_not_mix()
    {
        var begun = new TaskCompletionSource();
        var go = new TaskCompletionSource();
        await using var origin = new Origin(_body)
        {
            Before = async (_, stop) =>
            {
                begun.TrySetResult();
                await go.Task.WaitAsync(stop);
            },
        };
        await using Downloader first = OneAttempt();
        await using Downloader second = OneAttempt();
        Task<TransferResult> running = first.DownloadAsync(Request(origin));
        await begun.Task.WaitAsync(Safety);
        IOException refusal = await Assert.ThrowsAsync<IOException>(() => second.DownloadAsync(Request(origin)).WaitAsync(Safety));
        Assert.Contains("under way", refusal.Message, StringComparison.Ordinal);
        go.SetResult();
        await running.WaitAsync(Safety);
        Assert.Equal(_body, await File.ReadAllBytesAsync(Target));
        Assert.Single(origin.Requests);
    }

    [Fact]
    public async Task What_is_not_to_be_continued_leaves_nothing()
    {
        await using var origin = new Origin(_body);
        await BreakAsync(origin, Request(origin) with { Continue = false });
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public async Task Cancelling_keeps_what_came_and_a_refusal_later_does_not_lose_it()
    {
        var enough = new TaskCompletionSource();
        await using var origin = new Origin(_body)
        {
            Before = async (asked, stop) =>
            {
                if (asked.From is not null) await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stop);
            },
        };
        await BreakAsync(origin);
        using var cancel = new CancellationTokenSource();
        await using Downloader downloader = OneAttempt();
        Task<TransferResult> running = downloader.DownloadAsync(Request(origin), cancel.Token);
        while (origin.Requests.IsEmpty) await Task.Yield();
        await cancel.CancelAsync();
        OperationCanceledException end = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running.WaitAsync(Safety));
        Assert.Equal(cancel.Token, end.CancellationToken);
        origin.Before = static (_, _) => Task.CompletedTask;
        origin.Instead = static _ => "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
        await Assert.ThrowsAsync<HttpStatusException>(() => downloader.DownloadAsync(Request(origin)).WaitAsync(Safety));
        origin.Instead = static _ => null;
        Assert.Equal(Kept, (await FinishAsync(origin)).ResumedFrom);
    }

    [Fact]
    public async Task A_name_too_long_for_an_ending_is_resumed_all_the_same()
    {
        await using var origin = new Origin(_body);
        DownloadRequest request = Request(origin) with { Path = Path.Combine(_folder, new string('n', 255)) };
        await BreakAsync(origin, request);
        await using Downloader downloader = OneAttempt();
        TransferResult result = await downloader.DownloadAsync(request).WaitAsync(Safety);
        Assert.Equal(Kept, result.ResumedFrom);
        Assert.Single(Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public async Task The_state_holds_no_secret()
    {
        await using var origin = new Origin(_body);
        await BreakAsync(origin, new DownloadRequest(origin.Url.Replace("//", "//ann:s3cret@", StringComparison.Ordinal) + "?token=t0ken")
        {
            Path = Target,
            Headers = [("X-Api-Key", "k3y")],
        });
        string state = await File.ReadAllTextAsync(State);
        Assert.DoesNotContain("s3cret", state, StringComparison.Ordinal);
        Assert.DoesNotContain("t0ken", state, StringComparison.Ordinal);
        Assert.DoesNotContain("k3y", state, StringComparison.Ordinal);
    }
}
