// Downloads one file, to be killed in the middle: URL PATH SEGMENTS MINIMUM MAXIMUM
using System.Globalization;
using ProtocolClients;

await using var downloader = new Downloader(new() { Transport = TransportOptions.Default with { Proxy = ProxyOptions.None } });
await downloader.DownloadAsync(new(args[0])
{
    Path = args[1],
    Segments = int.Parse(args[2], CultureInfo.InvariantCulture),
    MinimumSegment = long.Parse(args[3], CultureInfo.InvariantCulture),
    MaximumSegment = long.Parse(args[4], CultureInfo.InvariantCulture),
});
