namespace ProtocolClients;

/// <summary>
/// A list of files, each with the places where it lies and what it must hash to: Metalink 4 (RFC 5854). What the RFC calls invalid is
/// refused; elements that are not known are passed over (RFC 5854 §5).
/// </summary>
public sealed record MetalinkDocument
{
    /// <summary>The media type of such a document.</summary>
    public const string MediaType = "application/metalink4+xml";

    /// <summary>The files, in the document's order; at least one.</summary>
    public required ValueList<MetalinkFile> Files { get; init; }

    /// <summary>Where the document can be had anew; null when it does not say, or says it in no usable form.</summary>
    public Uri? Origin { get; init; }

    /// <summary>When it was first made; null when it does not say.</summary>
    public DateTimeOffset? Published { get; init; }

    /// <summary>When it was last changed; null when it does not say.</summary>
    public DateTimeOffset? Updated { get; init; }

    /// <summary>What made it; null when it does not say.</summary>
    public string? Generator { get; init; }

    /// <summary>Reads a document.</summary>
    /// <param name="stream">The XML; not disposed. No more than 64 MiB are taken.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="WireFormatException">
    /// It is no well-formed Metalink document, has a document type, or names a file by a path that leaves its folder.
    /// </exception>
    /// <exception cref="WireLimitException">It is too long, or has too many files, places or pieces.</exception>
    public static Task<MetalinkDocument> LoadAsync(Stream stream, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        return MetalinkReader.ReadAsync(stream, cancellationToken);
    }

    /// <summary>Reads a document from text.</summary>
    /// <param name="xml">The XML.</param>
    /// <exception cref="WireFormatException">As for <see cref="LoadAsync"/>.</exception>
    /// <exception cref="WireLimitException">As for <see cref="LoadAsync"/>.</exception>
    public static MetalinkDocument Parse(string xml)
    {
        ArgumentNullException.ThrowIfNull(xml);
        return MetalinkReader.Read(xml);
    }
}

/// <summary>One file of a <see cref="MetalinkDocument"/>.</summary>
public sealed record MetalinkFile
{
    /// <summary>Its path below the folder of the download, with slashes: safe segments only, never out of the folder (RFC 5854 §4.1.2.1).</summary>
    public required string Name { get; init; }

    /// <summary>Where it lies, the preferred places first.</summary>
    public required ValueList<MetalinkUrl> Urls { get; init; }

    /// <summary>Its bytes; null when the document does not say.</summary>
    public long? Size { get; init; }

    /// <summary>The strongest known checksum of the whole; null when there is none.</summary>
    public Checksum? Checksum { get; init; }

    /// <summary>Checksums of its pieces; null when there are none that are usable.</summary>
    public MetalinkPieces? Pieces { get; init; }

    /// <summary>A human's name of the thing; null when the document does not say.</summary>
    public string? Identity { get; init; }

    /// <summary>Its version; null when the document does not say.</summary>
    public string? Version { get; init; }

    /// <summary>What it is; null when the document does not say.</summary>
    public string? Description { get; init; }

    /// <summary>Languages that it is in (RFC 5646).</summary>
    public ValueList<string> Languages { get; init; } = [];

    /// <summary>Systems that it is for.</summary>
    public ValueList<string> Systems { get; init; } = [];

    /// <summary>
    /// The places that may be used: over https, or over http when a checksum that stands against malice guards the file; nothing but http
    /// and https (CVE-2021-22922).
    /// </summary>
    public IEnumerable<Uri> TrustedUrls =>
        Urls.Where(url => url.IsTrusted(Checksum is { Strength: >= 2 })).Select(static url => url.Url);
}

/// <summary>A place where a file lies.</summary>
/// <param name="Url">The place, without userinfo.</param>
/// <param name="Priority">From 1, the most preferred, to 999999 (RFC 5854 §4.2.16.1).</param>
/// <param name="Location">The country it is in, as a code of two letters; null when the document does not say.</param>
public sealed record MetalinkUrl(Uri Url, int Priority, string? Location)
{
    /// <summary>Over clear text anyone on the way could answer, unless a checksum that stands against malice decides (CVE-2021-22922).</summary>
    internal bool IsTrusted(bool isHashed) => Url.Scheme == "https" || (Url.Scheme == "http" && isHashed);
}

/// <summary>Checksums of a file's pieces: each is of <paramref name="Length"/> bytes but the last (RFC 5854 §4.1.3).</summary>
/// <param name="Length">The bytes of a piece.</param>
/// <param name="Checksums">One a piece, in order.</param>
public sealed record MetalinkPieces(long Length, ValueList<Checksum> Checksums)
{
    /// <summary>Whether they are as many as a content of a length has.</summary>
    internal bool Fit(long length) => Length > 0 && Checksums.Count == (length / Length) + (length % Length > 0 ? 1 : 0);
}
