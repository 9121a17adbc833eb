using System.Globalization;

namespace ProtocolClients.Testing;

internal sealed partial class FtpServerSession
{
    private char _type = 'A';
    private char _mode = 'S';
    private long _offset;

    public Task SystemAsync(MockFtpCall call) => ReplyAsync(call, 215, "UNIX Type: L8");

    public Task FeaturesAsync(MockFtpCall call)
    {
        IEnumerable<string> features = Features();
        return ReplyAsync(call, 211, "Features:", features, "End");
    }

    public Task OptionsAsync(MockFtpCall call)
    {
        string[] words = call.Value.Split(' ', 2, StringSplitOptions.RemoveEmptyEntries);
        string of = words.Length > 0 ? words[0].ToUpperInvariant() : "";
        string value = words.Length > 1 ? words[1] : "";
        return of switch
        {
            "UTF8" or "UTF-8" when value.Equals("ON", StringComparison.OrdinalIgnoreCase) => ReplyAsync(call, 200, "Always in UTF8 mode."),
            "MLST" when Knows("MLST") || Knows("MLSD") => ChooseFactsAsync(call, value),
            _ => ReplyAsync(call, 501, "No such option."),
        };
    }

    public Task HelpAsync(MockFtpCall call) =>
        ReplyAsync(call, 214, "The commands are:", FtpVerbs.All.Keys.Where(Knows).Order(StringComparer.Ordinal).Chunk(8).Select(static names => string.Join(' ', names)), "End of help.");

    public Task TypeAsync(MockFtpCall call)
    {
        switch (call.Value.ToUpperInvariant())
        {
            case "A" or "A N":
                _type = 'A';
                return ReplyAsync(call, 200, "Type is ASCII.");
            case "I" or "L 8":
                _type = 'I';
                return ReplyAsync(call, 200, "Type is image.");
            case "A T" or "A C" or "E" or "E N" or "E T" or "E C":
                return ReplyAsync(call, 504, "Not this type.");
            default:
                return RefuseAsync(call, 501, "No such type.");
        }
    }

    public Task ModeAsync(MockFtpCall call) => call.Value.ToUpperInvariant() switch
    {
        "S" => ReplyAsync(call, 200, "Mode is stream."),
        "B" or "C" => ReplyAsync(call, 504, "Not this mode."),
        _ => RefuseAsync(call, 501, "No such mode."),
    };

    public Task StructureAsync(MockFtpCall call) => call.Value.ToUpperInvariant() switch
    {
        "F" => ReplyAsync(call, 200, "Structure is file."),
        "R" or "P" => ReplyAsync(call, 504, "Not this structure."),
        _ => RefuseAsync(call, 501, "No such structure."),
    };

    public Task RestartAsync(MockFtpCall call)
    {
        if (!long.TryParse(call.Value, NumberStyles.None, CultureInfo.InvariantCulture, out long offset))
        {
            return RefuseAsync(call, 501, "REST takes a number of bytes.");
        }

        _offset = offset;
        return ReplyAsync(call, 350, string.Create(CultureInfo.InvariantCulture, $"Restarting at {offset}."));
    }

    public Task AllocateAsync(MockFtpCall call) => ReplyAsync(call, 202, "No storage is allocated here.");

    private bool Knows(string verb) => FtpVerbs.All.ContainsKey(verb) && !_options.Without.Contains(verb, StringComparer.OrdinalIgnoreCase);

    private IEnumerable<string> Features()
    {
        string[] named = ["SIZE", "MDTM", "MFMT", "EPSV", "EPRT"];
        foreach (string verb in named.Where(Knows)) yield return verb;
        if (Knows("REST")) yield return "REST STREAM";
        if (Knows("MLST") || Knows("MLSD")) yield return "MLST " + FtpFacts.Feature(_facts);
        yield return "TVFS";
        if (IsUtf8) yield return "UTF8";
    }
}
