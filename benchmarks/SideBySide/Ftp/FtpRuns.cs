using System.Globalization;

namespace ProtocolClients.SideBySide;

/// <summary>The comparisons of FTP.</summary>
internal static class FtpRuns
{
    private const int Files = 2000;
    private const int FarFiles = 200;
    private const int Listings = 5;
    private const int Entries = 50_000;

    public static async Task<int> RunAsync(string root, string[] words)
    {
        switch (words.FirstOrDefault())
        {
            case "get":
                await BigAsync(root, upload: false, mebibytes: Number(1, 1024), rounds: (int)Number(2, 5));
                return 0;
            case "put":
                await BigAsync(root, upload: true, mebibytes: Number(1, 1024), rounds: (int)Number(2, 5));
                return 0;
            case "tls":
                await TlsAsync(root, mebibytes: Number(1, 1024), rounds: (int)Number(2, 5));
                return 0;
            case "files":
                await FilesAsync(root, rounds: (int)Number(1, 5));
                return 0;
            case "far":
                await FarAsync(root, rounds: (int)Number(1, 3));
                return 0;
            case "list":
                await ListAsync(root, rounds: (int)Number(1, 5));
                return 0;
            default:
                await Console.Error.WriteLineAsync("ftp get|put|tls|files|far|list");
                return 2;
        }

        long Number(int index, long otherwise) => words.Length > index ? long.Parse(words[index], CultureInfo.InvariantCulture) : otherwise;
    }

    private static async Task BigAsync(string root, bool upload, long mebibytes, int rounds)
    {
        await using var folder = await FtpFolder.CreateAsync(mebibytes);
        string body = upload
            ? "One file over loopback, one data connection, clear text, files in memory. The stub counts what it is sent and drops it; vsftpd writes it to memory, and its\nfile's SHA-256 is compared. "
            : "One file over loopback to a file, one data connection, clear text, files in memory; every result's SHA-256 equal to the source's. ";
        body += "curl and lftp are whole processes; ftplib (blocks of 256 KiB) and FtpClient (its defaults) measure themselves from after the login and one file of 1 KiB.\n";
        foreach (string kind in (string[])["vsftpd", "stub"])
        {
            await using FtpServer server = kind == "stub" ? await FtpServer.StubAsync(root, folder.Source) : await FtpServer.VsftpdAsync(folder.Content, tls: false);
            bool verify = !upload || kind == "vsftpd";
            string stored = Path.Combine(folder.Content, "inbox", "up.bin");
            string arrived = upload ? stored : folder.Target;
            Peer Make(string name, Func<Task<Measured>> run) => new(name, async () =>
            {
                File.Delete(arrived);
                Measured measured = await run();
                if (verify) await Download.VerifyAsync(name, arrived, folder.Hash);
                return measured;
            });
            Peer[] peers = upload
                ?
                [
                    Make("curl", () => Measured.RunAsync("curl", "-sS", "-T", folder.Source, server.Url + "/inbox/up.bin")),
                    Make("lftp", () => Measured.RunAsync("lftp", "--norc", "-c", $"open {server.Url}; put {folder.Source} -o inbox/up.bin")),
                    Make("ftplib", () => PythonAsync("put", "localhost", server.Port, folder.Source, "inbox/up.bin")),
                    Make("FtpClient", () => Measured.RunPartAsync("ftp-inside", ["put", server.Url, folder.Source, "inbox/up.bin"])),
                ]
                :
                [
                    Make("curl", () => Measured.RunAsync("curl", "-sS", "-o", folder.Target, server.Url + "/big.bin")),
                    Make("lftp", () => Measured.RunAsync("lftp", "--norc", "-c", $"open {server.Url}; get big.bin -o {folder.Target}")),
                    Make("ftplib", () => PythonAsync("get", "localhost", server.Port, "big.bin", folder.Target)),
                    Make("FtpClient", () => Measured.RunPartAsync("ftp-inside", ["get", server.Url, "big.bin", folder.Target])),
                ];
            await Peer.InterleaveAsync(peers, rounds);
            Peer best = peers[..^1].MinBy(peer => peer.Wall)!;
            body += $"\nTo be at least as fast as the best peer; {kind}:\n\n{Results.Table(peers, best, mebibytes)}";
        }

        string size = mebibytes % 1024 == 0 ? $"{mebibytes / 1024} GiB" : $"{mebibytes} MiB";
        Results.Write(root, upload ? $"FTP: STOR of {size}" : $"FTP: RETR of {size}", Command(upload ? "put" : "get", mebibytes, rounds), body);
    }

