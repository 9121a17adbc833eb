using BenchmarkDotNet.Running;

namespace ProtocolClients.Benchmarks;

/// <summary>Runs the benchmarks named on the command line: <c>--filter '*WireChannel*' --job short</c>.</summary>
internal static class Program
{
    private static void Main(string[] args) => BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
}
