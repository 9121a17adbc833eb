using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>One entry of a netrc. Its text never shows the password.</summary>
/// <param name="Host">The host in lower case, international names in ASCII; null for the default entry.</param>
/// <param name="Login">The user; empty when the entry has none.</param>
/// <param name="Password">The password; null when the entry has none.</param>
public sealed record NetrcEntry(string? Host, string Login, Secret? Password)
{
    /// <summary>User and password; null when the entry lacks one of them.</summary>
    public Credentials? Credentials => Password is null || Login.Length == 0 ? null : new Credentials(Login, Password.Reveal());
}

/// <summary>
/// The users and passwords of a netrc file, by host: <c>machine example.org login ann password secret</c>. Immutable.
/// </summary>
/// <remarks>
/// Words are separated by blanks and line ends; a word may stand in double quotes, where a backslash takes the next character as it is
/// (and <c>\n</c>, <c>\r</c>, <c>\t</c> are the control characters), as curl reads it. <c>#</c> where a keyword could stand begins a comment to the end
/// of the line. <c>default</c> is for hosts without an entry of their own; <c>macdef</c> and <c>account</c> are read over.
/// </remarks>
public sealed class Netrc
{
    private readonly NetrcEntry[] _entries;

    internal Netrc(IEnumerable<NetrcEntry> entries) => _entries = [.. entries];

    /// <summary>The user's file: what <c>NETRC</c> names, else <c>.netrc</c> in the home directory, on Windows <c>_netrc</c> when that is there.</summary>
    public static string DefaultPath
    {
        get
        {
            if (Environment.GetEnvironmentVariable("NETRC") is { Length: > 0 } named) return named;
            string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
            string windows = Path.Combine(home, "_netrc");
            return OperatingSystem.IsWindows() && File.Exists(windows) ? windows : Path.Combine(home, ".netrc");
        }
    }

    /// <summary>The entries in the order of the file.</summary>
    public IReadOnlyList<NetrcEntry> Entries => _entries;

    /// <summary>Reads a netrc file, 1 MiB at most.</summary>
    /// <param name="path">The file; null for <see cref="DefaultPath"/>.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="UnauthorizedAccessException">It holds a password and others than its owner may read it, or it may not be read.</exception>
    /// <exception cref="FormatException">It is malformed; the message names the line.</exception>
    /// <exception cref="IOException">It cannot be read, or is too long.</exception>
    public static Netrc Load(string? path = null)
    {
        path ??= DefaultPath;
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        if (file.Length > NetrcText.MaxLength) throw new IOException($"{path} is longer than a netrc may be ({NetrcText.MaxLength} bytes).");

        // The open file is asked, not its name, which may lead elsewhere by now.
        bool exposed = !OperatingSystem.IsWindows()
            && (File.GetUnixFileMode(file.SafeFileHandle) & (UnixFileMode.GroupRead | UnixFileMode.OtherRead)) != UnixFileMode.None;
        using var reader = new StreamReader(file);
        Netrc netrc = Parse(reader.ReadToEnd());
        if (exposed && Array.Exists(netrc._entries, static entry => entry.Password is not null && !IsAnonymous(entry)))
        {
            throw new UnauthorizedAccessException($"{path} holds passwords and can be read by others than its owner: chmod 600 {path}");
        }

        return netrc;
    }

    /// <summary>Reads the text of a netrc.</summary>
    /// <param name="text">The text.</param>
    /// <exception cref="FormatException">It is malformed; the message names the line and none of the words.</exception>
    public static Netrc Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return new Netrc(NetrcText.Read(text));
    }

    /// <summary>The entry for a host: the first of its name, else the default one. An entry without a password is found too, and yields nothing.</summary>
    /// <param name="host">The host as it is dialed: a name or an address, without userinfo and port.</param>
    /// <param name="login">The only user that is wanted; null for any.</param>
    public NetrcEntry? Find(string host, string? login = null)
    {
        ArgumentNullException.ThrowIfNull(host);
        string canonical = NetrcText.HostOf(host);
        NetrcEntry? fallback = null;
        bool known = false;
        foreach (NetrcEntry entry in _entries)
        {
            bool wanted = login is null || string.Equals(login, entry.Login, StringComparison.Ordinal);
            if (entry.Host is null)
            {
                if (wanted) fallback ??= entry;
            }
            else if (string.Equals(entry.Host, canonical, StringComparison.Ordinal))
            {
                if (wanted) return entry;
                known = true;
            }
        }

        return known ? null : fallback;
    }

    /// <summary>How many entries there are.</summary>
    public override string ToString() => $"{nameof(Netrc)} ({_entries.Length})";

    // ftp's rule: the password of an anonymous login is an address, and no secret.
    private static bool IsAnonymous(NetrcEntry entry) => string.Equals(entry.Login, "anonymous", StringComparison.Ordinal);
}
