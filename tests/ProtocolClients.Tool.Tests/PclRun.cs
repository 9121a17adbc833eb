using System.Text;

namespace ProtocolClients.Tool.Tests;

/// <summary>One run of the command inside this process, with what it printed.</summary>
internal sealed record PclRun(int ExitCode, string Output, string Error)
{
    public static Task<PclRun> Of(params string[] arguments) => WithInput("", arguments);

    public static Task<PclRun> WithInput(string input, params string[] arguments) => RunAsync(input, null, arguments);

    /// <summary>By a test's own time, as far as that of the terminal goes.</summary>
    public static Task<PclRun> WithTime(TimeProvider time, params string[] arguments) => RunAsync("", time, arguments);

    private static async Task<PclRun> RunAsync(string input, TimeProvider? time, string[] arguments)
    {
        var output = new StringWriter();
        var error = new StringWriter();
        using var bytes = new MemoryStream();
        var terminal = new Terminal(output, error, () => new Kept(bytes), isInteractive: false, () => new MemoryStream(Encoding.UTF8.GetBytes(input)), time);
        int code = await Pcl.RunAsync(arguments, terminal, cancellationToken: TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromMinutes(2));
        return new PclRun(code, output.ToString() + Encoding.UTF8.GetString(bytes.ToArray()), error.ToString());
    }

    /// <summary>Standard output outlives its disposal, so that the test can read it.</summary>
    private sealed class Kept(MemoryStream bytes) : MemoryStream
    {
        public override void Write(byte[] buffer, int offset, int count) => bytes.Write(buffer, offset, count);

        public override void Write(ReadOnlySpan<byte> buffer) => bytes.Write(buffer);

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => bytes.WriteAsync(buffer, offset, count, cancellationToken);

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => bytes.WriteAsync(buffer, cancellationToken);
    }
}
