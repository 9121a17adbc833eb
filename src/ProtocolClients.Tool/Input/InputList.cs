namespace ProtocolClients.Tool;

/// <summary>One download of the list: a URL with its mirrors, and what the list says of it.</summary>
internal sealed record InputItem(ValueList<string> Urls)
{
    /// <summary>The name of the file; null for the URL's.</summary>
    public string? Name { get; init; }

    public Checksum? Checksum { get; init; }

    /// <summary>What a pattern's sets gave, for <c>#1</c> in a name.</summary>
    public string[] Values { get; init; } = [];
}

/// <summary>
/// A list of URLs in a file: one a line, mirrors behind it with tabs between, comments begin with <c>#</c>. Indented lines below say more
/// of it: <c>out=NAME</c>, <c>checksum=sha256:HEX</c>.
/// </summary>
internal static class InputList
{
    private const int MaxItems = 1_000_000;
    private const int MaxLine = 64 * 1024;

    /// <summary>Reads it whole, so that what is wrong with it is told before anything is asked for.</summary>
    /// <exception cref="UsageException">A line is no URL and no known option, or there is no URL.</exception>
    public static async Task<List<InputItem>> ReadAsync(TextReader reader, CancellationToken cancellationToken)
    {
        var items = new List<InputItem>();
        int number = 0;
        while (await reader.ReadLineAsync(cancellationToken) is { } line)
        {
            number++;
            if (line.Length > MaxLine) throw Wrong(number, $"is longer than {MaxLine} characters");
            string trimmed = line.Trim();
            if (trimmed.Length == 0 || trimmed[0] == '#') continue;
            if (line[0] is ' ' or '\t')
            {
                if (items.Count == 0) throw Wrong(number, "is indented, but no URL stands above it");
                items[^1] = With(items[^1], trimmed, number);
                continue;
            }

            if (items.Count == MaxItems) throw Wrong(number, $"is one more than {MaxItems} URLs");
            string[] urls = trimmed.Split('\t', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            if (urls[0][0] == '-') throw Wrong(number, "is no URL");
            items.Add(new InputItem([.. urls]));
        }

        return items.Count > 0 ? items : throw new UsageException("The list has no URL.");
    }

    private static InputItem With(InputItem item, string option, int number)
    {
        int equals = option.IndexOf('=', StringComparison.Ordinal);
        string value = option[(equals + 1)..];
        switch (equals < 0 ? option : option[..equals])
        {
            case "out":
                return Transport.SafeFileName.IsSafe(value) ? item with { Name = value } : throw Wrong(number, "names no file in the folder");
            case "checksum":
                try
                {
                    return item with { Checksum = Checksum.Parse(value) };
                }
                catch (FormatException malformed)
                {
                    throw Wrong(number, "has no checksum: " + malformed.Message);
                }

            default:
                throw Wrong(number, "has an option that is not known; out= and checksum= are");
        }
    }

    private static UsageException Wrong(int number, string what) => new($"Line {number} of the list {what}.");
}
