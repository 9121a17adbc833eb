using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using ProtocolClients.Integration.Tests.Fleet;

namespace ProtocolClients.Integration.Tests.Urls;

/// <summary>Temporary files of processes that end in one way or another: this assembly, started as a program of its own.</summary>
public sealed class TemporaryFilesTests : IDisposable
{
    private const string Role = "PROTOCOLCLIENTS_TEST_LEAVES_A_FILE";

    private static readonly TimeSpan Safety = TimeSpan.FromMinutes(2);

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("temporary-files-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task A_killed_process_leaves_its_file_and_the_next_one_removes_it()
    {
        (Process first, string left) = await StartAsync();
        using (first)
        {
            Assert.Equal("left behind", await File.ReadAllTextAsync(left));
            // One that starts meanwhile leaves the file of the living alone.
            (Process beside, string own) = await StartAsync();
            using (beside)
            {
                Assert.True(File.Exists(left));
                await EndAsync(beside);
                Assert.False(File.Exists(own));
                Assert.True(File.Exists(left));
            }

            await EndAsync(first, "KILL");
        }

        Assert.True(File.Exists(left));
        (Process next, string newer) = await StartAsync();
        using (next)
        {
            Assert.False(Directory.Exists(Path.GetDirectoryName(left)));
            Assert.True(File.Exists(newer));
            await EndAsync(next);
        }

        Assert.Empty(_directory.EnumerateFileSystemInfos());
    }

    [Fact]
    public async Task Many_that_start_at_once_after_many_were_killed_leave_nothing()
    {
        for (int round = 0; round < 2; round++)
        {
            (Process Process, string Path)[] all = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => StartAsync()));
            Assert.All(all, static one => Assert.True(File.Exists(one.Path)));
            await Task.WhenAll(all.Select(one => EndAsync(one.Process, round == 0 ? "KILL" : null)));
            foreach ((Process process, _) in all) process.Dispose();
        }

        Assert.Empty(_directory.EnumerateFileSystemInfos());
    }

    private async Task<(Process Process, string Path)> StartAsync()
    {
        if (OperatingSystem.IsWindows()) RealServers.Missing("kill", "a Unix system");
        var start = new ProcessStartInfo("dotnet", [typeof(TemporaryFilesTests).Assembly.Location]) { RedirectStandardOutput = true, RedirectStandardInput = true };
        start.Environment[Role] = "1";
        start.Environment["TMPDIR"] = _directory.FullName;
        // What the runtime itself leaves there is none of ours.
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        Process process = Process.Start(start)!;
        string path = await process.StandardOutput.ReadLineAsync().WaitAsync(Safety) ?? throw new InvalidOperationException("The program wrote nothing.");
        return (process, path);
    }

    /// <summary>Ends a program by a signal, or lets it come to its end.</summary>
    private static async Task EndAsync(Process process, string? signal = null)
    {
        if (signal is null) process.StandardInput.Close();
        else using (Process.Start("kill", ["-s", signal, process.Id.ToString(CultureInfo.InvariantCulture)])) await process.WaitForExitAsync().WaitAsync(Safety);
        await process.WaitForExitAsync().WaitAsync(Safety);
    }

#pragma warning disable CA2255, VSTHRD002 // A program's entry without a second project; nothing of this module runs beside it.
    [ModuleInitializer]
    internal static void LeaveAFile()
    {
        if (Environment.GetEnvironmentVariable(Role) is null) return;
        RetrievedFile file = Url.RetrieveAsync("data:,left%20behind").GetAwaiter().GetResult();
        Console.Out.WriteLine(file.Path);
        Console.Out.Flush();
        Console.In.ReadLine();
        Environment.Exit(0);
    }
#pragma warning restore CA2255, VSTHRD002
}
