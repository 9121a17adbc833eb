using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using ProtocolClients.UrlTests;

namespace ProtocolClients.Integration.Tests.Downloads;

/// <summary>
/// Real processes, killed by SIGKILL at moments that a seed chooses, and started again until the file is there: without a checksum
/// that could find a fault, every file is right, and no byte is fetched twice beyond one chunk a segment and kill.
/// </summary>
public sealed class KilledDownloadTests : IDisposable
{
    private const int Kills = 100;
    private const int Size = 4 * 1024 * 1024;
    private const int Minimum = 64 * 1024;
    private const int Maximum = 256 * 1024;

    private readonly string _folder = Directory.CreateTempSubdirectory("killed-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task A_download_that_is_killed_a_hundred_times_gives_right_files_and_fetches_little_twice(int segments)
    {
        var random = new Random(20_261_121 + segments);
        int kills = 0;
        int resumed = 0;
        for (int file = 0; kills < Kills; file++)
        {
            byte[] body = new byte[Size + random.Next(Minimum)];
            random.NextBytes(body);
            string path = Path.Combine(_folder, $"{file}.bin");
            await using var origin = new Origin(body) { Rate = 8 << 20 };
            int killed = 0;
            while (!File.Exists(path))
            {
                // Some moments lie before the first byte, and some about the end, where the file gets its name.
                int after = random.Next(8) switch { 0 => 0, 1 => (int)Math.Max(0, body.Length - origin.Sent), _ => random.Next(Size / 8) };
                if (kills + killed >= Kills) after = int.MaxValue;
                if (await RunAsync(origin, path, segments, after)) killed++;
                else Assert.True(File.Exists(path), "The process ended by itself, without the file.");
                Assert.True(killed < 200, "The download does not come to its end.");
            }

            Assert.Equal(SHA256.HashData(body), SHA256.HashData(await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken)));
            long most = body.Length + ((long)killed * segments * Maximum);
            Assert.True(origin.Sent <= most, $"{origin.Sent} bytes were sent of {body.Length}, with {killed} kills at most {most}.");
            resumed += origin.Requests.Count(asked => asked.From > 0 && asked.IfRange is not null);
            File.Delete(path);
            kills += killed;
        }

        Assert.True(resumed > Kills / 2, $"Only {resumed} requests went on with a part.");
    }

    /// <summary>One process, killed once the server has sent so many bytes to it.</summary>
    /// <returns>Whether it was killed before it ended by itself.</returns>
    private static async Task<bool> RunAsync(Origin origin, string path, int segments, int after)
    {
        var start = new ProcessStartInfo("dotnet");
        foreach (object argument in (object[])[Path.Combine(AppContext.BaseDirectory, "DownloadHost.dll"), origin.Url, path, segments, Minimum, Maximum])
        {
            start.ArgumentList.Add(Convert.ToString(argument, CultureInfo.InvariantCulture)!);
        }

        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        long left = after;
        origin.Wrote = count =>
        {
            if (Interlocked.Add(ref left, -count) <= 0) reached.TrySetResult();
        };
        origin.Before = (_, _) =>
        {
            if (after == 0) reached.TrySetResult();
            return Task.CompletedTask;
        };
        using Process process = Process.Start(start)!;
        Task exited = process.WaitForExitAsync(TestContext.Current.CancellationToken);
        await Task.WhenAny(exited, reached.Task).WaitAsync(TimeSpan.FromMinutes(2));
        process.Kill();
        await exited.WaitAsync(TimeSpan.FromMinutes(2));
        return process.ExitCode != 0;
    }
}
