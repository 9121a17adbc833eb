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
