using System.Globalization;
using System.Text;

namespace ProtocolClients.Ftp.Tests.Grammar;

/// <summary>
/// Mutations of real lines. PROTOCOLCLIENTS_FUZZ_COUNT sets how many inputs a parser gets.
/// </summary>
internal static class Fuzz
{
    private static readonly string[] Splices =
    [
        "\n", "\r", "\0", " ", "  ", "\t", ";", "; ", "=", ",", "/", "-", "->", " -> ", "+", "*", "'", "\"", "\"\"", "(", ")", "[", "]", "<", ">", "^", "%", "..", ".",
        "0", "9", "99999999999999999999", "18446744073709551616", "-1", "Jan", "Feb 29", "31-FEB-2024", "20240230000000", "99991231235960", "24:60", "00000000000000",
        "\u00ff", "\u00c3", "\u00e2\u0082", "?", ":", "total 1", "type=", "type=OS.unix=slink:", "modify=", "UNIX.mode=7777777", "%0A", "%2F", "%", "Volume a Dsname", "Name VV.MM", "Name Size",
    ];

    public static int Count { get; } =
        int.TryParse(Environment.GetEnvironmentVariable("PROTOCOLCLIENTS_FUZZ_COUNT"), CultureInfo.InvariantCulture, out int count) ? count : 20_000;

    /// <summary>Runs so many inputs, each of a few lines of the corpus with a few changes.</summary>
    /// <param name="seed">What makes the run the same each time.</param>
    /// <param name="corpus">The lines.</param>
    /// <param name="separator">What stands between lines.</param>
    /// <param name="run">Takes one input, as bytes in Latin-1.</param>
    public static void Run(int seed, IReadOnlyList<string> corpus, string separator, Action<string> run)
    {
        var random = new Random(seed);
        for (int round = 0; round < Count; round++)
        {
            string input = Mutate(random, corpus, separator);
            try
            {
                run(input);
            }
            catch (Exception failure)
            {
                throw new InvalidOperationException($"Round {round}: {Convert.ToHexString(Encoding.Latin1.GetBytes(input))} {input}", failure);
            }
        }
    }

    private static string Mutate(Random random, IReadOnlyList<string> corpus, string separator)
    {
        var text = new StringBuilder();
        for (int parts = random.Next(1, 5); parts > 0; parts--) text.Append(corpus[random.Next(corpus.Count)]).Append(parts > 1 ? separator : "");
        for (int changes = random.Next(0, 6); changes > 0 && text.Length > 0; changes--)
        {
            int at = random.Next(text.Length);
            switch (random.Next(5))
            {
                case 0:
                    text[at] = (char)random.Next(256);
                    break;
                case 1:
                    text.Insert(at, Splices[random.Next(Splices.Length)]);
                    break;
                case 2:
                    text.Remove(at, Math.Min(random.Next(1, 9), text.Length - at));
                    break;
                case 3:
                    text.Insert(at, text.ToString(at, Math.Min(random.Next(1, 20), text.Length - at)));
                    break;
                default:
                    text.Length = at;
                    break;
            }
        }

        return text.ToString();
    }
}
