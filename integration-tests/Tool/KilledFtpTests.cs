using System.Security.Cryptography;
using ProtocolClients.Testing;

namespace ProtocolClients.Integration.Tests.Tool;

/// <summary>
/// <c>pcl get -c</c> of an ftp URL, killed by SIGKILL at moments that a seed chooses, and started again until the file is there: without a checksum that
/// could find a fault, every file is right.
/// </summary>
public sealed class KilledFtpTests : IDisposable
{
    private const int Size = 4 * 1024 * 1024;
    private const int MostKills = 4;

    private static readonly TimeSpan Safety = TimeSpan.FromMinutes(2);

    private readonly string _folder = Directory.CreateTempSubdirectory("killed-ftp-").FullName;

    public static TheoryData<int, int> Batches => new() { { 1, 1 }, { 2, 1 }, { 3, 4 }, { 4, 4 } };

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [MemberData(nameof(Batches))]
    public async Task A_get_that_is_killed_and_started_again_gives_the_right_file(int batch, int segments)
    {
        int kills = 0;
        int resumed = 0;
        for (int seed = batch * 100; seed < (batch * 100) + 5; seed++)
        {
            var random = new Random(seed);
            byte[] content = new byte[Size + random.Next(64 * 1024)];
            random.NextBytes(content);
            await using MockFtpServer server = await MockFtpServer.StartAsync(new() { KeepTranscript = false });
            server.Files["a.bin"] = new MockFile(content) { Modified = new DateTimeOffset(2024, 2, 29, 12, 34, 56, TimeSpan.Zero) };
            // Slow enough for a kill in the middle.
            server.DataFaults.Add(Fault.Bandwidth(16 << 20));
            string path = Path.Combine(_folder, $"{seed}.bin");
            string url = $"ftp://127.0.0.1:{server.EndPoint!.Port}/a.bin";
            string[] arguments = ["get", "-c", "-q", "--proxy", "none", "-s", segments.ToString(System.Globalization.CultureInfo.InvariantCulture), "-o", path, url];
            for (int killed = 0; !File.Exists(path);)
            {
                using var pcl = new PclProcess(arguments);
                if (killed < MostKills)
                {
                    // Some moments lie before the first byte, and some about the end.
                    long after = random.Next(6) switch { 0 => 0, 1 => Size, _ => random.Next(Size / 2) };
                    long before = Sent(server);
                    await UntilAsync(() => pcl.HasExited || Sent(server) - before >= after);
                    if (!pcl.HasExited) await pcl.SignalAsync("KILL");
                }

                (int code, _, string error) = await pcl.EndAsync();
                if (code == 0) break;
                Assert.True(killed < MostKills && code == 128 + 9, $"seed {seed}, exit {code}: {error}");
                killed++;
                kills++;
            }

            Assert.Equal(Convert.ToHexString(SHA256.HashData(content)), Convert.ToHexString(SHA256.HashData(await File.ReadAllBytesAsync(path))));
            resumed += server.Calls.Of("RETR").Count(static call => call.RestOffset > 0);
            File.Delete(path);
            Assert.Empty(Directory.GetFileSystemEntries(_folder));
        }

        Assert.True(kills > 5, $"Only {kills} kills.");
        Assert.True(resumed > 2, $"Only {resumed} transfers went on with a part.");
    }

    private static long Sent(MockFtpServer server) => server.Calls.Sum(static call => call.DataBytes);

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(Safety, TimeProvider.System);
        while (!condition()) await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System, limit.Token);
    }
}
