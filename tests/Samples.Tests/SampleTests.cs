namespace Samples.Tests;

/// <summary>The tests of one class run one after the other, and so do the builds.</summary>
public sealed class SampleTests
{
    /// <summary>What each sample prints. A sample without an entry here fails <see cref="Every_sample_is_run"/>.</summary>
    public static TheoryData<string, string> Samples { get; } = new()
    {
        {
            "downloads.cs",
            """
            image.iso: 8388608 bytes over 4 connections
            a.txt: 14 bytes
            b.txt: 14 bytes
            refused: NotFound

            """
        },
        {
            "ftp.cs",
            """
             14 a.txt
             18 b.txt
            a.txt: 14 bytes came
            1 file went: This is a.txt.
            And this is b.txt.

            """
        },
        {
            "own-protocol.cs",
            """
            ok    200 kept
            ok    210 deep green
            ok    404 nothing there
            ok    500 what?
            ok    refused unsent
            ok    210 deep green
            ok    1 served, 0 open

            """
        },
    };

    [Theory]
    [MemberData(nameof(Samples))]
    public async Task A_sample_runs_and_prints_what_it_says(string name, string expected)
    {
        (int exitCode, string output) = await SampleRun.RunAsync(name);
        Assert.Equal(expected, output, ignoreLineEndingDifferences: true);
        Assert.Equal(0, exitCode);
    }

    [Fact]
    public void Every_sample_is_run() => Assert.Equal(
        Directory.GetFiles(SampleRun.Folder, "*.cs").Select(Path.GetFileName).Order(StringComparer.Ordinal),
        Samples.Select(static row => row.Data.Item1).Order(StringComparer.Ordinal));
}
