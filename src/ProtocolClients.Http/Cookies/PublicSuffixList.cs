using System.Diagnostics.CodeAnalysis;
using System.IO.Compression;
using System.Text;
using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>
/// Under which names anyone may register one of his own (<see href="https://publicsuffix.org/list/"/>): a cookie for one of them would
/// be read by strangers (CVE-2014-3620, CVE-2023-46218). The package carries a snapshot; a newer file can take its place.
/// </summary>
/// <remarks>
/// Read on the first question, about a millisecond; a question itself allocates nothing. A name under no rule counts as under <c>*</c>:
/// its last label is public. The snapshot is data of the Public Suffix List, MPL 2.0.
/// </remarks>
public sealed class PublicSuffixList
{
    /// <summary>Where Debian's package <c>publicsuffix</c> puts the list, and most other systems.</summary>
    public const string SystemPath = "/usr/share/publicsuffix/public_suffix_list.dat";

    private const long MaxBytes = 16 * 1024 * 1024;

    private readonly Lazy<Dictionary<string, Rules>> _rules;

    private PublicSuffixList(Func<Dictionary<string, Rules>> read) => _rules = new Lazy<Dictionary<string, Rules>>(read);

    [Flags]
    private enum Rules
    {
        None = 0,

        /// <summary>The name itself: <c>co.uk</c>.</summary>
        Name = 1,

        /// <summary>Each name directly under it: <c>*.ck</c> stands at <c>ck</c>.</summary>
        Under = 2,

        /// <summary>Not the name itself, although the one above it says so: <c>!www.ck</c>.</summary>
        Exception = 4,

        /// <summary>The first of the same three in the second section: by a private owner, not by a registry.</summary>
        PrivateName = 8,
    }

    /// <summary>The snapshot that the package carries.</summary>
    public static PublicSuffixList Default { get; } = new(ReadSnapshot);

