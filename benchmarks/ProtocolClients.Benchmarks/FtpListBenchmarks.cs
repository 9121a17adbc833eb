using System.Globalization;
using System.Text;
using BenchmarkDotNet.Attributes;

namespace ProtocolClients.Benchmarks;

/// <summary>
/// Listings of FTP without a network, a line at a time from one buffer: name, kind, size and time of each entry are read. An entry of MLSD may cost
/// 400 ns (2.5 million a second) and 400 bytes: itself, its line, its name.
/// </summary>
[MemoryDiagnoser]
public class FtpListBenchmarks
{
    private const int Lines = 10_000;

    private readonly FtpListContext _context = new() { Directory = "/pub", Now = new DateTimeOffset(2026, 3, 10, 12, 0, 0, TimeSpan.Zero) };
    private readonly byte[] _mlsd = Listing(i => $"type=file;size={163_840 + i};modify=20260112093000;perm=adfrw;unique=FD00U{i:x};UNIX.mode=0644; file-{i:d6}.bin");
    private readonly byte[] _unix = Listing(i => $"-rw-r--r--    1 ftp      ftp      {163_840 + i} Jan 12 10:31 file-{i:d6}.bin");
    private readonly byte[] _dos = Listing(i => $"01-12-26  10:31AM               {163_840 + i} file-{i:d6}.bin");

    /// <summary>Entries of MLSD, of which the usual is read.</summary>
    [Benchmark(OperationsPerInvoke = Lines)]
    public long Mlsd() => Read(FtpListFormat.Mlsd, _mlsd, facts: false);

    /// <summary>Entries of MLSD, of which all is read.</summary>
    [Benchmark(OperationsPerInvoke = Lines)]
    public long MlsdAllFacts() => Read(FtpListFormat.Mlsd, _mlsd, facts: true);

    /// <summary>Lines of ls -l.</summary>
    [Benchmark(OperationsPerInvoke = Lines)]
    public long Unix() => Read(FtpListFormat.Unix, _unix, facts: false);

    /// <summary>Lines of ls -l whose dialect is recognised.</summary>
    [Benchmark(OperationsPerInvoke = Lines)]
    public long UnixRecognised() => Read(FtpListFormat.Auto, _unix, facts: false);

    /// <summary>Lines of IIS whose dialect is recognised.</summary>
    [Benchmark(OperationsPerInvoke = Lines)]
    public long DosRecognised() => Read(FtpListFormat.Auto, _dos, facts: false);

    private long Read(FtpListFormat format, ReadOnlySpan<byte> listing, bool facts)
    {
        FtpListParser parser = format.CreateParser(_context);
        long sum = 0;
        while (!listing.IsEmpty)
        {
            int end = listing.IndexOf((byte)'\n');
            FtpEntry entry = parser.Parse(listing[..(end - 1)])!;
            listing = listing[(end + 1)..];
            sum += entry.Name.Length + (long)entry.Kind + entry.Size!.Value + entry.Modified!.Value.Ticks;
            if (facts) sum += entry.Facts.Count + entry.Mode!.Value;
        }

        return sum;
    }

    private static byte[] Listing(Func<int, string> line)
    {
        var text = new StringBuilder();
        for (int i = 0; i < Lines; i++) text.Append(CultureInfo.InvariantCulture, $"{line(i)}\r\n");
        return Encoding.ASCII.GetBytes(text.ToString());
    }
}
