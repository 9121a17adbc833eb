using System.CommandLine;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace ProtocolClients.Tool;

/// <summary>The command <c>pcl</c>: its sub-commands, its signals, its exit code.</summary>
internal static class Pcl
{
    public static async Task<int> RunAsync(
        IReadOnlyList<string> arguments, Terminal terminal, bool handleSignals = false, CancellationToken cancellationToken = default)
    {
        ParseResult parsed = Root(terminal, arguments).Parse(arguments, new ParserConfiguration
        {
            // An argument that begins with @ is an argument: a URL from elsewhere must not make us read a file.
            ResponseFileTokenReplacer = null,
        });
        if (parsed.Errors.Count > 0)
        {
            // The library lists what it expects one value a line, which would be printed as escapes.
            foreach (var error in parsed.Errors)
                await terminal.Error.WriteLineAsync("pcl: " + TerminalText.Escape(error.Message.Replace(Environment.NewLine + "\t", " ", StringComparison.Ordinal)));
            await terminal.Error.WriteLineAsync("pcl: 'pcl --help' lists the commands, 'pcl COMMAND --help' their options.");
            return ExitCode.Usage;
        }

        using var signals = new Signals(handleSignals, cancellationToken);
        try
        {
            // Signals are ours: the exit code tells an interrupt from a termination, and temporary files are removed first.
            var invocation = new InvocationConfiguration
            {
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
                Output = terminal.Output,
                Error = terminal.Error,
            };
            int code = await parsed.InvokeAsync(invocation, signals.Token);
            return signals.Caught ?? code;
        }
        catch (OperationCanceledException) when (signals.Token.IsCancellationRequested)
        {
            return signals.Caught ?? ExitCode.Interrupted;
        }
        catch (Exception failure) when (ExitCode.Of(failure) != ExitCode.Internal)
        {
            terminal.Fail(parsed.CommandResult.Command.Name, failure);
            return ExitCode.Of(failure);
        }
        finally
        {
            Url.Cleanup();
        }
    }

    /// <summary>The commands; when the first argument names one, that one alone: each has dozens of options, which take time to make.</summary>
    private static Command Root(Terminal terminal, IReadOnlyList<string> arguments)
    {
        (string Name, Func<Terminal, Command> Create)[] commands =
        [
            ("get", GetCommand.Create),
            ("head", HeadCommand.Create),
            ("ls", LsCommand.Create),
            ("put", PutCommand.Create),
            ("rm", RemoveCommand.Create),
            ("sync", SyncCommand.Create),
#if MOCK_SERVERS
            ("serve", ServeCommand.Create),
            ("tour", TourCommand.Create),
#endif
        ];
        string? first = arguments.Count > 0 ? arguments[0] : null;
        bool isNamed = commands.Any(command => command.Name == first);
        // The options for help read their texts from resources, which a command that needs none would wait for.
        Command root = isNamed && !arguments.Any(MayAskForHelp) ? new Command("pcl") : new RootCommand("Downloads and servers of the Internet's classic protocols.");
        foreach ((string name, Func<Terminal, Command> create) in commands)
        {
            if (!isNamed || name == first) root.Subcommands.Add(create(terminal));
        }

        return root;
    }

    // Letters stand together (rm -vh URL asks, and deletes nothing), so that any h or question mark behind a hyphen may ask.
    private static bool MayAskForHelp(string argument) => argument switch
    {
        ['-', .. var rest] => rest.AsSpan().ContainsAny('h', '?'),
        ['/', 'h' or '?', ..] => true,
        _ => false,
    };

    /// <summary>
    /// Ctrl-C, SIGTERM and SIGHUP (the terminal is gone) end the command through its token, once. One that comes some time later ends the process: not at once, since
    /// timeout(1) and whoever signals a whole group give the same signal twice, and the second must not cut the clean-up short.
    /// </summary>
    private sealed class Signals : IDisposable
    {
        private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

        private readonly CancellationTokenSource _source;
        private readonly PosixSignalRegistration[] _registrations = [];

        public Signals(bool handle, CancellationToken outer)
        {
            _source = CancellationTokenSource.CreateLinkedTokenSource(outer);
            if (!handle) return;
            _registrations =
            [
                PosixSignalRegistration.Create(PosixSignal.SIGINT, context => Catch(context, ExitCode.Interrupted)),
                PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => Catch(context, ExitCode.Terminated)),
                PosixSignalRegistration.Create(PosixSignal.SIGHUP, context => Catch(context, ExitCode.HungUp)),
            ];
        }

        public CancellationToken Token => _source.Token;

        public int? Caught { get; private set; }

        private long CaughtAt { get; set; }

        public void Dispose()
        {
            foreach (PosixSignalRegistration registration in _registrations) registration.Dispose();
            _source.Dispose();
        }

        private void Catch(PosixSignalContext context, int code)
        {
            if (Caught is not null)
            {
                context.Cancel = Stopwatch.GetElapsedTime(CaughtAt) < Grace;
                return;
            }

            CaughtAt = Stopwatch.GetTimestamp();
            Caught = code;
            context.Cancel = true;
            _source.Cancel();
        }
    }
}
