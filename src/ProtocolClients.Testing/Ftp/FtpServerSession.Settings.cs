using System.Globalization;

namespace ProtocolClients.Testing;

internal sealed partial class FtpServerSession
{
    private string? _language;

    private static readonly string[] NamedFeatures = ["SIZE", "MDTM", "MFMT", "MFCT", "EPSV", "EPRT", "HOST", "CLNT", "XCRC", "XMD5", "XSHA1", "XSHA256", "XSHA512"];
    private static readonly string[] TlsFeatures = ["PBSZ", "PROT", "CCC"];

    private char _type = 'A';
    private char _mode = 'S';
    private int _level = 6;
    private long _offset;

    public Task SystemAsync(MockFtpCall call) => ReplyAsync(call, 215, Options.System ?? FtpListings.System(Options.Listing));

    public Task ClientAsync(MockFtpCall call) => ReplyAsync(call, 200, "Noted.");

    /// <summary>LANG (RFC 2640 §4.1): a language, by its first part at least; nothing for the one to begin with.</summary>
    public Task LanguageAsync(MockFtpCall call)
    {
        string wanted = call.Value.Length == 0 ? Options.Languages[0] : call.Value;
        string? found = Options.Languages.FirstOrDefault(language => language.Equals(wanted, StringComparison.OrdinalIgnoreCase))
            ?? Options.Languages.FirstOrDefault(language => language.Equals(wanted.Split('-')[0], StringComparison.OrdinalIgnoreCase));
        if (found is null) return ReplyAsync(call, 504, "Not in this language.");
        _language = found;
        return ReplyAsync(call, 200, "Replies are in " + found + ", or would be.");
    }

    public Task StatusAsync(MockFtpCall call)
    {
        if (!call.HasArgument)
        {
            string transfer = _transfer is null
                ? "No transfer."
                : string.Create(CultureInfo.InvariantCulture, $"{_transferCall!.Verb} has moved {_transferCall.DataBytes} bytes.");
            return ReplyAsync(call, 211, "Status:", [$"User {_user ?? "(none)"}, type {_type}, mode {_mode}", transfer], "End of status.");
        }

        if (!_isLoggedIn) return RefuseAsync(call, 530, "Please log in with USER and PASS.");
        string path = FtpListingCommands.WithoutFlags(call.Value);
        if (Listings.Lines("STAT", path) is not { } lines) return ReplyAsync(call, 550, "No such file or directory.");
        bool isFolder = Resolve(path) is { } key && Tree.IsDirectory(key);
        return _replies.WriteReplyAsync(call, isFolder ? 212 : 213, ["Status of " + path + ":", .. lines, "End of status."]);
    }

    public Task FeaturesAsync(MockFtpCall call)
    {
        return ReplyAsync(call, 211, "Features:", Features(), "End");
    }

    public Task OptionsAsync(MockFtpCall call)
    {
        string[] words = call.Value.Split(' ', 2, StringSplitOptions.RemoveEmptyEntries);
        string of = words.Length > 0 ? words[0].ToUpperInvariant() : "";
        string value = words.Length > 1 ? words[1] : "";
        return of switch
        {
            "UTF8" or "UTF-8" when Options.Utf8 && value.ToUpperInvariant() is "ON" or "OFF" => ChooseUtf8Async(call, value),
            "HASH" when Knows("HASH") => Hashes.ChooseAsync(call, value),
            "MODE" when Options.Deflate && value.StartsWith("Z LEVEL ", StringComparison.OrdinalIgnoreCase) => ChooseLevelAsync(call, value[8..]),
            "MLST" when Knows("MLST") || Knows("MLSD") => Listings.ChooseFactsAsync(call, value),
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

    public Task ModeAsync(MockFtpCall call)
    {
        switch (call.Value.ToUpperInvariant())
        {
            case "S":
                _mode = 'S';
                return ReplyAsync(call, 200, "Mode is stream.");
            case "Z" when Options.Deflate:
                _mode = 'Z';
                return ReplyAsync(call, 200, "Mode is deflate.");
            case "B" or "C" or "Z":
                return ReplyAsync(call, 504, "Not this mode.");
            default:
                return RefuseAsync(call, 501, "No such mode.");
        }
    }

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
        Hashes.TakeRange();
        return ReplyAsync(call, 350, string.Create(CultureInfo.InvariantCulture, $"Restarting at {offset}."));
    }

    public Task AllocateAsync(MockFtpCall call) => ReplyAsync(call, 202, "No storage is allocated here.");

    private void ChooseUtf8(bool isUtf8)
    {
        _isLatin = !isUtf8;
        _replies.IsUtf8 = IsUtf8;
    }

    private Task ChooseUtf8Async(MockFtpCall call, string value)
    {
        ChooseUtf8(!value.Equals("OFF", StringComparison.OrdinalIgnoreCase));
        return ReplyAsync(call, 200, _isLatin ? "Names are Latin-1." : "Names are UTF-8.");
    }

    private Task ChooseLevelAsync(MockFtpCall call, string value)
    {
        if (!int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int level) || level > 9) return RefuseAsync(call, 501, "A level is 0 to 9.");
        _level = level;
        return ReplyAsync(call, 200, "MODE Z LEVEL set.");
    }

    private bool Knows(string verb) => FtpVerbs.All.ContainsKey(verb) && !Options.Without.Contains(verb, StringComparer.OrdinalIgnoreCase);

    private IEnumerable<string> Features()
    {
        foreach (string verb in NamedFeatures.Where(Knows)) yield return verb;
        if (Knows("REST")) yield return "REST STREAM";
        if (Knows("MLST") || Knows("MLSD")) yield return "MLST " + FtpFacts.Feature(Listings.Chosen);
        if (Knows("MFF")) yield return "MFF modify;create;UNIX.mode;";
        if (Knows("RANG")) yield return "RANG STREAM";
        if (Knows("HASH")) yield return "HASH " + string.Join(';', FtpHash.Names.Select(name => name == Hashes.Chosen ? name + "*" : name));
        if (Knows("LANG")) yield return "LANG " + string.Join(';', Options.Languages.Select(language => language == (_language ?? Options.Languages[0]) ? language + "*" : language));
        if (Options.Deflate) yield return "MODE Z";
        if (Knows("SITE")) yield return "SITE CHMOD";
        if (Knows("SITE")) yield return "SITE UTIME";
        if (Knows("SITE")) yield return "SITE SYMLINK";
        if (Options.OffersTls && Knows("AUTH")) yield return "AUTH TLS";
        foreach (string verb in TlsFeatures.Where(verb => (IsTls || (Options.OffersTls && Knows("AUTH"))) && Knows(verb))) yield return verb;
        yield return "TVFS";
        if (Options.Utf8) yield return "UTF8";
        foreach (string more in Options.MoreFeatures) yield return more;
    }
}