    private static async Task TlsAsync(string root, long mebibytes, int rounds)
    {
        await using var folder = await FtpFolder.CreateAsync(mebibytes);
        await using FtpServer server = await FtpServer.VsftpdAsync(folder.Content, tls: true);
        string body = "From and to vsftpd over loopback, AUTH TLS and PROT P, files in memory, SHA-256 compared. SslStream is a bare copy through a buffer of 256 KiB; it and\n"
            + "FtpClient measure themselves from after the login, curl is a whole process (its upload on TLS 1.2: on 1.3 this curl breaks its own data off at times).\n";
        foreach (bool upload in (bool[])[false, true])
        {
            string arrived = upload ? Path.Combine(folder.Content, "inbox", "up.bin") : folder.Target;
            Peer Make(string name, Func<Task<Measured>> run) => new(name, async () =>
            {
                File.Delete(arrived);
                Measured measured = await run();
                await Download.VerifyAsync(name, arrived, folder.Hash);
                return measured;
            });
            string[] transfer = upload ? [server.Url, folder.Source, "inbox/up.bin", server.Certificate] : [server.Url, "big.bin", folder.Target, server.Certificate];
            string[] curl = upload ? ["--tls-max", "1.2", "-T", folder.Source, server.Url + "/inbox/up.bin"] : ["-o", folder.Target, server.Url + "/big.bin"];
            Task<Measured> BareAsync() => Measured.RunPartAsync("ftp-inside", [upload ? "bare-put" : "bare-get", .. transfer]);
            Peer bare = Make("SslStream", BareAsync);
            Peer[] peers =
            [
                bare,
                // How far apart equal things are measured: what lies within it is no difference.
                Make("SslStream, again", BareAsync),
                Make("curl", () => Measured.RunAsync("curl", ["-sS", "--ssl-reqd", "--cacert", server.Certificate, .. curl])),
                Make("FtpClient", () => Measured.RunPartAsync("ftp-inside", [upload ? "put" : "get", .. transfer])),
            ];
            await Peer.InterleaveAsync(peers, rounds);
            body += $"\n{(upload ? "STOR" : "RETR")}, to be at least 0.95 of the bare SslStream:\n\n{Results.Table(peers, bare, mebibytes)}";
        }

        string size = mebibytes % 1024 == 0 ? $"{mebibytes / 1024} GiB" : $"{mebibytes} MiB";
        Results.Write(root, $"FTP under TLS: {size}", Command("tls", mebibytes, rounds), body);
    }

    private static async Task FilesAsync(string root, int rounds)
    {
        await using var folder = await FtpFolder.CreateAsync(mebibytes: 1);
        await folder.ManyAsync(Files);
        await using FtpServer server = await FtpServer.VsftpdAsync(folder.Content, tls: false);
        Peer python = new("ftplib", () => PythonAsync("files", "localhost", server.Port, Text(Files), "200"));
        Peer[] peers =
        [
            python,
            new("FtpClient, one connection", () => Measured.RunPartAsync("ftp-inside", ["files", server.Url, Text(Files), "1"])),
            new("FtpClient, four connections", () => Measured.RunPartAsync("ftp-inside", ["files", server.Url, Text(Files), "4"])),
        ];
        await Peer.InterleaveAsync(peers, rounds);
        Results.Write(root, "FTP: 2,000 files of 1 KiB", Command("files", rounds),
            "From vsftpd over loopback into memory (ReadBytesAsync), warm. To be ftplib's rate at least and 8 KiB a file at most over one connection, 1.5 times ftplib's over four.\n\n"
            + Results.Rates(peers, python, "files", Files));
    }

    private static async Task FarAsync(string root, int rounds)
    {
        await using var folder = await FtpFolder.CreateAsync(mebibytes: 1);
        string far = await Native.BuildAsync(root, "far"), stub = await Native.BuildAsync(root, "ftpd");
        string[] line = ["10", stub, folder.Source, "10.99.0.2", "--"];
        Task<Measured> FarAway(string command, params string[] arguments) => Measured.RunInsideAsync(far, [.. line, command, .. arguments]);
        Task<Measured> Ours(int parallel) => FarAway("dotnet", Environment.GetCommandLineArgs()[0], "ftp-inside", "files", "ftp://10.99.0.2:PORT", Text(FarFiles), Text(parallel));
        Peer python = new("ftplib", () => FarAway("python3", Path.Combine(AppContext.BaseDirectory, "ftplib-peer.py"), "files", "10.99.0.2", "PORT", Text(FarFiles), "10"));
        Peer[] peers = [python, new("FtpClient, one connection", () => Ours(1)), new("FtpClient, four connections", () => Ours(4))];
        await Peer.InterleaveAsync(peers, rounds);
        Results.Write(root, "FTP: 200 files of 1 KiB, 20 ms away", Command("far", rounds),
            "From the stub, over a line between two network namespaces on which each packet takes 10 ms, so that connecting costs its round trip too; into memory.\n"
            + "To be twice ftplib's rate at least: with the pool it is, over one connection the three round trips of a file (agree on a port, connect, data) stand against four.\n\n" + Results.Rates(peers, python, "files", FarFiles));
    }

    private static async Task ListAsync(string root, int rounds)
    {
        await using var folder = await FtpFolder.CreateAsync(mebibytes: 1);
        await using FtpServer server = await FtpServer.StubAsync(root, folder.Source);
        Peer python = new("ftplib", () => PythonAsync("list", "localhost", server.Port, Text(Listings)));
        Peer[] peers = [python, new("FtpClient", () => Measured.RunPartAsync("ftp-inside", ["list", server.Url, Text(Listings)]))];
        await Peer.InterleaveAsync(peers, rounds);
        Results.Write(root, "FTP: MLSD of 50,000 entries", Command("list", rounds),
            "From the stub over loopback, every entry parsed (name, kind, size and time), five listings a round, warm. To be five times ftplib's rate at least, 500 bytes an entry at most.\n\n"
            + Results.Rates(peers, python, "entries", (double)Entries * Listings));
    }

    private static Task<Measured> PythonAsync(string what, string host, int port, params string[] more) =>
        Measured.RunInsideAsync("python3", [Path.Combine(AppContext.BaseDirectory, "ftplib-peer.py"), what, host, Text(port), .. more]);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Command(string what, params long[] more) => $"dotnet run -c Release --project benchmarks/SideBySide -- ftp {what} {string.Join(' ', more)}";
}
