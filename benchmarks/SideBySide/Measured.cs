using System.Diagnostics;
using System.Globalization;

namespace ProtocolClients.SideBySide;

/// <summary>What one run of one command took, by the kernel's accounting.</summary>
/// <param name="Wall">Seconds.</param>
/// <param name="Cpu">Seconds of processor time, user and system.</param>
/// <param name="PeakMiB">Its largest resident size.</param>
/// <param name="Allocated">Bytes that it allocated on the managed heap; null where there is none.</param>
internal sealed record Measured(double Wall, double Cpu, double PeakMiB, double? Allocated = null)
{
    /// <summary>
    /// Runs a command that measures itself, from where its work begins (after a login, say) to its end, and prints one line:
    /// seconds, seconds of processor time, peak KiB and bytes allocated (-1 for none).
    /// </summary>
    public static async Task<Measured> RunInsideAsync(string command, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardOutput = true })!;
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        string[] figures = output.Split(' ', StringSplitOptions.TrimEntries);
        if (process.ExitCode != 0 || figures.Length != 4)
            throw new InvalidOperationException($"{command} {string.Join(' ', arguments)} failed: {output}");
        double allocated = Number(figures[3]);
        return new Measured(Number(figures[0]), Number(figures[1]), Number(figures[2]) / 1024, allocated < 0 ? null : allocated);
    }

    /// <summary>Runs a part of this program as a process of its own; it measures itself.</summary>
    public static Task<Measured> RunPartAsync(string part, params string[] arguments) =>
        RunInsideAsync("dotnet", [Environment.GetCommandLineArgs()[0], part, .. arguments]);

    /// <summary>Runs a command to its end and measures it.</summary>
    public static async Task<Measured> RunAsync(string command, params string[] arguments)
    {
        var start = new ProcessStartInfo("python3") { RedirectStandardOutput = true };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "measure.py"));
        start.ArgumentList.Add(command);
        foreach (string argument in arguments) start.ArgumentList.Add(argument);
        using Process process = Process.Start(start)!;
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        string[] figures = output.Split(' ', StringSplitOptions.TrimEntries);
        if (figures.Length != 4 || figures[3] != "0")
            throw new InvalidOperationException($"{command} {string.Join(' ', arguments)} failed: {output}");
        return new Measured(Number(figures[0]), Number(figures[1]), Number(figures[2]) / 1024);
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}

/// <summary>The runs of one peer; figures are medians.</summary>
internal sealed class Peer(string name, Func<Task<Measured>> run)
{
    private readonly List<Measured> _runs = [];

    public string Name => name;

    public IReadOnlyList<Measured> Runs => _runs;

    public double Wall => Median(_runs.Select(run => run.Wall));

    public double Cpu => Median(_runs.Select(run => run.Cpu));

    public double PeakMiB => _runs.Max(run => run.PeakMiB);

    public async Task RunAsync(bool counted)
    {
        Measured measured = await run();
        if (counted) _runs.Add(measured);
    }

    /// <summary>The median of the ratios of same-round runs: what holds when the machine's speed drifts.</summary>
    public double Ratio(Peer other, Func<Measured, double> figure) => Median(_runs.Zip(other._runs, (a, b) => figure(a) / figure(b)));

    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        int middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    /// <summary>Runs all peers in turn, the order rotated each round, after one round that does not count.</summary>
    public static async Task InterleaveAsync(IReadOnlyList<Peer> peers, int rounds)
    {
        for (int round = -1; round < rounds; round++)
        {
            for (int i = 0; i < peers.Count; i++)
            {
                await peers[(i + round + peers.Count) % peers.Count].RunAsync(counted: round >= 0);
                await Console.Error.WriteAsync('.');
            }
        }

        await Console.Error.WriteLineAsync();
    }
}
