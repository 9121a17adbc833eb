using System.CommandLine;
using System.CommandLine.Parsing;

namespace ProtocolClients.Tool;

/// <summary>The options of <c>pcl get</c>, and what they ask for.</summary>
internal sealed class GetArguments
{
    private const int MaxSegments = 64;
    private const int MaxParallel = 1000;

    private readonly Argument<string[]> _urls = new("URL") { Description = "What to download; {a,b} and [1-9] stand for several, and so does * at the end of an ftp URL.", Arity = ArgumentArity.ZeroOrMore };
    private readonly Option<string?> _output = new("--output", "-o") { Description = "The file to write; '-' for standard output. #1 is what the first {…} or […] gave." };
    private readonly Option<string?> _folder = new("--directory", "-d") { Description = "The folder to write into; made when it is missing." };
    private readonly Option<bool> _remoteName = new("--remote-name", "-O") { Description = "Name the file after the URL, as is done anyway." };
    private readonly Option<bool> _disposition = new("--content-disposition") { Description = "Let the server that was asked name the file." };
    private readonly Option<bool> _trustNames = new("--trust-server-names") { Description = "Let whoever answers after redirects name the file." };
    private readonly Option<bool> _overwrite = new("--overwrite") { Description = "Replace files that exist." };
    private readonly Option<bool> _noClobber = new("--no-clobber") { Description = "Leave files that exist, and call that a success." };
    private readonly Option<bool> _rename = new("--rename") { Description = "Write to 'name (1).ext' when 'name.ext' exists." };
    private readonly Option<bool> _newer = new("--timestamping", "-N") { Description = "Fetch only what is newer than the file, and keep the server's time." };
    private readonly Option<bool> _changed = new("--if-changed") { Description = "Fetch only what is another content than the last time (entity tag, kept in .NAME.etag)." };
    private readonly Option<bool> _continue = new("--continue", "-c") { Description = "Keep what was fetched when it breaks off, and go on with what an earlier run left." };
    private readonly Option<int> _segments = new("--segments", "-s")
    {
        Description = "Fetch a file over this many connections (1 to 64).",
        DefaultValueFactory = _ => 1,
        CustomParser = Numbers.From1(MaxSegments, "--segments takes a number from 1 to 64."),
    };
    private readonly Option<string?> _checksum = new("--checksum") { Description = "Refuse a file whose checksum differs: sha256:HEX (sha512, sha384, blake3, blake2b, sha1, md5), or sha256-BASE64." };
    private readonly Option<string?> _checksums = new("--checksums") { Description = "Refuse files whose checksums differ from this list (a file or a URL: SHA256SUMS, B2SUMS, B3SUMS, BSD lines)." };
    private readonly Option<bool> _digest = new("--verify-digest") { Description = "Ask the server for a digest (RFC 9530) and verify it." };
    private readonly Option<string[]> _mirrors = new("--mirror") { Description = "Another URL of the same file; may be repeated." };
    private readonly Option<bool> _metalink = new("--metalink") { Description = "Read URLs as Metalink documents, or use the mirrors that an answer names." };
    private readonly Option<long?> _rate = new("--limit-rate") { Description = "Bytes a second of each file: 500k, 2M.", CustomParser = Numbers.Size("--limit-rate takes bytes a second such as 500k or 2M.") };
    private readonly Option<long?> _totalRate = new("--limit-rate-total") { Description = "Bytes a second of all files together.", CustomParser = Numbers.Size("--limit-rate-total takes bytes a second such as 500k or 2M.") };
    private readonly Option<long?> _hostRate = new("--limit-rate-host") { Description = "Bytes a second of all files from one host.", CustomParser = Numbers.Size("--limit-rate-host takes bytes a second such as 500k or 2M.") };
    private readonly Option<long?> _maxSize = new("--max-size") { Description = "Refuse files that are longer: 10M, 2G.", CustomParser = Numbers.Size("--max-size takes bytes such as 10M or 2G.") };
    private readonly Option<long?> _quota = new("--quota", "-Q") { Description = "Begin no further file once this many bytes came: 10M, 2G.", CustomParser = Numbers.Size("--quota takes bytes such as 10M or 2G.") };
    private readonly Option<string?> _servers = new("--server-stats") { Description = "Keep in this file how fast servers were, and ask the fastest of several mirrors first; of the last 24 hours." };
    private readonly Option<string?> _input = new("--input", "-i") { Description = "Download the URLs of this list, one a line; '-' for standard input." };
    private readonly Option<int> _parallel = new("--parallel", "-P")
    {
        Description = "Download this many files at a time.",
        DefaultValueFactory = _ => 1,
        CustomParser = Numbers.From1(MaxParallel, "--parallel takes a number from 1 to 1000."),
    };
    private readonly Option<bool> _noGlob = new("--no-glob") { Description = "Take brackets, braces and stars in URLs as they are." };
    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Say what would be done; ask for heads only, write nothing." };
    private readonly Option<bool> _durable = new("--durable") { Description = "Force each of several files to the disk; one alone always is." };
    private readonly Option<bool> _xattr = new("--xattr") { Description = "Note where a file came from in its extended attributes (Linux); one that cannot have them is told of." };
    private readonly Option<bool> _requireXattr = new("--require-xattr") { Description = "As --xattr, but refuse a file that cannot have them." };
    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON line a file instead of messages." };
    private readonly Option<bool> _quiet = new("--quiet", "-q") { Description = "Print failures only." };

