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

    /// <summary>Changes files, which a read-only user may not.</summary>
    public bool Writes { get; init; }

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
        new("SMNT", FtpArgument.Required, FtpMoment.LoggedIn, static (s, c) => s.ReplyAsync(c, 502, "No other file systems here.")),
        new("ACCT", FtpArgument.Required, FtpMoment.Always, static (s, c) => s.AccountAsync(c)),
        new("HOST", FtpArgument.Required, FtpMoment.Always, static (s, c) => s.HostAsync(c)),
        new("REIN", FtpArgument.None, FtpMoment.Always, static (s, c) => s.ReinitialiseAsync(c)) { ChangesStream = true },
        new("AUTH", FtpArgument.Required, FtpMoment.Always, static (s, c) => s.SecureAsync(c)) { ChangesStream = true },
        new("PBSZ", FtpArgument.Required, FtpMoment.Always, static (s, c) => s.BufferSizeAsync(c)),
        new("PROT", FtpArgument.Required, FtpMoment.Always, static (s, c) => s.ProtectAsync(c)),
        new("CCC", FtpArgument.None, FtpMoment.LoggedIn, static (s, c) => s.ClearAsync(c)) { ChangesStream = true },
        new("QUIT", FtpArgument.None, FtpMoment.Always, static (s, c) => s.QuitAsync(c)),
        new("NOOP", FtpArgument.None, FtpMoment.Always, static (s, c) => s.ReplyAsync(c, 200, "NOOP ok.")) { DuringTransfer = true },
        new("SYST", FtpArgument.None, FtpMoment.Always, static (s, c) => s.SystemAsync(c)),
        new("FEAT", FtpArgument.None, FtpMoment.Always, static (s, c) => s.FeaturesAsync(c)),
        new("OPTS", FtpArgument.Required, FtpMoment.Always, static (s, c) => s.OptionsAsync(c)),
        new("CLNT", FtpArgument.Required, FtpMoment.Always, static (s, c) => s.ClientAsync(c)),
        new("LANG", FtpArgument.Optional, FtpMoment.Always, static (s, c) => s.LanguageAsync(c)),
        new("STAT", FtpArgument.Optional, FtpMoment.Always, static (s, c) => s.StatusAsync(c)) { DuringTransfer = true },
        new("HELP", FtpArgument.Optional, FtpMoment.Always, static (s, c) => s.HelpAsync(c)),
    ];

    private static IEnumerable<FtpVerb> Settings() =>
    [
        new("TYPE", FtpArgument.Required, FtpMoment.LoggedIn, static (s, c) => s.TypeAsync(c)),
        new("MODE", FtpArgument.Required, FtpMoment.LoggedIn, static (s, c) => s.ModeAsync(c)),
        new("STRU", FtpArgument.Required, FtpMoment.LoggedIn, static (s, c) => s.StructureAsync(c)),
        new("PASV", FtpArgument.None, FtpMoment.LoggedIn, static (s, c) => s.Ports.PassiveAsync(c)),
        new("EPSV", FtpArgument.Optional, FtpMoment.LoggedIn, static (s, c) => s.Ports.ExtendedPassiveAsync(c)),
        new("PORT", FtpArgument.Required, FtpMoment.LoggedIn, static (s, c) => s.Ports.PortAsync(c)),
        new("EPRT", FtpArgument.Required, FtpMoment.LoggedIn, static (s, c) => s.Ports.ExtendedPortAsync(c)),
        new("REST", FtpArgument.Required, FtpMoment.LoggedIn, static (s, c) => s.RestartAsync(c)),
        new("RANG", FtpArgument.Required, FtpMoment.LoggedIn, static (s, c) => s.Hashes.RangeAsync(c)),
        new("ALLO", FtpArgument.Required, FtpMoment.LoggedIn, static (s, c) => s.AllocateAsync(c)),
    ];

    private static IEnumerable<FtpVerb> Transfers() =>
    [
        new("RETR", FtpArgument.Required, FtpMoment.LoggedIn, static (s, c) => s.RetrieveAsync(c)),
        new("STOR", FtpArgument.Required, FtpMoment.LoggedIn, static (s, c) => s.StoreAsync(c)) { Writes = true },
        new("APPE", FtpArgument.Required, FtpMoment.LoggedIn, static (s, c) => s.StoreAsync(c)) { Writes = true },
        new("STOU", FtpArgument.Optional, FtpMoment.LoggedIn, static (s, c) => s.StoreAsync(c)) { Writes = true },
        new("LIST", FtpArgument.Optional, FtpMoment.LoggedIn, static (s, c) => s.Listings.ListAsync(c)),
        new("NLST", FtpArgument.Optional, FtpMoment.LoggedIn, static (s, c) => s.Listings.ListAsync(c)),
        new("MLSD", FtpArgument.Optional, FtpMoment.LoggedIn, static (s, c) => s.Listings.ListAsync(c)),
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
        new("MKD", FtpArgument.Required, FtpMoment.LoggedIn, static (s, c) => s.MakeDirectoryAsync(c)) { Writes = true },
        new("XMKD", FtpArgument.Required, FtpMoment.LoggedIn, static (s, c) => s.MakeDirectoryAsync(c)) { Writes = true },
        new("RMD", FtpArgument.Required, FtpMoment.LoggedIn, static (s, c) => s.RemoveDirectoryAsync(c)) { Writes = true },
        new("XRMD", FtpArgument.Required, FtpMoment.LoggedIn, static (s, c) => s.RemoveDirectoryAsync(c)) { Writes = true },
        new("DELE", FtpArgument.Required, FtpMoment.LoggedIn, static (s, c) => s.DeleteAsync(c)) { Writes = true },
        new("RNFR", FtpArgument.Required, FtpMoment.LoggedIn, static (s, c) => s.RenameFromAsync(c)) { Writes = true },
        new("RNTO", FtpArgument.Required, FtpMoment.LoggedIn, static (s, c) => s.RenameToAsync(c)) { Writes = true },
        new("SIZE", FtpArgument.Required, FtpMoment.LoggedIn, static (s, c) => s.SizeAsync(c)),
        new("MDTM", FtpArgument.Required, FtpMoment.LoggedIn, static (s, c) => s.ModifiedAsync(c)),
        new("MFMT", FtpArgument.Required, FtpMoment.LoggedIn, static (s, c) => s.Facts.SetModifiedAsync(c)) { Writes = true },
        new("MFCT", FtpArgument.Required, FtpMoment.LoggedIn, static (s, c) => s.Facts.SetModifiedAsync(c)) { Writes = true },
        new("MFF", FtpArgument.Required, FtpMoment.LoggedIn, static (s, c) => s.Facts.SetFactsAsync(c)) { Writes = true },
        new("SITE", FtpArgument.Required, FtpMoment.LoggedIn, static (s, c) => s.Facts.SiteAsync(c)),
        new("HASH", FtpArgument.Required, FtpMoment.LoggedIn, static (s, c) => s.Hashes.HashAsync(c)),
        new("XCRC", FtpArgument.Required, FtpMoment.LoggedIn, static (s, c) => s.Hashes.OldHashAsync(c)),
        new("XMD5", FtpArgument.Required, FtpMoment.LoggedIn, static (s, c) => s.Hashes.OldHashAsync(c)),
        new("XSHA1", FtpArgument.Required, FtpMoment.LoggedIn, static (s, c) => s.Hashes.OldHashAsync(c)),
        new("XSHA256", FtpArgument.Required, FtpMoment.LoggedIn, static (s, c) => s.Hashes.OldHashAsync(c)),
        new("XSHA512", FtpArgument.Required, FtpMoment.LoggedIn, static (s, c) => s.Hashes.OldHashAsync(c)),
        new("MLST", FtpArgument.Optional, FtpMoment.LoggedIn, static (s, c) => s.Listings.FactsAsync(c)),
    ];
}
