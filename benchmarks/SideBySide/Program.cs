using System.Globalization;
using ProtocolClients.SideBySide;

string root = Root();
string[] words = args.Length == 0 ? ["help"] : args;
switch (words[0])
{
    case "download":
        await Download.RunAsync(root, mebibytes: Number(1, 2048), rounds: (int)Number(2, 5));
        return 0;
    case "small":
        await SmallGets.RunAsync(root, rounds: (int)Number(1, 5));
        return 0;
    case "small-inside":
        await SmallGets.InsideAsync(words[1], client: (int)Number(2, 0), parallel: (int)Number(3, 1));
        return 0;
    case "segments":
        await Segments.RunAsync(root, mebibytes: Number(1, 256), rounds: (int)Number(2, 5));
        return 0;
    case "files":
        await ManyFiles.RunAsync(root, rounds: (int)Number(1, 5));
        return 0;
    case "start":
        await StartUp.RunAsync(root, rounds: (int)Number(1, 20));
        return 0;
    case "cookies":
        Cookies.Run(root, lookups: (int)Number(1, 100_000), rounds: (int)Number(2, 9));
        return 0;
    case "ftp":
        return await FtpRuns.RunAsync(root, words[1..]);
    case "ftp-inside":
        await FtpInside.RunAsync(words[1..]);
        return 0;
    case "micro":
        await Micro.RunAsync(root, words.Length > 1 ? words[1] : "*");
        return 0;
    case "dial":
        await StalledDial.RunAsync(root, rounds: (int)Number(1, 10));
        return 0;
    case "dial-inside":
        await StalledDial.InsideAsync(rounds: (int)Number(1, 10));
        return 0;
    default:
        Console.Error.WriteLine("""
            Side-by-side runs against real peers; the last run of each is kept in benchmarks/RESULTS.md.
              download [MIB [ROUNDS]]   one file from nginx to a file: curl, Python's urllib, pcl (2048 MiB, 5 rounds)
              small [ROUNDS]            20,000 GETs of 1 KiB, 1 and 64 at a time: HttpClient, HttpSession (5 rounds)
              segments [MIB [ROUNDS]]   a server of 8 MiB/s a connection: aria2c, pcl get --segments 8 (256 MiB, 5 rounds)
              files [ROUNDS]            1,000 files of 100 KiB: curl --parallel, wget2, aria2c, pcl get --input (5 rounds)
              start [ROUNDS]            1 KiB from start to end of the process: ten lines, curl, urllib, pcl get (20 rounds)
              cookies [N [ROUNDS]]      look-ups over 1,000 domains × 20 cookies: CookieContainer, CookieJar (100,000, 9 rounds)
              dial [ROUNDS]             past an address that never answers (10 rounds; needs root)
              ftp get|put [MIB [ROUNDS]]   one file from and to vsftpd and a stub: curl, lftp, ftplib, FtpClient (1024 MiB, 5 rounds)
              ftp tls [MIB [ROUNDS]]    the same under TLS from vsftpd: SslStream alone, curl, FtpClient (1024 MiB, 5 rounds)
              ftp files [ROUNDS]        2,000 files of 1 KiB from vsftpd: ftplib, FtpClient over one connection and four (5 rounds)
              ftp far [ROUNDS]          200 files of 1 KiB, 20 ms away: ftplib, FtpClient (3 rounds; needs root)
              ftp list [ROUNDS]         a listing (MLSD) of 50,000 entries: ftplib, FtpClient (5 rounds)
              micro [FILTER]            the BenchmarkDotNet classes
            """);
        return 2;
}

long Number(int index, long otherwise) => words.Length > index ? long.Parse(words[index], CultureInfo.InvariantCulture) : otherwise;

static string Root()
{
    for (string? folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
    {
        if (File.Exists(Path.Combine(folder, "ProtocolClients.sln"))) return folder;
    }

    throw new InvalidOperationException("Run this from a checkout.");
}