    public GetArguments(Command command)
    {
        command.Arguments.Add(_urls);
        Option[] options =
        [
            _output, _folder, _remoteName, _disposition, _trustNames, _overwrite, _noClobber, _rename, _newer, _changed, _continue, _segments, _checksum, _checksums,
            _digest, _mirrors, _metalink, _servers, _rate, _totalRate, _hostRate, _maxSize, _quota, _input, _parallel, _noGlob, _dryRun, _durable, _xattr, _requireXattr, _json, _quiet,
        ];
        foreach (Option option in options) command.Options.Add(option);
        command.Validators.Add(Validate);
    }

    public GetSettings Read(ParseResult parsed) => new()
    {
        Output = parsed.GetValue(_output),
        Folder = parsed.GetValue(_folder),
        Naming = parsed.GetValue(_trustNames) ? FileNaming.Redirected : parsed.GetValue(_disposition) ? FileNaming.ContentDisposition : FileNaming.Url,
        WhenExists = parsed.GetValue(_overwrite) ? ExistingFile.Overwrite
            : parsed.GetValue(_noClobber) ? ExistingFile.Skip
            : parsed.GetValue(_rename) ? ExistingFile.Rename : ExistingFile.Fail,
        OnlyNewer = parsed.GetValue(_newer),
        OnlyChanged = parsed.GetValue(_changed),
        Continue = parsed.GetValue(_continue),
        Segments = parsed.GetValue(_segments),
        Checksum = parsed.GetValue(_checksum),
        Checksums = parsed.GetValue(_checksums),
        VerifyDigest = parsed.GetValue(_digest),
        Metalink = parsed.GetValue(_metalink),
        Rate = parsed.GetValue(_rate),
        TotalRate = parsed.GetValue(_totalRate),
        HostRate = parsed.GetValue(_hostRate),
        Servers = parsed.GetValue(_servers),
        MaxSize = parsed.GetValue(_maxSize),
        Quota = parsed.GetValue(_quota),
        Parallel = parsed.GetValue(_parallel),
        DryRun = parsed.GetValue(_dryRun),
        Provenance = parsed.GetValue(_requireXattr) ? Provenance.Required : parsed.GetValue(_xattr) ? Provenance.WhenPossible : Provenance.None,
        Durable = parsed.GetValue(_durable),
        Wildcards = !parsed.GetValue(_noGlob),
        Json = parsed.GetValue(_json),
        Quiet = parsed.GetValue(_quiet) || parsed.GetValue(_json),
    };

