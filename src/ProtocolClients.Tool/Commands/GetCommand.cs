using System.CommandLine;

namespace ProtocolClients.Tool;

/// <summary><c>pcl get URL…</c>: downloads, each atomically, to files or to standard output.</summary>
internal sealed class GetCommand
{
    private readonly Terminal _terminal;
    private readonly Command _command = new("get", "Download URLs to files (named after the URL) or to standard output.");
    private readonly GetArguments _arguments;
    private readonly ClientArguments _client;

    private GetCommand(Terminal terminal)
    {
        _terminal = terminal;
        _arguments = new GetArguments(_command);
        _client = new ClientArguments(_command);
        _command.SetAction(RunAsync);
    }

    public static Command Create(Terminal terminal) => new GetCommand(terminal)._command;

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        GetSettings settings = _arguments.Read(parsed);
        List<InputItem> items = await _arguments.ItemsAsync(parsed, _terminal, cancellationToken);
        UrlOpenerOptions options = await _client.CreateAsync(parsed, _terminal, cancellationToken);
        return await _client.RunAsync(async () =>
        {
            var run = new GetRun(_terminal, settings, options);
            await using (run)
            {
                return await run.RunAsync(items, cancellationToken);
            }
        });
    }
}
