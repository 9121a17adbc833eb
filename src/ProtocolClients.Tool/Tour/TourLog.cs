using System.Globalization;

namespace ProtocolClients.Tool;

/// <summary>
/// What the tour prints. Every line is a check: what the client got against what the server saw or served; a difference
/// is printed with both and counted.
/// </summary>
internal sealed class TourLog(TextWriter output)
{
    public int Checks { get; private set; }

    public int Differences { get; private set; }

    public void Room(string name, string about) => output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"\n{name}: {about}"));

    /// <summary>One check.</summary>
    /// <param name="what">What was done, as a user would say it.</param>
    /// <param name="server">What the server saw or served.</param>
    /// <param name="client">What the client got.</param>
    public void Check<T>(string what, T server, T client)
    {
        Checks++;
        bool equal = EqualityComparer<T>.Default.Equals(server, client);
        if (!equal) Differences++;
        output.WriteLine(TerminalText.Escape(equal
            ? $"  ok       {what}: {Short(client)}"
            : $"  DIFFERS  {what}: the server's side says {Short(server)}, the client's {Short(client)}"));
    }

    /// <summary>One check that a call fails as it should.</summary>
    /// <param name="what">What was done.</param>
    /// <param name="call">The call.</param>
    /// <param name="say">What to print of the failure.</param>
    public async Task CheckFailsAsync<TException>(string what, Func<Task> call, Func<TException, string> say)
        where TException : Exception
    {
        string client;
        try
        {
            await call();
            client = "nothing failed";
        }
        catch (TException expected)
        {
            client = say(expected);
            Check(what, client, client);
            return;
        }
        catch (Exception other) when (other is not OperationCanceledException)
        {
            client = $"{other.GetType().Name}: {other.Message}";
        }

        Check(what, typeof(TException).Name, client);
    }

    /// <summary>Runs a room; what escapes from it counts as a difference, and the tour goes on.</summary>
    public async Task GuardAsync(Func<Task> room)
    {
        try
        {
            await room();
        }
        catch (Exception escaped) when (escaped is not OperationCanceledException)
        {
            Check("the room ran to its end", "yes", $"{escaped.GetType().Name}: {escaped.Message}");
        }
    }

    public void Close() => output.WriteLine(string.Create(
        CultureInfo.InvariantCulture, $"\n{Checks} checks, {(Differences == 0 ? "all as served" : $"{Differences} with a difference")}"));

    private static string Short<T>(T value)
    {
        string text = Convert.ToString(value, CultureInfo.InvariantCulture) ?? "nothing";
        return text.Length <= 100 ? text : string.Concat(text.AsSpan(0, 97), "...");
    }
}