    /// <summary>All that is to be downloaded, in order, each URL of a pattern for itself.</summary>
    /// <exception cref="UsageException">There is nothing, or what is said of one file is said of several.</exception>
    public async Task<List<InputItem>> ItemsAsync(ParseResult parsed, Terminal terminal, CancellationToken cancellationToken)
    {
        var items = new List<InputItem>();
        string[] mirrors = parsed.GetValue(_mirrors) ?? [];
        foreach (string url in parsed.GetValue(_urls) ?? [])
        {
            if (url.StartsWith('-')) throw new UsageException($"'{url}' is no option of this command, and no URL.");
            if (parsed.GetValue(_noGlob)) items.Add(new InputItem([url, .. mirrors]));
            else items.AddRange(UrlGlob.Expand(url).Select(one => new InputItem([one.Url, .. mirrors]) { Values = one.Values }));
        }

        if (parsed.GetValue(_input) is { } list)
        {
            using var reader = new StreamReader(list == "-" ? terminal.OpenInput() : new FileStream(list, FileMode.Open, FileAccess.Read));
            items.AddRange(await InputList.ReadAsync(reader, cancellationToken));
        }

        if (items.Count == 1) return items;
        string? output = parsed.GetValue(_output);
        if (output is not null and not "-" && !output.Contains('#', StringComparison.Ordinal)) throw new UsageException("-o names one file, but there are several URLs; use -d.");
        if (parsed.GetValue(_checksum) is not null) throw new UsageException("--checksum is of one file, but there are several URLs; use --checksums.");
        if (mirrors.Length > 0) throw new UsageException("--mirror is of one file, but there are several URLs.");
        return items;
    }

    private void Validate(CommandResult result)
    {
        // Asked for the value of an option that has none, the library throws.
        if (result.Children.OfType<OptionResult>().FirstOrDefault(static option => !option.Implicit && option.Tokens.Count < option.Option.Arity.MinimumNumberOfValues) is { } empty)
        {
            result.AddError($"{empty.IdentifierToken?.Value ?? empty.Option.Name} needs a value.");
            return;
        }

        string? output = result.GetValue(_output);
        if ((result.GetValue(_urls)?.Length ?? 0) == 0 && result.GetValue(_input) is null) result.AddError("A URL is missing.");
        if (output == "-" && result.GetValue(_folder) is not null) result.AddError("-o - and -d exclude each other.");
        if (output == "-" && result.GetResult(_segments) is { Implicit: false }) result.AddError("-o - gives the bytes in their order, over one connection; it and --segments exclude each other.");
        if (output == "-" && result.GetValue(_servers) is not null) result.AddError("-o - asks one server a file; it and --server-stats exclude each other.");
        if (output == "-" && result.GetValue(_json)) result.AddError("-o - and --json both want standard output.");
        if (output is not null && (result.GetValue(_disposition) || result.GetValue(_trustNames) || result.GetValue(_remoteName)))
            result.AddError("-o names the file; it and a name from the server or the URL exclude each other.");
        if (new[] { _overwrite, _noClobber, _rename }.Count(option => result.GetValue(option)) > 1) result.AddError("--overwrite, --no-clobber and --rename exclude each other.");
        if (result.GetValue(_metalink) && output is not null) result.AddError("--metalink names its files; it and -o exclude each other.");
        foreach (Option<bool> option in (Option<bool>[])[_overwrite, _noClobber, _rename, _newer, _changed, _continue, _dryRun, _digest, _xattr, _requireXattr])
        {
            if (output == "-" && result.GetValue(option)) result.AddError($"-o - writes no file; it and {option.Name} exclude each other.");
        }

        // A copy may hold what is wrong: an error of the parser stands instead of a value.
        if (result.GetValue(_checksum) is not { } checksum) return;
        try
        {
            Checksum.Parse(checksum);
        }
        catch (FormatException malformed)
        {
            result.AddError(malformed.Message);
        }
    }
}

/// <summary>What the options of <c>pcl get</c> ask for.</summary>
internal sealed record GetSettings
{
    public string? Output { get; init; }

    public string? Folder { get; init; }

    public FileNaming Naming { get; init; }

    public ExistingFile WhenExists { get; init; }

    public bool OnlyNewer { get; init; }

    public bool OnlyChanged { get; init; }

    public bool Continue { get; init; }

    public int Segments { get; init; } = 1;

    public string? Checksum { get; init; }

    public string? Checksums { get; init; }

    public bool VerifyDigest { get; init; }

    public bool Metalink { get; init; }

    public long? Rate { get; init; }

    public long? TotalRate { get; init; }

    public long? HostRate { get; init; }

    public long? MaxSize { get; init; }

    public long? Quota { get; init; }

    /// <summary>The file of what is known of servers.</summary>
    public string? Servers { get; init; }

    public int Parallel { get; init; } = 1;

    public bool DryRun { get; init; }

    public bool Durable { get; init; }

    public Provenance Provenance { get; init; }

    /// <summary>A star in the name of an ftp URL stands for what the server has.</summary>
    public bool Wildcards { get; init; }

    public bool Json { get; init; }

    public bool Quiet { get; init; }
}
