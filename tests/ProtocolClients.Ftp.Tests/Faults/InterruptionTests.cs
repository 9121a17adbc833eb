using System.Security.Cryptography;
using ProtocolClients.Testing;

namespace ProtocolClients.FtpTests.Faults;

/// <summary>
/// Seeded interruptions of transfers, of the data and of the control connection, with retries and across clients: each ends in the right
/// content, and goes on at the byte where the last attempt ended.
/// </summary>
public sealed class InterruptionTests : IDisposable
{
    private const int Size = 1_300_000;

    private static readonly byte[] Content = RandomBytes(Size, 7);
    private static readonly string Hash = Convert.ToHexString(SHA256.HashData(Content));
    private static readonly FaultKind[] Kinds = [FaultKind.Truncate, FaultKind.Reset, FaultKind.Stall];

    private static readonly ResilienceOptions Patient = new() { Attempts = 3, BaseDelay = TimeSpan.FromSeconds(1), Budget = TimeSpan.FromDays(1) };

    private readonly string _local = Directory.CreateTempSubdirectory("ftp-interrupted-").FullName;

    public static TheoryData<int> Batches => [.. Enumerable.Range(0, 10)];

    public void Dispose() => Directory.Delete(_local, recursive: true);

    [Theory]
    [MemberData(nameof(Batches))]
    public async Task A_download_that_is_interrupted_goes_on_by_itself(int batch)
    {
        for (int seed = batch * 10; seed < (batch + 1) * 10; seed++)
        {
            await using FtpBench bench = await StartAsync(Patient);
            bench.Server.Files["big.bin"] = Content;
            (FaultRule rule, bool data, string where) = Interrupt(bench.Server, seed, "RETR");
            string local = Path.Combine(_local, $"{seed}.bin");
            TransferResult result = await bench.DriveAsync(bench.Client.DownloadAsync("/big.bin", local), rule, where);
            Assert.Equal(Hash, Convert.ToHexString(SHA256.HashData(await File.ReadAllBytesAsync(local))));
            AssertResumed(bench.Server, "RETR", rule, data, where);
            Assert.True(result.Attempts == (rule.Strikes > 0 ? 2 : 1), $"{where}: {result.Attempts} attempts\n{bench.Server.Calls}");
            Assert.Equal([Path.GetFileName(local)], Directory.GetFiles(_local).Select(Path.GetFileName));
            File.Delete(local);
        }
    }

    [Theory]
    [MemberData(nameof(Batches))]
    public async Task A_download_that_is_interrupted_is_gone_on_with_by_another_client(int batch)
    {
        for (int seed = 1000 + (batch * 10); seed < 1000 + ((batch + 1) * 10); seed++)
        {
            await using FtpBench bench = await StartAsync(ResilienceOptions.None);
            bench.Server.Files["big.bin"] = Content;
            (FaultRule rule, bool data, string where) = Interrupt(bench.Server, seed, "RETR");
            string local = Path.Combine(_local, $"{seed}.bin");
            Exception? failure = await bench.DriveAsync(CaughtAsync(bench.Client.DownloadAsync("/big.bin", local)), rule, where);
            Assert.True(failure is TransportException or FtpReplyException { Code: 426 }, $"{where}: {failure}");
            Assert.False(File.Exists(local));
            await bench.Client.DisposeAsync();
            long left = Directory.GetFiles(_local, "*.part") is [var part] ? new FileInfo(part).Length : 0;

            await using FtpClient next = bench.Another();
            TransferResult result = await bench.DriveAsync(next.DownloadAsync("/big.bin", local), where);
            Assert.Equal(Hash, Convert.ToHexString(SHA256.HashData(await File.ReadAllBytesAsync(local))));
            // Not a byte twice: it began at the end of what was here.
            Assert.Equal(left, result.ResumedFrom);
            Assert.Equal(left, left == Size ? left : bench.Server.Calls.Of("RETR")[^1].RestOffset);
            AssertResumed(bench.Server, "RETR", rule, data, where);
            Assert.Equal([Path.GetFileName(local)], Directory.GetFiles(_local).Select(Path.GetFileName));
            File.Delete(local);
        }
    }

    [Theory]
    [MemberData(nameof(Batches))]
    public async Task An_upload_that_is_interrupted_goes_on_by_itself(int batch)
    {
        string local = await SourceAsync();
        for (int seed = 2000 + (batch * 10); seed < 2000 + ((batch + 1) * 10); seed++)
        {
            await using FtpBench bench = await StartAsync(Patient);
            (FaultRule rule, bool data, string where) = Interrupt(bench.Server, seed, "STOR");
            TransferResult result = await bench.DriveAsync(bench.Client.UploadAsync(local, "/big.bin"), rule, where);
            Assert.Equal(Size, result.Bytes);
            Assert.Equal(Hash, Convert.ToHexString(SHA256.HashData(bench.Server.Files["big.bin"].ToArray())));
            Assert.False(bench.Server.Files.Contains("big.bin.part"));
            AssertContinued(bench.Server, where);
        }
    }

