using System.Globalization;

namespace ProtocolClients.Fuzzing;

/// <summary>How many inputs a parser gets: PROTOCOLCLIENTS_FUZZ_COUNT, or 20 000.</summary>
internal static class Fuzz
{
    public static int Count { get; } =
        int.TryParse(Environment.GetEnvironmentVariable("PROTOCOLCLIENTS_FUZZ_COUNT"), NumberStyles.None, CultureInfo.InvariantCulture, out int count) ? count : 20_000;

    /// <summary>A text with a few changes: characters replaced, inserted, removed, doubled, words of the grammar spliced in, the end cut off.</summary>
    public static string Mutated(Random random, string text, ReadOnlySpan<string> splices)
    {
        for (int changes = random.Next(1, 6); changes > 0 && text.Length > 0; changes--)
        {
            int at = random.Next(text.Length);
            text = random.Next(5) switch
            {
                0 => string.Concat(text.AsSpan(0, at), ((char)random.Next(256)).ToString(), text.AsSpan(at + 1)),
                1 => text.Insert(at, splices[random.Next(splices.Length)]),
                2 => text.Remove(at, Math.Min(random.Next(1, 9), text.Length - at)),
                3 => text.Insert(at, text.Substring(at, Math.Min(random.Next(1, 20), text.Length - at))),
                _ => text[..at],
            };
        }

        return text;
    }
}
