namespace ProtocolClients;

/// <summary>
/// Recognises the dialect by the lines: the first that reads one is kept, and asked first from then on; a line that it cannot read
/// is shown to the others, since a server may list one directory so and another otherwise, even in one listing. What the server calls its
/// system decides who is asked first of all. A line that none can read is refused.
/// </summary>
internal sealed class AutoListParser : FtpListParser
{
    private static readonly (string[] Systems, Func<FtpListContext, ListDialect> Create)[] Dialects =
    [
        (["UNIX"], context => new UnixListParser(context)),
        (["WINDOWS"], context => new DosListParser(context)),
        ([], context => new MlsdListParser(context)),
        ([], context => new EplfListParser(context)),
        (["VMS"], context => new VmsListParser(context)),
        (["OS/400"], context => new Os400ListParser(context)),
        (["MVS", "Z/OS"], context => new ZosListParser(context)),
        (["NONSTOP", "TANDEM", "GUARDIAN"], context => new NonStopListParser(context)),
    ];

    private readonly FtpListContext _context;
    private readonly ListDialect?[] _dialects = new ListDialect?[Dialects.Length];
    private readonly int _first;
    private ListDialect? _current;

    public AutoListParser(FtpListContext context)
    {
        _context = context;
        string system = context.SystemType ?? string.Empty;
        _first = Math.Max(0, Array.FindIndex(Dialects, dialect => dialect.Systems.Any(name => system.Contains(name, StringComparison.OrdinalIgnoreCase))));
    }

    public override FtpEntry? Parse(ReadOnlySpan<byte> line)
    {
        if (ListText.IsBlank(line)) return null;
        if (_current is not null && _current.Read(line, out FtpEntry? entry) != ListOutcome.Foreign) return entry;
        // What waits for its second half must get it.
        if (_current is { IsWaiting: true }) throw ListText.Refused(line, "any dialect");
        if (Reads(_first, line, out entry)) return entry;
        for (int i = 0; i < _dialects.Length; i++)
        {
            if (i != _first && Reads(i, line, out entry)) return entry;
        }

        throw ListText.Refused(line, "any dialect");
    }

    public override FtpEntry? End() => _current?.End();

    private bool Reads(int index, ReadOnlySpan<byte> line, out FtpEntry? entry)
    {
        entry = null;
        ListDialect dialect = _dialects[index] ??= Dialects[index].Create(_context);
        if (dialect == _current || !dialect.MayBegin(line) || dialect.Read(line, out entry) == ListOutcome.Foreign) return false;
        _current = dialect;
        return true;
    }
}
