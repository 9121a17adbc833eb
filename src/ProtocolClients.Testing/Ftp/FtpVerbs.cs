using System.Collections.Frozen;

namespace ProtocolClients.Testing;

/// <summary>Whether a command takes an argument.</summary>
internal enum FtpArgument
{
    None,
    Optional,
    Required,
}

/// <summary>When a command is in order.</summary>
internal enum FtpMoment
{
    Always,

    /// <summary>After the login.</summary>
    LoggedIn,
}

/// <summary>A command as a server knows it: its argument, its moment, what it does.</summary>
internal sealed record FtpVerb(string Name, FtpArgument Argument, FtpMoment Moment, Func<FtpServerSession, MockFtpCall, Task> Run)
{
    /// <summary>Answered while a transfer runs.</summary>
    public bool DuringTransfer { get; init; }

    /// <summary>Changes the stream: nothing is read ahead of it.</summary>
    public bool ChangesStream { get; init; }
}

/// <summary>The commands of RFC 959, 1123, 2228, 2389, 2428, 3659, 4217, 7151 and of the drafts that servers follow.</summary>
internal static class FtpVerbs
{
    public static FrozenDictionary<string, FtpVerb> All { get; } = Table().ToFrozenDictionary(static verb => verb.Name, StringComparer.Ordinal);

    private static IEnumerable<FtpVerb> Table() =>
    [
        .. Session(), .. Settings(), .. Transfers(), .. Paths(),
    ];

    private static IEnumerable<FtpVerb> Session() =>
    [
        new("USER", FtpArgument.Required, FtpMoment.Always, static (s, c) => s.UserAsync(c)),
        new("PASS", FtpArgument.Optional, FtpMoment.Always, static (s, c) => s.PasswordAsync(c)),
        new("QUIT", FtpArgument.None, FtpMoment.Always, static (s, c) => s.QuitAsync(c)),
        new("NOOP", FtpArgument.None, FtpMoment.Always, static (s, c) => s.ReplyAsync(c, 200, "NOOP ok.")) { DuringTransfer = true },
        new("SYST", FtpArgument.None, FtpMoment.Always, static (s, c) => s.SystemAsync(c)),
        new("FEAT", FtpArgument.None, FtpMoment.Always, static (s, c) => s.FeaturesAsync(c)),
        new("OPTS", FtpArgument.Required, FtpMoment.Always, static (s, c) => s.OptionsAsync(c)),
        new("HELP", FtpArgument.Optional, FtpMoment.Always, static (s, c) => s.HelpAsync(c)),
    ];

    private static IEnumerable<FtpVerb> Settings() =>
    [
        new("TYPE", FtpArgument.Required, FtpMoment.LoggedIn, static (s, c) => s.TypeAsync(c)),
        new("MODE", FtpArgument.Required, FtpMoment.LoggedIn, static (s, c) => s.ModeAsync(c)),
        new("STRU", FtpArgument.Required, FtpMoment.LoggedIn, static (s, c) => s.StructureAsync(c)),
        new("PASV", FtpArgument.None, FtpMoment.LoggedIn, static (s, c) => s.PassiveAsync(c)),
        new("EPSV", FtpArgument.Optional, FtpMoment.LoggedIn, static (s, c) => s.ExtendedPassiveAsync(c)),
        new("PORT", FtpArgument.Required, FtpMoment.LoggedIn, static (s, c) => s.PortAsync(c)),
        new("EPRT", FtpArgument.Required, FtpMoment.LoggedIn, static (s, c) => s.ExtendedPortAsync(c)),
        new("REST", FtpArgument.Required, FtpMoment.LoggedIn, static (s, c) => s.RestartAsync(c)),
        new("ALLO", FtpArgument.Required, FtpMoment.LoggedIn, static (s, c) => s.AllocateAsync(c)),
    ];

    private static IEnumerable<FtpVerb> Transfers() =>
    [
        new("RETR", FtpArgument.Required, FtpMoment.LoggedIn, static (s, c) => s.RetrieveAsync(c)),
        new("STOR", FtpArgument.Required, FtpMoment.LoggedIn, static (s, c) => s.StoreAsync(c)),
        new("APPE", FtpArgument.Required, FtpMoment.LoggedIn, static (s, c) => s.StoreAsync(c)),
        new("STOU", FtpArgument.Optional, FtpMoment.LoggedIn, static (s, c) => s.StoreAsync(c)),
        new("LIST", FtpArgument.Optional, FtpMoment.LoggedIn, static (s, c) => s.ListAsync(c)),
        new("NLST", FtpArgument.Optional, FtpMoment.LoggedIn, static (s, c) => s.ListAsync(c)),
        new("MLSD", FtpArgument.Optional, FtpMoment.LoggedIn, static (s, c) => s.ListAsync(c)),
        new("ABOR", FtpArgument.None, FtpMoment.LoggedIn, static (s, c) => s.AbortAsync(c)) { DuringTransfer = true },
    ];

    private static IEnumerable<FtpVerb> Paths() =>
    [
        new("CWD", FtpArgument.Required, FtpMoment.LoggedIn, static (s, c) => s.ChangeDirectoryAsync(c)),
        new("XCWD", FtpArgument.Required, FtpMoment.LoggedIn, static (s, c) => s.ChangeDirectoryAsync(c)),
        new("CDUP", FtpArgument.None, FtpMoment.LoggedIn, static (s, c) => s.ChangeDirectoryAsync(c)),
        new("XCUP", FtpArgument.None, FtpMoment.LoggedIn, static (s, c) => s.ChangeDirectoryAsync(c)),
        new("PWD", FtpArgument.None, FtpMoment.LoggedIn, static (s, c) => s.WorkingDirectoryAsync(c)),
        new("XPWD", FtpArgument.None, FtpMoment.LoggedIn, static (s, c) => s.WorkingDirectoryAsync(c)),
        new("MKD", FtpArgument.Required, FtpMoment.LoggedIn, static (s, c) => s.MakeDirectoryAsync(c)),
        new("XMKD", FtpArgument.Required, FtpMoment.LoggedIn, static (s, c) => s.MakeDirectoryAsync(c)),
        new("RMD", FtpArgument.Required, FtpMoment.LoggedIn, static (s, c) => s.RemoveDirectoryAsync(c)),
        new("XRMD", FtpArgument.Required, FtpMoment.LoggedIn, static (s, c) => s.RemoveDirectoryAsync(c)),
        new("DELE", FtpArgument.Required, FtpMoment.LoggedIn, static (s, c) => s.DeleteAsync(c)),
        new("RNFR", FtpArgument.Required, FtpMoment.LoggedIn, static (s, c) => s.RenameFromAsync(c)),
        new("RNTO", FtpArgument.Required, FtpMoment.LoggedIn, static (s, c) => s.RenameToAsync(c)),
        new("SIZE", FtpArgument.Required, FtpMoment.LoggedIn, static (s, c) => s.SizeAsync(c)),
        new("MDTM", FtpArgument.Required, FtpMoment.LoggedIn, static (s, c) => s.ModifiedAsync(c)),
        new("MFMT", FtpArgument.Required, FtpMoment.LoggedIn, static (s, c) => s.SetModifiedAsync(c)),
        new("MLST", FtpArgument.Optional, FtpMoment.LoggedIn, static (s, c) => s.FactsAsync(c)),
    ];
}
