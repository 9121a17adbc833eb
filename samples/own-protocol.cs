#:project ../src/ProtocolClients.Transport/ProtocolClients.Transport.csproj
#:project ../src/ProtocolClients.Servers/ProtocolClients.Servers.csproj

// A protocol of one's own, both sides: a shelf that keeps values by name.
//   KEEP name value -> 200 kept     GIVE name -> 210 value, or 404 nothing there     anything else -> 500 what?
// Run it: dotnet run samples/own-protocol.cs

using System.Collections.Concurrent;
using System.Net;
using System.Text;
using ProtocolClients.Servers;
using ProtocolClients.Transport;

var values = new ConcurrentDictionary<string, string>();
var options = new ServerOptions { MaxConnections = 100, MaxLineLength = 512, IdleTimeout = TimeSpan.FromMinutes(5) };
await using var server = TcpServer.Start(new IPEndPoint(IPAddress.Loopback, 0), async (connection, ct) =>
{
    while (await connection.ReadLineAsync(ct) is { } line)
    {
        string answer = line.Split(' ', 3) switch
        {
            ["KEEP", var name, var value] => Keep(name, value),
            ["GIVE", var name] => values.TryGetValue(name, out string? value) ? $"210 {value}" : "404 nothing there",
            _ => "500 what?",
        };
        await connection.WriteLineAsync(answer, ct);
    }
}, options);

int differences = 0;
await using (ShelfClient shelf = await ShelfClient.ConnectAsync(new SocketDialer(), server.EndPoint))
{
    Expect("200 kept", await shelf.AskAsync("KEEP", "colour", "deep green"));
    Expect("210 deep green", await shelf.AskAsync("GIVE", "colour"));
    Expect("404 nothing there", await shelf.AskAsync("GIVE", "taste"));
    Expect("500 what?", await shelf.AskAsync("DANCE"));
    string refused = "";
    try { await shelf.AskAsync("GIVE", "colour\r\nKEEP colour red"); }
    catch (ArgumentException) { refused = "refused unsent"; }
    Expect("refused unsent", refused);
    Expect("210 deep green", await shelf.AskAsync("GIVE", "colour"));
}

await server.StopAsync(TimeSpan.FromSeconds(5));
Expect("1 served, 0 open", $"{server.AcceptedConnections} served, {server.ActiveConnections} open");
return differences == 0 ? 0 : 1;

string Keep(string name, string value)
{
    values[name] = value;
    return "200 kept";
}

void Expect(string expected, string actual)
{
    Console.WriteLine(actual == expected ? $"ok    {actual}" : $"WRONG {actual}, not {expected}");
    if (actual != expected) differences++;
}

/// <summary>The client: one connection, one command after the other.</summary>
sealed class ShelfClient(WireChannel channel) : IAsyncDisposable
{
    private readonly IWireParser<string> _answers = new AnswerParser();

    public static async Task<ShelfClient> ConnectAsync(IDialer dialer, EndPoint server, CancellationToken ct = default) =>
        new(new WireChannel(await dialer.DialAsync(server, ct)));

    public async Task<string> AskAsync(string verb, string? name = null, string? value = null, CancellationToken ct = default)
    {
        using var command = new CommandBuilder().Append(verb);
        if (name is not null) command.Argument(name);
        if (value is not null) command.Argument(value);
        await channel.SendAsync(command, ct);
        return await channel.ReadAsync(_answers, ct);
    }

    public ValueTask DisposeAsync() => channel.DisposeAsync();
}

/// <summary>The grammar: an answer is a line of ASCII; <see cref="LineParser"/> finds its end.</summary>
sealed class AnswerParser : IWireParser<string>
{
    private LineParser _lines;

    public System.Buffers.OperationStatus TryParse(ReadOnlySpan<byte> input, out int used, out string value)
    {
        System.Buffers.OperationStatus status = _lines.TryParse(input, out used, out ReadOnlySpan<byte> line);
        value = Encoding.ASCII.GetString(line);
        return status;
    }
}