    /// <summary>Reads a list in the published format.</summary>
    /// <param name="text">Rules, one a line; <c>//</c> begins a comment. Names may be in Unicode.</param>
    public static PublicSuffixList Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        Dictionary<string, Rules> rules = Read(new StringReader(text));
        return new PublicSuffixList(() => rules);
    }

    /// <summary>Reads a list from a file, such as <see cref="SystemPath"/> or <c>effective_tld_names.dat</c>.</summary>
    /// <param name="path">The file; at most 16 MiB.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="FormatException">The file has no rules: a list without any protects nobody.</exception>
    public static async Task<PublicSuffixList> LoadAsync(string path, CancellationToken cancellationToken = default)
    {
        PublicSuffixList list = Parse(Encoding.UTF8.GetString(await PrivateFile.ReadAsync(path, MaxBytes, cancellationToken).ConfigureAwait(false)));
        return list._rules.Value.Count > 0 ? list : throw new FormatException("The file has no rules of a public suffix list.");
    }

    /// <summary>Whether strangers may have names under this one. Addresses are no names, and no suffixes.</summary>
    /// <param name="host">A host in any form.</param>
    public bool IsPublicSuffix(string host) => Canonical(host, out string? name) && SuffixLength(name) == name.Length;

    /// <summary>The public suffix that a host is under, in lower case and A-labels; null for addresses and what is no host name.</summary>
    /// <param name="host">A host in any form.</param>
    public string? PublicSuffixOf(string host) => Canonical(host, out string? name) ? name[^SuffixLength(name)..] : null;

    /// <summary>
    /// The name that its owner registered: the public suffix and one label more, in lower case and A-labels. Null for a name that is
    /// a public suffix itself, for addresses, and for what is no host name.
    /// </summary>
    /// <param name="host">A host in any form.</param>
    public string? RegistrableDomainOf(string host) =>
        Canonical(host, out string? name) && Registrable(name) is { IsEmpty: false } domain ? domain.ToString() : null;

    /// <summary>Whether the suffix that a host is under belongs to a registry (the first section of the list), not to a private owner.</summary>
    /// <param name="host">A host in any form.</param>
    public bool IsRegistrySuffix(string host) => Canonical(host, out string? name) && !Find(name, out bool ofOwner).IsEmpty && !ofOwner;

    /// <summary>The registrable domain of a canonical name, as a part of it; empty when it has none.</summary>
    internal ReadOnlySpan<char> Registrable(ReadOnlySpan<char> name)
    {
        int length = SuffixLength(name);
        if (length >= name.Length) return default;
        int dot = name[..^(length + 1)].LastIndexOf('.');
        return name[(dot + 1)..];
    }

    internal int SuffixLength(ReadOnlySpan<char> name) => Find(name, out _).Length;

    private static bool Canonical(string host, [NotNullWhen(true)] out string? name) =>
        HostName.TryCanonical(host, out name, out _) && !CookieHost.IsAddress(name);

    /// <summary>The longest rule that fits, an exception before all others; <c>*</c> when none does.</summary>
    private ReadOnlySpan<char> Find(ReadOnlySpan<char> name, out bool ofOwner)
    {
        ReadOnlySpan<char> found = default;
        ofOwner = false;
        Dictionary<string, Rules>.AlternateLookup<ReadOnlySpan<char>> rules = _rules.Value.GetAlternateLookup<ReadOnlySpan<char>>();
        ReadOnlySpan<char> below = default;
        for (ReadOnlySpan<char> rest = name; ; rest = rest[(rest.IndexOf('.') + 1)..])
        {
            int dot = rest.IndexOf('.');
            if (rules.TryGetValue(rest, out Rules here))
            {
                if ((here & Rules.Exception) != Rules.None)
                {
                    ofOwner = IsOf(here, Rules.Exception);
                    return rest[(dot + 1)..];
                }

                if (found.IsEmpty && (here & Rules.Under) != Rules.None && !below.IsEmpty) Take(below, here, Rules.Under, out found, out ofOwner);
                else if (found.IsEmpty && (here & Rules.Name) != Rules.None) Take(rest, here, Rules.Name, out found, out ofOwner);
            }

            if (dot < 0) return found.IsEmpty ? rest : found;
            below = rest;
        }
    }

    private static void Take(ReadOnlySpan<char> name, Rules rules, Rules which, out ReadOnlySpan<char> found, out bool ofOwner)
    {
        found = name;
        ofOwner = IsOf(rules, which);
    }

    private static bool IsOf(Rules rules, Rules which) => ((int)rules & ((int)which << 3)) != 0;

    private static Dictionary<string, Rules> ReadSnapshot()
    {
        using Stream packed = typeof(PublicSuffixList).Assembly.GetManifestResourceStream("public_suffix_list.dat.zz")
            ?? throw new InvalidOperationException("The assembly lacks its public suffix list.");
        using var text = new StreamReader(new ZLibStream(packed, CompressionMode.Decompress), Encoding.UTF8);
        return Read(text);
    }

    private static Dictionary<string, Rules> Read(TextReader text)
    {
        var rules = new Dictionary<string, Rules>(10_000, StringComparer.Ordinal);
        bool ofOwner = false;
        while (text.ReadLine() is { } line)
        {
            if (line.StartsWith("//", StringComparison.Ordinal))
            {
                if (line.Contains("BEGIN PRIVATE", StringComparison.Ordinal)) ofOwner = true;
                if (line.Contains("BEGIN ICANN", StringComparison.Ordinal)) ofOwner = false;
                continue;
            }

            // A rule ends at the first blank.
            int blank = line.AsSpan().IndexOfAny(' ', '\t');
            if (blank >= 0) line = line[..blank];
            if (line.Length == 0) continue;
            (Rules kind, string name) = line[0] switch
            {
                '!' => (Rules.Exception, line[1..]),
                '*' when line.StartsWith("*.", StringComparison.Ordinal) => (Rules.Under, line[2..]),
                _ => (Rules.Name, line),
            };
            // A star elsewhere than in front was never published, and means nothing here.
            if (!CookieHost.IsCanonical(name))
            {
                if (!HostName.TryCanonical(name, out string? canonical, out _)) continue;
                name = canonical;
            }

            if (ofOwner) kind |= (Rules)((int)kind << 3);
            rules[name] = rules.GetValueOrDefault(name) | kind;
        }

        return rules;
    }
}
