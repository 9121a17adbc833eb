using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace ProtocolClients.Integration.Tests.Tool;

/// <summary>The command as a process of its own: signals, exit codes and streams as a shell sees them.</summary>
internal sealed class PclProcess : IDisposable
{
    private readonly Process _process;
    private readonly Task<string> _output;
    private readonly Task<string> _error;

    public PclProcess(params string[] arguments)
        : this(null, arguments)
    {
    }

    /// <summary>With the runtime's options of a test's own.</summary>
    /// <param name="runtimeConfig">The file to use instead of the command's.</param>
    /// <param name="arguments">The arguments.</param>
    public PclProcess(string? runtimeConfig, string[] arguments)
    {
        // Whoever started the tests may ignore signals (nohup, a shell's background), which is inherited, and the command then does so too, as it should.
        var start = new ProcessStartInfo("env") { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        start.ArgumentList.Add("--default-signal=HUP,INT,TERM");
        start.ArgumentList.Add("dotnet");
        if (runtimeConfig is not null)
        {
            foreach (string argument in (string[])["exec", "--runtimeconfig", runtimeConfig]) start.ArgumentList.Add(argument);
        }

        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "pcl.dll"));
        foreach (string argument in arguments) start.ArgumentList.Add(argument);
        foreach (string name in (string[])["http_proxy", "https_proxy", "all_proxy", "ALL_PROXY", "HTTPS_PROXY"]) start.Environment.Remove(name);
        _process = Process.Start(start)!;
        _output = _process.StandardOutput.ReadToEndAsync();
        _error = _process.StandardError.ReadToEndAsync();
    }

    public bool HasExited => _process.HasExited;

    /// <summary>Whether one of its threads waits for standard input (Linux).</summary>
    public bool WaitsForInput
    {
        get
        {
            string process = string.Create(CultureInfo.InvariantCulture, $"/proc/{_process.Id}");
            try
            {
                string? input = new FileInfo(process + "/fd/0").LinkTarget;
                return Directory.GetDirectories(process + "/task").Any(task => ReadBy(task) is { } read && new FileInfo($"{process}/fd/{read}").LinkTarget == input);
            }
            catch (IOException)
            {
                // A thread that ended between two looks.
                return false;
            }
        }
    }

    /// <summary>The number of the file that a thread reads; null when it does something else.</summary>
    private static string? ReadBy(string task)
    {
        string[] call = File.ReadAllText(task + "/syscall").Split(' ');
        // The number of read(2) on this kind of machine, and its first argument.
        string read = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "63" : "0";
        return call.Length > 1 && call[0] == read ? Convert.ToInt32(call[1], 16).ToString(CultureInfo.InvariantCulture) : null;
    }

    /// <summary>Whether it has a file of a folder open that has bytes, under whatever name or none.</summary>
    public bool HasWrittenBelow(string folder)
    {
        string opened = string.Create(CultureInfo.InvariantCulture, $"/proc/{_process.Id}/fd");
        try
        {
            return Directory.GetFiles(opened).Any(file => new FileInfo(file).LinkTarget?.StartsWith(folder + "/", StringComparison.Ordinal) == true && LengthOf(file) > 0);
        }
        catch (IOException)
        {
            // Closed between two looks, or the process is over.
            return false;
        }
    }

    private static long LengthOf(string path)
    {
        using Microsoft.Win32.SafeHandles.SafeFileHandle file = File.OpenHandle(path);
        return RandomAccess.GetLength(file);
    }

    /// <summary>Sends a signal by its name, as a shell's kill does.</summary>
    public async Task SignalAsync(string signal)
    {
        using Process kill = Process.Start("kill", ["-s", signal, _process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    public async Task<(int Code, string Output, string Error)> EndAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(2));
        return (_process.ExitCode, await _output, await _error);
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }
}
