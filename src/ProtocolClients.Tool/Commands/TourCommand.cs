using System.CommandLine;

namespace ProtocolClients.Tool;

/// <summary><c>pcl tour</c>: every mock server on loopback, every client against it, each result checked.</summary>
internal static class TourCommand
{
    /// <summary>The rooms, in the order in which they are shown; a new room adds itself here.</summary>
    private static readonly (string Name, string About, Func<TourLog, CancellationToken, Task> Run)[] Rooms =
    [
        ("url", "open and retrieve any URL", UrlTour.RunAsync),
        ("http", "sessions: redirects, credentials, TLS, retries", HttpTour.RunAsync),
        ("ftp", "listings, transfers that go on, trees, sync", FtpTour.RunAsync),
        ("kit", "a protocol of one's own on Transport and Servers", KitTour.RunAsync),
    ];

    public static Command Create(Terminal terminal)
    {
        var rooms = new Argument<string[]>("ROOM") { Description = "Show these rooms only.", Arity = ArgumentArity.ZeroOrMore };
        rooms.AcceptOnlyFromAmong([.. Rooms.Select(room => room.Name)]);
        var command = new Command("tour", "Start the mock servers, drive every client against them, and check each result.") { rooms };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            string[] chosen = parsed.GetValue(rooms) ?? [];
            var log = new TourLog(terminal.Output);
            foreach ((string name, string about, Func<TourLog, CancellationToken, Task> run) in Rooms)
            {
                if (chosen.Length > 0 && !chosen.Contains(name, StringComparer.Ordinal)) continue;
                log.Room(name, about);
                await log.GuardAsync(() => run(log, cancellationToken));
            }

            log.Close();
            return log.Differences == 0 ? ExitCode.Done : ExitCode.SomeFailed;
        });
        return command;
    }
}
