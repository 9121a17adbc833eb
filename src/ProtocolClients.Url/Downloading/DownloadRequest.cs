using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>
/// One file to download: from where, to where, and how. The first URL is the one the caller trusts with his credentials: URLs of another
/// scheme, host or port are asked without them.
/// </summary>
public sealed record DownloadRequest
{
    private const long DefaultMinimum = 1024 * 1024;
    private const long DefaultMaximum = 64 * 1024 * 1024;

    /// <summary>A file at one URL, or at several: mirrors of the same content.</summary>
    /// <param name="urls">Absolute URLs, the preferred one first.</param>
    /// <exception cref="ArgumentException">There is none.</exception>
    public DownloadRequest(params ReadOnlySpan<string> urls) => Urls = ValueList.Create(urls);

    /// <summary>Absolute URLs of the same content, the preferred one first.</summary>
    /// <remarks>
    /// With a <see cref="Checksum"/> all of them are used at once, the faster ones more. Without one there is no proof that two servers
    /// have the same bytes: the next is asked when the one before fails, and goes on where it broke off only under the same strong entity tag.
    /// </remarks>
    public ValueList<string> Urls
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            field = value.Count > 0 ? value : throw new ArgumentException("A download has a URL.", nameof(value));
        }
    }

    /// <summary>The file. Null for a name below <see cref="Folder"/>.</summary>
    public string? Path { get; init; }

    /// <summary>The folder for a file that is named by <see cref="Naming"/>, when there is no <see cref="Path"/>; null for the current one.</summary>
    public string? Folder { get; init; }

    /// <summary>Who names the file in <see cref="Folder"/>. With a condition (<see cref="OnlyNewer"/>, <see cref="OnlyChanged"/>) the URL does.</summary>
    /// <value>The server's word by default, when it is of the origin that was asked.</value>
    public FileNaming Naming { get; init; }

    /// <summary>
    /// The document that listed <see cref="Urls"/>, when they are not the caller's own words: URLs of another origin than this one are asked
    /// without his credentials and headers, the first one too. Null when the first URL is his.
    /// </summary>
    public Uri? ListedBy { get; init; }

    /// <summary>
    /// Fetches only what is newer than the file that is here (wget's <c>-N</c>), and gives it the server's time. The file is replaced then,
    /// whatever <see cref="WhenExists"/> says; else the outcome is <see cref="TransferOutcome.NotModified"/>.
    /// </summary>
    public bool OnlyNewer { get; init; }

    /// <summary>
    /// Fetches only what is another content than the one that an earlier download with this property left, by the entity tag kept
    /// in <c>.NAME.etag</c> (curl's <c>--etag-compare</c> and <c>--etag-save</c>). The file is replaced then, whatever
    /// <see cref="WhenExists"/> says; else the outcome is <see cref="TransferOutcome.NotModified"/>.
    /// </summary>
    public bool OnlyChanged { get; init; }

    /// <summary>Asks the server for a digest of the content (Repr-Digest, RFC 9530) and verifies the one that it sends.</summary>
    public bool VerifyDigest { get; init; }

    /// <summary>
    /// Uses the mirrors and the digest that the server's answer names (Metalink/HTTP, RFC 6249): mirrors over https, or any when a digest of
    /// SHA-256 or better decides.
    /// </summary>
    public bool FollowMirrors { get; init; }

    /// <summary>What is done about a file that has the name already.</summary>
    public ExistingFile WhenExists { get; init; }

    /// <summary>
    /// Connections that fetch parts at the same time, 1 to 64. The server has to know ranges and to name the content by a strong
    /// validator (RFC 9110 §8.8.1), or a <see cref="Checksum"/> proves it; else one connection fetches the whole.
    /// </summary>
    public int Segments
    {
        get;
        init => field = value is >= 1 and <= 64 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "1 to 64 segments.");
    } = 1;

    /// <summary>The fewest bytes that one request of a segment asks for. A shorter file is fetched in one piece.</summary>
    /// <value>The default is 1 MiB; requests grow with the speed to what comes in about a second and a half.</value>
    public long MinimumSegment
    {
        get;
        init => field = value >= 1 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "At least one byte.");
    } = DefaultMinimum;

    /// <summary>The most bytes that one request of a segment asks for: what a killed process can lose for each segment.</summary>
    /// <value>The default is 64 MiB.</value>
    public long MaximumSegment
    {
        get;
        init => field = value >= 1 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "At least one byte.");
    } = DefaultMaximum;

    /// <summary>What the whole content must hash to, for example <c>sha256:…</c>; a string converts. Null for no check.</summary>
    public Checksum? Checksum
    {
        get => Checksums.Count > 0 ? Checksums[0] : null;
        init => Checksums = value is null ? [] : [value];
    }

    /// <summary>All that the content must hash to, each computed while the bytes come.</summary>
    public ValueList<Checksum> Checksums { get; init; } = [];

    /// <summary>
    /// Checksums of the content's pieces, as a Metalink document has them (RFC 5854 §4.1.3): of a content that turns out wrong only the wrong
    /// pieces are fetched again, from other URLs first. They count when the content has their length. Null for none.
    /// </summary>
    public MetalinkPieces? Pieces { get; init; }

    /// <summary>The bytes that the content must have; null when nobody said. A server that announces others is refused.</summary>
    public long? Length { get; init; }

    /// <summary>The most bytes that are taken; a longer content is refused as soon as it shows.</summary>
    public long MaxLength { get; init; } = long.MaxValue;

    /// <summary>A limit for this download alone; the object can be changed while it runs. Null for none.</summary>
    public RateLimit? RateLimit { get; init; }

    /// <summary>Told how far it has come: at the beginning, about ten times a second, and at the end.</summary>
    public IProgress<TransferProgress>? Progress { get; init; }

    /// <summary>
    /// Leaves what was fetched when the download does not end well, in <c>NAME.part</c> with <c>NAME.part.json</c> beside it, and goes on
    /// with what an earlier one left, whatever ended its process. Off: what was fetched is deleted.
    /// </summary>
    /// <value>On by default.</value>
    public bool Continue { get; init; } = true;

    /// <summary>
    /// Forces the bytes to the disk before the file gets its name, and every few seconds before, so that they outlive a power failure.
    /// Without it, what an earlier run left counts only as long as the machine was not started anew.
    /// </summary>
    /// <value>On by default.</value>
    public bool Durable { get; init; } = true;

    /// <summary>
    /// Whether the file gets extended attributes that say where it came from: <c>user.xdg.origin.url</c> (the URL that answered),
    /// <c>user.xdg.referrer.url</c> (the Referer field, when it was sent) and <c>user.mime_type</c>. URLs stand there without userinfo,
    /// query and fragment, any of which may be a secret. On Linux; other systems have none of them.
    /// </summary>
    /// <value>Off by default: who gets the file reads them too.</value>
    public Provenance Provenance { get; init; }

    /// <summary>Further header fields for every request, for protocols that have them; not sent to URLs of another origin than the first.</summary>
    public ValueList<(string Name, string Value)> Headers { get; init; } = [];

    /// <summary>
    /// The download of a file in a Metalink document: its trusted places, the preferred first, its length and checksum, under its name in a
    /// folder. Places of another origin than the document's are asked without the caller's credentials and headers.
    /// </summary>
    /// <param name="file">The file.</param>
    /// <param name="folder">The folder; folders in the file's name are below it, and made by the caller.</param>
    /// <param name="listedBy">Where the document came from.</param>
    /// <exception cref="CapabilityMissingException">No place of the file may be used: none is over https, or over http with a strong checksum.</exception>
    public static DownloadRequest Of(MetalinkFile file, string folder, Uri listedBy)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(folder);
        ArgumentNullException.ThrowIfNull(listedBy);
        string[] urls = [.. file.TrustedUrls.Select(static url => url.AbsoluteUri)];
        if (urls.Length == 0)
        {
            throw new CapabilityMissingException(
                "https or a checksum", "No place of the file may be used: none is over https, or over http with a checksum of SHA-256 or better.");
        }

        return new DownloadRequest(urls)
        {
            Path = System.IO.Path.Combine(folder, System.IO.Path.Combine(file.Name.Split('/'))),
            ListedBy = listedBy,
            Length = file.Size,
            Checksum = file.Checksum,
            Pieces = file.Pieces,
        };
    }

    /// <summary>The URLs without userinfo and queries, and the file: the rest may be secrets.</summary>
    public override string ToString() => $"{nameof(DownloadRequest)} {{ {string.Join(", ", Urls.Select(Shown))} -> {Path ?? Folder ?? "."} }}";

    private static string Shown(string url) =>
        UrlText.TryParse(url, out Uri? parsed, out _) ? UrlText.WithoutUserInfo(parsed).GetLeftPart(UriPartial.Path) : "(malformed)";
}
