namespace ProtocolClients;

/// <summary>
/// A dialect of listings: RFC 959 leaves to the server how LIST looks. Subclass it, and <see cref="FtpListParser"/>, for one that is missing.
/// </summary>
public abstract class FtpListFormat
{
    /// <summary>Machine-readable listings: <c>type=file;size=12;modify=20260112103100; name</c> (RFC 3659 §7).</summary>
    public static FtpListFormat Mlsd { get; } = new BuiltIn("MLSD", context => new MlsdListParser(context));

    /// <summary>Lines as of <c>ls -l</c>, also NetWare's and NetPresenz's.</summary>
    public static FtpListFormat Unix { get; } = new BuiltIn("Unix", context => new UnixListParser(context));

    /// <summary>Listings of Windows: IIS, and what prints DIR.</summary>
    public static FtpListFormat Dos { get; } = new BuiltIn("DOS", context => new DosListParser(context));

    /// <summary>
    /// Listings of OpenVMS, entries in two lines too. Sizes are of blocks there, so <see cref="FtpEntry.Size"/> is null; names keep their versions
    /// unless <see cref="FtpListContext.KeepVersions"/> says otherwise, and directories lose <c>.DIR;1</c>.
    /// </summary>
    public static FtpListFormat Vms { get; } = new BuiltIn("VMS", context => new VmsListParser(context));

    /// <summary>Listings of OS/400 (IBM i).</summary>
    public static FtpListFormat Os400 { get; } = new BuiltIn("OS/400", context => new Os400ListParser(context));

    /// <summary>
    /// Listings of z/OS: data sets and members, which have no size in bytes, and its Unix files. A data set has no time: what is listed is the
    /// day of its last use. In a directory in quotes, paths are in quotes: <c>'HLQ.DATA'</c>, <c>'HLQ.LIB(MEMBER)'</c>. Lists of jobs are refused.
    /// </summary>
    public static FtpListFormat Zos { get; } = new BuiltIn("z/OS", context => new ZosListParser(context));

    /// <summary>Listings of NonStop (Tandem Guardian).</summary>
    public static FtpListFormat NonStop { get; } = new BuiltIn("NonStop", context => new NonStopListParser(context));

    /// <summary>Easily parsed listings: <c>+i8388621.29609,m824255902,/,</c>, a tab and the name.</summary>
    public static FtpListFormat Eplf { get; } = new BuiltIn("EPLF", context => new EplfListParser(context));

    /// <summary>
    /// Recognises the dialect by the lines themselves and by <see cref="FtpListContext.SystemType"/>; a directory of several is read too.
    /// </summary>
    public static FtpListFormat Auto { get; } = new BuiltIn("any dialect", context => new AutoListParser(context));

    /// <summary>The dialect's name, for messages.</summary>
    public abstract string Name { get; }

    /// <summary>Begins a listing.</summary>
    /// <param name="context">What is known beside the lines.</param>
    public abstract FtpListParser CreateParser(FtpListContext context);

    /// <inheritdoc/>
    public override string ToString() => Name;

    private sealed class BuiltIn(string name, Func<FtpListContext, FtpListParser> create) : FtpListFormat
    {
        public override string Name => name;

        public override FtpListParser CreateParser(FtpListContext context)
        {
            ArgumentNullException.ThrowIfNull(context);
            return create(context);
        }
    }
}