    [Theory]
    [MemberData(nameof(Batches))]
    public async Task An_upload_that_is_interrupted_is_gone_on_with_by_another_client(int batch)
    {
        string local = await SourceAsync();
        for (int seed = 3000 + (batch * 10); seed < 3000 + ((batch + 1) * 10); seed++)
        {
            await using FtpBench bench = await StartAsync(ResilienceOptions.None);
            (FaultRule rule, bool data, string where) = Interrupt(bench.Server, seed, "STOR");
            Exception? failure = await bench.DriveAsync(CaughtAsync(bench.Client.UploadAsync(local, "/big.bin")), rule, where);
            Assert.True(failure is TransportException or FtpReplyException { Code: 426 }, $"{where}: {failure}");
            Assert.False(bench.Server.Files.Contains("big.bin"));
            await bench.Client.DisposeAsync();
            // What the server took is there when its connection is gone; one that stalls has nobody to close it.
            if (rule.Fault.Kind != FaultKind.Stall) await bench.UntilAsync(() => bench.Server.OpenConnections == 0, where);
            await using FtpClient next = bench.Another();
            TransferResult result = await bench.DriveAsync(next.UploadAsync(local, "/big.bin"), where);
            Assert.Equal(Hash, Convert.ToHexString(SHA256.HashData(bench.Server.Files["big.bin"].ToArray())));
            // Behind what the server said that it had.
            long last = bench.Server.Calls.Of("STOR") is [_, var second] ? second.RestOffset : Size;
            Assert.True(last == result.ResumedFrom, $"{where}\n{bench.Server.Calls}");
            if (result.ResumedFrom > 0) Assert.Contains(bench.Server.Calls.Of("SIZE"), call => call.Replies is [var size] && size == $"213 {last}");
            Assert.False(bench.Server.Files.Contains("big.bin.part"));
            AssertContinued(bench.Server, where);
        }
    }

    private static Task<FtpBench> StartAsync(ResilienceOptions resilience) => FtpBench.StartAsync(options => options with { Resilience = resilience });

    // A cut, a reset or silence, at a random byte of the data, or in one of the replies to the command.
    private static (FaultRule Rule, bool Data, string Where) Interrupt(MockFtpServer server, int seed, string verb)
    {
        var random = new Random(seed);
        FaultKind kind = Kinds[random.Next(Kinds.Length)];
        bool data = random.Next(4) != 0;
        long at = data ? random.Next(Size) : random.Next(60);
        Fault fault = Fault.All(at).Single(each => each.Kind == kind);
        FaultRule rule = (data ? server.DataFaults : server.Faults).Add(fault).On(verb).Once();
        if (data && verb == "STOR") rule.Receiving();
        return (rule, data, $"seed {seed}, {verb}: {fault} of the {(data ? "data" : "control")} connection");
    }

    // Each attempt begins where the one before it ended: no byte that had come is fetched again.
    private static void AssertResumed(MockFtpServer server, string verb, FaultRule rule, bool data, string where)
    {
        IReadOnlyList<MockFtpCall> calls = server.Calls.Of(verb);
        long last = 0;
        foreach (MockFtpCall call in calls)
        {
            Assert.True(call.RestOffset >= last, $"{where}\n{server.Calls}");
            last = call.RestOffset;
        }

        Assert.Equal(Size, last + calls[^1].DataBytes);
        // An orderly cut loses nothing of what was sent before it; a reset may.
        if (data && calls.Count > 1 && rule.Fault.Kind == FaultKind.Truncate) Assert.True(rule.Fault.AfterBytes == calls[1].RestOffset, $"{where}\n{server.Calls}");
        Assert.True(calls.Count <= 2, $"{where}\n{server.Calls}");
    }

    // The bytes that the server took, all together, are the file's: none was sent over one that it had.
    private static void AssertContinued(MockFtpServer server, string where)
    {
        IReadOnlyList<MockFtpCall> calls = server.Calls.Of("STOR");
        Assert.True(calls.Count <= 3, $"{where}\n{server.Calls}");
        Assert.True(calls[^1].RestOffset + calls[^1].DataBytes == Size, $"{where}\n{server.Calls}");
    }

    private static async Task<Exception?> CaughtAsync(Task work)
    {
        try
        {
            await work;
            return null;
        }
        catch (ProtocolClientException failure)
        {
            return failure;
        }
    }

    private static byte[] RandomBytes(int length, int seed)
    {
        byte[] bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private async Task<string> SourceAsync()
    {
        string path = Path.Combine(_local, "source");
        await File.WriteAllBytesAsync(path, Content);
        File.SetLastWriteTimeUtc(path, new DateTime(2025, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        return path;
    }
}
