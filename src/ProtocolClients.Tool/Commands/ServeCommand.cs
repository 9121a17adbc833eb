using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using ProtocolClients.Testing;

namespace ProtocolClients.Tool;

/// <summary><c>pcl serve http|ftp [DIR]</c>: the mock servers as processes, on loopback.</summary>
internal static class ServeCommand
{
    public static Command Create(Terminal terminal) => new("serve", "Start a mock server on loopback until it is interrupted.") { Http(terminal), Ftp(terminal) };

    private static Command Http(Terminal terminal)
    {
        var folder = new Argument<string>("DIR") { Description = "The folder to serve.", DefaultValueFactory = _ => "." };
        var port = new Option<int>("--port", "-p")
        {
            Description = "The port; 0 for a free one.",
            DefaultValueFactory = _ => 0,
            CustomParser = Numbers.Whole(65535, "--port takes a number from 0 to 65535."),
        };
        var tls = new Option<bool>("--tls") { Description = "Serve https, with a certificate made for the occasion; its authority's PEM is printed." };
        var quiet = new Option<bool>("--quiet", "-q") { Description = "Do not print the requests." };
        var command = new Command("http", "A folder over HTTP/1.1 and HTTP/2: ranges, validators, conditions.") { folder, port, tls, quiet };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            string root = Path.GetFullPath(parsed.GetValue(folder)!);
            if (!Directory.Exists(root)) throw new DirectoryNotFoundException($"'{root}' is no folder.");
            var options = new MockHttpServerOptions
            {
                EndPoint = new IPEndPoint(IPAddress.Loopback, parsed.GetValue(port)),
                Tls = parsed.GetValue(tls),
                KeepTranscript = false,
                KeptBody = 0,

                // A server that runs for days while nobody reads what it prints must not grow.
                KeptCalls = 10_000,
            };
            MockHttpServer server = await OnPortAsync(parsed.GetValue(port), () => MockHttpServer.StartAsync(options, cancellationToken));
            await using (server)
            {
                server.Files.Root = root;
                await terminal.Output.WriteLineAsync(server.Url.AbsoluteUri);
                if (options.Tls) await terminal.Output.WriteAsync(TestCertificates.Shared.AuthorityPem);
                await terminal.Output.FlushAsync(cancellationToken);
                while (true)
                {
                    MockHttpCall call = await server.Calls.TakeAsync(cancellationToken);
                    if (!parsed.GetValue(quiet))
                        await terminal.Error.WriteLineAsync(TerminalText.Escape($"{call.Method} {call.Target}"));
                }
            }
        });
        return command;
    }

    /// <summary>Starts a server; of a failure of its port that is told too.</summary>
    private static async Task<T> OnPortAsync<T>(int port, Func<Task<T>> start)
    {
        try
        {
            return await start();
        }
        catch (SocketException failure)
        {
            throw new SocketException((int)failure.SocketErrorCode, $"Port {port}: {failure.Message}");
        }
    }

    private static Command Ftp(Terminal terminal)
    {
        var folder = new Argument<string>("DIR") { Description = "The folder to serve.", DefaultValueFactory = _ => "." };
        var port = new Option<int>("--port", "-p")
        {
            Description = "The port; 0 for a free one.",
            DefaultValueFactory = _ => 0,
            CustomParser = Numbers.Whole(65535, "--port takes a number from 0 to 65535."),
        };
        var writable = new Option<bool>("--writable") { Description = "Let clients change the folder: uploads, deletions, names, times." };
        var quiet = new Option<bool>("--quiet", "-q") { Description = "Do not print the commands." };
        var command = new Command("ftp", "A folder over FTP, for any user: MLSD, REST, EPSV; without TLS.") { folder, port, writable, quiet };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            string root = Path.GetFullPath(parsed.GetValue(folder)!);
            if (!Directory.Exists(root)) throw new DirectoryNotFoundException($"'{root}' is no folder.");
            var options = new MockFtpServerOptions
            {
                EndPoint = new IPEndPoint(IPAddress.Loopback, parsed.GetValue(port)),
                KeepTranscript = false,
                KeptCalls = 10_000,
                WritableFiles = parsed.GetValue(writable),
            };
            MockFtpServer server = await OnPortAsync(parsed.GetValue(port), () => MockFtpServer.StartAsync(options, cancellationToken));
            await using (server)
            {
                server.Files.Root = root;
                await terminal.Output.WriteLineAsync(server.Url.AbsoluteUri);
                await terminal.Output.FlushAsync(cancellationToken);
                while (true)
                {
                    MockFtpCall call = await server.Calls.TakeAsync(cancellationToken);
                    if (!parsed.GetValue(quiet)) await terminal.Error.WriteLineAsync(TerminalText.Escape($"{call.Verb} {call.Argument}".TrimEnd()));
                }
            }
        });
        return command;
    }
}
